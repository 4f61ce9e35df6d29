// SPDX-License-Identifier: MIT
// fbl::Array: an array on the heap of a size that is not known before.
#ifndef FBL_ARRAY_H_
#define FBL_ARRAY_H_

#include <fbl/alloc_checker.h>
#include <stddef.h>

#include <cstddef>
#include <utility>

namespace fbl {

template <typename T>
class Array {
 public:
  using value_type = T;

  constexpr Array() = default;
  constexpr Array(std::nullptr_t) {}
  // Owns what new T[size] made.
  Array(T* array, size_t size) : array_(array), size_(size) {}
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  Array(Array&& other) : array_(other.array_), size_(other.size_) {
    other.array_ = nullptr;
    other.size_ = 0;
  }
  Array& operator=(Array&& other) {
    Array(std::move(other)).swap(*this);
    return *this;
  }
  ~Array() { delete[] array_; }

  T* release() {
    size_ = 0;
    return std::exchange(array_, nullptr);
  }
  void reset() { reset(nullptr, 0); }
  void reset(T* array, size_t size) { Array(array, size).swap(*this); }
  void swap(Array& other) {
    std::swap(array_, other.array_);
    std::swap(size_, other.size_);
  }

  size_t size() const { return size_; }
  T* get() const { return array_; }
  T* data() const { return array_; }
  T& operator[](size_t index) const { return array_[index]; }
  T* begin() const { return array_; }
  T* end() const { return array_ + size_; }
  explicit operator bool() const { return array_ != nullptr; }
  bool operator==(std::nullptr_t) const { return array_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return array_ != nullptr; }

 private:
  T* array_ = nullptr;
  size_t size_ = 0;
};

template <typename T>
Array<T> MakeArray(size_t size) {
  return Array<T>(new T[size](), size);
}

// Empty when memory runs out.
template <typename T>
Array<T> MakeArray(AllocChecker* checker, size_t size) {
  T* array = new (checker) T[size]();
  return Array<T>(array, array != nullptr ? size : 0);
}

}  // namespace fbl

#endif  // FBL_ARRAY_H_
