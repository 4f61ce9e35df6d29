// SPDX-License-Identifier: MIT
// What the guest tests and their guest code agree on.
#ifndef KIT_EXAMPLES_GUEST_H_
#define KIT_EXAMPLES_GUEST_H_

#include <limits.h>

#define GUEST_MEMORY (64 * PAGE_SIZE)
#define GUEST_ENTRY 0x4000
#define GUEST_STACK 0x8000

// A store to this page ends a test.
#define EXIT_ADDR 0x10000000
// A store to this page rings a bell.
#define BELL_ADDR 0x10001000
#define EXIT_PORT 0xeb
#define TRAP_KEY 0x51

#define VECTOR 32
#define CODE_SELECTOR 8

#ifndef __ASSEMBLER__
#ifdef __cplusplus
extern "C" {
#endif
extern const char guest_exit_start[], guest_exit_end[];
extern const char guest_add_start[], guest_add_end[];
extern const char guest_port_start[], guest_port_end[];
extern const char guest_sleep_start[], guest_sleep_end[];
extern const char guest_bell_start[], guest_bell_end[];
#ifdef __cplusplus
}
#endif
#endif

#endif  // KIT_EXAMPLES_GUEST_H_
