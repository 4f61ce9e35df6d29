// SPDX-License-Identifier: MIT
// A guest whose code and page tables change while it runs.

#ifndef CTESTS_GUEST_CHANGES_H_
#define CTESTS_GUEST_CHANGES_H_

#include "guest_fixture.h"

GUEST_CODE(changes);

// The turn that the guest makes is in a 2-MiB page of its own, of which there
// are two.
#define TURN 0x200040u
#define PAGE_A 0x200000u
#define PAGE_B 0x400000u
// A second set of tables, which differs in that page.
#define ROOT_A PML4_ADDR
#define ROOT_B 0x8000u
#define PDPT_B 0x9000u
#define PD_B 0xa000u
#define PD_ENTRY(pd) ((pd) + 8 * (TURN >> 21))

enum { STORE_EAX = 0x04, STORE_ECX = 0x0c };

// mov %rdi, %cr3; mov %eax or %ecx, TRAP_ADDR, or the load; jmp back.
static inline void put_turn(const guest_fixture_t* f, uint64_t page, uint8_t opcode, uint8_t operands) {
  const uint8_t code[] = {0x0f,     0x22, 0xdf, opcode, operands, 0x25, TRAP_ADDR & 0xff,
                          TRAP_ADDR >> 8 & 0xff, TRAP_ADDR >> 16 & 0xff, 0, 0xeb, 0xf4};
  memcpy((void*)(f->host + page + (TURN & 0x1fffff)), code, sizeof(code));
}

static inline bool set_up(guest_fixture_t* f) {
  if (!gf_set_up(f, changes_start, changes_end)) return false;
  gf_page_tables(f, false);  // 2-MiB pages everywhere: one of them changes
  gf_poke64(f, ROOT_B, PDPT_B | PTE_ALL);
  gf_poke64(f, PDPT_B, PD_B | PTE_ALL);
  for (uint64_t i = 0; i < 512; i++) {
    gf_poke64(f, PD_B + 8 * i, i << 21 | PTE_ALL | PTE_LARGE);
  }
  gf_poke64(f, PD_ENTRY(PD_B), PAGE_B | PTE_ALL | PTE_LARGE);
  return gf_ok(zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES,
                                 ZX_HANDLE_INVALID, TRAP_KEY),
               "zx_guest_set_trap");
}

#define CHANGES(f)      \
  guest_fixture_t f;    \
  REQUIRE_GUEST();      \
  if (!set_up(&f)) {    \
    EXPECT_TRUE(false); \
    gf_tear_down(&f);   \
    return;             \
  }

#endif  // CTESTS_GUEST_CHANGES_H_
