// SPDX-License-Identifier: MIT
// The families of guests and VCPUs.

#define _GNU_SOURCE
#include "scenario.h"

#include <libzx.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>

#define MEMORY 0x1000000ull
#define ENTRY 0x2000
#define DATA 0x4000
#define TRAPPED 0xfff000
#define TRAPPED_PORT 0x11
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

// incq DATA; movq $0, TRAPPED; out %al, $TRAPPED_PORT; nop; jmp to the start
static const unsigned char code[] = {0x48, 0xff, 0x04, 0x25, 0x00, 0x40, 0x00, 0x00, 0x48,
                                     0xc7, 0x04, 0x25, 0x00, 0xf0, 0xff, 0x00, 0x00, 0x00,
                                     0x00, 0x00, 0xe6, 0x11, 0x90, 0xeb, 0xe7};

typedef struct machine {
  zx_handle_t vmo, guest, region, vcpu;
  zx_vaddr_t host;
} machine_t;

static void nothing(void) {}

static bool make_guest(machine_t* m) {
  memset(m, 0, sizeof(*m));
  zx_handle_t resource = 0;
  if (!OK(zx_vmo_create(MEMORY, 0, &m->vmo)) ||
      !OK(zx_vmar_map(zx_vmar_root_self(), RW, 0, m->vmo, 0, MEMORY, &m->host)) ||
      !OK(libzx_get_hypervisor_resource(&resource))) {
    return false;
  }
  bool made = OK(zx_guest_create(resource, 0, &m->guest, &m->region));
  drop(&resource);
  zx_vaddr_t at = 0;
  if (!made || !OK(zx_vmar_map(m->region, RW | ZX_VM_SPECIFIC, 0, m->vmo, 0, MEMORY, &at))) {
    return false;
  }
  uint64_t* memory = (uint64_t*)m->host;
  memory[0] = 0x1000 | 7;
  memory[0x1000 / 8] = 0x100000 | 7;
  for (uint64_t i = 0; i < 512; i++) memory[0x100000 / 8 + i] = i << 21 | 7 | 0x80;
  memcpy((void*)(m->host + ENTRY), code, sizeof(code));
  return OK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_MEM, TRAPPED, 0x1000, 0, 9)) &&
         OK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, TRAPPED_PORT, 1, 0, 10));
}

static bool make_machine(machine_t* m) {
  return make_guest(m) && OK(zx_vcpu_create(m->guest, 0, ENTRY, &m->vcpu));
}

static void drop_machine(machine_t* m) {
  drop(&m->vcpu);
  drop(&m->guest);
  drop(&m->region);
  drop(&m->vmo);
  if (m->host != 0 && zx_vmar_unmap(zx_vmar_root_self(), m->host, MEMORY) != ZX_OK) {
    zx_vmar_unmap(zx_vmar_root_self(), m->host, MEMORY);
  }
  memset(m, 0, sizeof(*m));
}

// One turn of the guest's loop: a packet of memory, one of the port, and the counter.
static void turn(machine_t* m) {
  zx_port_packet_t packet;
  uint64_t before = *(volatile uint64_t*)(m->host + DATA);
  if (OK(zx_vcpu_resume(m->vcpu, &packet))) EXPECT(packet.type == ZX_PKT_TYPE_GUEST_MEM);
  if (OK(zx_vcpu_resume(m->vcpu, &packet))) EXPECT(packet.type == ZX_PKT_TYPE_GUEST_IO);
  EXPECT(*(volatile uint64_t*)(m->host + DATA) == before + 1);
}

static void* kick(void* vcpu) {
  usleep(2000);
  zx_vcpu_kick(*(zx_handle_t*)vcpu);
  return NULL;
}

static void run_guest(void) {
  machine_t m;
  if (make_machine(&m)) {
    zx_vcpu_state_t state;
    turn(&m);
    OK(zx_vcpu_read_state(m.vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
    OK(zx_vcpu_write_state(m.vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
    turn(&m);
    OK(zx_vcpu_interrupt(m.vcpu, 32));
    zx_port_packet_t packet;
    if (OK(zx_vcpu_kick(m.vcpu))) {
      EXPECT(zx_vcpu_resume(m.vcpu, &packet) == ZX_ERR_CANCELED);
    }
    // A guest that never leaves by itself, until another thread kicks it.
    memcpy((void*)(m.host + ENTRY), "\xeb\xfe", 2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, kick, &m.vcpu) == 0) {
      zx_vcpu_resume(m.vcpu, &packet);
      pthread_join(thread, NULL);
    }
  }
  drop_machine(&m);
}

// --- One guest that is there all the time ---------------------------------------------------------

static machine_t machine;

// A VCPU that was closed is used again by the next one.
static void make_without_vcpu(void) {
  make_machine(&machine);
  drop(&machine.vcpu);
}

static void make_one(void) {
  make_machine(&machine);
  turn(&machine);
}

static void drop_one(void) { drop_machine(&machine); }

// A resume that failed has left the guest where it was, or has run it: where the loop stands then is
// not known, but two resumes are always one turn of it.
static void run_turns(void) {
  for (int i = 0; i < 20; i++) {
    zx_port_packet_t packet;
    OK(zx_vcpu_resume(machine.vcpu, &packet));
  }
  uint64_t before = *(volatile uint64_t*)(machine.host + DATA);
  for (int i = 0; i < 4; i++) {
    zx_port_packet_t packet;
    OK(zx_vcpu_resume(machine.vcpu, &packet));
  }
  EXPECT(*(volatile uint64_t*)(machine.host + DATA) == before + 2);
}

// Changes of guest memory and traps; the guest's own memory is there whatever became of them.
static void run_memory(void) {
  static uint64_t bell = 0xa00000;
  zx_handle_t vmo = 0, port = 0, part = 0;
  zx_vaddr_t at = 0;
  bell += 0x2000;
  if (OK(zx_port_create(0, &port)) && OK(zx_vmo_create(0x40000, 0, &vmo))) {
    OK(zx_vmar_map(machine.region, RW | ZX_VM_SPECIFIC, 0x2000000, vmo, 0, 0x40000, &at));
    zx_vmar_protect(machine.region, ZX_VM_PERM_READ, 0x2008000, 0x4000);
    zx_vmar_unmap(machine.region, 0x2010000, 0x4000);
    OK(zx_vmar_map(machine.region, RW | ZX_VM_SPECIFIC_OVERWRITE, 0x2004000, vmo, 0, 0x20000, &at));
    OK(zx_guest_set_trap(machine.guest, ZX_GUEST_TRAP_BELL, bell, 0x1000, port, 1));
    if (OK(zx_vmar_allocate(machine.region,
                            ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC |
                                ZX_VM_SPECIFIC,
                            0x3000000, 0x100000, &part, &at))) {
      OK(zx_vmar_map(part, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, 0, vmo, 0, 0x40000, &at));
      if (zx_vmar_destroy(part) != ZX_OK) zx_vmar_destroy(part);
    }
    if (zx_vmar_unmap(machine.region, 0x2000000, 0x40000) != ZX_OK) {
      zx_vmar_unmap(machine.region, 0x2000000, 0x40000);
    }
  }
  drop(&part);
  drop(&vmo);
  drop(&port);
  zx_port_packet_t packet;
  uint64_t before = *(volatile uint64_t*)(machine.host + DATA);
  for (int i = 0; i < 2; i++) OK(zx_vcpu_resume(machine.vcpu, &packet));
  EXPECT(*(volatile uint64_t*)(machine.host + DATA) == before + 1);
}

static void run_vcpus(void) {
  for (int i = 0; i < 3; i++) {
    if (OK(zx_vcpu_create(machine.guest, 0, ENTRY, &machine.vcpu))) turn(&machine);
    drop(&machine.vcpu);
  }
}

const family_t guest_families[] = {
    {"guest", nothing, run_guest, nothing, true},
    {"guest_run", make_one, run_turns, drop_one, true},
    {"guest_memory", make_one, run_memory, drop_one, true},
    {"vcpus", make_without_vcpu, run_vcpus, drop_one, true},
};
const size_t guest_family_count = sizeof(guest_families) / sizeof(*guest_families);
