// SPDX-License-Identifier: MIT
// Completions, mutexes and condition variables on futexes.
#include <lib/sync/completion.h>
#include <lib/sync/condition.h>
#include <lib/sync/mutex.h>
#include <stdint.h>
#include <stdlib.h>
#include <zircon/syscalls.h>

namespace {

int32_t* Word(zx_futex_t* futex) { return reinterpret_cast<int32_t*>(futex); }
int32_t Load(zx_futex_t* futex) { return __atomic_load_n(Word(futex), __ATOMIC_SEQ_CST); }
int32_t Swap(zx_futex_t* futex, int32_t value) {
  return __atomic_exchange_n(Word(futex), value, __ATOMIC_SEQ_CST);
}
bool Change(zx_futex_t* futex, int32_t from, int32_t to) {
  return __atomic_compare_exchange_n(Word(futex), &from, to, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST);
}

zx_status_t Wait(zx_futex_t* futex, int32_t value, zx_time_t deadline) {
  return zx_futex_wait(futex, value, ZX_HANDLE_INVALID, deadline);
}

// A completion: nobody has signaled it, somebody waits besides, or it is signaled.
constexpr int32_t kUnsignaled = 0;
constexpr int32_t kAwaited = 1;
constexpr int32_t kSignaled = 2;

// A mutex.
constexpr int32_t kFree = 0;
constexpr int32_t kHeld = 1;
constexpr int32_t kContested = 2;

// Takes a mutex for a thread that may not be the only one to wait.
zx_status_t LockContested(sync_mutex_t* mutex, zx_time_t deadline) {
  while (Swap(&mutex->futex, kContested) != kFree) {
    const zx_status_t status = Wait(&mutex->futex, kContested, deadline);
    if (status == ZX_ERR_TIMED_OUT) {
      return status;
    }
  }
  return ZX_OK;
}

}  // namespace

zx_status_t sync_completion_wait(sync_completion_t* completion, zx_duration_t timeout) {
  const zx_time_t deadline =
      timeout == ZX_TIME_INFINITE ? ZX_TIME_INFINITE : zx_deadline_after(timeout);
  return sync_completion_wait_deadline(completion, deadline);
}

zx_status_t sync_completion_wait_deadline(sync_completion_t* completion, zx_time_t deadline) {
  zx_futex_t* futex = &completion->futex;
  while (true) {
    if (Load(futex) == kSignaled) {
      return ZX_OK;
    }
    Change(futex, kUnsignaled, kAwaited);
    const zx_status_t status = Wait(futex, kAwaited, deadline);
    if (status == ZX_OK) {
      // Woken by a signal, even if a reset has followed it.
      return ZX_OK;
    }
    if (status == ZX_ERR_TIMED_OUT) {
      return Load(futex) == kSignaled ? ZX_OK : status;
    }
  }
}

void sync_completion_signal(sync_completion_t* completion) {
  if (Swap(&completion->futex, kSignaled) == kAwaited) {
    zx_futex_wake(&completion->futex, UINT32_MAX);
  }
}

void sync_completion_signal_requeue(sync_completion_t* completion, zx_futex_t* target,
                                    zx_handle_t owner) {
  if (Swap(&completion->futex, kSignaled) == kAwaited) {
    zx_futex_requeue(&completion->futex, 0, kSignaled, target, UINT32_MAX, owner);
  }
}

void sync_completion_reset(sync_completion_t* completion) {
  Change(&completion->futex, kSignaled, kUnsignaled);
}

bool sync_completion_signaled(const sync_completion_t* completion) {
  return Load(const_cast<zx_futex_t*>(&completion->futex)) == kSignaled;
}

void sync_mutex_lock(sync_mutex_t* mutex) {
  if (!Change(&mutex->futex, kFree, kHeld)) {
    LockContested(mutex, ZX_TIME_INFINITE);
  }
}

void sync_mutex_lock_with_waiter(sync_mutex_t* mutex) { LockContested(mutex, ZX_TIME_INFINITE); }

zx_status_t sync_mutex_timedlock(sync_mutex_t* mutex, zx_time_t deadline) {
  return Change(&mutex->futex, kFree, kHeld) ? ZX_OK : LockContested(mutex, deadline);
}

zx_status_t sync_mutex_trylock(sync_mutex_t* mutex) {
  return Change(&mutex->futex, kFree, kHeld) ? ZX_OK : ZX_ERR_BAD_STATE;
}

void sync_mutex_unlock(sync_mutex_t* mutex) {
  const int32_t before = Swap(&mutex->futex, kFree);
  if (before == kFree) {
    abort();  // nobody held it
  }
  if (before == kContested) {
    zx_futex_wake(&mutex->futex, 1);
  }
}

void sync_condition_wait(sync_condition_t* condition, sync_mutex_t* mutex) {
  sync_condition_timedwait(condition, mutex, ZX_TIME_INFINITE);
}

zx_status_t sync_condition_timedwait(sync_condition_t* condition, sync_mutex_t* mutex,
                                     zx_time_t deadline) {
  // The word counts signals: one that comes after the unlock makes the wait return at once.
  const int32_t seen = Load(&condition->futex);
  sync_mutex_unlock(mutex);
  const zx_status_t status = Wait(&condition->futex, seen, deadline);
  sync_mutex_lock_with_waiter(mutex);
  return status == ZX_ERR_TIMED_OUT ? status : ZX_OK;
}

void sync_condition_signal(sync_condition_t* condition) {
  __atomic_fetch_add(Word(&condition->futex), 1, __ATOMIC_SEQ_CST);
  zx_futex_wake(&condition->futex, 1);
}

void sync_condition_broadcast(sync_condition_t* condition) {
  __atomic_fetch_add(Word(&condition->futex), 1, __ATOMIC_SEQ_CST);
  zx_futex_wake(&condition->futex, UINT32_MAX);
}
