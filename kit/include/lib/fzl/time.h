// SPDX-License-Identifier: MIT
// Between ticks and durations.
#ifndef LIB_FZL_TIME_H_
#define LIB_FZL_TIME_H_

#include <lib/zx/time.h>

namespace fzl {

zx::ticks NsToTicks(zx::duration ns);
zx::duration TicksToNs(zx::ticks ticks);

}  // namespace fzl

#endif  // LIB_FZL_TIME_H_
