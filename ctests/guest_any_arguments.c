// SPDX-License-Identifier: MIT
// Every call with arguments of all kinds, good, bad and absurd ones, from eight threads at once, on
// handles that the others close meanwhile: the process lives on, each status is a known one, and in
// the end no handle, file or mapping is left. LIBZX_STRESS_SECONDS and LIBZX_STRESS_SEED as in model.c.

#define LIBZX_LATER_ABI  // declares zx_vcpu_enter
#include "model.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/resource.h>

// Handles that all threads use, by the type of their objects.
#define TYPES 32u
#define POOL 10u
#define LASTING 64u
#define PAGE 4096u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef uint64_t word_t;
typedef zx_status_t (*function_t)(word_t, word_t, word_t, word_t, word_t, word_t, word_t, word_t);

typedef struct {
  const char* name;
  void (*function)(void);
  const char* arguments;   // a letter each, see argument()
  zx_obj_type_t types[2];  // of the handles among them, where they are useful
} call_t;

#define CALL(name, arguments, ...) {#name, (void (*)(void))name, arguments, {__VA_ARGS__}}

static const call_t calls[] = {
    CALL(zx_channel_create, "oHI", ZX_OBJ_TYPE_NONE),
    CALL(zx_channel_write, "hoinMn", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_channel_write_etc, "hoinDn", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_channel_read, "houRnnuu", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_channel_read_etc, "houSnnuu", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_channel_call, "hodcuu", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_channel_call_etc, "hodCuu", ZX_OBJ_TYPE_CHANNEL),
    CALL(zx_event_create, "oH", ZX_OBJ_TYPE_NONE),
    CALL(zx_eventpair_create, "oHI", ZX_OBJ_TYPE_NONE),
    CALL(zx_fifo_create, "eeoHI", ZX_OBJ_TYPE_NONE),
    CALL(zx_fifo_write, "heisu", ZX_OBJ_TYPE_FIFO),
    CALL(zx_fifo_read, "heusu", ZX_OBJ_TYPE_FIFO),
    CALL(zx_guest_create, "hoHI", ZX_OBJ_TYPE_RESOURCE),
    CALL(zx_guest_set_trap, "hoPPhk", ZX_OBJ_TYPE_GUEST, ZX_OBJ_TYPE_PORT),
    CALL(zx_handle_close, "h", ZX_OBJ_TYPE_NONE),
    CALL(zx_handle_close_many, "As", ZX_OBJ_TYPE_NONE),
    CALL(zx_handle_duplicate, "hrH", ZX_OBJ_TYPE_NONE),
    CALL(zx_handle_replace, "hrH", ZX_OBJ_TYPE_NONE),
    CALL(zx_interrupt_create, "hooH", ZX_OBJ_TYPE_RESOURCE),
    CALL(zx_interrupt_bind, "hhko", ZX_OBJ_TYPE_INTERRUPT, ZX_OBJ_TYPE_PORT),
    CALL(zx_interrupt_bind_vcpu, "hho", ZX_OBJ_TYPE_INTERRUPT, ZX_OBJ_TYPE_VCPU),
    CALL(zx_interrupt_ack, "h", ZX_OBJ_TYPE_INTERRUPT),
    CALL(zx_interrupt_wait, "hu", ZX_OBJ_TYPE_INTERRUPT),
    CALL(zx_interrupt_destroy, "h", ZX_OBJ_TYPE_INTERRUPT),
    CALL(zx_interrupt_trigger, "hok", ZX_OBJ_TYPE_INTERRUPT),
    CALL(zx_object_get_child, "hkrH", ZX_OBJ_TYPE_JOB),
    CALL(zx_object_get_info, "htusuu", ZX_OBJ_TYPE_NONE),
    CALL(zx_object_get_property, "hpus", ZX_OBJ_TYPE_NONE),
    CALL(zx_object_set_property, "hpis", ZX_OBJ_TYPE_NONE),
    CALL(zx_object_set_profile, "hho", ZX_OBJ_TYPE_NONE, ZX_OBJ_TYPE_NONE),
    CALL(zx_object_signal, "hgg", ZX_OBJ_TYPE_NONE),
    CALL(zx_object_signal_peer, "hgg", ZX_OBJ_TYPE_EVENTPAIR),
    CALL(zx_object_wait_async, "hhkgo", ZX_OBJ_TYPE_NONE, ZX_OBJ_TYPE_PORT),
    CALL(zx_object_wait_many, "wsd", ZX_OBJ_TYPE_NONE),
    CALL(zx_object_wait_one, "hgdu", ZX_OBJ_TYPE_NONE),
    CALL(zx_port_cancel, "hhk", ZX_OBJ_TYPE_PORT, ZX_OBJ_TYPE_NONE),
    CALL(zx_port_create, "oH", ZX_OBJ_TYPE_NONE),
    CALL(zx_port_queue, "hi", ZX_OBJ_TYPE_PORT),
    CALL(zx_port_wait, "hdu", ZX_OBJ_TYPE_PORT),
    CALL(zx_resource_create, "hoksisH", ZX_OBJ_TYPE_RESOURCE),
    CALL(zx_socket_accept, "hH", ZX_OBJ_TYPE_SOCKET),
    CALL(zx_socket_create, "oHI", ZX_OBJ_TYPE_NONE),
    CALL(zx_socket_read, "housu", ZX_OBJ_TYPE_SOCKET),
    CALL(zx_socket_set_disposition, "hoo", ZX_OBJ_TYPE_SOCKET),
    CALL(zx_socket_share, "hh", ZX_OBJ_TYPE_SOCKET, ZX_OBJ_TYPE_SOCKET),
    CALL(zx_socket_shutdown, "ho", ZX_OBJ_TYPE_SOCKET),
    CALL(zx_socket_write, "hoisu", ZX_OBJ_TYPE_SOCKET),
    CALL(zx_system_get_event, "hoH", ZX_OBJ_TYPE_JOB),
    CALL(zx_timer_cancel, "h", ZX_OBJ_TYPE_TIMER),
    CALL(zx_timer_create, "ooH", ZX_OBJ_TYPE_NONE),
    CALL(zx_timer_set, "hkk", ZX_OBJ_TYPE_TIMER),
    CALL(zx_vcpu_create, "hoPH", ZX_OBJ_TYPE_GUEST),
    CALL(zx_vcpu_enter, "hu", ZX_OBJ_TYPE_VCPU),
    CALL(zx_vcpu_interrupt, "ho", ZX_OBJ_TYPE_VCPU),
    CALL(zx_vcpu_kick, "h", ZX_OBJ_TYPE_VCPU),
    CALL(zx_vcpu_read_state, "houq", ZX_OBJ_TYPE_VCPU),
    CALL(zx_vcpu_resume, "hu", ZX_OBJ_TYPE_VCPU),
    CALL(zx_vcpu_write_state, "hoiq", ZX_OBJ_TYPE_VCPU),
    CALL(libzx_get_hypervisor_resource, "H", ZX_OBJ_TYPE_NONE),
    CALL(zx_vmar_allocate, "hvPPHX", ZX_OBJ_TYPE_VMAR),
    CALL(zx_vmar_destroy, "h", ZX_OBJ_TYPE_VMAR),
    CALL(zx_vmar_map, "hvPhPPX", ZX_OBJ_TYPE_VMAR, ZX_OBJ_TYPE_VMO),
    CALL(zx_vmar_protect, "hvaP", ZX_OBJ_TYPE_VMAR),
    CALL(zx_vmar_unmap, "haP", ZX_OBJ_TYPE_VMAR),
    CALL(zx_vmo_create, "soH", ZX_OBJ_TYPE_NONE),
    CALL(zx_vmo_get_size, "hu", ZX_OBJ_TYPE_VMO),
    CALL(zx_vmo_read, "huss", ZX_OBJ_TYPE_VMO),
    CALL(zx_vmo_replace_as_executable, "hhH", ZX_OBJ_TYPE_VMO, ZX_OBJ_TYPE_RESOURCE),
    CALL(zx_vmo_write, "hiss", ZX_OBJ_TYPE_VMO),
    CALL(zx_nanosleep, "d", ZX_OBJ_TYPE_NONE),
};

// --- Arguments -------------------------------------------------------------------------------------

// What a call gives.
typedef struct {
  zx_handle_t handles[64];
  zx_handle_info_t infos[64];
  zx_vaddr_t address;
} results_t;

enum { OFFERED = 6, BYTES = 16 * PAGE };

// What a thread's calls read and write. Behind each nothing can be accessed: a call that is told of
// more handles than there are must not find some in what other calls have written.
typedef struct {
  results_t* results;
  zx_handle_t* closed;
  zx_handle_t* moved;
  zx_handle_disposition_t* dispositions;
  zx_wait_item_t* items;
  zx_channel_call_args_t* call;
  zx_channel_call_etc_args_t* call_etc;
  unsigned char* bytes;
} scratch_t;

static zx_handle_t pools[TYPES][POOL];
static zx_vaddr_t addresses[8];
// The test's own handles of VCPUs, to get their threads out of them at the end.
static zx_handle_t lasting[LASTING];
static uint32_t lasting_count;
// All address regions that a thread makes are below one, which goes and is made anew when it is full.
static __thread zx_handle_t ground;
// The last VCPU that the thread has made, which it alone can run.
static __thread zx_handle_t own_vcpu;
static uint32_t running;

// A handle, mostly of an object of that type, or of any (NONE).
static zx_handle_t any_of(actor_t* self, zx_obj_type_t type) {
  zx_handle_t handle = ZX_HANDLE_INVALID;
  uint32_t other = pick(self, 40);
  if (other < 4) type = ZX_OBJ_TYPE_NONE;
  if (type == ZX_OBJ_TYPE_VCPU && own_vcpu && other < 30) return own_vcpu;
  for (int tries = 0; handle == ZX_HANDLE_INVALID && tries < 50; tries++) {
    zx_handle_t* pool = pools[type ? type : pick(self, TYPES)];
    handle = __atomic_load_n(&pool[pick(self, POOL)], __ATOMIC_ACQUIRE);
  }
  if (other == 0) return ZX_HANDLE_INVALID;
  return other == 1 ? handle ^ (1u << pick(self, 2)) : handle;
}

static zx_handle_t any(actor_t* self) { return any_of(self, ZX_OBJ_TYPE_NONE); }

static zx_obj_type_t type_of(zx_handle_t handle) {
  zx_info_handle_basic_t info = {0};
  AMONG(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL), ZX_OK,
        ZX_ERR_BAD_HANDLE);
  return info.type;
}

// Any handle but a channel's: an end in its own queue could never be closed again.
static zx_handle_t any_but_channel(actor_t* self) {
  zx_handle_t handle = any(self);
  return type_of(handle) == ZX_OBJ_TYPE_CHANNEL ? ZX_HANDLE_INVALID : handle;
}

static void put(actor_t* self, zx_handle_t handle) {
  zx_handle_t* place = &pools[type_of(handle) % TYPES][pick(self, POOL)];
  zx_handle_t old = __atomic_exchange_n(place, handle, __ATOMIC_ACQ_REL);
  AMONG(zx_handle_close(old), ZX_OK, ZX_ERR_BAD_HANDLE);
}

static word_t any_size(actor_t* self) {
  const word_t sizes[] = {
      0,    1,        2,         3,       8,        16,          24,          32,
      48,   64,       100,       1024,    PAGE,     PAGE,        PAGE - 1,    PAGE + 1,
      2 * PAGE, 16 * PAGE, 1 << 20, 1ull << 48, 1ull << 63, UINT64_MAX - PAGE + 1, UINT64_MAX};
  return sizes[pick(self, COUNT(sizes))];
}

static word_t any_bits(actor_t* self) {
  word_t bits = (word_t)pick(self, 1u << 31) << 33 ^ pick(self, 1u << 31);
  return pick(self, 2) ? bits : bits & pick(self, 1u << 31) & 0xff;
}

// The place, or now and then one that nobody can use.
static word_t pointer(actor_t* self, void* place) {
  if (pick(self, 8)) return (word_t)place;
  void* bad = NULL;
  ztest_bad_read((int)pick(self, 12), 2, &bad);
  ztest_note = self->note;
  return (word_t)bad;
}

static word_t buffer(actor_t* self, scratch_t* scratch) {
  uint32_t offset = pick(self, 2) ? 0 : pick(self, BYTES);
  return pointer(self, scratch->bytes + offset);
}

static uint32_t count_of(actor_t* self) {
  return pick(self, 30) ? pick(self, 6) : (uint32_t)any_bits(self);
}

static word_t handles_to_move(actor_t* self, scratch_t* scratch) {
  for (size_t i = 0; i < OFFERED; i++) scratch->moved[i] = any_but_channel(self);
  return pointer(self, scratch->moved);
}

static word_t dispositions(actor_t* self, scratch_t* scratch) {
  for (size_t i = 0; i < OFFERED; i++) {
    zx_handle_disposition_t* d = &scratch->dispositions[i];
    d->operation = pick(self, 20) ? pick(self, 2) : pick(self, 9);
    d->handle = any_but_channel(self);
    d->type = pick(self, 3) ? ZX_OBJ_TYPE_NONE : pick(self, 32);
    d->rights = pick(self, 3) ? ZX_RIGHT_SAME_RIGHTS : (zx_rights_t)any_bits(self);
  }
  return pointer(self, scratch->dispositions);
}

static word_t wait_items(actor_t* self, scratch_t* scratch) {
  for (size_t i = 0; i < OFFERED; i++) {
    scratch->items[i].handle = any(self);
    scratch->items[i].waitfor = (zx_signals_t)any_bits(self);
  }
  return pointer(self, scratch->items);
}

static word_t call_arguments(actor_t* self, scratch_t* s) {
  zx_channel_call_args_t* c = s->call;
  c->wr_bytes = (void*)buffer(self, s);
  c->wr_handles = (zx_handle_t*)handles_to_move(self, s);
  c->rd_bytes = (void*)buffer(self, s);
  c->rd_handles = (zx_handle_t*)pointer(self, s->results->handles);
  c->wr_num_bytes = pick(self, 100);
  c->wr_num_handles = count_of(self);
  c->rd_num_bytes = count_of(self) * 16;
  c->rd_num_handles = count_of(self);
  return pointer(self, c);
}

static word_t call_etc_arguments(actor_t* self, scratch_t* s) {
  zx_channel_call_etc_args_t* c = s->call_etc;
  c->wr_bytes = (void*)buffer(self, s);
  c->wr_handles = (zx_handle_disposition_t*)dispositions(self, s);
  c->rd_bytes = (void*)buffer(self, s);
  c->rd_handles = (zx_handle_info_t*)pointer(self, s->results->infos);
  c->wr_num_bytes = pick(self, 100);
  c->wr_num_handles = count_of(self);
  c->rd_num_bytes = count_of(self) * 16;
  c->rd_num_handles = count_of(self);
  return pointer(self, c);
}

static const zx_vm_option_t useful_options[] = {
    ZX_VM_PERM_READ,
    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE,
    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_SPECIFIC,
    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_SPECIFIC_OVERWRITE,
    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC,
    ZX_VM_PERM_READ | ZX_VM_MAP_RANGE,
    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_ALLOW_FAULTS,
    ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE,
    ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_SPECIFIC,
};

static const word_t sizes_of_state[] = {sizeof(zx_vcpu_state_t), sizeof(zx_vcpu_io_t)};

static word_t argument(actor_t* self, scratch_t* s, char letter) {
  switch (letter) {
    case 'o': return pick(self, 10) ? pick(self, 10) % 5 : (uint32_t)any_bits(self);
    case 'e': return pick(self, 4) ? 8 : any_size(self);
    case 'P': return pick(self, 4) ? pick(self, 20) * PAGE : any_size(self);
    case 'q': return pick(self, 4) ? sizes_of_state[pick(self, 2)] : any_size(self);
    case 's': return any_size(self);
    case 'n': return count_of(self);
    case 'k': return pick(self, 2) ? pick(self, 4) : any_bits(self);
    case 'r': return pick(self, 2) ? ZX_RIGHT_SAME_RIGHTS : (zx_rights_t)any_bits(self);
    case 'g': return pick(self, 2) ? pick(self, 256) << 24 : (zx_signals_t)any_bits(self);
    case 't': return pick(self, 40) | (pick(self, 4) ? 0 : 0x10000000);
    case 'p': return pick(self, 40);
    case 'v':
      return pick(self, 4) ? useful_options[pick(self, COUNT(useful_options))] : any_bits(self);
    case 'd': return pick(self, 6) ? (word_t)zx_deadline_after(ZX_USEC(pick(self, 100))) : 0;
    case 'i':
    case 'u': return buffer(self, s);
    case 'a': return __atomic_load_n(&addresses[pick(self, COUNT(addresses))], __ATOMIC_RELAXED) +
                     pick(self, 3) * PAGE;
    case 'H': return pointer(self, &s->results->handles[0]);
    case 'I': return pointer(self, &s->results->handles[1]);
    case 'R': return pointer(self, s->results->handles);
    case 'S': return pointer(self, s->results->infos);
    case 'X': return pointer(self, &s->results->address);
    case 'A':
      for (size_t i = 0; i < OFFERED; i++) s->closed[i] = any(self);
      return pointer(self, s->closed);
    case 'M': return handles_to_move(self, s);
    case 'D': return dispositions(self, s);
    case 'w': return wait_items(self, s);
    case 'c': return call_arguments(self, s);
    case 'C': return call_etc_arguments(self, s);
    default: abort();
  }
}

// --- Calls -----------------------------------------------------------------------------------------

static zx_handle_t region_of(zx_handle_t parent, size_t size) {
  zx_handle_t region = ZX_HANDLE_INVALID;
  zx_vaddr_t address;
  zx_vm_option_t options = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC;
  AMONG(zx_vmar_allocate(parent, options, 0, size, &region, &address), ZX_OK, ZX_ERR_NO_MEMORY);
  return region;
}

// Good handles of every kind, as the absurd calls close more than they make.
static void make_some(actor_t* self) {
  zx_handle_t a = ZX_HANDLE_INVALID, b = ZX_HANDLE_INVALID;
  zx_handle_t root = get_root_resource();
  switch (pick(self, 16)) {
    case 0: EXPECT_OK(zx_channel_create(0, &a, &b)); break;
    case 1: EXPECT_OK(zx_event_create(0, &a)); break;
    case 2: EXPECT_OK(zx_eventpair_create(0, &a, &b)); break;
    case 3: EXPECT_OK(zx_fifo_create(16, 8, 0, &a, &b)); break;
    case 4: EXPECT_OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &a)); break;
    case 5: EXPECT_OK(zx_port_create(pick(self, 2), &a)); break;
    case 6: EXPECT_OK(zx_socket_create(pick(self, 2), &a, &b)); break;
    case 7: EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &a)); break;
    case 8: EXPECT_OK(zx_vmo_create(16 * PAGE, 0, &a)); break;
    case 9: EXPECT_OK(zx_handle_duplicate(root, ZX_RIGHT_SAME_RIGHTS, &a)); break;
    case 10: EXPECT_OK(zx_handle_duplicate(zx_job_default(), ZX_RIGHT_SAME_RIGHTS, &a)); break;
    case 11: EXPECT_OK(zx_handle_duplicate(zx_process_self(), ZX_RIGHT_SAME_RIGHTS, &a)); break;
    case 12:
    case 13:
      a = region_of(ground, 256 * PAGE);
      if (a) break;
      EXPECT_OK(zx_vmar_destroy(ground));
      EXPECT_OK(zx_handle_close(ground));
      ground = region_of(zx_vmar_root_self(), 4096 * PAGE);
      break;
    default: EXPECT_OK(libzx_get_hypervisor_resource(&a)); break;
  }
  put(self, a);
  if (b) put(self, b);
}

// Guests take long to make.
static void make_vcpu(actor_t* self) {
  zx_handle_t resource, guest, vmar, vcpu, kept;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  zx_status_t made = zx_guest_create(resource, 0, &guest, &vmar);
  EXPECT_OK(zx_handle_close(resource));
  if (made == ZX_ERR_NOT_SUPPORTED) return;
  EXPECT_OK(made);
  uint32_t number = __atomic_fetch_add(&lasting_count, 1, __ATOMIC_RELAXED);
  if (number < LASTING && zx_vcpu_create(guest, 0, pick(self, 16) * PAGE, &vcpu) == ZX_OK) {
    EXPECT_OK(zx_handle_duplicate(vcpu, ZX_RIGHT_SAME_RIGHTS, &kept));
    __atomic_store_n(&lasting[number], kept, __ATOMIC_RELEASE);
    own_vcpu = kept;
    put(self, vcpu);
  }
  put(self, guest);
  put(self, vmar);
}

static bool may_fail_inside(const call_t* call) {
  return strstr(call->name, "vcpu_resume") || strstr(call->name, "vcpu_enter");
}

static void take_results(actor_t* self, const results_t* results) {
  for (size_t i = 0; i < COUNT(results->handles); i++)
    if (results->handles[i] != ZX_HANDLE_INVALID) put(self, results->handles[i]);
  for (size_t i = 0; i < COUNT(results->infos); i++)
    if (results->infos[i].handle != ZX_HANDLE_INVALID) put(self, results->infos[i].handle);
  if (results->address)
    __atomic_store_n(&addresses[pick(self, COUNT(addresses))], results->address, __ATOMIC_RELAXED);
}

static void call_something(actor_t* self, scratch_t* s) {
  const call_t* call = &calls[pick(self, COUNT(calls))];
  // Has no deadline: the threads that may hang in it are let go at the end.
  if (call->function == (void (*)(void))zx_interrupt_wait && self->index >= 2) return;
  memset(s->results, 0, sizeof(*s->results));
  word_t a[8] = {0};
  const zx_obj_type_t* type = call->types;
  for (size_t i = 0; call->arguments[i]; i++)
    a[i] = call->arguments[i] == 'h' ? any_of(self, *type++) : argument(self, s, call->arguments[i]);
  // On x86-64 and arm64 each argument has a register or a place of 64 bits.
  zx_status_t status =
      ((function_t)call->function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  if (strcmp(zx_status_get_string(status), "(UNKNOWN)") == 0 ||
      (status == ZX_ERR_INTERNAL && !may_fail_inside(call)))
    ztest_fail(__FILE__, __LINE__, "%s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx, ...) is %d",
               call->name, (unsigned long long)a[0], (unsigned long long)a[1],
               (unsigned long long)a[2], (unsigned long long)a[3], (unsigned long long)a[4],
               (unsigned long long)a[5], status);
  if (status == ZX_OK) take_results(self, s->results);
}

enum { ROOM = BYTES + PAGE, ROOMS = 8 };

// Memory at the end of a room, before an inaccessible page.
static void* guarded(unsigned char* rooms, int number, size_t size) {
  unsigned char* end = rooms + number * ROOM + BYTES;
  if (mprotect(end, PAGE, PROT_NONE)) abort();
  return end - size;
}

static void* act(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  scratch_t s;
  unsigned char* rooms =
      mmap(NULL, ROOMS * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (rooms == MAP_FAILED) abort();
  s.results = guarded(rooms, 0, sizeof(*s.results));
  s.closed = guarded(rooms, 1, sizeof(*s.closed) * OFFERED);
  s.moved = guarded(rooms, 2, sizeof(*s.moved) * OFFERED);
  s.dispositions = guarded(rooms, 3, sizeof(*s.dispositions) * OFFERED);
  s.items = guarded(rooms, 4, sizeof(*s.items) * OFFERED);
  s.call = guarded(rooms, 5, sizeof(*s.call));
  s.call_etc = guarded(rooms, 6, sizeof(*s.call_etc));
  s.bytes = guarded(rooms, 7, BYTES);
  for (size_t i = 0; i < BYTES; i++) s.bytes[i] = (unsigned char)pick(self, 256);
  ground = region_of(zx_vmar_root_self(), 4096 * PAGE);
  while (!over()) {
    if (!pick(self, 6)) make_some(self);
    if (!pick(self, 400)) make_vcpu(self);
    call_something(self, &s);
  }
  EXPECT_OK(zx_vmar_destroy(ground));
  EXPECT_OK(zx_handle_close(ground));
  munmap(rooms, ROOMS * ROOM);
  __atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
  return NULL;
}

static void close_all(zx_handle_t* handles, size_t count) {
  for (size_t i = 0; i < count; i++) {
    zx_handle_t handle = __atomic_exchange_n(&handles[i], ZX_HANDLE_INVALID, __ATOMIC_ACQ_REL);
    AMONG(zx_handle_close(handle), ZX_OK, ZX_ERR_BAD_HANDLE);
  }
}

// Lets the threads go that wait for what may never come.
static void let_go(void) {
  while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
    for (size_t i = 0; i < LASTING; i++) {
      zx_handle_t vcpu = __atomic_load_n(&lasting[i], __ATOMIC_ACQUIRE);
      if (vcpu) AMONG(zx_vcpu_kick(vcpu), ZX_OK, ZX_ERR_BAD_STATE, ZX_ERR_BAD_HANDLE);
    }
    close_all(pools[0], TYPES * POOL);
    sched_yield();
  }
}

static uint32_t live_handles(void) {
  size_t actual = 0, live = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_HANDLE_TABLE, NULL, 0, &actual, &live));
  return (uint32_t)live;
}

static void run_for_a_while(int part) {
  running = THREADS;
  lasting_count = 0;
  begin_actors(act, part);
  EXPECT_OK(zx_nanosleep(end_time));
  let_go();
  join_actors();
  close_all(pools[0], TYPES * POOL);
  close_all(lasting, LASTING);
}

TEST(guest_any_arguments_known_status_nothing_left) {
  run_for_a_while(20);
  uint32_t handles = live_handles();
  int fds = ztest_count_fds(), maps = ztest_count_maps();
  run_for_a_while(2);
  EXPECT_EQ(live_handles(), handles);
  EXPECT_EQ(ztest_count_fds(), fds);
  EXPECT_TRUE(abs(ztest_count_maps() - maps) <= (int)(2 * THREADS));
}

ZTEST_MAIN
