// SPDX-License-Identifier: MIT
// fbl::StringPiece: characters that somebody else owns.
#ifndef FBL_STRING_PIECE_H_
#define FBL_STRING_PIECE_H_

#include <stddef.h>
#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace fbl {

// The length of a string, when compiling.
constexpr size_t constexpr_strlen(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') {
    length++;
  }
  return length;
}

class StringPiece {
 public:
  constexpr StringPiece() = default;
  constexpr StringPiece(const char* data) : data_(data), length_(data ? constexpr_strlen(data) : 0) {}
  constexpr StringPiece(const char* data, size_t length) : data_(data), length_(length) {}
  constexpr StringPiece(std::string_view text) : data_(text.data()), length_(text.size()) {}
  StringPiece(const std::string& text) : data_(text.data()), length_(text.size()) {}
  template <typename S, typename = decltype(std::declval<const S&>().length()),
            typename = decltype(std::declval<const S&>().c_str())>
  StringPiece(const S& text) : data_(text.data()), length_(text.length()) {}

  constexpr const char* data() const { return data_; }
  constexpr size_t length() const { return length_; }
  constexpr size_t size() const { return length_; }
  constexpr bool empty() const { return length_ == 0; }
  constexpr const char& operator[](size_t index) const { return data_[index]; }
  constexpr const char* begin() const { return data_; }
  constexpr const char* end() const { return data_ + length_; }
  constexpr operator std::string_view() const { return std::string_view(data_, length_); }

  int compare(const StringPiece& other) const {
    return std::string_view(*this).compare(std::string_view(other));
  }
  void clear() { *this = StringPiece(); }
  void set(const char* data, size_t length) { *this = StringPiece(data, length); }

 private:
  const char* data_ = nullptr;
  size_t length_ = 0;
};

inline bool operator==(const StringPiece& a, const StringPiece& b) { return a.compare(b) == 0; }
inline bool operator!=(const StringPiece& a, const StringPiece& b) { return a.compare(b) != 0; }
inline bool operator<(const StringPiece& a, const StringPiece& b) { return a.compare(b) < 0; }
inline bool operator>(const StringPiece& a, const StringPiece& b) { return a.compare(b) > 0; }
inline bool operator<=(const StringPiece& a, const StringPiece& b) { return a.compare(b) <= 0; }
inline bool operator>=(const StringPiece& a, const StringPiece& b) { return a.compare(b) >= 0; }

}  // namespace fbl

#endif  // FBL_STRING_PIECE_H_
