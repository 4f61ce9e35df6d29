// SPDX-License-Identifier: MIT
// Whether memory can be read or written now.
#ifndef LIB_FZL_MEMORY_PROBE_H_
#define LIB_FZL_MEMORY_PROBE_H_

#include <stdbool.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

// Whether the byte at an address can be read.
bool probe_for_read(const void* address);

// Whether the byte at an address can be written; what it holds is written.
bool probe_for_write(void* address);

__END_CDECLS

#endif  // LIB_FZL_MEMORY_PROBE_H_
