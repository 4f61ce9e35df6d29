// SPDX-License-Identifier: MIT
#include <zxtest/cpp/assertions.h>

#include "../kit/dies.h"

namespace zxtest {
namespace internal {

bool Dies(fit::function<void()> body) {
  return kit::Dies([&body] { body(); });
}

}  // namespace internal
}  // namespace zxtest
