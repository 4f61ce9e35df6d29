// SPDX-License-Identifier: MIT
// fbl::Vector.
#ifndef FBL_VECTOR_H_
#define FBL_VECTOR_H_

#include <fbl/alloc_checker.h>
#include <stddef.h>

#include <initializer_list>
#include <new>
#include <utility>

namespace fbl {

// A vector that is moved, not copied. The forms with a checker tell whether memory ran out.
template <typename T>
class Vector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  Vector() = default;
  Vector(std::initializer_list<T> values) {
    reserve(values.size());
    for (const T& value : values) {
      push_back(value);
    }
  }
  Vector(std::initializer_list<T> values, AllocChecker* checker) {
    reserve(values.size(), checker);
    for (const T& value : values) {
      if (size_ < capacity_) {
        push_back(value);
      }
    }
  }
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  Vector(Vector&& other) { swap(other); }
  Vector& operator=(Vector&& other) {
    Vector(std::move(other)).swap(*this);
    return *this;
  }
  ~Vector() { reset(); }

  void reserve(size_t capacity) {
    if (capacity > capacity_) {
      move_to(static_cast<T*>(::operator new(capacity * sizeof(T), align())), capacity);
    }
  }
  void reserve(size_t capacity, AllocChecker* checker) {
    bool ok = true;
    if (capacity > capacity_) {
      void* room = ::operator new(capacity * sizeof(T), align(), std::nothrow);
      ok = room != nullptr;
      if (ok) {
        move_to(static_cast<T*>(room), capacity);
      }
    }
    checker->arm(capacity * sizeof(T), ok);
  }

  void resize(size_t size) { set_size(size); }
  void resize(size_t size, const T& value) {
    reserve(size);
    while (size_ < size) {
      push_back(value);
    }
    set_size(size);
  }

  void push_back(const T& value) { insert(size_, T(value)); }
  void push_back(T&& value) { insert(size_, std::move(value)); }
  void push_back(const T& value, AllocChecker* checker) { insert(size_, T(value), checker); }
  void push_back(T&& value, AllocChecker* checker) { insert(size_, std::move(value), checker); }

  void insert(size_t index, T value) {
    reserve(grown());
    put(index, std::move(value));
  }
  void insert(size_t index, T value, AllocChecker* checker) {
    reserve(grown(), checker);
    if (size_ < capacity_) {
      put(index, std::move(value));
    }
  }

  // Takes an element out.
  T erase(size_t index) {
    T value = std::move(data_[index]);
    for (size_t at = index + 1; at < size_; at++) {
      data_[at - 1] = std::move(data_[at]);
    }
    pop_back();
    return value;
  }
  void pop_back() { data_[--size_].~T(); }

  void reset() {
    while (size_ > 0) {
      pop_back();
    }
    ::operator delete(data_, align());
    data_ = nullptr;
    capacity_ = 0;
  }

  void swap(Vector& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool is_empty() const { return size_ == 0; }
  T* get() const { return data_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t index) { return data_[index]; }
  const T& operator[](size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  const T* begin() const { return data_; }
  T* end() { return data_ + size_; }
  const T* end() const { return data_ + size_; }

 private:
  static constexpr std::align_val_t align() { return std::align_val_t(alignof(T)); }

  // The capacity that one more element needs.
  size_t grown() const {
    if (size_ < capacity_) {
      return capacity_;
    }
    return capacity_ < 8 ? 16 : capacity_ * 2;
  }

  void set_size(size_t size) {
    reserve(size);
    while (size_ < size) {
      new (data_ + size_) T();
      size_++;
    }
    while (size_ > size) {
      pop_back();
    }
  }

  void move_to(T* room, size_t capacity) {
    for (size_t at = 0; at < size_; at++) {
      new (room + at) T(std::move(data_[at]));
      data_[at].~T();
    }
    ::operator delete(data_, align());
    data_ = room;
    capacity_ = capacity;
  }

  void put(size_t index, T&& value) {
    new (data_ + size_) T(std::move(value));
    for (size_t at = size_; at > index; at--) {
      std::swap(data_[at], data_[at - 1]);
    }
    size_++;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace fbl

#endif  // FBL_VECTOR_H_
