// SPDX-License-Identifier: MIT
// Tasks; a pending one ends with its object.
#ifndef LIB_ASYNC_CPP_TASK_H_
#define LIB_ASYNC_CPP_TASK_H_

#include <lib/async/task.h>
#include <lib/fit/function.h>
#include <lib/zx/time.h>

#include <utility>

namespace async {

// Calls a closure soon, after a while, or at a point in time.
zx_status_t PostTask(async_dispatcher_t* dispatcher, fit::closure handler);
zx_status_t PostDelayedTask(async_dispatcher_t* dispatcher, fit::closure handler,
                            zx::duration delay);
zx_status_t PostTaskForTime(async_dispatcher_t* dispatcher, fit::closure handler,
                            zx::time deadline);

class TaskBase : private async_task_t {
 public:
  TaskBase(const TaskBase&) = delete;
  TaskBase& operator=(const TaskBase&) = delete;

  bool is_pending() const { return dispatcher_ != nullptr; }
  zx::time last_deadline() const { return zx::time(deadline); }

  zx_status_t Post(async_dispatcher_t* dispatcher);
  zx_status_t PostDelayed(async_dispatcher_t* dispatcher, zx::duration delay);
  // ZX_ERR_ALREADY_EXISTS while it is pending.
  zx_status_t PostForTime(async_dispatcher_t* dispatcher, zx::time deadline);
  // ZX_ERR_NOT_FOUND if it is not pending.
  zx_status_t Cancel();

 protected:
  explicit TaskBase(async_task_handler_t* handler);
  ~TaskBase() { Cancel(); }

  template <typename T>
  static T* Dispatch(async_task_t* task) {
    auto* self = static_cast<T*>(static_cast<TaskBase*>(task));
    self->TaskBase::dispatcher_ = nullptr;
    return self;
  }

 private:
  async_dispatcher_t* dispatcher_ = nullptr;
};

class Task : public TaskBase {
 public:
  using Handler =
      fit::function<void(async_dispatcher_t* dispatcher, Task* task, zx_status_t status)>;

  explicit Task(Handler handler = nullptr)
      : TaskBase(&Task::Call), handler_(std::move(handler)) {}

  void set_handler(Handler handler) { handler_ = std::move(handler); }
  bool has_handler() const { return static_cast<bool>(handler_); }

 private:
  friend class TaskBase;
  static void Call(async_dispatcher_t* dispatcher, async_task_t* task, zx_status_t status) {
    Task* self = Dispatch<Task>(task);
    self->handler_(dispatcher, self, status);
  }

  Handler handler_;
};

// Its handler is only called when the time has come, not at shutdown.
class TaskClosure : public TaskBase {
 public:
  explicit TaskClosure(fit::closure handler = nullptr)
      : TaskBase(&TaskClosure::Call), handler_(std::move(handler)) {}

  void set_handler(fit::closure handler) { handler_ = std::move(handler); }
  bool has_handler() const { return static_cast<bool>(handler_); }

 private:
  friend class TaskBase;
  static void Call(async_dispatcher_t*, async_task_t* task, zx_status_t status) {
    TaskClosure* self = Dispatch<TaskClosure>(task);
    if (status == ZX_OK) {
      self->handler_();
    }
  }

  fit::closure handler_;
};

template <class Class, void (Class::*method)(async_dispatcher_t* dispatcher, TaskBase* task,
                                             zx_status_t status)>
class TaskMethod : public TaskBase {
 public:
  explicit TaskMethod(Class* instance) : TaskBase(&TaskMethod::Call), instance_(instance) {}

 private:
  friend class TaskBase;
  static void Call(async_dispatcher_t* dispatcher, async_task_t* task, zx_status_t status) {
    TaskMethod* self = Dispatch<TaskMethod>(task);
    (self->instance_->*method)(dispatcher, self, status);
  }

  Class* const instance_;
};

template <class Class, void (Class::*method)()>
class TaskClosureMethod : public TaskBase {
 public:
  explicit TaskClosureMethod(Class* instance)
      : TaskBase(&TaskClosureMethod::Call), instance_(instance) {}

 private:
  friend class TaskBase;
  static void Call(async_dispatcher_t*, async_task_t* task, zx_status_t status) {
    TaskClosureMethod* self = Dispatch<TaskClosureMethod>(task);
    if (status == ZX_OK) {
      (self->instance_->*method)();
    }
  }

  Class* const instance_;
};

}  // namespace async

#endif  // LIB_ASYNC_CPP_TASK_H_
