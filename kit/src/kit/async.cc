// SPDX-License-Identifier: MIT
// The loop: one port, on which every thread that runs it waits until the next task is due.
#include <lib/async-loop/cpp/loop.h>
#include <lib/async/cpp/task.h>
#include <lib/async/cpp/wait.h>
#include <lib/async/receiver.h>
#include <lib/async/time.h>
#include <lib/async/trap.h>
#include <lib/zx/port.h>
#include <stdlib.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <vector>

const async_loop_config_t kAsyncLoopConfigAttachToCurrentThread = {true};
const async_loop_config_t kAsyncLoopConfigNoAttachToCurrentThread = {false};

namespace {

thread_local async_dispatcher_t* default_dispatcher = nullptr;

// The key of packets that only make a thread look again.
constexpr uint64_t kWake = 0;

template <typename T>
uint64_t KeyOf(T* what) {
  return reinterpret_cast<uintptr_t>(what);
}

}  // namespace

async_dispatcher_t* async_get_default_dispatcher(void) { return default_dispatcher; }

void async_set_default_dispatcher(async_dispatcher_t* dispatcher) {
  default_dispatcher = dispatcher;
}

namespace async {

class Loop::Impl : public async_dispatcher_t {
 public:
  explicit Impl(const async_loop_config_t* config)
      : async_dispatcher_t{&kOps}, attached_(config->make_default_for_current_thread) {
    if (zx::port::create(0, &port_) != ZX_OK) {
      abort();
    }
    if (attached_) {
      async_set_default_dispatcher(this);
    }
  }

  ~Impl() {
    Shutdown();
    if (attached_ && async_get_default_dispatcher() == this) {
      async_set_default_dispatcher(nullptr);
    }
  }

  zx_status_t Run(zx::time deadline, bool once) {
    Active active(this);
    while (true) {
      switch (GetState()) {
        case ASYNC_LOOP_RUNNABLE:
          break;
        case ASYNC_LOOP_QUIT:
          return ZX_ERR_CANCELED;
        case ASYNC_LOOP_SHUTDOWN:
          return ZX_ERR_BAD_STATE;
      }
      if (RunDueTask()) {
        if (once) {
          return ZX_OK;
        }
        continue;
      }
      zx_port_packet_t packet = {};
      const zx::time until = std::min(deadline, NextDeadline());
      const zx_status_t status = port_.wait(until, &packet);
      if (status == ZX_ERR_TIMED_OUT) {
        if (until == deadline && !HasDueTask()) {
          return status;
        }
      } else if (status != ZX_OK) {
        return status;
      } else if (packet.key != kWake) {
        Deliver(packet);
        if (once) {
          return ZX_OK;
        }
      }
    }
  }

  zx_status_t RunUntilIdle() {
    const zx_status_t status = Run(zx::time::infinite_past(), false);
    return status == ZX_ERR_TIMED_OUT ? ZX_OK : status;
  }

  void Quit() {
    std::lock_guard<std::mutex> guard(mutex_);
    if (state_ == ASYNC_LOOP_RUNNABLE) {
      state_ = ASYNC_LOOP_QUIT;
      WakeAll();
    }
  }

  zx_status_t ResetQuit() {
    std::lock_guard<std::mutex> guard(mutex_);
    if (active_ > 0 || state_ == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    state_ = ASYNC_LOOP_RUNNABLE;
    return ZX_OK;
  }

  void Shutdown() {
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (state_ == ASYNC_LOOP_SHUTDOWN) {
        return;
      }
      state_ = ASYNC_LOOP_SHUTDOWN;
      WakeAll();
    }
    JoinThreads();
    // Handlers may cancel others of these meanwhile: one at a time.
    while (async_wait_t* wait = TakeFirst(waits_)) {
      zx_port_cancel(port_.get(), wait->object, KeyOf(wait));
      wait->handler(this, wait, ZX_ERR_CANCELED, nullptr);
    }
    while (async_task_t* task = TakeFirst(tasks_)) {
      task->handler(this, task, ZX_ERR_CANCELED);
    }
    while (async_guest_bell_trap_t* trap = TakeFirst(traps_)) {
      trap->handler(this, trap, ZX_ERR_CANCELED, nullptr);
    }
  }

  async_loop_state_t GetState() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return state_;
  }

  zx_status_t StartThread(const char* name, thrd_t* out_thread) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (state_ == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    thrd_t thread = {};
    const auto entry = [](void* self) -> int {
      auto* impl = static_cast<Impl*>(self);
      async_set_default_dispatcher(impl);
      impl->Run(zx::time::infinite(), false);
      return 0;
    };
    if (thrd_create_with_name(&thread, entry, this, name) != thrd_success) {
      return ZX_ERR_NO_MEMORY;
    }
    threads_.push_back(thread);
    if (out_thread != nullptr) {
      *out_thread = thread;
    }
    return ZX_OK;
  }

  void JoinThreads() {
    std::vector<thrd_t> threads;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      threads.swap(threads_);
    }
    for (thrd_t thread : threads) {
      thrd_join(thread, nullptr);
    }
  }

 private:
  // Counts the threads that run the loop.
  class Active {
   public:
    explicit Active(Impl* impl) : impl_(impl) {
      std::lock_guard<std::mutex> guard(impl_->mutex_);
      impl_->active_++;
    }
    ~Active() {
      std::lock_guard<std::mutex> guard(impl_->mutex_);
      impl_->active_--;
    }

   private:
    Impl* const impl_;
  };

  static Impl* Self(async_dispatcher_t* dispatcher) { return static_cast<Impl*>(dispatcher); }

  template <typename T>
  T* TakeFirst(std::list<T*>& list) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (list.empty()) {
      return nullptr;
    }
    T* first = list.front();
    list.pop_front();
    return first;
  }

  template <typename T>
  static bool Remove(std::list<T*>& list, T* what) {
    const auto at = std::find(list.begin(), list.end(), what);
    if (at == list.end()) {
      return false;
    }
    list.erase(at);
    return true;
  }

  void Wake() {
    zx_port_packet_t packet = {};
    packet.key = kWake;
    packet.type = ZX_PKT_TYPE_USER;
    port_.queue(&packet);
  }

  void WakeAll() {
    for (int i = 0; i < active_; i++) {
      Wake();
    }
  }

  zx::time NextDeadline() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return tasks_.empty() ? zx::time::infinite() : zx::time(tasks_.front()->deadline);
  }

  bool HasDueTask() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return !tasks_.empty() && tasks_.front()->deadline <= zx_clock_get_monotonic();
  }

  bool RunDueTask() {
    async_task_t* task = nullptr;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (!tasks_.empty() && tasks_.front()->deadline <= zx_clock_get_monotonic()) {
        task = tasks_.front();
        tasks_.pop_front();
      }
    }
    if (task != nullptr) {
      task->handler(this, task, ZX_OK);
    }
    return task != nullptr;
  }

  void Deliver(const zx_port_packet_t& packet) {
    const auto pointer = static_cast<uintptr_t>(packet.key);
    if (packet.type == ZX_PKT_TYPE_SIGNAL_ONE) {
      auto* wait = reinterpret_cast<async_wait_t*>(pointer);
      bool known = false;
      {
        std::lock_guard<std::mutex> guard(mutex_);
        known = Remove(waits_, wait);
      }
      if (known) {
        wait->handler(this, wait, packet.status, &packet.signal);
      }
    } else if (packet.type == ZX_PKT_TYPE_USER) {
      auto* receiver = reinterpret_cast<async_receiver_t*>(pointer);
      receiver->handler(this, receiver, packet.status, &packet.user);
    } else if (packet.type == ZX_PKT_TYPE_GUEST_BELL) {
      auto* trap = reinterpret_cast<async_guest_bell_trap_t*>(pointer);
      trap->handler(this, trap, packet.status, &packet.guest_bell);
    }
  }

  static zx_time_t OpNow(async_dispatcher_t*) { return zx_clock_get_monotonic(); }

  static zx_status_t OpBeginWait(async_dispatcher_t* dispatcher, async_wait_t* wait) {
    Impl* self = Self(dispatcher);
    std::lock_guard<std::mutex> guard(self->mutex_);
    if (self->state_ == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    const zx_status_t status = zx_object_wait_async(wait->object, self->port_.get(), KeyOf(wait),
                                                    wait->trigger, wait->options);
    if (status == ZX_OK) {
      self->waits_.push_back(wait);
    }
    return status;
  }

  static zx_status_t OpCancelWait(async_dispatcher_t* dispatcher, async_wait_t* wait) {
    Impl* self = Self(dispatcher);
    std::lock_guard<std::mutex> guard(self->mutex_);
    if (!Remove(self->waits_, wait)) {
      return ZX_ERR_NOT_FOUND;
    }
    // Its packet may be on its way to another thread, which then finds the wait gone.
    zx_port_cancel(self->port_.get(), wait->object, KeyOf(wait));
    return ZX_OK;
  }

  static zx_status_t OpPostTask(async_dispatcher_t* dispatcher, async_task_t* task) {
    Impl* self = Self(dispatcher);
    std::lock_guard<std::mutex> guard(self->mutex_);
    if (self->state_ == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    const auto later = [task](const async_task_t* other) {
      return other->deadline > task->deadline;
    };
    const auto at = std::find_if(self->tasks_.begin(), self->tasks_.end(), later);
    if (self->tasks_.insert(at, task) == self->tasks_.begin()) {
      self->Wake();
    }
    return ZX_OK;
  }

  static zx_status_t OpCancelTask(async_dispatcher_t* dispatcher, async_task_t* task) {
    Impl* self = Self(dispatcher);
    std::lock_guard<std::mutex> guard(self->mutex_);
    return Remove(self->tasks_, task) ? ZX_OK : ZX_ERR_NOT_FOUND;
  }

  static zx_status_t OpQueuePacket(async_dispatcher_t* dispatcher, async_receiver_t* receiver,
                                   const zx_packet_user_t* data) {
    Impl* self = Self(dispatcher);
    if (self->GetState() == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    zx_port_packet_t packet = {};
    packet.key = KeyOf(receiver);
    packet.type = ZX_PKT_TYPE_USER;
    if (data != nullptr) {
      packet.user = *data;
    }
    return self->port_.queue(&packet);
  }

  static zx_status_t OpSetGuestBellTrap(async_dispatcher_t* dispatcher,
                                        async_guest_bell_trap_t* trap, zx_handle_t guest,
                                        zx_vaddr_t addr, size_t length) {
    Impl* self = Self(dispatcher);
    std::lock_guard<std::mutex> guard(self->mutex_);
    if (self->state_ == ASYNC_LOOP_SHUTDOWN) {
      return ZX_ERR_BAD_STATE;
    }
    const zx_status_t status = zx_guest_set_trap(guest, ZX_GUEST_TRAP_BELL, addr, length,
                                                 self->port_.get(), KeyOf(trap));
    if (status == ZX_OK) {
      self->traps_.push_back(trap);
    }
    return status;
  }

  static constexpr async_ops_t kOps = {
      ASYNC_OPS_V1,
      0,
      {OpNow, OpBeginWait, OpCancelWait, OpPostTask, OpCancelTask, OpQueuePacket,
       OpSetGuestBellTrap},
  };

  const bool attached_;
  zx::port port_;
  mutable std::mutex mutex_;
  async_loop_state_t state_ = ASYNC_LOOP_RUNNABLE;
  int active_ = 0;
  std::list<async_wait_t*> waits_;
  std::list<async_task_t*> tasks_;  // the next one first
  std::list<async_guest_bell_trap_t*> traps_;
  std::vector<thrd_t> threads_;
};

constexpr async_ops_t Loop::Impl::kOps;

Loop::Loop(const async_loop_config_t* config) : impl_(new Impl(config)) {}
Loop::~Loop() = default;
async_dispatcher_t* Loop::dispatcher() const { return impl_.get(); }
zx_status_t Loop::Run(zx::time deadline, bool once) { return impl_->Run(deadline, once); }
zx_status_t Loop::RunUntilIdle() { return impl_->RunUntilIdle(); }
void Loop::Quit() { impl_->Quit(); }
zx_status_t Loop::ResetQuit() { return impl_->ResetQuit(); }
void Loop::Shutdown() { impl_->Shutdown(); }
async_loop_state_t Loop::GetState() const { return impl_->GetState(); }
zx_status_t Loop::StartThread(const char* name, thrd_t* out_thread) {
  return impl_->StartThread(name, out_thread);
}
void Loop::JoinThreads() { impl_->JoinThreads(); }

WaitBase::WaitBase(zx_handle_t object, zx_signals_t trigger, uint32_t options,
                   async_wait_handler_t* handler)
    : async_wait_t{ASYNC_STATE_INIT, handler, object, trigger, options} {}

zx_status_t WaitBase::Begin(async_dispatcher_t* dispatcher) {
  if (dispatcher_ != nullptr) {
    return ZX_ERR_ALREADY_EXISTS;
  }
  dispatcher_ = dispatcher;
  const zx_status_t status = async_begin_wait(dispatcher, this);
  if (status != ZX_OK) {
    dispatcher_ = nullptr;
  }
  return status;
}

zx_status_t WaitBase::Cancel() {
  if (dispatcher_ == nullptr) {
    return ZX_ERR_NOT_FOUND;
  }
  async_dispatcher_t* dispatcher = dispatcher_;
  dispatcher_ = nullptr;
  return async_cancel_wait(dispatcher, this);
}

TaskBase::TaskBase(async_task_handler_t* handler)
    : async_task_t{ASYNC_STATE_INIT, handler, ZX_TIME_INFINITE} {}

zx_status_t TaskBase::Post(async_dispatcher_t* dispatcher) {
  return PostForTime(dispatcher, zx::time(async_now(dispatcher)));
}

zx_status_t TaskBase::PostDelayed(async_dispatcher_t* dispatcher, zx::duration delay) {
  return PostForTime(dispatcher, zx::time(async_now(dispatcher)) + delay);
}

zx_status_t TaskBase::PostForTime(async_dispatcher_t* dispatcher, zx::time when) {
  if (dispatcher_ != nullptr) {
    return ZX_ERR_ALREADY_EXISTS;
  }
  dispatcher_ = dispatcher;
  deadline = when.get();
  const zx_status_t status = async_post_task(dispatcher, this);
  if (status != ZX_OK) {
    dispatcher_ = nullptr;
  }
  return status;
}

zx_status_t TaskBase::Cancel() {
  if (dispatcher_ == nullptr) {
    return ZX_ERR_NOT_FOUND;
  }
  async_dispatcher_t* dispatcher = dispatcher_;
  dispatcher_ = nullptr;
  return async_cancel_task(dispatcher, this);
}

namespace {

// A task that deletes itself.
struct OwnedTask : async_task_t {
  OwnedTask(fit::closure body, zx_time_t when)
      : async_task_t{ASYNC_STATE_INIT, &OwnedTask::Call, when}, body_(std::move(body)) {}

  static void Call(async_dispatcher_t*, async_task_t* task, zx_status_t status) {
    std::unique_ptr<OwnedTask> self(static_cast<OwnedTask*>(task));
    if (status == ZX_OK) {
      self->body_();
    }
  }

  fit::closure body_;
};

}  // namespace

zx_status_t PostTaskForTime(async_dispatcher_t* dispatcher, fit::closure handler,
                            zx::time deadline) {
  auto task = std::make_unique<OwnedTask>(std::move(handler), deadline.get());
  const zx_status_t status = async_post_task(dispatcher, task.get());
  if (status == ZX_OK) {
    static_cast<void>(task.release());
  }
  return status;
}

zx_status_t PostTask(async_dispatcher_t* dispatcher, fit::closure handler) {
  return PostTaskForTime(dispatcher, std::move(handler), zx::time(async_now(dispatcher)));
}

zx_status_t PostDelayedTask(async_dispatcher_t* dispatcher, fit::closure handler,
                            zx::duration delay) {
  return PostTaskForTime(dispatcher, std::move(handler),
                         zx::time(async_now(dispatcher)) + delay);
}

}  // namespace async
