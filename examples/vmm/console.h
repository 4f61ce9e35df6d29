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
// again after console_room().
typedef size_t (*console_input_t)(void* device, const uint8_t* data, size_t size);
void console_set_input(console_input_t input, void* device);
void console_room(void);

// Once each, around everything else; false after having said what is wrong.
bool console_start(void);
void console_stop(void);

// Hands on what is typed until console_quit(), a signal that ends programs, or Ctrl-A x; true in the latter
// two cases. A terminal is in raw mode meanwhile.
bool console_run(void);
void console_quit(void);

#endif  // VMM_CONSOLE_H_
