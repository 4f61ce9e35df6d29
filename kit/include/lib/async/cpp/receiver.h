// SPDX-License-Identifier: MIT
// Packets of the program's own.
#ifndef LIB_ASYNC_CPP_RECEIVER_H_
#define LIB_ASYNC_CPP_RECEIVER_H_

#include <lib/async/receiver.h>
#include <lib/fit/function.h>

#include <utility>

namespace async {

class Receiver : private async_receiver_t {
 public:
  using Handler =
      fit::function<void(async_dispatcher_t* dispatcher, Receiver* receiver, zx_status_t status,
                         const zx_packet_user_t* data)>;

  explicit Receiver(Handler handler = nullptr)
      : async_receiver_t{ASYNC_STATE_INIT, &Receiver::Call}, handler_(std::move(handler)) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void set_handler(Handler handler) { handler_ = std::move(handler); }

  zx_status_t QueuePacket(async_dispatcher_t* dispatcher, const zx_packet_user_t* data = nullptr) {
    return async_queue_packet(dispatcher, this, data);
  }

 private:
  static void Call(async_dispatcher_t* dispatcher, async_receiver_t* receiver, zx_status_t status,
                   const zx_packet_user_t* data) {
    auto* self = static_cast<Receiver*>(receiver);
    self->handler_(dispatcher, self, status, data);
  }

  Handler handler_;
};

}  // namespace async

#endif  // LIB_ASYNC_CPP_RECEIVER_H_
