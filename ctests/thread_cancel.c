// SPDX-License-Identifier: MIT
// No call is a cancellation point: a thread that is to be canceled (deferred, as threads are by default)
// finishes its calls and ends at a cancellation point of its own.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/hypervisor.h>

#include "objects.h"

typedef struct canceled {
  void (*calls)(struct canceled*);
  pthread_barrier_t start;
  zx_handle_t handle;
  zx_status_t status;  // the first that is not ZX_OK
  bool done;
} canceled_t;

static void note(canceled_t* self, zx_status_t status) {
  if (self->status == ZX_OK) self->status = status;
}

static void* canceled_main(void* argument) {
  canceled_t* self = (canceled_t*)argument;
  int old = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_barrier_wait(&self->start);  // before the request
  pthread_barrier_wait(&self->start);  // after it
  pthread_setcancelstate(old, NULL);
  self->calls(self);
  self->done = true;
  pthread_testcancel();
  return NULL;
}

// Whether the thread made all its calls, with success, and then was canceled.
static void expect_calls_finish(void (*calls)(canceled_t*)) {
  canceled_t self;
  memset(&self, 0, sizeof(self));
  self.calls = calls;
  pthread_barrier_init(&self.start, NULL, 2);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, canceled_main, &self), 0);
  pthread_barrier_wait(&self.start);
  EXPECT_EQ(pthread_cancel(thread), 0);
  pthread_barrier_wait(&self.start);
  void* result = NULL;
  pthread_join(thread, &result);
  pthread_barrier_destroy(&self.start);
  EXPECT_TRUE(self.done);
  EXPECT_TRUE(result == PTHREAD_CANCELED);
  EXPECT_OK(self.status);
}

static void object_calls(canceled_t* self) {
  zx_handle_t event = 0, ends[2] = {0, 0}, timer = 0, port = 0;
  zx_port_packet_t packet;
  note(self, zx_event_create(0, &event));
  note(self, zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
  note(self, zx_object_wait_one(event, ZX_USER_SIGNAL_0, ZX_TIME_INFINITE, NULL));
  note(self, zx_channel_create(0, &ends[0], &ends[1]));
  note(self, zx_channel_write(ends[0], 0, "text", 4, NULL, 0));
  note(self, zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer));
  note(self, zx_timer_set(timer, zx_deadline_after(ZX_MSEC(1)), 0));
  note(self, zx_object_wait_one(timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
  note(self, zx_port_create(0, &port));
  zx_status_t status = zx_port_wait(port, zx_deadline_after(ZX_MSEC(5)), &packet);
  if (status != ZX_ERR_TIMED_OUT) note(self, ZX_ERR_INTERNAL);
  note(self, zx_nanosleep(zx_deadline_after(ZX_MSEC(1))));
  note(self, zx_handle_close(event));
  note(self, zx_handle_close(ends[0]));
  note(self, zx_handle_close(ends[1]));
  note(self, zx_handle_close(timer));
  note(self, zx_handle_close(port));
}

TEST(thread_cancel_waits_for_the_calls_of_objects) { expect_calls_finish(object_calls); }

static void memory_calls(canceled_t* self) {
  zx_handle_t vmo = 0, executable = 0;
  zx_vaddr_t at = 0;
  char bytes[64];
  note(self, zx_vmo_create(1 << 20, 0, &vmo));
  note(self, zx_vmo_write(vmo, "text", 0, 4));
  note(self, zx_vmo_read(vmo, bytes, 0, sizeof(bytes)));
  note(self, zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ, 0, vmo, 0, 4096, &at));
  note(self, zx_vmar_unmap(zx_vmar_root_self(), at, 4096));
  note(self, zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_OFFSET_IS_UPPER_LIMIT,
                         0x100000000ull, vmo, 0, 4096, &at));
  note(self, zx_vmar_unmap(zx_vmar_root_self(), at, 4096));
  note(self, zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &executable));
  note(self, zx_handle_close(executable));
}

TEST(thread_cancel_waits_for_the_calls_of_memory) { expect_calls_finish(memory_calls); }

static void information_calls(canceled_t* self) {
  static char answer[100000];
  size_t actual = 0, available = 0;
  zx_handle_t root = get_root_resource();
  note(self, zx_object_get_info(root, ZX_INFO_KMEM_STATS, answer, sizeof(answer), NULL, NULL));
  note(self, zx_object_get_info(root, ZX_INFO_CPU_STATS, answer, sizeof(answer), &actual,
                                &available));
  note(self, zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_MAPS, answer, sizeof(answer),
                                &actual, &available));
  note(self, zx_object_get_property(zx_process_self(), ZX_PROP_NAME, answer, ZX_MAX_NAME_LEN));
  note(self, zx_debug_write("", 0));
}

TEST(thread_cancel_waits_for_the_calls_of_information) { expect_calls_finish(information_calls); }

static void guest_calls(canceled_t* self) {
  zx_handle_t resource = 0, guest = 0, region = 0, vcpu = 0;
  note(self, libzx_get_hypervisor_resource(&resource));
  zx_status_t status = zx_guest_create(resource, 0, &guest, &region);
  note(self, zx_handle_close(resource));
  if (status == ZX_ERR_NOT_SUPPORTED) return;
  note(self, status);
  note(self, zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, 0x1000, 0x1000, 0, 1));
  note(self, zx_vcpu_create(guest, 0, 0, &vcpu));
  note(self, zx_vcpu_kick(vcpu));
  zx_port_packet_t packet;
  if (zx_vcpu_resume(vcpu, &packet) != ZX_ERR_CANCELED) note(self, ZX_ERR_INTERNAL);
  note(self, zx_handle_close(vcpu));
  note(self, zx_handle_close(guest));
  note(self, zx_handle_close(region));
}

TEST(thread_cancel_waits_for_the_calls_of_guests) { expect_calls_finish(guest_calls); }

ZTEST_MAIN
