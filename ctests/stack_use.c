// SPDX-License-Identifier: MIT
// Every call works on a thread with the smallest stack that the C library gives (PTHREAD_STACK_MIN),
// which has to hold the frame of a signal as well. Each call is made on a thread whose stack was
// painted before; how much of the paint is gone tells what it used.
//
// A library that was built without optimization uses several times as much: only how much is told
// then.

#include "ztest.h"

#include <libzx.h>
#include <limits.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <zircon/process.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

#define STACK_BYTES (512u << 10)
#define PAINT 0xa5
// What a signal's handler uses itself.
#define HANDLER_BYTES 512

typedef void (*calls_t)(void);

static void* run_calls(void* calls) {
  (*(calls_t*)calls)();
  return NULL;
}

// How many bytes of a fresh stack a thread uses that runs `calls`.
static size_t stack_used_by(calls_t calls) {
  unsigned char* stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return 0;
  memset(stack, PAINT, STACK_BYTES);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, STACK_BYTES);
  pthread_t thread;
  size_t used = 0;
  if (pthread_create(&thread, &attributes, run_calls, &calls) == 0) {
    pthread_join(thread, NULL);
    size_t clean = 0;
    while (clean < STACK_BYTES && stack[clean] == PAINT) clean++;
    used = STACK_BYTES - clean;
  }
  pthread_attr_destroy(&attributes);
  munmap(stack, STACK_BYTES);
  return used;
}

static void no_calls(void) {}

// --- The calls ------------------------------------------------------------------------------------

static zx_handle_t event, port, ends[2], vmo, guest, region, vcpu, timer;
static zx_vaddr_t at;
static char bytes[70000];
static char answer[200000];

static void call_event_create(void) {
  zx_handle_t out;
  if (zx_event_create(0, &out) == ZX_OK) zx_handle_close(out);
}
static void call_duplicate(void) {
  zx_handle_t out;
  if (zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK) zx_handle_close(out);
}
static void call_signal(void) { zx_object_signal(event, 0, ZX_USER_SIGNAL_0); }
static void call_wait_one(void) {
  zx_object_wait_one(event, ZX_USER_SIGNAL_1, zx_deadline_after(ZX_MSEC(1)), NULL);
}
static void call_wait_many(void) {
  static zx_wait_item_t items[64];
  for (int i = 0; i < 64; i++) items[i] = (zx_wait_item_t){event, ZX_USER_SIGNAL_1, 0};
  zx_object_wait_many(items, 64, zx_deadline_after(ZX_MSEC(1)));
}
static void call_wait_async(void) {
  zx_object_wait_async(event, port, 1, ZX_USER_SIGNAL_2, 0);
  zx_port_cancel(port, event, 1);
}
static void call_port(void) {
  static zx_port_packet_t packet;
  zx_port_queue(port, &packet);
  zx_port_wait(port, ZX_TIME_INFINITE, &packet);
  zx_port_wait(port, zx_deadline_after(ZX_MSEC(1)), &packet);
}
static void call_channel(void) {
  static zx_handle_t handles[64];
  uint32_t length, count;
  for (int i = 0; i < 64; i++) zx_event_create(0, &handles[i]);
  zx_channel_write(ends[0], 0, bytes, 65536, handles, 64);
  zx_channel_read(ends[1], 0, bytes, handles, 65536, 64, &length, &count);
  zx_handle_close_many(handles, 64);
}
static void call_channel_etc(void) {
  static zx_handle_disposition_t out[64];
  static zx_handle_info_t in[64];
  uint32_t length, count;
  for (int i = 0; i < 64; i++) {
    out[i] = (zx_handle_disposition_t){ZX_HANDLE_OP_DUPLICATE, event, ZX_OBJ_TYPE_NONE,
                                       ZX_RIGHT_SAME_RIGHTS, 0};
  }
  zx_channel_write_etc(ends[0], 0, bytes, 8, out, 64);
  zx_channel_read_etc(ends[1], 0, bytes, in, 8, 64, &length, &count);
  for (uint32_t i = 0; i < 64; i++) zx_handle_close(in[i].handle);
}
static void call_channel_iovec(void) {
  static zx_channel_iovec_t slices[ZX_CHANNEL_MAX_MSG_IOVECS];
  uint32_t length, count;
  for (uint32_t i = 0; i < ZX_CHANNEL_MAX_MSG_IOVECS; i++) {
    slices[i] = (zx_channel_iovec_t){bytes, 1, 0};
  }
  zx_channel_write(ends[0], ZX_CHANNEL_WRITE_USE_IOVEC, slices, ZX_CHANNEL_MAX_MSG_IOVECS, NULL, 0);
  zx_channel_read(ends[1], 0, bytes, NULL, 65536, 0, &length, &count);
}
static void call_channel_call(void) {
  zx_channel_call_args_t args;
  uint32_t length, count;
  memset(&args, 0, sizeof(args));
  args.wr_bytes = args.rd_bytes = bytes;
  args.wr_num_bytes = args.rd_num_bytes = 64;
  zx_channel_call(ends[0], 0, zx_deadline_after(ZX_MSEC(1)), &args, &length, &count);
  zx_channel_read(ends[1], 0, bytes, NULL, 65536, 0, &length, &count);
}
static void call_socket(void) {
  zx_handle_t pair[2];
  size_t length;
  if (zx_socket_create(ZX_SOCKET_DATAGRAM, &pair[0], &pair[1])) return;
  zx_socket_write(pair[0], 0, bytes, 5000, &length);
  zx_socket_read(pair[1], 0, bytes, sizeof(bytes), &length);
  zx_handle_close(pair[0]);
  zx_handle_close(pair[1]);
}
static void call_fifo(void) {
  zx_handle_t pair[2];
  size_t count;
  if (zx_fifo_create(64, 64, 0, &pair[0], &pair[1])) return;
  zx_fifo_write(pair[0], 64, bytes, 64, &count);
  zx_fifo_read(pair[1], 64, bytes, 64, &count);
  zx_handle_close(pair[0]);
  zx_handle_close(pair[1]);
}
static void call_timer(void) {
  zx_timer_set(timer, zx_deadline_after(ZX_SEC(1000)), 0);
  zx_timer_cancel(timer);
}
static void call_sleep(void) { zx_nanosleep(zx_deadline_after(ZX_MSEC(1))); }
static void call_vmo(void) {
  zx_handle_t out;
  if (zx_vmo_create(65536, 0, &out)) return;
  zx_vmo_write(out, bytes, 0, 65536);
  zx_vmo_read(out, bytes, 0, 65536);
  zx_handle_close(out);
}
static void call_map(void) {
  zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ, 0, vmo, 0, 8192, &at);
  zx_vmar_protect(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, at, 4096);
  zx_vmar_unmap(zx_vmar_root_self(), at, 8192);
}
static void call_map_below(void) {
  zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_OFFSET_IS_UPPER_LIMIT, 0x100000000ull,
              vmo, 0, 8192, &at);
  zx_vmar_unmap(zx_vmar_root_self(), at, 8192);
}
static void call_info(void) {
  static const uint32_t topics[] = {ZX_INFO_PROCESS_MAPS,         ZX_INFO_PROCESS_VMOS,
                                    ZX_INFO_HANDLE_TABLE,         ZX_INFO_TASK_STATS,
                                    ZX_INFO_PROCESS_HANDLE_STATS, ZX_INFO_PROCESS,
                                    ZX_INFO_PROCESS_THREADS,      ZX_INFO_TASK_RUNTIME};
  size_t actual, available;
  for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++) {
    zx_object_get_info(zx_process_self(), topics[i], answer, sizeof(answer), &actual, &available);
  }
}
static void call_machine_info(void) {
  size_t actual, available;
  zx_object_get_info(get_root_resource(), ZX_INFO_KMEM_STATS, answer, sizeof(answer), NULL, NULL);
  zx_object_get_info(get_root_resource(), ZX_INFO_CPU_STATS, answer, sizeof(answer), &actual,
                     &available);
}

static bool have_guest;

static void call_guest_create(void) {
  zx_handle_t resource, other, other_region;
  if (libzx_get_hypervisor_resource(&resource)) return;
  if (zx_guest_create(resource, 0, &other, &other_region) == ZX_OK) {
    zx_handle_close(other);
    zx_handle_close(other_region);
  }
  zx_handle_close(resource);
}
static void call_guest_map(void) {
  zx_vaddr_t gpa;
  zx_vmar_map(region, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_SPECIFIC, 0x10000, vmo, 0, 0x10000,
              &gpa);
  zx_guest_set_trap(guest, ZX_GUEST_TRAP_BELL, 0x13000, 0x1000, port, 1);
  zx_vmar_protect(region, ZX_VM_PERM_READ, 0x14000, 0x1000);
  zx_vmar_unmap(region, 0x10000, 0x10000);
}
static void call_vcpu(void) {
  static zx_port_packet_t packet;
  static zx_vcpu_state_t state;
  // A guest without page tables: its first instruction ends the run.
  if (zx_vcpu_create(guest, 0, 0x1000, &vcpu)) return;
  zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state));
  zx_vcpu_write_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state));
  zx_vcpu_interrupt(vcpu, 32);
  zx_vcpu_kick(vcpu);
  zx_vcpu_resume(vcpu, &packet);
  zx_vcpu_resume(vcpu, &packet);
  zx_handle_close(vcpu);
}

static void make_objects(void) {
  zx_event_create(0, &event);
  zx_port_create(0, &port);
  zx_channel_create(0, &ends[0], &ends[1]);
  zx_vmo_create(0x10000, 0, &vmo);
  zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer);
  zx_handle_t resource;
  if (libzx_get_hypervisor_resource(&resource) == ZX_OK) {
    have_guest = zx_guest_create(resource, 0, &guest, &region) == ZX_OK;
    zx_handle_close(resource);
  }
}

static const struct {
  const char* name;
  calls_t calls;
  bool needs_guest;
} all[] = {
    {"event_create", call_event_create, false},
    {"handle_duplicate", call_duplicate, false},
    {"object_signal", call_signal, false},
    {"object_wait_one", call_wait_one, false},
    {"object_wait_many", call_wait_many, false},
    {"object_wait_async", call_wait_async, false},
    {"port_wait", call_port, false},
    {"channel_write, read", call_channel, false},
    {"channel_write_etc, read_etc", call_channel_etc, false},
    {"channel_write with slices", call_channel_iovec, false},
    {"channel_call", call_channel_call, false},
    {"socket_*", call_socket, false},
    {"fifo_*", call_fifo, false},
    {"timer_set, cancel", call_timer, false},
    {"nanosleep", call_sleep, false},
    {"vmo_*", call_vmo, false},
    {"vmar_map, protect, unmap", call_map, false},
    {"vmar_map below a limit", call_map_below, false},
    {"object_get_info of a process", call_info, false},
    {"object_get_info of the machine", call_machine_info, false},
    {"guest_create", call_guest_create, true},
    {"vmar_map, guest_set_trap of a guest", call_guest_map, true},
    {"vcpu_*", call_vcpu, true},
};

TEST(stack_use_of_every_call_fits_the_smallest_stack) {
  make_objects();
  size_t bare = stack_used_by(no_calls);
  size_t frame = getauxval(AT_MINSIGSTKSZ) + HANDLER_BYTES;
  size_t smallest = 16384;
  ASSERT_TRUE(bare > 0 && bare + frame < smallest);
  size_t room = smallest - bare - frame;
  fprintf(stderr, "a thread needs %zu bytes, a signal %zu: %zu are left\n", bare, frame, room);
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
    if (all[i].needs_guest && !have_guest) continue;
    size_t used = stack_used_by(all[i].calls) - bare;
    fprintf(stderr, "%6zu %s\n", used, all[i].name);
    ztest_note = all[i].name;
    EXPECT_TRUE(used > 0);
    if (!getenv("ZTEST_UNOPTIMIZED")) EXPECT_TRUE(used <= room);
    ztest_note = NULL;
  }
}

// --- On such a thread, with signals ---------------------------------------------------------------

static void on_signal(int number) { (void)number; }

static void* run_all(void* unused) {
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
    if (!all[i].needs_guest || have_guest) all[i].calls();
  }
  return unused;
}

TEST(stack_use_every_call_on_the_smallest_stack_with_signals) {
  if (getenv("ZTEST_UNOPTIMIZED")) SKIP("the library was built without optimization");
  make_objects();
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, run_all, NULL), 0);
  while (pthread_tryjoin_np(thread, NULL) != 0) {
    pthread_kill(thread, SIGUSR1);
    usleep(50);
  }
  pthread_attr_destroy(&attributes);
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
}

ZTEST_MAIN
