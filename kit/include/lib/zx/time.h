// SPDX-License-Identifier: MIT
// Times, durations, ticks, and zx::clock, which programs of 2018 and 2019 expect here.
#ifndef LIB_ZX_TIME_H_
#define LIB_ZX_TIME_H_

#include <lib/zx/clock.h>
#include <lib/zx/internal/time.h>

#endif  // LIB_ZX_TIME_H_
