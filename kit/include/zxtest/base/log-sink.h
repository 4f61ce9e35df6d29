// SPDX-License-Identifier: MIT
// Where the lines that tell of a run go.
#ifndef ZXTEST_BASE_LOG_SINK_H_
#define ZXTEST_BASE_LOG_SINK_H_

#include <stdio.h>

namespace zxtest {

class LogSink {
 public:
  virtual ~LogSink() = default;
  __attribute__((format(printf, 2, 3))) virtual void Write(const char* format, ...) = 0;
  virtual void Flush() = 0;
};

// Writes to a stream, line by line.
class FileLogSink : public LogSink {
 public:
  explicit FileLogSink(FILE* stream) : stream_(stream) {}
  __attribute__((format(printf, 2, 3))) void Write(const char* format, ...) override;
  void Flush() override;

 private:
  FILE* stream_;
};

}  // namespace zxtest

#endif  // ZXTEST_BASE_LOG_SINK_H_
