// SPDX-License-Identifier: MIT
#include <fbl/alloc_checker.h>
#include <fbl/string.h>
#include <fbl/string_printf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <new>

namespace fbl {

AllocChecker::~AllocChecker() {
  if (armed_) {
    fprintf(stderr, "fbl::AllocChecker: nobody looked at how an allocation went\n");
    abort();
  }
}

void AllocChecker::arm(size_t size, bool result) {
  if (armed_) {
    fprintf(stderr, "fbl::AllocChecker: nobody looked at how the allocation before went\n");
    abort();
  }
  armed_ = true;
  ok_ = size == 0 || result;
}

String::String(const char* text, size_t length)
    : text_(length > 0 ? std::make_shared<const std::string>(text, length) : nullptr) {}

String::String(const char* text, AllocChecker* checker)
    : String(text, constexpr_strlen(text), checker) {}

String::String(const char* text, size_t length, AllocChecker* checker) : String(text, length) {
  checker->arm(length, true);
}

String::String(size_t count, char c)
    : text_(count > 0 ? std::make_shared<const std::string>(count, c) : nullptr) {}

String String::Concat(std::initializer_list<String> parts) {
  std::string all;
  for (const String& part : parts) {
    all.append(part.data(), part.length());
  }
  return String(all);
}

String String::Concat(std::initializer_list<String> parts, AllocChecker* checker) {
  String all = Concat(parts);
  checker->arm(all.length(), true);
  return all;
}

bool operator==(const String& a, const String& b) { return a.compare(b) == 0; }
bool operator!=(const String& a, const String& b) { return a.compare(b) != 0; }
bool operator<(const String& a, const String& b) { return a.compare(b) < 0; }
bool operator>(const String& a, const String& b) { return a.compare(b) > 0; }
bool operator<=(const String& a, const String& b) { return a.compare(b) <= 0; }
bool operator>=(const String& a, const String& b) { return a.compare(b) >= 0; }

String StringVPrintf(const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, format, args);
  return String(text);
}

String StringPrintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  String text = StringVPrintf(format, args);
  va_end(args);
  return text;
}

}  // namespace fbl

namespace {

void* Checked(size_t size, std::align_val_t align, fbl::AllocChecker* checker) {
  void* memory = operator new(size, align, std::nothrow);
  checker->arm(size, memory != nullptr);
  return memory;
}

void* Checked(size_t size, fbl::AllocChecker* checker) {
  void* memory = operator new(size, std::nothrow);
  checker->arm(size, memory != nullptr);
  return memory;
}

}  // namespace

void* operator new(size_t size, fbl::AllocChecker* checker) noexcept {
  return Checked(size, checker);
}
void* operator new(size_t size, std::align_val_t align, fbl::AllocChecker* checker) noexcept {
  return Checked(size, align, checker);
}
void* operator new[](size_t size, fbl::AllocChecker* checker) noexcept {
  return Checked(size, checker);
}
void* operator new[](size_t size, std::align_val_t align, fbl::AllocChecker* checker) noexcept {
  return Checked(size, align, checker);
}
