// SPDX-License-Identifier: MIT
// fbl::String: a string that does not change and is cheap to copy.
#ifndef FBL_STRING_H_
#define FBL_STRING_H_

#include <fbl/alloc_checker.h>
#include <fbl/string_piece.h>
#include <stddef.h>

#include <initializer_list>
#include <memory>
#include <string>

namespace fbl {

class String {
 public:
  String() = default;
  String(const char* text) : String(text, constexpr_strlen(text)) {}
  String(const char* text, size_t length);
  String(const char* text, AllocChecker* checker);
  String(const char* text, size_t length, AllocChecker* checker);
  String(size_t count, char c);
  String(const StringPiece& text) : String(text.data(), text.length()) {}
  String(const std::string& text) : String(text.data(), text.size()) {}
  String(const String&) = default;
  String(String&&) = default;
  String& operator=(const String&) = default;
  String& operator=(String&&) = default;

  const char* data() const { return text_ ? text_->c_str() : ""; }
  const char* c_str() const { return data(); }
  size_t length() const { return text_ ? text_->size() : 0; }
  size_t size() const { return length(); }
  bool empty() const { return length() == 0; }
  const char* begin() const { return data(); }
  const char* end() const { return data() + length(); }
  const char& operator[](size_t index) const { return data()[index]; }
  int compare(const String& other) const { return ToStringPiece().compare(other.ToStringPiece()); }
  StringPiece ToStringPiece() const { return StringPiece(data(), length()); }
  void clear() { text_.reset(); }
  void swap(String& other) { text_.swap(other.text_); }

  // All pieces in a row.
  static String Concat(std::initializer_list<String> parts);
  static String Concat(std::initializer_list<String> parts, AllocChecker* checker);

 private:
  std::shared_ptr<const std::string> text_;
};

bool operator==(const String& a, const String& b);
bool operator!=(const String& a, const String& b);
bool operator<(const String& a, const String& b);
bool operator>(const String& a, const String& b);
bool operator<=(const String& a, const String& b);
bool operator>=(const String& a, const String& b);

}  // namespace fbl

#endif  // FBL_STRING_H_
