// SPDX-License-Identifier: MIT
// Every system call, under the names zx_NAME and _zx_NAME.

#ifndef LIBZX_ZIRCON_SYSCALLS_H_
#define LIBZX_ZIRCON_SYSCALLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/string_view.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/pci.h>
#include <zircon/syscalls/profile.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>
#include <zircon/syscalls/system.h>

__BEGIN_CDECLS

@@functions *@@

#ifdef LIBZX_LATER_ABI
@@functions zx_vcpu_enter zx_iob_create zx_vmar_map_iob zx_pager_query_dirty_ranges zx_pager_query_vmo_stats zx_vmo_transfer_data zx_process_create_shared zx_restricted_bind_state zx_restricted_enter zx_restricted_unbind_state zx_restricted_kick zx_sampler_create zx_sampler_start zx_sampler_stop zx_sampler_attach zx_system_get_performance_info zx_system_set_performance_info zx_system_suspend_enter zx_system_set_processor_power_level_domain libzx_debuglog_read_later zx_syscall_next_1 zx_syscall_test_widening_unsigned_narrow zx_syscall_test_widening_unsigned_wide zx_syscall_test_widening_signed_narrow zx_syscall_test_widening_signed_wide@@

// Records begin with their numbers.
#define zx_debuglog_read libzx_debuglog_read_later
#define _zx_debuglog_read libzx_debuglog_read_later
#endif

#ifdef LIBZX_OLDER_ABI
@@functions zx_clock_get_new libzx_clock_get_older libzx_debug_read_older zx_futex_wait_deprecated zx_futex_requeue_deprecated zx_log_write zx_log_read libzx_debuglog_read_older zx_object_get_cookie zx_object_set_cookie zx_system_get_version zx_task_bind_exception_port zx_task_resume_from_exception zx_vmar_allocate_old zx_vmar_map_old zx_vmar_protect_old zx_vmo_clone libzx_vmo_create_older libzx_pager_create_vmo_older libzx_pci_enable_bus_master_older libzx_pci_cfg_pio_rw_older libzx_pci_add_subtract_io_range_older@@

// Under their old prototypes.
#define zx_clock_get libzx_clock_get_older
#define _zx_clock_get libzx_clock_get_older
#define zx_debug_read libzx_debug_read_older
#define _zx_debug_read libzx_debug_read_older
#define zx_debuglog_read libzx_debuglog_read_older
#define _zx_debuglog_read libzx_debuglog_read_older
#define zx_pager_create_vmo libzx_pager_create_vmo_older
#define _zx_pager_create_vmo libzx_pager_create_vmo_older
#define zx_pci_enable_bus_master libzx_pci_enable_bus_master_older
#define _zx_pci_enable_bus_master libzx_pci_enable_bus_master_older
#define zx_pci_cfg_pio_rw libzx_pci_cfg_pio_rw_older
#define _zx_pci_cfg_pio_rw libzx_pci_cfg_pio_rw_older
#define zx_pci_add_subtract_io_range libzx_pci_add_subtract_io_range_older
#define _zx_pci_add_subtract_io_range libzx_pci_add_subtract_io_range_older

// VMOs could run as code, and change their size unless they were told not to.
#define zx_vmo_create libzx_vmo_create_older
#define _zx_vmo_create libzx_vmo_create_older
#endif

__END_CDECLS

#endif  // LIBZX_ZIRCON_SYSCALLS_H_
