// SPDX-License-Identifier: MIT
// Whether code ends in a fatal signal: for the death tests of both harnesses and for memory probes.
#ifndef SRC_KIT_DIES_H_
#define SRC_KIT_DIES_H_

#include <functional>

namespace kit {

// Runs `body` on a thread of its own. True if a fatal signal (SEGV, BUS, ILL, FPE, TRAP, ABRT) of
// that thread ended it; then nothing of it was unwound. Signal handlers of the program are the
// same afterwards, and get the signals of other threads meanwhile.
bool Dies(const std::function<void()>& body);

}  // namespace kit

#endif  // SRC_KIT_DIES_H_
