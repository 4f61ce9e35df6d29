// SPDX-License-Identifier: MIT
// One guest of the fuzzer, with everything around it that changes while it runs, and
// the places that it must not reach.

#define _GNU_SOURCE
#include "fuzz.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GUARD 0x10000ull
#define CANARY 0x5ca1ab1e0ddba11dull
#define MAX_VCPUS 3u
#define MEM_KEY 0xa1u
#define BELL_KEY 0xb2u
#define PORT_KEY 0xc3u
#define CHANGING_KEY 0xd4u
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define RWX (RW | ZX_VM_PERM_EXECUTE)
#define HANG_SECONDS 30

typedef struct memory {
  zx_handle_t vmo;
  uint8_t* host;
  size_t size;
} memory_t;

typedef struct fuzz fuzz_t;

typedef struct vcpu {
  fuzz_t* fuzz;
  uint32_t number;
  rng_t rng;
  _Atomic zx_handle_t handle;
  sem_t ready;
  pthread_t thread;
} vcpu_t;

struct fuzz {
  uint64_t seed;
  zx_handle_t guest, vmar, port;
  memory_t ram, read_only, under, changing;
  vcpu_t vcpus[MAX_VCPUS];
  uint32_t count;
  _Atomic bool stop, failed;
};

outcomes_t* fuzz_outcomes;

static void complain(fuzz_t* f, const char* what, int64_t value) {
  f->failed = true;
  printf("FAIL seed %#llx: %s (%lld)\n", (unsigned long long)f->seed, what, (long long)value);
  fflush(stdout);
}

#define NEED(f, call)                                         \
  do {                                                        \
    const zx_status_t needed = (call);                        \
    if (needed != ZX_OK) {                                    \
      complain(f, #call, needed);                             \
      exit(1);                                                \
    }                                                         \
  } while (0)

static void make(fuzz_t* f, memory_t* m, size_t size) {
  m->size = size;
  NEED(f, zx_vmo_create(size, 0, &m->vmo));
  zx_vaddr_t at;
  NEED(f, zx_vmar_map(zx_vmar_root_self(), RW, 0, m->vmo, 0, size, &at));
  m->host = (uint8_t*)at;
  NEED(f, zx_vmo_replace_as_executable(m->vmo, ZX_HANDLE_INVALID, &m->vmo));
  for (size_t i = 0; i < size; i += 8) *(uint64_t*)(void*)(m->host + i) = CANARY ^ i;
}

static void expect_canary(fuzz_t* f, const memory_t* m, size_t from, size_t to, const char* what) {
  for (size_t i = from; i < to; i += 8) {
    if (*(uint64_t*)(void*)(m->host + i) != (CANARY ^ i)) {
      complain(f, what, (int64_t)i);
      return;
    }
  }
}

static void drop(fuzz_t* f, memory_t* m) {
  NEED(f, zx_vmar_unmap(zx_vmar_root_self(), (zx_vaddr_t)m->host, m->size));
  NEED(f, zx_handle_close(m->vmo));
}

static zx_status_t map(const fuzz_t* f, uint32_t options, uint64_t gpa, const memory_t* m,
                       uint64_t offset, size_t size) {
  zx_vaddr_t at;
  return zx_vmar_map(f->vmar, options | ZX_VM_SPECIFIC, gpa, m->vmo, offset, size, &at);
}

static void set_up(fuzz_t* f) {
  zx_handle_t resource;
  NEED(f, libzx_get_hypervisor_resource(&resource));
  NEED(f, zx_guest_create(resource, 0, &f->guest, &f->vmar));
  NEED(f, zx_handle_close(resource));
  NEED(f, zx_port_create(0, &f->port));
  make(f, &f->ram, RAM_BYTES + 2 * GUARD);
  make(f, &f->read_only, READ_ONLY_BYTES + 2 * PAGE);
  make(f, &f->under, MEM_TRAP_BYTES + 2 * PAGE);
  make(f, &f->changing, 2 * CHANGING_BYTES);
  NEED(f, map(f, RWX, 0, &f->ram, GUARD, RAM_BYTES));
  NEED(f, map(f, ZX_VM_PERM_READ, READ_ONLY, &f->read_only, PAGE, READ_ONLY_BYTES));
  NEED(f, map(f, RWX, MEM_TRAP, &f->under, PAGE, MEM_TRAP_BYTES));
  NEED(f, zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, MEM_TRAP, MEM_TRAP_BYTES, 0, MEM_KEY));
  NEED(f, zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_BELL, BELL_TRAP, PAGE, f->port, BELL_KEY));
  NEED(f, zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_IO, FIRST_PORT, PORTS, 0, PORT_KEY));
}

static void tear_down(fuzz_t* f) {
  NEED(f, zx_handle_close(f->guest));
  NEED(f, zx_handle_close(f->vmar));
  NEED(f, zx_handle_close(f->port));
  expect_canary(f, &f->ram, 0, GUARD, "memory in front of the guest's has changed");
  expect_canary(f, &f->ram, GUARD + RAM_BYTES, f->ram.size, "memory behind the guest's has changed");
  expect_canary(f, &f->read_only, 0, f->read_only.size, "read-only memory has changed");
  expect_canary(f, &f->under, 0, f->under.size, "memory below a trap has changed");
  expect_canary(f, &f->changing, CHANGING_BYTES, f->changing.size, "memory never mapped has changed");
  drop(f, &f->ram);
  drop(f, &f->read_only);
  drop(f, &f->under);
  drop(f, &f->changing);
}

// --- A VCPU ---------------------------------------------------------------------------

static bool within(uint64_t addr, uint64_t start, uint64_t size) {
  return addr >= start && addr - start < size;
}

static void check_packet(fuzz_t* f, const zx_port_packet_t* p) {
  if (p->status != ZX_OK) complain(f, "a packet's status", p->status);
  if (p->type == ZX_PKT_TYPE_GUEST_MEM) {
    const zx_packet_guest_mem_t* mem = &p->guest_mem;
    const bool mine = (p->key == MEM_KEY && within(mem->addr, MEM_TRAP, MEM_TRAP_BYTES)) ||
                      (p->key == CHANGING_KEY && within(mem->addr, CHANGING, CHANGING_BYTES));
    if (!mine) complain(f, "a packet of an address without a trap", (int64_t)mem->addr);
    if (mem->inst_len < 1 || mem->inst_len > X86_MAX_INST_LEN) {
      complain(f, "length of an instruction", mem->inst_len);
      return;
    }
    for (size_t i = mem->inst_len; i < sizeof(mem->inst_buf); i++) {
      if (mem->inst_buf[i] != 0) complain(f, "bytes behind an instruction", mem->inst_buf[i]);
    }
  } else if (p->type == ZX_PKT_TYPE_GUEST_IO) {
    const uint8_t size = p->guest_io.access_size;
    if (p->key != PORT_KEY || !within(p->guest_io.port, FIRST_PORT, PORTS)) {
      complain(f, "a packet of a port without a trap", p->guest_io.port);
    }
    if (size != 1 && size != 2 && size != 4) complain(f, "size of a port access", size);
  } else if (p->type != ZX_PKT_TYPE_GUEST_VCPU) {
    complain(f, "type of a packet", p->type);
  }
}

static void change_registers(vcpu_t* v) {
  zx_vcpu_state_t s;
  if (zx_vcpu_read_state(v->handle, ZX_VCPU_STATE, &s, sizeof(s)) != ZX_OK) {
    complain(v->fuzz, "zx_vcpu_read_state", 0);
    return;
  }
  uint64_t* registers = (uint64_t*)(void*)&s;
  for (int i = 0; i < 3; i++) {
    const uint32_t which = rng_below(&v->rng, 17);
    registers[which] = rng_one_in(&v->rng, 2) ? fuzz_address(&v->rng) : rng_next(&v->rng);
  }
  if (zx_vcpu_write_state(v->handle, ZX_VCPU_STATE, &s, sizeof(s)) != ZX_OK) {
    complain(v->fuzz, "zx_vcpu_write_state", 0);
  }
}

static bool is_documented(zx_status_t status) {
  switch (status) {
    case ZX_OK:
    case ZX_ERR_BAD_STATE:
    case ZX_ERR_CANCELED:
    case ZX_ERR_NOT_FOUND:
    case ZX_ERR_OUT_OF_RANGE:
    case ZX_ERR_ACCESS_DENIED:
    case ZX_ERR_NOT_SUPPORTED:
    case ZX_ERR_INVALID_ARGS:
    case ZX_ERR_NO_MEMORY:
    case ZX_ERR_INTERNAL: return true;
    default: return false;
  }
}

static void* run_vcpu(void* arg) {
  vcpu_t* v = arg;
  fuzz_t* f = v->fuzz;
  zx_handle_t handle;
  const uint64_t entry = v->number == 0 ? BSP_START : AP_START;
  NEED(f, zx_vcpu_create(f->guest, 0, entry, &handle));
  v->handle = handle;
  sem_post(&v->ready);
  int bad = 0;  // in a row
  while (!f->stop) {
    zx_port_packet_t packet;
    const zx_status_t status = zx_vcpu_resume(handle, &packet);
    if (!is_documented(status)) complain(f, "status of a run", status);
    if (-status >= 0 && -status < (int)STATUSES) fuzz_outcomes->statuses[-status]++;
    if (status == ZX_OK) {
      check_packet(f, &packet);
      if (packet.type < PACKET_TYPES) fuzz_outcomes->packets[packet.type]++;
      if (packet.type == ZX_PKT_TYPE_GUEST_IO && packet.guest_io.input && rng_one_in(&v->rng, 2)) {
        zx_vcpu_io_t io = {.access_size = packet.guest_io.access_size};
        io.u32 = (uint32_t)rng_next(&v->rng);
        if (zx_vcpu_write_state(handle, ZX_VCPU_IO, &io, sizeof(io)) != ZX_OK) {
          complain(f, "an answer to an input", 0);
        }
      }
    }
    bad = status == ZX_OK || status == ZX_ERR_CANCELED ? 0 : bad + 1;
    if (rng_one_in(&v->rng, status == ZX_OK ? 4 : 2)) change_registers(v);
    if (bad > 3 || rng_one_in(&v->rng, 200)) {
      // Another life of the same number, or of another one that is free. What has
      // come to an end would come there again.
      bad = 0;
      fuzz_fill(f->ram.host + GUARD, &v->rng);
      v->handle = ZX_HANDLE_INVALID;
      NEED(f, zx_handle_close(handle));
      NEED(f, zx_vcpu_create(f->guest, 0, entry, &handle));
      v->handle = handle;
    }
  }
  v->handle = ZX_HANDLE_INVALID;
  NEED(f, zx_handle_close(handle));
  return NULL;
}

// --- What happens around them -----------------------------------------------------------

static void change_mappings(fuzz_t* f, rng_t* r) {
  const uint64_t at = rng_below(r, CHANGING_BYTES / PAGE) * PAGE;
  uint64_t size = (1 + rng_below(r, 4)) * PAGE;
  if (at + size > CHANGING_BYTES) size = CHANGING_BYTES - at;
  const uint32_t perms[] = {ZX_VM_PERM_READ, RW, RWX};
  switch (rng_below(r, 8)) {
    case 0:
    case 1:
    case 2: map(f, perms[rng_below(r, 3)], CHANGING + at, &f->changing, at, size); break;
    case 3:
    case 4: zx_vmar_unmap(f->vmar, CHANGING + at, size); break;
    case 5:
    case 6: zx_vmar_protect(f->vmar, perms[rng_below(r, 3)], CHANGING + at, size); break;
    default:
      if (rng_one_in(r, 20)) {
        zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, CHANGING + at, size, 0, CHANGING_KEY);
      }
      break;
  }
}

static void disturb(fuzz_t* f, rng_t* r, zx_time_t until) {
  while (zx_clock_get_monotonic() < until && !f->failed) {
    vcpu_t* v = &f->vcpus[rng_below(r, f->count)];
    zx_port_packet_t packet;
    switch (rng_below(r, 8)) {
      case 0:
      case 1:
      case 2: change_mappings(f, r); break;
      // The handle may be a closed one by now.
      case 3: zx_vcpu_interrupt(v->handle, rng_below(r, rng_one_in(r, 4) ? 256 : 48)); break;
      case 4: zx_vcpu_kick(v->handle); break;
      case 5:
        while (zx_port_wait(f->port, 0, &packet) == ZX_OK) {
          const bool fine = packet.type == ZX_PKT_TYPE_GUEST_BELL && packet.key == BELL_KEY &&
                            within(packet.guest_bell.addr, BELL_TRAP, PAGE);
          fuzz_outcomes->packets[ZX_PKT_TYPE_GUEST_BELL]++;
          if (!fine) complain(f, "packet of a bell", (int64_t)packet.guest_bell.addr);
        }
        break;
      case 6: {
        const uint64_t at = rng_one_in(r, 2) ? CODE + rng_below(r, CODE_BYTES) : rng_below(r, RAM_BYTES);
        f->ram.host[GUARD + at] = (uint8_t)rng_next(r);
        break;
      }
      default: zx_nanosleep(zx_deadline_after(ZX_USEC(rng_below(r, 400)))); break;
    }
  }
}

static void end_vcpu(fuzz_t* f, vcpu_t* v) {
  struct timespec limit;
  for (int tries = 0; tries < HANG_SECONDS * 100; tries++) {
    zx_vcpu_kick(v->handle);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_nsec += 10000000;
    limit.tv_sec += limit.tv_nsec / 1000000000;
    limit.tv_nsec %= 1000000000;
    if (pthread_timedjoin_np(v->thread, NULL, &limit) == 0) return;
  }
  complain(f, "a run that no kick ends, of VCPU", v->number);
  exit(1);
}

bool fuzz_guest(uint64_t seed) {
  static fuzz_t f;
  memset(&f, 0, sizeof(f));
  f.seed = seed;
  rng_t r = {seed};
  set_up(&f);
  fuzz_fill(f.ram.host + GUARD, &r);
  f.count = 1 + rng_below(&r, MAX_VCPUS);
  for (uint32_t i = 0; i < f.count; i++) {
    vcpu_t* v = &f.vcpus[i];
    *v = (vcpu_t){.fuzz = &f, .number = i, .rng = {rng_next(&r)}};
    sem_init(&v->ready, 0, 0);
    if (pthread_create(&v->thread, NULL, run_vcpu, v) != 0) abort();
    sem_wait(&v->ready);
  }
  disturb(&f, &r, zx_deadline_after(ZX_MSEC(5 + rng_below(&r, 25))));
  f.stop = true;
  for (uint32_t i = 0; i < f.count; i++) {
    end_vcpu(&f, &f.vcpus[i]);
    sem_destroy(&f.vcpus[i].ready);
  }
  tear_down(&f);
  return !f.failed;
}

bool fuzz_sane_guest(void) {
  // CR4 stays; sums 1 to 1000, stores it in memory and on a trap, adds what the
  // read-only memory holds, and tells a port.
  static const uint8_t code[] = {
      0xb9, 0xe8, 0x03, 0x00, 0x00,                                // mov ecx, 1000
      0x31, 0xc0,                                                  // xor eax, eax
      0x01, 0xc8, 0xe2, 0xfc,                                      // add eax, ecx; loop
      0x89, 0x04, 0x25, 0x00, 0x00, 0x04, 0x00,                    // mov [DATA], eax
      0x89, 0x04, 0x25, 0x08, 0x50, 0x40, 0x00,                    // mov [MEM_TRAP + 8], eax
      0x48, 0x03, 0x04, 0x25, 0x00, 0x10, 0x40, 0x00,              // add rax, [READ_ONLY]
      0xe7, 0x11, 0xeb, 0xfe};                                     // out 0x11, eax
  static fuzz_t f;
  memset(&f, 0, sizeof(f));
  set_up(&f);
  rng_t r = {1};
  uint8_t* ram = f.ram.host + GUARD;
  memset(ram, 0, PAGE * 16);
  for (uint64_t i = 0; i < 512; i++) {
    const uint64_t entry = i << 21 | 0x87;
    memcpy(ram + PD + 8 * i, &entry, 8);
  }
  const uint64_t tables[] = {PDPT | 7, PD | 7};
  memcpy(ram + PML4, &tables[0], 8);
  memcpy(ram + PDPT, &tables[1], 8);
  memcpy(ram + CODE, code, sizeof(code));
  zx_handle_t vcpu;
  NEED(&f, zx_vcpu_create(f.guest, 0, CODE, &vcpu));
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  NEED(&f, zx_vcpu_resume(vcpu, &packet));
  if (packet.key != MEM_KEY || packet.guest_mem.addr != MEM_TRAP + 8 ||
      packet.guest_mem.inst_len != 7) {
    complain(&f, "the sane guest's store", (int64_t)packet.guest_mem.addr);
  }
  NEED(&f, zx_vcpu_resume(vcpu, &packet));
  NEED(&f, zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
  if (packet.key != PORT_KEY || packet.guest_io.port != 0x11) {
    complain(&f, "the sane guest's output", packet.guest_io.port);
  }
  uint32_t sum;
  memcpy(&sum, ram + DATA, 4);
  if (sum != 500500) complain(&f, "the sane guest's sum", sum);
  if (state.rax != 500500 + (CANARY ^ PAGE)) complain(&f, "the sane guest's RAX", (int64_t)state.rax);
  NEED(&f, zx_handle_close(vcpu));
  tear_down(&f);
  (void)r;
  return !f.failed;
}
