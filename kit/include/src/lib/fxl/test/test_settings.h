// SPDX-License-Identifier: MIT
// What the mains of guest tests of 2021 and later call before gtest.
#ifndef SRC_LIB_FXL_TEST_TEST_SETTINGS_H_
#define SRC_LIB_FXL_TEST_TEST_SETTINGS_H_

#include <string>
#include <vector>

namespace fxl {

// The words of a command line.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {}
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

inline CommandLine CommandLineFromArgcArgv(int argc, const char* const* argv) {
  return CommandLine(std::vector<std::string>(argv, argv + argc));
}

// There is nothing to set here; gtest reads its options itself.
inline bool SetTestSettings(const CommandLine&) { return true; }
inline bool SetTestSettings(int, const char* const*) { return true; }

}  // namespace fxl

#endif  // SRC_LIB_FXL_TEST_TEST_SETTINGS_H_
