// SPDX-License-Identifier: MIT
// Bell traps of guests.
#ifndef LIB_ASYNC_CPP_TRAP_H_
#define LIB_ASYNC_CPP_TRAP_H_

#include <lib/async/trap.h>
#include <lib/fit/function.h>
#include <lib/zx/guest.h>

#include <utility>

namespace async {

class GuestBellTrapBase : private async_guest_bell_trap_t {
 public:
  GuestBellTrapBase(const GuestBellTrapBase&) = delete;
  GuestBellTrapBase& operator=(const GuestBellTrapBase&) = delete;

  // From now on writes of the guest to these addresses call the handler, until the guest is gone;
  // this object must stay as long.
  zx_status_t SetTrap(async_dispatcher_t* dispatcher, const zx::guest& guest, zx_vaddr_t addr,
                      size_t length) {
    return async_set_guest_bell_trap(dispatcher, this, guest.get(), addr, length);
  }

 protected:
  explicit GuestBellTrapBase(async_guest_bell_trap_handler_t* handler)
      : async_guest_bell_trap_t{ASYNC_STATE_INIT, handler} {}
  ~GuestBellTrapBase() = default;

  template <typename T>
  static T* Dispatch(async_guest_bell_trap_t* trap) {
    return static_cast<T*>(static_cast<GuestBellTrapBase*>(trap));
  }
};

class GuestBellTrap : public GuestBellTrapBase {
 public:
  using Handler =
      fit::function<void(async_dispatcher_t* dispatcher, GuestBellTrap* trap, zx_status_t status,
                         const zx_packet_guest_bell_t* bell)>;

  explicit GuestBellTrap(Handler handler = nullptr)
      : GuestBellTrapBase(&GuestBellTrap::Call), handler_(std::move(handler)) {}

  void set_handler(Handler handler) { handler_ = std::move(handler); }
  bool has_handler() const { return static_cast<bool>(handler_); }

 private:
  friend class GuestBellTrapBase;
  static void Call(async_dispatcher_t* dispatcher, async_guest_bell_trap_t* trap,
                   zx_status_t status, const zx_packet_guest_bell_t* bell) {
    GuestBellTrap* self = Dispatch<GuestBellTrap>(trap);
    self->handler_(dispatcher, self, status, bell);
  }

  Handler handler_;
};

template <class Class, void (Class::*method)(async_dispatcher_t* dispatcher,
                                             GuestBellTrapBase* trap, zx_status_t status,
                                             const zx_packet_guest_bell_t* bell)>
class GuestBellTrapMethod : public GuestBellTrapBase {
 public:
  explicit GuestBellTrapMethod(Class* instance)
      : GuestBellTrapBase(&GuestBellTrapMethod::Call), instance_(instance) {}

 private:
  friend class GuestBellTrapBase;
  static void Call(async_dispatcher_t* dispatcher, async_guest_bell_trap_t* trap,
                   zx_status_t status, const zx_packet_guest_bell_t* bell) {
    GuestBellTrapMethod* self = Dispatch<GuestBellTrapMethod>(trap);
    (self->instance_->*method)(dispatcher, self, status, bell);
  }

  Class* const instance_;
};

}  // namespace async

#endif  // LIB_ASYNC_CPP_TRAP_H_
