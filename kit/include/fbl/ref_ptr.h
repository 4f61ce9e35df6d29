// SPDX-License-Identifier: MIT
// fbl::RefPtr: a reference to a fbl::RefCounted object.
#ifndef FBL_REF_PTR_H_
#define FBL_REF_PTR_H_

#include <fbl/alloc_checker.h>
#include <fbl/recycler.h>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace fbl {

template <typename T>
class RefPtr;

template <typename T>
RefPtr<T> AdoptRef(T* object);

template <typename T>
class RefPtr {
 public:
  using ObjType = T;

  constexpr RefPtr() = default;
  constexpr RefPtr(std::nullptr_t) {}
  explicit RefPtr(T* object) : object_(object) {
    if (object_ != nullptr) {
      object_->AddRef();
    }
  }
  RefPtr(const RefPtr& other) : RefPtr(other.object_) {}
  RefPtr(RefPtr&& other) : object_(other.leak_ref()) {}
  template <typename U, typename = std::enable_if_t<std::is_convertible_v<U*, T*>>>
  RefPtr(const RefPtr<U>& other) : RefPtr(other.get()) {}
  template <typename U, typename = std::enable_if_t<std::is_convertible_v<U*, T*>>>
  RefPtr(RefPtr<U>&& other) : object_(other.leak_ref()) {}
  RefPtr& operator=(const RefPtr& other) {
    RefPtr(other).swap(*this);
    return *this;
  }
  RefPtr& operator=(RefPtr&& other) {
    RefPtr(std::move(other)).swap(*this);
    return *this;
  }
  ~RefPtr() {
    if (object_ != nullptr && object_->Release()) {
      internal::recycle(object_);
    }
  }

  // From a base to what the program knows it to be.
  template <typename Base>
  static RefPtr Downcast(Base base) {
    RefPtr result;
    result.object_ = static_cast<T*>(base.leak_ref());
    return result;
  }

  void reset(T* object = nullptr) { RefPtr(object).swap(*this); }
  void swap(RefPtr& other) { std::swap(object_, other.object_); }

  // Gives the reference up without counting it down.
  [[nodiscard]] T* leak_ref() {
    T* object = object_;
    object_ = nullptr;
    return object;
  }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

  bool operator==(const RefPtr& other) const { return object_ == other.object_; }
  bool operator!=(const RefPtr& other) const { return object_ != other.object_; }
  bool operator==(std::nullptr_t) const { return object_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return object_ != nullptr; }

 private:
  template <typename U>
  friend RefPtr<U> AdoptRef(U* object);
  template <typename U>
  friend class RefPtr;
  template <typename U>
  friend RefPtr<U> ImportFromRawPtr(U* object);

  T* object_ = nullptr;
};

// The first reference to an object.
template <typename T>
RefPtr<T> AdoptRef(T* object) {
  RefPtr<T> result;
  if (object != nullptr) {
    object->Adopt();
    result.object_ = object;
  }
  return result;
}

// Takes a reference back that leak_ref() gave up.
template <typename T>
RefPtr<T> ImportFromRawPtr(T* object) {
  RefPtr<T> result;
  result.object_ = object;
  return result;
}

// One more reference to an object that has some.
template <typename T>
RefPtr<T> WrapRefPtr(T* object) {
  return RefPtr<T>(object);
}

template <typename T, typename... Args>
RefPtr<T> MakeRefCounted(Args&&... args) {
  return AdoptRef<T>(new T(std::forward<Args>(args)...));
}

// Null when memory runs out.
template <typename T, typename... Args>
RefPtr<T> MakeRefCountedChecked(AllocChecker* checker, Args&&... args) {
  return AdoptRef<T>(new (checker) T(std::forward<Args>(args)...));
}

}  // namespace fbl

#endif  // FBL_REF_PTR_H_
