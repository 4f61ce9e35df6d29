// SPDX-License-Identifier: MIT
// fxl::StringPrintf.
#ifndef SRC_LIB_FXL_STRINGS_STRING_PRINTF_H_
#define SRC_LIB_FXL_STRINGS_STRING_PRINTF_H_

#include <stdarg.h>

#include <string>

namespace fxl {

// What printf would write.
__attribute__((format(printf, 1, 2))) std::string StringPrintf(const char* format, ...);
__attribute__((format(printf, 1, 0))) std::string StringVPrintf(const char* format, va_list args);
__attribute__((format(printf, 2, 3))) void StringAppendf(std::string* to, const char* format, ...);
__attribute__((format(printf, 2, 0))) void StringVAppendf(std::string* to, const char* format,
                                                          va_list args);

}  // namespace fxl

#endif  // SRC_LIB_FXL_STRINGS_STRING_PRINTF_H_
