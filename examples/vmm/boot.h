// SPDX-License-Identifier: MIT
// Puts a kernel into the guest's memory, with everything that it finds there when it starts.
#ifndef VMM_BOOT_H_
#define VMM_BOOT_H_

#include <stdbool.h>

struct machine;

// Loads the kernel and, unless NULL, the initial ramdisk. False after having said why not.
bool boot_load(struct machine* machine, const char* kernel, const char* initrd,
               const char* command_line);

#endif  // VMM_BOOT_H_
