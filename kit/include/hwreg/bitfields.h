// SPDX-License-Identifier: MIT
// Fields of registers.
#ifndef HWREG_BITFIELDS_H_
#define HWREG_BITFIELDS_H_

#include <stddef.h>
#include <stdint.h>

#include <limits>
#include <type_traits>

namespace hwreg {

namespace internal {

// The bits of a field, shifted down.
template <typename T>
constexpr T mask(unsigned high, unsigned low) {
  return static_cast<T>(std::numeric_limits<T>::max() >> (sizeof(T) * 8 - 1 - (high - low)));
}

template <typename T>
constexpr T get(T value, unsigned high, unsigned low) {
  return static_cast<T>((value >> low) & mask<T>(high, low));
}

template <typename T>
constexpr T set(T value, unsigned high, unsigned low, T field) {
  const T bits = static_cast<T>(mask<T>(high, low) << low);
  return static_cast<T>((value & ~bits) | ((field << low) & bits));
}

template <typename T, unsigned kHigh, unsigned kLow>
constexpr bool check() {
  static_assert(std::is_unsigned<T>::value, "fields are of unsigned members");
  static_assert(kHigh >= kLow, "the higher bit comes first");
  static_assert(kHigh < sizeof(T) * 8, "the field goes beyond the member");
  return true;
}

}  // namespace internal

// A register of a device: its value, and fields that DEF_FIELD and DEF_BIT define.
template <typename Derived, typename Int>
class RegisterBase {
  static_assert(std::is_unsigned<Int>::value, "registers are unsigned");

 public:
  using SelfType = Derived;
  using ValueType = Int;

  Int reg_value() const { return value_; }
  Int* reg_value_ptr() { return &value_; }
  const Int* reg_value_ptr() const { return &value_; }
  Derived& set_reg_value(Int value) {
    value_ = value;
    return static_cast<Derived&>(*this);
  }
  uint32_t reg_addr() const { return address_; }
  void set_reg_addr(uint32_t address) { address_ = address; }

  template <typename Io>
  Derived& ReadFrom(Io* io) {
    value_ = static_cast<Int>(io->template Read<Int>(address_) & ~reserved_zero_);
    return static_cast<Derived&>(*this);
  }
  template <typename Io>
  Derived& WriteTo(Io* io) {
    io->template Write<Int>(static_cast<Int>(value_ & ~reserved_zero_), address_);
    return static_cast<Derived&>(*this);
  }

 protected:
  // Notes bits that are written as zero.
  struct reserved {
    reserved(RegisterBase* base, unsigned high, unsigned low) {
      base->reserved_zero_ = static_cast<Int>(
          base->reserved_zero_ | static_cast<Int>(internal::mask<Int>(high, low) << low));
    }
  };

 private:
  Int value_ = 0;
  Int reserved_zero_ = 0;
  uint32_t address_ = 0;
};

// Where a register is.
template <typename Register>
class RegisterAddr {
 public:
  explicit RegisterAddr(uint32_t address) : address_(address) {}

  uint32_t addr() const { return address_; }
  Register FromValue(typename Register::ValueType value) {
    Register found;
    found.set_reg_addr(address_);
    found.set_reg_value(value);
    return found;
  }
  template <typename Io>
  Register ReadFrom(Io* io) {
    Register found = FromValue(0);
    found.ReadFrom(io);
    return found;
  }

 private:
  uint32_t address_;
};

}  // namespace hwreg

// The bits HIGH to LOW of a member.
#define DEF_SUBFIELD(member, high, low, name)                                              \
  static_assert(::hwreg::internal::check<std::remove_cv_t<std::remove_reference_t<         \
                                             decltype(member)>>,                           \
                                         high, low>(),                                     \
                "");                                                                       \
  constexpr auto name() const {                                                            \
    return ::hwreg::internal::get<std::remove_cv_t<decltype(member)>>(member, high, low);  \
  }                                                                                        \
  constexpr auto& set_##name(std::remove_cv_t<decltype(member)> field) {                   \
    member = ::hwreg::internal::set<std::remove_cv_t<decltype(member)>>(member, high, low, \
                                                                        field);            \
    return *this;                                                                          \
  }                                                                                        \
  static_assert(true, "takes the semicolon")
#define DEF_SUBBIT(member, bit, name) DEF_SUBFIELD(member, bit, bit, name)

// The bits HIGH to LOW of a register.
#define DEF_FIELD(high, low, name)                                                         \
  static_assert(::hwreg::internal::check<ValueType, high, low>(), "");                     \
  ValueType name() const {                                                                 \
    return ::hwreg::internal::get<ValueType>(this->reg_value(), high, low);                \
  }                                                                                        \
  SelfType& set_##name(ValueType field) {                                                  \
    return this->set_reg_value(                                                            \
        ::hwreg::internal::set<ValueType>(this->reg_value(), high, low, field));           \
  }                                                                                        \
  static_assert(true, "takes the semicolon")
#define DEF_BIT(bit, name) DEF_FIELD(bit, bit, name)

#define HWREG_JOIN(a, b) HWREG_JOIN_EXPANDED(a, b)
#define HWREG_JOIN_EXPANDED(a, b) a##b
#define DEF_RSVDZ_FIELD(high, low)                                                         \
  static_assert(::hwreg::internal::check<ValueType, high, low>(), "");                     \
  typename SelfType::reserved HWREG_JOIN(reserved_, __LINE__) { this, high, low }
#define DEF_RSVDZ_BIT(bit) DEF_RSVDZ_FIELD(bit, bit)

#endif  // HWREG_BITFIELDS_H_
