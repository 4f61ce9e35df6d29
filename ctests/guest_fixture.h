// SPDX-License-Identifier: MIT
// A guest with memory, page tables, code and one VCPU (hypervisor.md, section
// 13.1), for all tests that run guests.

#ifndef CTESTS_GUEST_FIXTURE_H_
#define CTESTS_GUEST_FIXTURE_H_

#include "ztest.h"

#include <cpuid.h>
#include <libzx.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zircon/errors.h>
#include <zircon/process.h>
#include <zircon/rights.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

#include "guest_code.h"

#define PAGE_BYTES 0x1000u

// Bits of page-table entries.
#define PTE_PRESENT 0x1u
#define PTE_WRITABLE 0x2u
#define PTE_USER 0x4u
#define PTE_ACCESSED 0x20u
#define PTE_DIRTY 0x40u
#define PTE_LARGE 0x80u
#define PTE_ALL (PTE_PRESENT | PTE_WRITABLE | PTE_USER)

GUEST_CODE(gf_probe);

typedef struct guest_fixture {
  zx_handle_t vmo;
  zx_handle_t guest;
  zx_handle_t vmar;
  zx_handle_t vcpu;
  zx_vaddr_t host;  // guest-physical address 0 in this process
} guest_fixture_t;

// Whether guests can have 1-GiB pages; found out by guest_available().
static bool gf_large_pages;

// Counts a failure of the calling test unless `status` is ZX_OK.
static inline bool gf_ok(zx_status_t status, const char* what) {
  if (status != ZX_OK) {
    fprintf(stderr, "guest fixture: %s: %s (%d)\n", what, zx_status_get_string(status), status);
  }
  EXPECT_OK(status);
  return status == ZX_OK;
}

#define GF_TRY(call)          \
  do {                        \
    if (!gf_ok(call, #call)) { \
      return false;           \
    }                         \
  } while (0)

static inline volatile uint8_t* gf_memory(const guest_fixture_t* f, uint64_t gpa) {
  return (volatile uint8_t*)(f->host + gpa);
}

static inline void gf_poke64(const guest_fixture_t* f, uint64_t gpa, uint64_t value) {
  *(volatile uint64_t*)(f->host + gpa) = value;
}

static inline uint64_t gf_peek64(const guest_fixture_t* f, uint64_t gpa) {
  return *(volatile uint64_t*)(f->host + gpa);
}

// Maps the first GiB of linear addresses onto the same physical ones.
static inline void gf_page_tables(const guest_fixture_t* f, bool large_pages) {
  gf_poke64(f, PML4_ADDR, PDPT_ADDR | PTE_ALL);
  if (large_pages) {
    gf_poke64(f, PDPT_ADDR, PTE_ALL | PTE_LARGE);
    return;
  }
  gf_poke64(f, PDPT_ADDR, PD_ADDR | PTE_ALL);
  for (uint64_t i = 0; i < 512; i++) {
    gf_poke64(f, PD_ADDR + 8 * i, i << 21 | PTE_ALL | PTE_LARGE);
  }
}

// Guest, memory, exit trap, page tables, code; no VCPU yet.
static inline bool gf_set_up_guest(guest_fixture_t* f, const char* start, const char* end) {
  memset(f, 0, sizeof(*f));
  GF_TRY(zx_vmo_create(VMO_SIZE, 0, &f->vmo));
  GF_TRY(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, f->vmo, 0,
                     VMO_SIZE, &f->host));
  GF_TRY(zx_vmo_replace_as_executable(f->vmo, ZX_HANDLE_INVALID, &f->vmo));

  zx_handle_t resource = ZX_HANDLE_INVALID;
  GF_TRY(libzx_get_hypervisor_resource(&resource));
  zx_status_t status = zx_guest_create(resource, 0, &f->guest, &f->vmar);
  zx_handle_close(resource);
  GF_TRY(status);

  zx_vaddr_t gpa = 1;
  GF_TRY(zx_vmar_map(f->vmar,
                     ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC, 0,
                     f->vmo, 0, VMO_SIZE, &gpa));
  EXPECT_EQ(gpa, 0u);
  GF_TRY(zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, EXIT_TEST_ADDR, PAGE_BYTES,
                           ZX_HANDLE_INVALID, EXIT_KEY));
  gf_page_tables(f, gf_large_pages);
  memcpy((void*)(f->host + GUEST_ENTRY), start, (size_t)(end - start));
  return true;
}

// The whole fixture. The calling thread becomes the VCPU's thread.
static inline bool gf_set_up(guest_fixture_t* f, const char* start, const char* end) {
  if (!gf_set_up_guest(f, start, end)) {
    return false;
  }
  GF_TRY(zx_vcpu_create(f->guest, 0, GUEST_ENTRY, &f->vcpu));
  return true;
}

// Every handle once, and the host mapping. Zero handles are fine.
static inline void gf_tear_down(guest_fixture_t* f) {
  EXPECT_OK(zx_handle_close(f->vcpu));
  EXPECT_OK(zx_handle_close(f->guest));
  EXPECT_OK(zx_handle_close(f->vmar));
  EXPECT_OK(zx_handle_close(f->vmo));
  if (f->host != 0) {
    EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), f->host, VMO_SIZE));
  }
  memset(f, 0, sizeof(*f));
}

// A guest and a VCPU in it, made and dropped: NOT_SUPPORTED means that this
// machine cannot run guests. Then a first guest tells what pages it may use.
static inline bool gf_probe(void) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  zx_handle_t guest = ZX_HANDLE_INVALID;
  zx_handle_t vmar = ZX_HANDLE_INVALID;
  zx_handle_t vcpu = ZX_HANDLE_INVALID;
  zx_status_t status = libzx_get_hypervisor_resource(&resource);
  if (status == ZX_OK) {
    status = zx_guest_create(resource, 0, &guest, &vmar);
    zx_handle_close(resource);
  }
  if (status == ZX_OK) {
    status = zx_vcpu_create(guest, 0, 0, &vcpu);
    zx_handle_close(vcpu);
    zx_handle_close(guest);
    zx_handle_close(vmar);
  }
  if (status == ZX_ERR_NOT_SUPPORTED) {
    return false;
  }
  if (!gf_ok(status, "probe")) {
    return true;
  }

  guest_fixture_t f;
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  if (gf_set_up(&f, gf_probe_start, gf_probe_end) && zx_vcpu_resume(f.vcpu, &packet) == ZX_OK &&
      zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, &state, sizeof(state)) == ZX_OK) {
    gf_large_pages = (state.rax & 1u << 26) != 0;
  }
  gf_tear_down(&f);
  return true;
}

// Whether QEMU emulates the processor that the guests run on. A few things in
// such a processor are not as in any other.
static inline bool gf_host_is_qemu(void) {
  unsigned eax, signature[3];
  __cpuid(0x40000000, eax, signature[0], signature[1], signature[2]);
  return memcmp(signature, "TCGTCGTCGTCG", sizeof(signature)) == 0;
}

// Probes once per process.
static inline bool guest_available(void) {
  static int available = -1;
  if (available < 0) {
    available = gf_probe();
  }
  return available;
}

// First line of every test that needs a guest. Without KVM it is skipped; the
// runner makes a failure of that if the environment has ZX_REQUIRE_KVM=1.
#define REQUIRE_GUEST()                                                     \
  do {                                                                      \
    if (!guest_available()) {                                               \
      SKIP("KVM not available: zx_guest_create says ZX_ERR_NOT_SUPPORTED"); \
    }                                                                       \
  } while (0)

// First line of most tests: a fixture `f` that runs `name`.
#define GUEST(f, name)                               \
  guest_fixture_t f;                                 \
  REQUIRE_GUEST();                                   \
  if (!gf_set_up(&f, name##_start, name##_end)) {    \
    gf_tear_down(&f);                                \
    return;                                          \
  }

static inline void gf_read(const guest_fixture_t* f, zx_vcpu_state_t* state) {
  memset(state, 0xa5, sizeof(*state));
  EXPECT_OK(zx_vcpu_read_state(f->vcpu, ZX_VCPU_STATE, state, sizeof(*state)));
}

static inline void gf_write(const guest_fixture_t* f, const zx_vcpu_state_t* state) {
  EXPECT_OK(zx_vcpu_write_state(f->vcpu, ZX_VCPU_STATE, state, sizeof(*state)));
}

// Resumes; the packet must be a MEM packet with this key and address.
static inline bool gf_resume_mem(const guest_fixture_t* f, zx_port_packet_t* packet, uint64_t key,
                                 uint64_t addr) {
  memset(packet, 0xa5, sizeof(*packet));
  zx_status_t status = zx_vcpu_resume(f->vcpu, packet);
  EXPECT_OK(status);
  if (status != ZX_OK) {
    return false;
  }
  EXPECT_EQ(packet->type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet->key, key);
  EXPECT_EQ(packet->status, ZX_OK);
  if (packet->type != ZX_PKT_TYPE_GUEST_MEM) {
    return false;
  }
  EXPECT_EQ(packet->guest_mem.addr, addr);
  return packet->key == key && packet->guest_mem.addr == addr;
}

#ifndef LIBZX_LATER_ABI
// A clean exit: the exit store, and nothing else (section 13.1).
static inline bool gf_resume_clean_exit(const guest_fixture_t* f) {
  static const uint8_t exit_store[EXIT_INST_LEN] = {
      0x48, 0xc7, 0x04, 0x25, EXIT_TEST_ADDR & 0xff, EXIT_TEST_ADDR >> 8 & 0xff,
      EXIT_TEST_ADDR >> 16 & 0xff};
  zx_port_packet_t packet;
  if (!gf_resume_mem(f, &packet, EXIT_KEY, EXIT_TEST_ADDR)) {
    return false;
  }
  EXPECT_EQ(packet.guest_mem.default_operand_size, 4);
  EXPECT_EQ(packet.guest_mem.inst_len, EXIT_INST_LEN);
  EXPECT_BYTES(packet.guest_mem.inst_buf, exit_store, sizeof(exit_store));
  return true;
}

#define RESUME_CLEAN_EXIT(f) EXPECT_TRUE(gf_resume_clean_exit(f))
#endif

// Resumes; the status must be this one and the packet must stay as it was.
static inline void gf_resume_fails(const guest_fixture_t* f, zx_status_t status) {
  zx_port_packet_t packet;
  zx_port_packet_t before;
  memset(&packet, 0xa5, sizeof(packet));
  memset(&before, 0xa5, sizeof(before));
  EXPECT_STATUS(zx_vcpu_resume(f->vcpu, &packet), status);
  EXPECT_BYTES(&packet, &before, sizeof(packet));
}

// RAX now.
static inline uint64_t gf_rax(const guest_fixture_t* f) {
  zx_vcpu_state_t state;
  gf_read(f, &state);
  return state.rax;
}

#endif  // CTESTS_GUEST_FIXTURE_H_
