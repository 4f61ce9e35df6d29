// SPDX-License-Identifier: MIT
#ifndef SRC_ZXTEST_FORMAT_H_
#define SRC_ZXTEST_FORMAT_H_

#include <stdarg.h>

#include <string>

namespace zxtest {
namespace internal {

// What printf would write.
std::string Format(const char* format, va_list args);

}  // namespace internal
}  // namespace zxtest

#endif  // SRC_ZXTEST_FORMAT_H_
