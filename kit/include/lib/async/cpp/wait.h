// SPDX-License-Identifier: MIT
// Waiting for signals, once; a pending wait ends with its object.
#ifndef LIB_ASYNC_CPP_WAIT_H_
#define LIB_ASYNC_CPP_WAIT_H_

#include <lib/async/wait.h>
#include <lib/fit/function.h>

#include <utility>

namespace async {

class WaitBase : private async_wait_t {
 public:
  WaitBase(const WaitBase&) = delete;
  WaitBase& operator=(const WaitBase&) = delete;

  zx_handle_t object() const { return async_wait_t::object; }
  void set_object(zx_handle_t object) { async_wait_t::object = object; }
  zx_signals_t trigger() const { return async_wait_t::trigger; }
  void set_trigger(zx_signals_t trigger) { async_wait_t::trigger = trigger; }
  uint32_t options() const { return async_wait_t::options; }
  void set_options(uint32_t options) { async_wait_t::options = options; }
  bool is_pending() const { return dispatcher_ != nullptr; }

  // ZX_ERR_ALREADY_EXISTS while it is pending.
  zx_status_t Begin(async_dispatcher_t* dispatcher);
  // ZX_ERR_NOT_FOUND if it is not pending.
  zx_status_t Cancel();

 protected:
  WaitBase(zx_handle_t object, zx_signals_t trigger, uint32_t options,
           async_wait_handler_t* handler);
  ~WaitBase() { Cancel(); }

  template <typename T>
  static T* Dispatch(async_wait_t* wait) {
    auto* self = static_cast<T*>(static_cast<WaitBase*>(wait));
    self->WaitBase::dispatcher_ = nullptr;
    return self;
  }

 private:
  async_dispatcher_t* dispatcher_ = nullptr;
};

class Wait : public WaitBase {
 public:
  using Handler = fit::function<void(async_dispatcher_t* dispatcher, Wait* wait,
                                     zx_status_t status, const zx_packet_signal_t* signal)>;

  explicit Wait(zx_handle_t object = ZX_HANDLE_INVALID, zx_signals_t trigger = ZX_SIGNAL_NONE,
                uint32_t options = 0, Handler handler = {})
      : WaitBase(object, trigger, options, &Wait::Call), handler_(std::move(handler)) {}

  void set_handler(Handler handler) { handler_ = std::move(handler); }
  bool has_handler() const { return static_cast<bool>(handler_); }

 private:
  friend class WaitBase;
  static void Call(async_dispatcher_t* dispatcher, async_wait_t* wait, zx_status_t status,
                   const zx_packet_signal_t* signal) {
    Wait* self = Dispatch<Wait>(wait);
    self->handler_(dispatcher, self, status, signal);
  }

  Handler handler_;
};

// Its handler may end the object.
class WaitOnce : public WaitBase {
 public:
  using Handler = fit::callback<void(async_dispatcher_t* dispatcher, WaitOnce* wait,
                                     zx_status_t status, const zx_packet_signal_t* signal)>;

  explicit WaitOnce(zx_handle_t object = ZX_HANDLE_INVALID,
                    zx_signals_t trigger = ZX_SIGNAL_NONE, uint32_t options = 0)
      : WaitBase(object, trigger, options, &WaitOnce::Call) {}

  zx_status_t Begin(async_dispatcher_t* dispatcher, Handler handler) {
    if (is_pending()) {
      return ZX_ERR_ALREADY_EXISTS;
    }
    handler_ = std::move(handler);
    return WaitBase::Begin(dispatcher);
  }

 private:
  friend class WaitBase;
  static void Call(async_dispatcher_t* dispatcher, async_wait_t* wait, zx_status_t status,
                   const zx_packet_signal_t* signal) {
    WaitOnce* self = Dispatch<WaitOnce>(wait);
    Handler handler = std::move(self->handler_);
    handler(dispatcher, self, status, signal);
  }

  Handler handler_;
};

template <class Class,
          void (Class::*method)(async_dispatcher_t* dispatcher, WaitBase* wait, zx_status_t status,
                                const zx_packet_signal_t* signal)>
class WaitMethod : public WaitBase {
 public:
  explicit WaitMethod(Class* instance, zx_handle_t object = ZX_HANDLE_INVALID,
                      zx_signals_t trigger = ZX_SIGNAL_NONE, uint32_t options = 0)
      : WaitBase(object, trigger, options, &WaitMethod::Call), instance_(instance) {}

 private:
  friend class WaitBase;
  static void Call(async_dispatcher_t* dispatcher, async_wait_t* wait, zx_status_t status,
                   const zx_packet_signal_t* signal) {
    WaitMethod* self = Dispatch<WaitMethod>(wait);
    (self->instance_->*method)(dispatcher, self, status, signal);
  }

  Class* const instance_;
};

}  // namespace async

#endif  // LIB_ASYNC_CPP_WAIT_H_
