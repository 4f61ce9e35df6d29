// SPDX-License-Identifier: MIT
// The terminal that the VMM runs on: what the guest's consoles print, and what is typed.
#ifndef VMM_CONSOLE_H_
#define VMM_CONSOLE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Prints. From any thread; lines of different consoles may mix.
void console_write(const void* data, size_t size);

// Takes what was typed, on the main thread; returns how much of it there was room for. The rest comes
// again when console_room() was called, or a little later.
typedef size_t (*console_input_t)(void* device, const uint8_t* data, size_t size);
void console_set_input(console_input_t input, void* device);
void console_room(void);

// Puts the terminal into raw mode, if standard input is one; and back.
void console_start(void);
void console_stop(void);

// Hands input on until console_quit(), a signal to end, or Ctrl-A x. True in the latter two cases.
bool console_run(void);
void console_quit(void);

#endif  // VMM_CONSOLE_H_
