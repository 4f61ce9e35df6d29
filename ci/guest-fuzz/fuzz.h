// SPDX-License-Identifier: MIT
// What the parts of the guest fuzzer share: random numbers, and where things are in
// a guest. Its memory is the middle of a VMO whose ends it must never reach.

#ifndef CI_GUEST_FUZZ_H_
#define CI_GUEST_FUZZ_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 0x1000ull
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Guest-physical addresses.
#define RAM_BYTES 0x200000ull
#define PML4 0x0ull
#define PDPT 0x1000ull
#define PD 0x2000ull
#define PT_LOW 0x3000ull   // the first 2 MiB
#define PT_MIX 0x4000ull   // MIX and what follows it
#define PD_32 0x5000ull    // two levels, and large pages
#define PDPT_PAE 0x6000ull
#define GDT 0x8000ull
#define GDT_POINTER 0x8f00ull
#define IDT_POINTER 0x8f10ull
#define IDT_POINTER_32 0x8f20ull
#define IDT 0x9000ull
#define IDT_32 0xe000ull
#define TSS 0xa000ull
#define AP_START 0xb000ull
#define BSP_START 0xc000ull
#define AP_PROTECTED 0xd000ull
#define CODE 0x10000ull
#define CODE_BYTES 0x1000ull
#define HANDLERS 0x20000ull
#define STACK 0x38000ull
#define DATA 0x40000ull
// 2 MiB in which nothing is simple.
#define MIX 0x400000ull
#define READ_ONLY (MIX + 0x1000)
#define READ_ONLY_BYTES 0x3000ull
#define MEM_TRAP (MIX + 0x5000)
#define MEM_TRAP_BYTES 0x2000ull
#define BELL_TRAP (MIX + 0x7000)
#define HOLE (MIX + 0x9000)
#define CHANGING (MIX + 0x10000)  // mapped, protected and unmapped all the time
#define CHANGING_BYTES 0x10000ull
#define FIRST_PORT 0x10u
#define PORTS 0x40u

typedef struct rng {
  uint64_t state;
} rng_t;

static inline uint64_t rng_next(rng_t* r) {
  uint64_t z = r->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static inline uint32_t rng_below(rng_t* r, uint32_t below) {
  return (uint32_t)((rng_next(r) >> 32) * below >> 32);
}

static inline bool rng_one_in(rng_t* r, uint32_t n) { return rng_below(r, n) == 0; }

// How runs have ended: packets by type, and statuses. What all processes have seen.
#define PACKET_TYPES 8u
#define STATUSES 64u
typedef struct outcomes {
  _Atomic uint64_t packets[PACKET_TYPES], statuses[STATUSES];
} outcomes_t;
extern outcomes_t* fuzz_outcomes;

// Makes a guest's memory new: tables, the way into a mode for each VCPU, random code.
void fuzz_fill(uint8_t* ram, rng_t* r);

// An address that something is at, or next to.
uint64_t fuzz_address(rng_t* r);

// Runs the guest of a seed; false if something was wrong, of which it has told.
bool fuzz_guest(uint64_t seed);

// Runs a guest that has to get everything right.
bool fuzz_sane_guest(void);

#endif  // CI_GUEST_FUZZ_H_
