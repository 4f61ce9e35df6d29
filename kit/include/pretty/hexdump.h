// SPDX-License-Identifier: MIT
// Prints memory in hexadecimal.
#ifndef PRETTY_HEXDUMP_H_
#define PRETTY_HEXDUMP_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

// Words of four bytes and their characters, 16 bytes a line, to standard output.
void hexdump_ex(const void* ptr, size_t len, uint64_t disp_addr);
// The same byte by byte.
void hexdump8_ex(const void* ptr, size_t len, uint64_t disp_addr);

static inline void hexdump(const void* ptr, size_t len) {
  hexdump_ex(ptr, len, (uint64_t)(uintptr_t)ptr);
}
static inline void hexdump8(const void* ptr, size_t len) {
  hexdump8_ex(ptr, len, (uint64_t)(uintptr_t)ptr);
}

__END_CDECLS

#endif  // PRETTY_HEXDUMP_H_
