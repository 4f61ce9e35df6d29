// SPDX-License-Identifier: MIT
// What hello-guest.c and its guest, hello-guest.S, agree on.

#ifndef HELLO_GUEST_H_
#define HELLO_GUEST_H_

// Guest-physical memory, from address 0 up.
#define GUEST_MEMORY_SIZE 0x400000
#define PML4_ADDR 0x0      // the page tables must be at address 0
#define PDPT_ADDR 0x1000
#define PD_ADDR 0x2000
#define GUEST_ENTRY 0x4000
#define GUEST_STACK 0x8000 // grows down

// A device that adds numbers: one page of registers, none of them memory.
#define DEVICE_ADDR 0x10000000
#define DEVICE_ADD 0x0     // write: a number to add
#define DEVICE_SUM 0x4     // read: the sum so far

// A bell: writing here queues a packet on a port.
#define BELL_ADDR 0x10001000

// I/O ports.
#define CONSOLE_PORT 0xe9  // write: one character
#define QUESTION_PORT 0xea // read: the lucky number
#define STOP_PORT 0xeb     // write: the end

// The interrupt that wakes the guest.
#define INTERRUPT_VECTOR 32

#define CODE_SELECTOR 8

#endif  // HELLO_GUEST_H_
