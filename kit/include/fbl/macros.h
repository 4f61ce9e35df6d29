// SPDX-License-Identifier: MIT
// Macros for classes that are not copied, and traits that look for members.
#ifndef FBL_MACROS_H_
#define FBL_MACROS_H_

#include <stddef.h>

#include <type_traits>
#include <utility>

#define DISALLOW_COPY_AND_ASSIGN_ALLOW_MOVE(C) \
  C(const C&) = delete;                        \
  C& operator=(const C&) = delete

#define DISALLOW_COPY_ASSIGN_AND_MOVE(C) \
  C(const C&) = delete;                  \
  C(C&&) = delete;                       \
  C& operator=(const C&) = delete;       \
  C& operator=(C&&) = delete

#define DISALLOW_NEW                       \
  static void* operator new(size_t) = delete; \
  static void* operator new[](size_t) = delete

#define DECLARE_HAS_MEMBER_FN(trait, fn)                                                   \
  template <typename C, typename = void>                                                   \
  struct trait : std::false_type {};                                                       \
  template <typename C>                                                                    \
  struct trait<C, std::enable_if_t<std::is_member_function_pointer_v<decltype(&C::fn)>>>   \
      : std::true_type {};                                                                 \
  template <typename C>                                                                    \
  inline constexpr bool trait##_v = trait<C>::value

#define DECLARE_HAS_MEMBER_FN_WITH_SIGNATURE(trait, fn, ...)                               \
  template <typename C, typename = void>                                                   \
  struct trait : std::false_type {};                                                       \
  template <typename C>                                                                    \
  struct trait<C, std::void_t<decltype(static_cast<__VA_ARGS__>(&C::fn))>> : std::true_type {}; \
  template <typename C>                                                                    \
  inline constexpr bool trait##_v = trait<C>::value

#define DECLARE_HAS_MEMBER_TYPE(trait, type)                                               \
  template <typename C, typename = void>                                                   \
  struct trait : std::false_type {};                                                       \
  template <typename C>                                                                    \
  struct trait<C, std::void_t<typename C::type>> : std::true_type {};                      \
  template <typename C>                                                                    \
  inline constexpr bool trait##_v = trait<C>::value

#endif  // FBL_MACROS_H_
