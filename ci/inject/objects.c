// SPDX-License-Identifier: MIT
// The families of kernel objects and memory.

#define _GNU_SOURCE
#include "scenario.h"

#include <libzx.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/resource.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SOON zx_deadline_after(ZX_USEC(200))

static char bytes[300000];

static void nothing(void) {}

// --- Handles, events, signals, waits --------------------------------------------------------------

static void run_event(void) {
  zx_handle_t event = 0, copy = 0, other = 0, pair[2] = {0, 0};
  if (OK(zx_event_create(0, &event))) {
    OK(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &copy));
    if (copy) OK(zx_handle_replace(copy, ZX_RIGHT_SAME_RIGHTS, &other));  // gone, come what may
    OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
    zx_wait_item_t items[8];
    for (size_t i = 0; i < LENGTH(items); i++) {
      items[i] = (zx_wait_item_t){event, ZX_USER_SIGNAL_1, 0};
    }
    zx_object_wait_one(event, ZX_USER_SIGNAL_1, SOON, NULL);
    zx_object_wait_many(items, LENGTH(items), SOON);
    OK(zx_object_wait_one(event, ZX_USER_SIGNAL_0, ZX_TIME_INFINITE, NULL));
  }
  if (OK(zx_eventpair_create(0, &pair[0], &pair[1]))) {
    OK(zx_object_signal_peer(pair[0], 0, ZX_USER_SIGNAL_2));
    OK(zx_object_wait_one(pair[1], ZX_USER_SIGNAL_2, ZX_TIME_INFINITE, NULL));
  }
  drop(&other);
  drop(&event);
  drop(&pair[0]);
  drop(&pair[1]);
}

static void run_handles(void) {
  static zx_handle_t handles[1500];
  size_t count = 0;
  while (count < LENGTH(handles) && OK(zx_event_create(0, &handles[count]))) count++;
  zx_handle_close_many(handles, count);
  memset(handles, 0, sizeof(handles));
}

static void* signal_later(void* event) {
  usleep(1000);
  zx_object_signal(*(zx_handle_t*)event, 0, ZX_USER_SIGNAL_3);
  return NULL;
}

// A wait that sleeps until another thread ends it.
static void run_sleep(void) {
  zx_handle_t event = 0;
  pthread_t thread;
  if (OK(zx_event_create(0, &event))) {
    if (pthread_create(&thread, NULL, signal_later, &event) == 0) {
      OK(zx_object_wait_one(event, ZX_USER_SIGNAL_3, zx_deadline_after(ZX_SEC(10)), NULL));
      pthread_join(thread, NULL);
    }
  }
  OK(zx_nanosleep(SOON));
  drop(&event);
}

// --- Channels, sockets, FIFOs ---------------------------------------------------------------------

static void read_all(zx_handle_t channel) {
  for (int tries = 0; tries < 500; tries++) {
    zx_handle_t handles[64];
    uint32_t count = 0, length = 0;
    zx_status_t status = zx_channel_read(channel, 0, bytes, handles, sizeof(bytes),
                                         LENGTH(handles), &length, &count);
    if (status == ZX_ERR_SHOULD_WAIT) return;
    if (!noted(status, "zx_channel_read")) continue;
    for (uint32_t i = 0; i < count; i++) zx_handle_close(handles[i]);
  }
}

static void run_channel(void) {
  zx_handle_t ends[2] = {0, 0};
  if (!OK(zx_channel_create(0, &ends[0], &ends[1]))) return;
  zx_handle_t sent[4] = {0};
  bool all = true;
  for (size_t i = 0; i < LENGTH(sent); i++) all &= OK(zx_event_create(0, &sent[i]));
  if (all) {
    OK(zx_channel_write(ends[0], 0, bytes, 60000, sent, LENGTH(sent)));
  } else {
    for (size_t i = 0; i < LENGTH(sent); i++) drop(&sent[i]);
  }
  for (int i = 0; i < 150; i++) OK(zx_channel_write(ends[0], 0, bytes, 64, NULL, 0));
  zx_channel_iovec_t slices[40];
  for (size_t i = 0; i < LENGTH(slices); i++) slices[i] = (zx_channel_iovec_t){bytes, 100, 0};
  OK(zx_channel_write(ends[0], ZX_CHANNEL_WRITE_USE_IOVEC, slices, LENGTH(slices), NULL, 0));
  zx_handle_disposition_t move = {ZX_HANDLE_OP_MOVE, 0, ZX_OBJ_TYPE_NONE, ZX_RIGHT_SAME_RIGHTS, 0};
  if (OK(zx_event_create(0, &move.handle))) OK(zx_channel_write_etc(ends[0], 0, bytes, 8, &move, 1));
  read_all(ends[1]);
  OK(zx_channel_write(ends[1], 0, bytes, 64, NULL, 0));
  drop(&ends[0]);
  drop(&ends[1]);
}

static void* answer(void* channel) {
  zx_handle_t end = *(zx_handle_t*)channel;
  char request[64];
  uint32_t length = 0;
  zx_object_wait_one(end, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED,
                     zx_deadline_after(ZX_SEC(10)), NULL);
  if (zx_channel_read(end, 0, request, NULL, sizeof(request), 0, &length, NULL) == ZX_OK) {
    zx_channel_write(end, 0, request, length, NULL, 0);
  }
  return NULL;
}

static void run_call(void) {
  zx_handle_t ends[2] = {0, 0};
  pthread_t thread;
  if (!OK(zx_channel_create(0, &ends[0], &ends[1]))) return;
  if (pthread_create(&thread, NULL, answer, &ends[1]) == 0) {
    uint32_t length = 0, count = 0;
    zx_channel_call_args_t args;
    memset(&args, 0, sizeof(args));
    args.wr_bytes = args.rd_bytes = bytes;
    args.wr_num_bytes = args.rd_num_bytes = 64;
    OK(zx_channel_call(ends[0], 0, zx_deadline_after(ZX_MSEC(300)), &args, &length, &count));
    drop(&ends[0]);
    pthread_join(thread, NULL);
  }
  drop(&ends[0]);
  drop(&ends[1]);
}

static void run_socket(void) {
  for (uint32_t options = 0; options < 2; options++) {
    zx_handle_t ends[2] = {0, 0};
    size_t length = 0;
    if (!OK(zx_socket_create(options, &ends[0], &ends[1]))) continue;
    for (int i = 0; i < 20; i++) OK(zx_socket_write(ends[0], 0, bytes, 1000, &length));
    zx_socket_write(ends[0], 0, bytes, options ? 100 : sizeof(bytes), &length);
    while (zx_socket_read(ends[1], 0, bytes, sizeof(bytes), &length) == ZX_OK) {}
    OK(zx_socket_shutdown(ends[0], ZX_SOCKET_SHUTDOWN_WRITE));
    drop(&ends[0]);
    drop(&ends[1]);
  }
}

static void run_fifo(void) {
  zx_handle_t ends[2] = {0, 0};
  size_t count = 0;
  if (OK(zx_fifo_create(64, 64, 0, &ends[0], &ends[1]))) {
    OK(zx_fifo_write(ends[0], 64, bytes, 10, &count));
    OK(zx_fifo_read(ends[1], 64, bytes, 10, &count));
  }
  drop(&ends[0]);
  drop(&ends[1]);
}

// --- Ports, timers, interrupts --------------------------------------------------------------------

#define MANY 200

static void run_port(void) {
  zx_handle_t port = 0, event = 0;
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  if (OK(zx_port_create(0, &port)) && OK(zx_event_create(0, &event))) {
    int due = 0;
    for (int i = 0; i < MANY; i++) due += OK(zx_port_queue(port, &packet));
    for (int i = 0; i < MANY; i++) {
      due += OK(zx_object_wait_async(event, port, 1, ZX_USER_SIGNAL_0, 0));
    }
    OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
    for (int i = 0; i < MANY; i++) {
      due += OK(zx_object_wait_async(event, port, 2 + (i == 5), ZX_USER_SIGNAL_0, 0));
    }
    due -= zx_port_cancel(port, event, 3) == ZX_OK;
    while (zx_port_wait(port, 0, &packet) == ZX_OK) due--;
    EXPECT(due == 0);
    zx_port_wait(port, SOON, &packet);
  }
  drop(&port);
  drop(&event);
}

static void* take_packet(void* port) {
  zx_port_packet_t packet;
  zx_port_wait(*(zx_handle_t*)port, zx_deadline_after(ZX_MSEC(300)), &packet);
  return NULL;
}

static void run_port_wait(void) {
  zx_handle_t port = 0;
  zx_port_packet_t packet;
  pthread_t thread;
  memset(&packet, 0, sizeof(packet));
  if (!OK(zx_port_create(0, &port))) return;
  if (pthread_create(&thread, NULL, take_packet, &port) == 0) {
    usleep(1000);
    OK(zx_port_queue(port, &packet));
    pthread_join(thread, NULL);
  }
  drop(&port);
}

static void run_timer(void) {
  zx_handle_t timer = 0, many[30] = {0};
  if (OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer))) {
    if (OK(zx_timer_set(timer, zx_deadline_after(ZX_MSEC(1)), 0))) {
      OK(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, zx_deadline_after(ZX_SEC(10)), NULL));
    }
    for (int i = 0; i < 30; i++) OK(zx_timer_set(timer, zx_deadline_after(ZX_SEC(50 + i)), 0));
    OK(zx_timer_cancel(timer));
  }
  for (size_t i = 0; i < LENGTH(many); i++) {
    if (OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &many[i]))) {
      OK(zx_timer_set(many[i], zx_deadline_after(ZX_SEC(50)), 0));
    }
  }
  for (size_t i = 0; i < LENGTH(many); i++) drop(&many[i]);
  drop(&timer);
}

static void* await_interrupt(void* interrupt) {
  zx_time_t time;
  zx_interrupt_wait(*(zx_handle_t*)interrupt, &time);
  return NULL;
}

static void run_interrupt(void) {
  zx_handle_t interrupt = 0, port = 0;
  zx_port_packet_t packet;
  if (OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &interrupt)) &&
      OK(zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port)) &&
      OK(zx_interrupt_bind(interrupt, port, 7, 0)) && OK(zx_interrupt_trigger(interrupt, 0, 5))) {
    OK(zx_port_wait(port, zx_deadline_after(ZX_SEC(10)), &packet));
    OK(zx_interrupt_ack(interrupt));
  }
  if (interrupt) OK(zx_interrupt_destroy(interrupt));
  drop(&interrupt);
  drop(&port);
  if (OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &interrupt))) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, await_interrupt, &interrupt) == 0) {
      usleep(1000);
      OK(zx_interrupt_trigger(interrupt, 0, 5));
      OK(zx_interrupt_destroy(interrupt));
      pthread_join(thread, NULL);
    }
  }
  drop(&interrupt);
}

// --- Memory ---------------------------------------------------------------------------------------

#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

// Unmapping may fail for lack of memory; the second time nothing fails.
static void unmap(zx_vaddr_t at, size_t size) {
  if (at != 0 && zx_vmar_unmap(zx_vmar_root_self(), at, size) != ZX_OK) {
    zx_vmar_unmap(zx_vmar_root_self(), at, size);
  }
}

static void run_vmo(void) {
  zx_handle_t vmo = 0, executable = 0;
  uint64_t size = 0;
  if (OK(zx_vmo_create(0x10000, 0, &vmo))) {
    OK(zx_vmo_write(vmo, bytes, 100, 8000));
    OK(zx_vmo_read(vmo, bytes, 100, 8000));
    OK(zx_vmo_get_size(vmo, &size));
    OK(zx_object_set_property(vmo, ZX_PROP_NAME, "hello", 5));
    zx_handle_t old = vmo;
    vmo = 0;
    if (!OK(zx_vmo_replace_as_executable(old, 0, &executable))) executable = 0;
  }
  drop(&executable);
  drop(&vmo);
}

static void run_map(void) {
  zx_handle_t vmo = 0;
  zx_vaddr_t at = 0;
  if (!OK(zx_vmo_create(0x10000, 0, &vmo))) return;
  if (OK(zx_vmar_map(zx_vmar_root_self(), RW, 0, vmo, 0, 0x10000, &at))) {
    *(volatile char*)at = 1;
    OK(zx_vmar_protect(zx_vmar_root_self(), ZX_VM_PERM_READ, at + 0x1000, 0x1000));
    OK(zx_vmar_unmap(zx_vmar_root_self(), at + 0x2000, 0x1000));
    EXPECT(*(volatile char*)at == 1);
    unmap(at, 0x10000);
  }
  at = 0;
  if (OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_ALIGN_2MB, 0, vmo, 0, 0x10000,
                     &at))) {
    unmap(at, 0x10000);
  }
  at = 0;
  if (OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_OFFSET_IS_UPPER_LIMIT,
                     0x100000000ull, vmo, 0, 0x10000, &at))) {
    unmap(at, 0x10000);
  }
  drop(&vmo);
}

static void run_region(void) {
  zx_handle_t vmo = 0, region = 0;
  zx_vaddr_t base = 0, at = 0;
  if (!OK(zx_vmo_create(0x10000, 0, &vmo))) return;
  if (OK(zx_vmar_allocate(zx_vmar_root_self(),
                          ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC, 0,
                          0x100000, &region, &base))) {
    for (size_t i = 0; i < 6; i++) {
      OK(zx_vmar_map(region, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, 0x20000 * i, vmo, 0, 0x10000, &at));
    }
    if (OK(zx_vmar_map(region, ZX_VM_PERM_READ | ZX_VM_SPECIFIC_OVERWRITE, 0x8000, vmo, 0, 0x10000,
                       &at))) {
      OK(zx_vmar_protect(region, RW, base + 0x8000, 0x4000));
    }
    OK(zx_vmar_unmap(region, base + 0x9000, 0x2000));
    if (zx_vmar_destroy(region) != ZX_OK) zx_vmar_destroy(region);
  }
  drop(&region);
  drop(&vmo);
}

// --- Information ----------------------------------------------------------------------------------

static void run_info(void) {
  static char answer[400000];
  static const uint32_t topics[] = {
      ZX_INFO_PROCESS_MAPS, ZX_INFO_PROCESS_VMOS,         ZX_INFO_HANDLE_TABLE, ZX_INFO_TASK_STATS,
      ZX_INFO_TASK_RUNTIME, ZX_INFO_PROCESS_HANDLE_STATS, ZX_INFO_PROCESS,      ZX_INFO_HANDLE_COUNT,
      ZX_INFO_HANDLE_BASIC};
  zx_handle_t vmo = 0, resource = 0;
  zx_vaddr_t at = 0;
  size_t actual = 0, available = 0;
  char name[ZX_MAX_NAME_LEN];
  if (OK(zx_vmo_create(0x10000, 0, &vmo)) &&
      OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ, 0, vmo, 0, 0x10000, &at))) {
    for (size_t i = 0; i < LENGTH(topics); i++) {
      noted(zx_object_get_info(zx_process_self(), topics[i], answer, sizeof(answer), &actual,
                               &available),
            "zx_object_get_info of a process");
    }
  }
  OK(zx_object_get_info(zx_job_default(), ZX_INFO_JOB_PROCESSES, answer, sizeof(answer), &actual,
                        &available));
  OK(zx_object_get_info(zx_job_default(), ZX_INFO_JOB, answer, sizeof(answer), NULL, NULL));
  OK(zx_object_get_info(get_root_resource(), ZX_INFO_KMEM_STATS, answer, sizeof(answer), NULL,
                        NULL));
  OK(zx_object_get_info(get_root_resource(), ZX_INFO_CPU_STATS, answer, sizeof(answer), &actual,
                        &available));
  OK(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_IRQ, 5, 3, "x", 1, &resource));
  OK(zx_object_get_property(zx_process_self(), ZX_PROP_NAME, name, sizeof(name)));
  unmap(at, 0x10000);
  drop(&resource);
  drop(&vmo);
}

const family_t object_families[] = {
    {"event", nothing, run_event, nothing, false},
    {"handles", nothing, run_handles, nothing, false},
    {"sleep", nothing, run_sleep, nothing, false},
    {"channel", nothing, run_channel, nothing, false},
    {"call", nothing, run_call, nothing, false},
    {"socket", nothing, run_socket, nothing, false},
    {"fifo", nothing, run_fifo, nothing, false},
    {"port", nothing, run_port, nothing, false},
    {"port_wait", nothing, run_port_wait, nothing, false},
    {"timer", nothing, run_timer, nothing, false},
    {"interrupt", nothing, run_interrupt, nothing, false},
    {"vmo", nothing, run_vmo, nothing, false},
    {"map", nothing, run_map, nothing, false},
    {"region", nothing, run_region, nothing, false},
    {"info", nothing, run_info, nothing, false},
};
const size_t object_family_count = LENGTH(object_families);
