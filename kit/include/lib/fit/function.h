// SPDX-License-Identifier: MIT
// Callables that are moved, not copied: fit::function, fit::callback, fit::closure.
#ifndef LIB_FIT_FUNCTION_H_
#define LIB_FIT_FUNCTION_H_

#include <stddef.h>
#include <stdlib.h>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace fit {

namespace detail {

constexpr size_t kDefaultSize = 16;

template <typename F>
auto is_null(const F& target, int) -> decltype(static_cast<bool>(target == nullptr)) {
  return static_cast<bool>(target == nullptr);
}
template <typename F>
bool is_null(const F&, long) {
  return false;
}

// What functions and callbacks share: a target kept inline where it fits, else on the heap.
template <size_t kSize, bool kOnlyInline, typename Signature>
class callable;

template <size_t kSize, bool kOnlyInline, typename R, typename... Args>
class callable<kSize, kOnlyInline, R(Args...)> {
 public:
  using result_type = R;

  callable() = default;
  callable(const callable&) = delete;
  callable& operator=(const callable&) = delete;
  callable(callable&& other) { take(other); }
  callable& operator=(callable&& other) {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~callable() { clear(); }

  explicit operator bool() const { return table_ != nullptr; }

  void swap(callable& other) {
    callable kept(std::move(other));
    other = std::move(*this);
    *this = std::move(kept);
  }

 protected:
  template <typename F>
  void set(F&& target) {
    using T = std::decay_t<F>;
    if (is_null(target, 0)) {
      return;
    }
    constexpr bool kFits = sizeof(T) <= kSize && alignof(T) <= alignof(storage);
    static_assert(kFits || !kOnlyInline, "the target is too large to be kept inline");
    if constexpr (kFits) {
      new (&storage_) T(std::forward<F>(target));
      table_ = &inline_ops<T>::table;
    } else {
      storage_.pointer = new T(std::forward<F>(target));
      table_ = &heap_ops<T>::table;
    }
  }

  void clear() {
    if (table_ != nullptr) {
      const ops* table = table_;
      table_ = nullptr;
      table->destroy(&storage_);
    }
  }

  R call(Args... args) const {
    if (table_ == nullptr) {
      abort();
    }
    return table_->call(&storage_, std::forward<Args>(args)...);
  }

 private:
  union storage {
    void* pointer;
    alignas(void*) unsigned char bytes[kSize > sizeof(void*) ? kSize : sizeof(void*)];
  };

  struct ops {
    R (*call)(storage* at, Args&&... args);
    void (*move)(storage* from, storage* to);
    void (*destroy)(storage* at);
  };

  template <typename T>
  struct inline_ops {
    static T* at(storage* where) { return reinterpret_cast<T*>(where); }
    static R call(storage* where, Args&&... args) {
      return static_cast<R>((*at(where))(std::forward<Args>(args)...));
    }
    static void move(storage* from, storage* to) {
      new (to) T(std::move(*at(from)));
      at(from)->~T();
    }
    static void destroy(storage* where) { at(where)->~T(); }
    static constexpr ops table = {call, move, destroy};
  };

  template <typename T>
  struct heap_ops {
    static T* at(storage* where) { return static_cast<T*>(where->pointer); }
    static R call(storage* where, Args&&... args) {
      return static_cast<R>((*at(where))(std::forward<Args>(args)...));
    }
    static void move(storage* from, storage* to) { to->pointer = from->pointer; }
    static void destroy(storage* where) { delete at(where); }
    static constexpr ops table = {call, move, destroy};
  };

  void take(callable& other) {
    if (other.table_ != nullptr) {
      other.table_->move(&other.storage_, &storage_);
      table_ = other.table_;
      other.table_ = nullptr;
    }
  }

  // Calling a const function may change its target, as with std::function.
  mutable storage storage_;
  const ops* table_ = nullptr;
};

template <typename F, typename Self, typename R, typename... Args>
using if_target = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Self> &&
                                   std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>;

}  // namespace detail

template <size_t kSize, bool kOnlyInline, typename Signature>
class callback_impl;

// Callable any number of times.
template <size_t kSize, bool kOnlyInline, typename Signature>
class function_impl;

template <size_t kSize, bool kOnlyInline, typename R, typename... Args>
class function_impl<kSize, kOnlyInline, R(Args...)>
    : public detail::callable<kSize, kOnlyInline, R(Args...)> {
 public:
  function_impl() = default;
  function_impl(std::nullptr_t) {}
  function_impl(function_impl&&) = default;
  function_impl& operator=(function_impl&&) = default;
  template <typename F, typename = detail::if_target<F, function_impl, R, Args...>>
  function_impl(F&& target) {
    static_assert(!is_callback<std::decay_t<F>>::value, "a callback can be called once only");
    this->set(std::forward<F>(target));
  }
  template <typename F, typename = detail::if_target<F, function_impl, R, Args...>>
  function_impl& operator=(F&& target) {
    return *this = function_impl(std::forward<F>(target));
  }
  function_impl& operator=(std::nullptr_t) {
    this->clear();
    return *this;
  }

  R operator()(Args... args) const { return this->call(std::forward<Args>(args)...); }

  // Another function with the same target.
  function_impl share() {
    if (!*this) {
      return nullptr;
    }
    auto target = std::make_shared<function_impl>(std::move(*this));
    auto forward = [target](Args... args) -> R { return (*target)(std::forward<Args>(args)...); };
    *this = function_impl(forward);
    return function_impl(forward);
  }

 private:
  template <typename T>
  struct is_callback : std::false_type {};
  template <size_t kOther, bool kOtherInline, typename S>
  struct is_callback<callback_impl<kOther, kOtherInline, S>> : std::true_type {};
};

// Callable once: it is empty before its target runs.
template <size_t kSize, bool kOnlyInline, typename R, typename... Args>
class callback_impl<kSize, kOnlyInline, R(Args...)>
    : public detail::callable<kSize, kOnlyInline, R(Args...)> {
 public:
  callback_impl() = default;
  callback_impl(std::nullptr_t) {}
  callback_impl(callback_impl&&) = default;
  callback_impl& operator=(callback_impl&&) = default;
  template <typename F, typename = detail::if_target<F, callback_impl, R, Args...>>
  callback_impl(F&& target) {
    this->set(std::forward<F>(target));
  }
  template <typename F, typename = detail::if_target<F, callback_impl, R, Args...>>
  callback_impl& operator=(F&& target) {
    return *this = callback_impl(std::forward<F>(target));
  }
  callback_impl& operator=(std::nullptr_t) {
    this->clear();
    return *this;
  }

  R operator()(Args... args) {
    callback_impl once(std::move(*this));
    return once.call(std::forward<Args>(args)...);
  }
};

template <size_t kSize, bool kOnlyInline, typename S>
bool operator==(const function_impl<kSize, kOnlyInline, S>& f, std::nullptr_t) {
  return !f;
}
template <size_t kSize, bool kOnlyInline, typename S>
bool operator!=(const function_impl<kSize, kOnlyInline, S>& f, std::nullptr_t) {
  return static_cast<bool>(f);
}
template <size_t kSize, bool kOnlyInline, typename S>
bool operator==(const callback_impl<kSize, kOnlyInline, S>& f, std::nullptr_t) {
  return !f;
}
template <size_t kSize, bool kOnlyInline, typename S>
bool operator!=(const callback_impl<kSize, kOnlyInline, S>& f, std::nullptr_t) {
  return static_cast<bool>(f);
}
#if __cplusplus < 202002L
template <size_t kSize, bool kOnlyInline, typename S>
bool operator==(std::nullptr_t, const function_impl<kSize, kOnlyInline, S>& f) {
  return !f;
}
template <size_t kSize, bool kOnlyInline, typename S>
bool operator!=(std::nullptr_t, const function_impl<kSize, kOnlyInline, S>& f) {
  return static_cast<bool>(f);
}
#endif

template <typename Signature, size_t kSize = detail::kDefaultSize>
using function = function_impl<kSize, false, Signature>;
template <typename Signature, size_t kSize = detail::kDefaultSize>
using inline_function = function_impl<kSize, true, Signature>;
template <typename Signature, size_t kSize = detail::kDefaultSize>
using callback = callback_impl<kSize, false, Signature>;
template <typename Signature, size_t kSize = detail::kDefaultSize>
using inline_callback = callback_impl<kSize, true, Signature>;
using closure = function<void()>;

// A callable that calls a member function of an object.
template <typename R, typename T, typename... Args>
auto bind_member(T* object, R (T::*member)(Args...)) {
  return [object, member](Args... args) -> R {
    return (object->*member)(std::forward<Args>(args)...);
  };
}

template <auto kMember, typename T>
auto bind_member(T* object) {
  return [object](auto&&... args) -> decltype(auto) {
    return (object->*kMember)(std::forward<decltype(args)>(args)...);
  };
}

}  // namespace fit

#endif  // LIB_FIT_FUNCTION_H_
