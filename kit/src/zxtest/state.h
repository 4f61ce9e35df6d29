// SPDX-License-Identifier: MIT
// What is known of the test that runs: counted from any thread.
#ifndef SRC_ZXTEST_STATE_H_
#define SRC_ZXTEST_STATE_H_

#include <atomic>
#include <string>

namespace zxtest {
namespace internal {

class State {
 public:
  void Reset() {
    failures_ = 0;
    fatal_failures_ = 0;
    skipped_ = false;
  }
  void Add(bool fatal) {
    failures_++;
    fatal_failures_ += fatal ? 1 : 0;
  }
  void Skip() { skipped_ = true; }

  int failures() const { return failures_; }
  int fatal_failures() const { return fatal_failures_; }
  bool skipped() const { return skipped_; }

 private:
  std::atomic<int> failures_{0};
  std::atomic<int> fatal_failures_{0};
  std::atomic<bool> skipped_{false};
};

State& Current();

// The lines of the calling thread's traces, innermost first.
std::string TraceText();

}  // namespace internal
}  // namespace zxtest

#endif  // SRC_ZXTEST_STATE_H_
