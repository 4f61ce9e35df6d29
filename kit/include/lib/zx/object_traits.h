// SPDX-License-Identifier: MIT
// What the objects of a class can do; programs branch on it and the methods of zx::object assert it.
#ifndef LIB_ZX_OBJECT_TRAITS_H_
#define LIB_ZX_OBJECT_TRAITS_H_

#include <stdint.h>

namespace zx {

class channel;
class eventpair;
class exception;
class fifo;
class guest;
class interrupt;
class job;
class msi;
class pmt;
class port;
class process;
class resource;
class socket;
class thread;
class vmar;

namespace detail {

// The defaults; what a class has otherwise hides them.
struct default_traits {
  static constexpr bool supports_duplication = true;
  static constexpr bool supports_get_child = false;
  static constexpr bool supports_set_profile = false;
  static constexpr bool supports_user_signal = true;
  static constexpr bool supports_wait = true;
  static constexpr bool supports_kill = false;
  static constexpr bool has_peer_handle = false;
};

struct peered_traits : default_traits {
  static constexpr bool has_peer_handle = true;
};

struct silent_traits : default_traits {
  static constexpr bool supports_user_signal = false;
  static constexpr bool supports_wait = false;
};

struct waitable_traits : default_traits {
  static constexpr bool supports_user_signal = false;
};

struct unique_traits : silent_traits {
  static constexpr bool supports_duplication = false;
};

struct task_traits : default_traits {
  static constexpr bool supports_get_child = true;
  static constexpr bool supports_kill = true;
};

}  // namespace detail

template <typename T>
struct object_traits : detail::default_traits {};

template <>
struct object_traits<channel> : detail::peered_traits {
  static constexpr bool supports_duplication = false;
};
template <>
struct object_traits<eventpair> : detail::peered_traits {};
template <>
struct object_traits<fifo> : detail::peered_traits {};
template <>
struct object_traits<socket> : detail::peered_traits {};

template <>
struct object_traits<port> : detail::silent_traits {};
template <>
struct object_traits<guest> : detail::silent_traits {};
template <>
struct object_traits<vmar> : detail::silent_traits {};

template <>
struct object_traits<interrupt> : detail::waitable_traits {};
template <>
struct object_traits<msi> : detail::waitable_traits {};

template <>
struct object_traits<pmt> : detail::unique_traits {};
template <>
struct object_traits<exception> : detail::unique_traits {};

template <>
struct object_traits<job> : detail::task_traits {};
template <>
struct object_traits<process> : detail::task_traits {};
template <>
struct object_traits<thread> : detail::default_traits {
  static constexpr bool supports_set_profile = true;
};
template <>
struct object_traits<resource> : detail::default_traits {
  static constexpr bool supports_get_child = true;
};

}  // namespace zx

#endif  // LIB_ZX_OBJECT_TRAITS_H_
