// SPDX-License-Identifier: MIT
// Names of the records that prototypes point to.

#ifndef LIBZX_ZIRCON_SYSCALLS_TYPES_H_
#define LIBZX_ZIRCON_SYSCALLS_TYPES_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/compiler.h>

typedef struct zx_port_packet zx_port_packet_t;
typedef struct zx_pci_bar zx_pci_bar_t;
typedef struct zx_pcie_device_info zx_pcie_device_info_t;
typedef struct zx_pci_init_arg zx_pci_init_arg_t;
typedef union zx_rrec zx_rrec_t;
typedef struct zx_system_powerctl_arg zx_system_powerctl_arg_t;
typedef struct zx_profile_info zx_profile_info_t;
typedef struct zx_smc_parameters zx_smc_parameters_t;
typedef struct zx_smc_result zx_smc_result_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_TYPES_H_
