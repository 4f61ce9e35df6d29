// SPDX-License-Identifier: MIT
// fbl::StringPrintf: what printf would write, as a string.
#ifndef FBL_STRING_PRINTF_H_
#define FBL_STRING_PRINTF_H_

#include <fbl/string.h>
#include <stdarg.h>

namespace fbl {

__attribute__((format(printf, 1, 2))) String StringPrintf(const char* format, ...);
__attribute__((format(printf, 1, 0))) String StringVPrintf(const char* format, va_list args);

}  // namespace fbl

#endif  // FBL_STRING_PRINTF_H_
