// SPDX-License-Identifier: MIT
// zx::object, the owner of a handle, and zx::unowned, which borrows one.
#ifndef LIB_ZX_OBJECT_H_
#define LIB_ZX_OBJECT_H_

#include <lib/zx/internal/time.h>
#include <lib/zx/object_traits.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>
#include <type_traits>

namespace zx {

class profile;

template <typename T = void>
class object;
template <typename T>
class unowned;

namespace detail {

// Holds a class's object type, so that it needs no definition of its own before C++17.
template <zx_obj_type_t kType>
struct object_type {
  static constexpr zx_obj_type_t TYPE = kType;
};

template <zx_obj_type_t kType>
constexpr zx_obj_type_t object_type<kType>::TYPE;

}  // namespace detail

// What owners of handles of all types have in common.
class object_base {
 public:
  object_base(const object_base&) = delete;
  object_base& operator=(const object_base&) = delete;

  // Closes the present handle and owns `value`.
  void reset(zx_handle_t value = ZX_HANDLE_INVALID) {
    if (value_ != ZX_HANDLE_INVALID) {
      zx_handle_close(value_);
    }
    value_ = value;
  }

  bool is_valid() const { return value_ != ZX_HANDLE_INVALID; }
  explicit operator bool() const { return is_valid(); }

  // The handle, which stays owned.
  zx_handle_t get() const { return value_; }

  // Closes the present handle; a C function then writes a new one here.
  zx_handle_t* reset_and_get_address() {
    reset();
    return &value_;
  }

  // Gives the handle up.
  __attribute__((warn_unused_result)) zx_handle_t release() {
    const zx_handle_t value = value_;
    value_ = ZX_HANDLE_INVALID;
    return value;
  }

  zx_status_t get_info(uint32_t topic, void* buffer, size_t buffer_size, size_t* actual_count,
                       size_t* avail_count) const {
    return zx_object_get_info(value_, topic, buffer, buffer_size, actual_count, avail_count);
  }

  zx_status_t get_property(uint32_t property, void* value, size_t size) const {
    return zx_object_get_property(value_, property, value, size);
  }

  zx_status_t set_property(uint32_t property, const void* value, size_t size) const {
    return zx_object_set_property(value_, property, value, size);
  }

 protected:
  constexpr object_base() = default;
  explicit constexpr object_base(zx_handle_t value) : value_(value) {}
  ~object_base() { reset(); }

  zx_handle_t value_ = ZX_HANDLE_INVALID;
};

// The owner of a handle to a T, or to anything if T is void.
template <typename T>
class object : public object_base {
 public:
  constexpr object() = default;
  explicit object(zx_handle_t value) : object_base(value) {}
  object(object&& other) : object_base(other.release()) {}

  template <typename U>
  object(object<U>&& other) : object_base(other.release()) {
    static_assert(std::is_void<T>::value, "only zx::handle takes handles of other types");
  }

  object& operator=(object&& other) {
    reset(other.release());
    return *this;
  }

  template <typename U>
  object& operator=(object<U>&& other) {
    static_assert(std::is_void<T>::value, "only zx::handle takes handles of other types");
    reset(other.release());
    return *this;
  }

  void swap(object<T>& other) {
    const zx_handle_t value = value_;
    value_ = other.value_;
    other.value_ = value;
  }

  // `result` may be this object; after a failure it is invalid.
  zx_status_t duplicate(zx_rights_t rights, object<T>* result) const {
    static_assert(object_traits<T>::supports_duplication, "this type cannot be duplicated");
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_handle_duplicate(value_, rights, &value);
    result->reset(value);
    return status;
  }

  // Gives this handle up, whatever the result. `result` may be this object.
  zx_status_t replace(zx_rights_t rights, object<T>* result) {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_handle_replace(release(), rights, &value);
    result->reset(value);
    return status;
  }

  // Waits for any of `signals`. `pending` may be null.
  zx_status_t wait_one(zx_signals_t signals, zx::time deadline, zx_signals_t* pending) const {
    static_assert(object_traits<T>::supports_wait, "this type cannot be waited for");
    return zx_object_wait_one(value_, signals, deadline.get(), pending);
  }

  zx_status_t wait_async(const object<port>& port, uint64_t key, zx_signals_t signals,
                         uint32_t options) const {
    static_assert(object_traits<T>::supports_wait, "this type cannot be waited for");
    return zx_object_wait_async(value_, port.get(), key, signals, options);
  }

  static zx_status_t wait_many(zx_wait_item_t* items, uint32_t count, zx::time deadline) {
    static_assert(object_traits<T>::supports_wait, "this type cannot be waited for");
    return zx_object_wait_many(items, count, deadline.get());
  }

  zx_status_t signal(uint32_t clear_mask, uint32_t set_mask) const {
    static_assert(object_traits<T>::supports_user_signal, "this type has no user signals");
    return zx_object_signal(value_, clear_mask, set_mask);
  }

  zx_status_t signal_peer(uint32_t clear_mask, uint32_t set_mask) const {
    static_assert(object_traits<T>::supports_user_signal, "this type has no user signals");
    static_assert(object_traits<T>::has_peer_handle, "this type has no peer");
    return zx_object_signal_peer(value_, clear_mask, set_mask);
  }

  zx_status_t get_child(uint64_t koid, zx_rights_t rights, object<void>* result) const {
    static_assert(std::is_void<T>::value || object_traits<T>::supports_get_child,
                  "this type has no children");
    // `result` may be this object: the old handle goes only after the call.
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_object_get_child(value_, koid, rights, &value);
    result->reset(value);
    return status;
  }

  zx_status_t set_profile(const object<profile>& profile, uint32_t options) const {
    static_assert(std::is_void<T>::value || object_traits<T>::supports_set_profile,
                  "this type takes no profile");
    return zx_object_set_profile(value_, profile.get(), options);
  }

  // The same handle without ownership.
  unowned<typename std::conditional<std::is_void<T>::value, object<void>, T>::type> borrow() const {
    return unowned<typename std::conditional<std::is_void<T>::value, object<void>, T>::type>(
        value_);
  }
};

// A handle that somebody else owns; it is never closed.
template <typename T>
class unowned final {
 public:
  constexpr unowned() = default;
  explicit unowned(zx_handle_t value) : object_(value) {}
  explicit unowned(const T& owner) : object_(owner.get()) {}
  unowned(const unowned& other) : object_(other.object_.get()) {}
  unowned(unowned&& other) : object_(other.object_.release()) {}
  ~unowned() { forget(); }

  unowned& operator=(const unowned& other) {
    const zx_handle_t value = other.object_.get();
    forget();
    object_.reset(value);
    return *this;
  }

  unowned& operator=(unowned&& other) {
    const zx_handle_t value = other.object_.release();
    forget();
    object_.reset(value);
    return *this;
  }

  const T& operator*() const { return object_; }
  const T* operator->() const { return &object_; }

 private:
  void forget() {
    const zx_handle_t value = object_.release();
    static_cast<void>(value);
  }

  T object_;
};

template <typename T>
bool operator==(const object<T>& a, const object<T>& b) {
  return a.get() == b.get();
}
template <typename T>
bool operator==(zx_handle_t a, const object<T>& b) {
  return a == b.get();
}
template <typename T>
bool operator==(const object<T>& a, zx_handle_t b) {
  return a.get() == b;
}
template <typename T>
bool operator==(const unowned<T>& a, const unowned<T>& b) {
  return a->get() == b->get();
}
template <typename T>
bool operator==(zx_handle_t a, const unowned<T>& b) {
  return a == b->get();
}
template <typename T>
bool operator==(const unowned<T>& a, zx_handle_t b) {
  return a->get() == b;
}

template <typename T>
bool operator!=(const object<T>& a, const object<T>& b) {
  return a.get() != b.get();
}
template <typename T>
bool operator!=(zx_handle_t a, const object<T>& b) {
  return a != b.get();
}
template <typename T>
bool operator!=(const object<T>& a, zx_handle_t b) {
  return a.get() != b;
}
template <typename T>
bool operator!=(const unowned<T>& a, const unowned<T>& b) {
  return a->get() != b->get();
}
template <typename T>
bool operator!=(zx_handle_t a, const unowned<T>& b) {
  return a != b->get();
}
template <typename T>
bool operator!=(const unowned<T>& a, zx_handle_t b) {
  return a->get() != b;
}

template <typename T>
bool operator<(const object<T>& a, const object<T>& b) {
  return a.get() < b.get();
}
template <typename T>
bool operator<(zx_handle_t a, const object<T>& b) {
  return a < b.get();
}
template <typename T>
bool operator<(const object<T>& a, zx_handle_t b) {
  return a.get() < b;
}
template <typename T>
bool operator<(const unowned<T>& a, const unowned<T>& b) {
  return a->get() < b->get();
}
template <typename T>
bool operator<(zx_handle_t a, const unowned<T>& b) {
  return a < b->get();
}
template <typename T>
bool operator<(const unowned<T>& a, zx_handle_t b) {
  return a->get() < b;
}

template <typename T>
bool operator>(const object<T>& a, const object<T>& b) {
  return a.get() > b.get();
}
template <typename T>
bool operator>(zx_handle_t a, const object<T>& b) {
  return a > b.get();
}
template <typename T>
bool operator>(const object<T>& a, zx_handle_t b) {
  return a.get() > b;
}
template <typename T>
bool operator>(const unowned<T>& a, const unowned<T>& b) {
  return a->get() > b->get();
}
template <typename T>
bool operator>(zx_handle_t a, const unowned<T>& b) {
  return a > b->get();
}
template <typename T>
bool operator>(const unowned<T>& a, zx_handle_t b) {
  return a->get() > b;
}

template <typename T>
bool operator<=(const object<T>& a, const object<T>& b) {
  return a.get() <= b.get();
}
template <typename T>
bool operator<=(zx_handle_t a, const object<T>& b) {
  return a <= b.get();
}
template <typename T>
bool operator<=(const object<T>& a, zx_handle_t b) {
  return a.get() <= b;
}
template <typename T>
bool operator<=(const unowned<T>& a, const unowned<T>& b) {
  return a->get() <= b->get();
}
template <typename T>
bool operator<=(zx_handle_t a, const unowned<T>& b) {
  return a <= b->get();
}
template <typename T>
bool operator<=(const unowned<T>& a, zx_handle_t b) {
  return a->get() <= b;
}

template <typename T>
bool operator>=(const object<T>& a, const object<T>& b) {
  return a.get() >= b.get();
}
template <typename T>
bool operator>=(zx_handle_t a, const object<T>& b) {
  return a >= b.get();
}
template <typename T>
bool operator>=(const object<T>& a, zx_handle_t b) {
  return a.get() >= b;
}
template <typename T>
bool operator>=(const unowned<T>& a, const unowned<T>& b) {
  return a->get() >= b->get();
}
template <typename T>
bool operator>=(zx_handle_t a, const unowned<T>& b) {
  return a >= b->get();
}
template <typename T>
bool operator>=(const unowned<T>& a, zx_handle_t b) {
  return a->get() >= b;
}

using handle = object<void>;
using unowned_handle = unowned<handle>;

}  // namespace zx

// Programs of 2018 and 2019 read the clocks without naming its header.
#include <lib/zx/clock.h>

#endif  // LIB_ZX_OBJECT_H_
