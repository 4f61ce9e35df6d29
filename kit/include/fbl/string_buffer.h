// SPDX-License-Identifier: MIT
// fbl::StringBuffer: a string of limited length on the stack.
#ifndef FBL_STRING_BUFFER_H_
#define FBL_STRING_BUFFER_H_

#include <fbl/string.h>
#include <fbl/string_piece.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

namespace fbl {

// What does not fit is left out.
template <size_t kMax>
class StringBuffer {
 public:
  StringBuffer() { data_[0] = '\0'; }

  const char* data() const { return data_; }
  const char* c_str() const { return data_; }
  char* data() { return data_; }
  size_t length() const { return length_; }
  size_t size() const { return length_; }
  size_t capacity() const { return kMax; }
  bool empty() const { return length_ == 0; }
  char& operator[](size_t index) { return data_[index]; }
  const char& operator[](size_t index) const { return data_[index]; }
  StringPiece ToStringPiece() const { return StringPiece(data_, length_); }
  String ToString() const { return String(data_, length_); }

  void Clear() { Resize(0); }
  void Resize(size_t length, char fill = '\0') {
    length = length < kMax ? length : kMax;
    if (length > length_) {
      memset(data_ + length_, fill, length - length_);
    }
    length_ = length;
    data_[length_] = '\0';
  }

  StringBuffer& Append(char c) { return Append(&c, 1); }
  StringBuffer& Append(const char* text) { return Append(text, strlen(text)); }
  StringBuffer& Append(const StringPiece& text) { return Append(text.data(), text.length()); }
  StringBuffer& Append(const char* text, size_t length) {
    const size_t room = kMax - length_;
    const size_t taken = length < room ? length : room;
    memcpy(data_ + length_, text, taken);
    length_ += taken;
    data_[length_] = '\0';
    return *this;
  }

  __attribute__((format(printf, 2, 3))) StringBuffer& AppendPrintf(const char* format, ...) {
    va_list args;
    va_start(args, format);
    AppendVPrintf(format, args);
    va_end(args);
    return *this;
  }
  StringBuffer& AppendVPrintf(const char* format, va_list args) {
    const int wanted = vsnprintf(data_ + length_, kMax - length_ + 1, format, args);
    if (wanted > 0) {
      const size_t room = kMax - length_;
      length_ += static_cast<size_t>(wanted) < room ? static_cast<size_t>(wanted) : room;
    }
    data_[length_] = '\0';
    return *this;
  }

 private:
  size_t length_ = 0;
  char data_[kMax + 1];
};

}  // namespace fbl

#endif  // FBL_STRING_BUFFER_H_
