// SPDX-License-Identifier: MIT
// PCI records.

#ifndef LIBZX_ZIRCON_SYSCALLS_PCI_H_
#define LIBZX_ZIRCON_SYSCALLS_PCI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types pci@@

#endif  // LIBZX_ZIRCON_SYSCALLS_PCI_H_
