// SPDX-License-Identifier: MIT
// What libzx offers beyond the system calls.

#ifndef LIBZX_LIBZX_H_
#define LIBZX_LIBZX_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

// The version of these headers; that of the library is libzx_version().
#define LIBZX_VERSION_MAJOR 0
#define LIBZX_VERSION_MINOR 1
#define LIBZX_VERSION_PATCH 0
#define LIBZX_VERSION "0.1.0"

/// What a VCPU has done, for `libzx_vcpu_stats`.
typedef struct libzx_vcpu_stats {
  /// Calls of `zx_vcpu_resume` and `zx_vcpu_enter` that have returned.
  uint64_t runs;
  /// How often the guest was left, whether or not the program heard of it.
  uint64_t exits;
  /// Exits for accesses to I/O ports.
  uint64_t port_exits;
  /// Exits for accesses to memory.
  uint64_t memory_exits;
  /// Exits because the guest halted.
  uint64_t halt_exits;
  /// Exits for accesses to model-specific registers.
  uint64_t msr_exits;
  /// Calls of `zx_vcpu_interrupt`.
  uint64_t interrupts;
  /// Calls of `zx_vcpu_kick`.
  uint64_t kicks;
  /// Nanoseconds in the guest.
  uint64_t guest_ns;
  /// Nanoseconds of the runs that were not in the guest.
  uint64_t library_ns;
  /// Nanoseconds of the program between runs.
  uint64_t program_ns;
} libzx_vcpu_stats_t;

__BEGIN_CDECLS

/// Moves the calling process into a job below the one that it is in. The job's policy is the
/// process's from then on.
///
///   job (job, ZX_RIGHT_MANAGE_PROCESS): where to
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: job
///   ZX_ERR_INVALID_ARGS: not below the job that the process is in
///   ZX_ERR_BAD_STATE: the job was killed or is dead
///   ZX_ERR_NO_MEMORY
zx_status_t libzx_process_move_to_job(zx_handle_t job);

/// What zx_debuglog_read is: the record begins with its number.
///
///   handle (debuglog, ZX_RIGHT_READ): the log
///   options: must be 0
///   buffer (out, buffer of buffer_size bytes): gets the record
///   buffer_size: its size
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_SHOULD_WAIT: nothing to read
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
///
/// Generation: Later
zx_status_t libzx_debuglog_read_later(zx_handle_t handle,
                                      uint32_t options,
                                      void *buffer,
                                      size_t buffer_size);

/// Tells in one English sentence why the last call of this thread that did not return ZX_OK
/// failed: the check and the values in it. The sentence is empty when nothing is known.
///
///   buffer (out, buffer of size bytes, optional): gets what fits of the sentence, with a zero
///       byte at its end
///   size: size of buffer
///
/// Result: Length of the whole sentence without the zero byte, at most 255.
size_t libzx_last_error(char *buffer, size_t size);

/// The version of the library, such as 0.1.0: a static string.
const char *libzx_version(void);

/// Whether the library has a feature, on this computer:
///
/// * kvm: guests can be made
///
/// * guest-1gib-pages: page tables of guests may have pages of 1 GiB
///
/// * pager, stream, thread, clock: there are such objects
///
/// * trace, last-error: what is declared in <libzx.h>
///
/// * later-abi: packets in the later layout with LIBZX_LATER_ABI
///
/// * arm64-guest: guests for AArch64
///
///   feature (string): the name of the feature
///
/// Result: False also for names that are not known.
bool libzx_has(const char *feature);

/// Tells what a VCPU has done since the library counts: from the first call on with LIBZX_STATS
/// in the environment, else from the first call of this function on.
///
///   vcpu (vcpu, ZX_RIGHT_READ): the VCPU
///   stats (out): the counters
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: vcpu
///   ZX_ERR_INVALID_ARGS: stats cannot be written
zx_status_t libzx_vcpu_stats(zx_handle_t vcpu, libzx_vcpu_stats_t *stats);

/// Writes the handles that are live, oldest first: type, koid, name, rights; and, with
/// LIBZX_LEAKS in the environment, the call that has made each. At most 100, and how many more
/// there are. Handles that the library lends (process, job, root VMAR, root resource) are left
/// out.
///
///   fd: the Linux file descriptor to write to
void libzx_dump_handles(int32_t fd);

/// Traces calls, as the environment variable LIBZX_TRACE does from the beginning; or ends that.
///
/// spec is a list of parts between commas: all; a family, that is the word after zx_; a call; -
/// and a family or a call that is not traced; failed for calls that fail only; exits for what a
/// guest did without the program hearing of it; stack for the program's frames; file=PATH,
/// where %p is the process, instead of standard error; json=PATH for events that Perfetto
/// opens. A part that is not understood gives a line on standard error.
///
///   spec (string, optional): what to trace; NULL ends tracing
void libzx_trace(const char *spec);

/// What zx_clock_get was: reads one of the system's clocks.
///
///   clock_id: which one
///
/// Generation: Older
///
/// Result: The time in nanoseconds, or 0 when there is no such clock.
zx_time_t libzx_clock_get_older(zx_clock_t clock_id);

/// What zx_debug_read was.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   buffer (out): not written
///   buffer_size (in and out): not changed
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no serial input.
///
/// Generation: Older
zx_status_t libzx_debug_read_older(zx_handle_t handle, char *buffer, size_t *buffer_size);

/// What zx_debuglog_read was: the record has the flags in two bytes.
///
///   handle (debuglog, ZX_RIGHT_READ): the log
///   options: must be 0
///   buffer (out, buffer of buffer_size bytes): gets the record
///   buffer_size: its size
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_SHOULD_WAIT: nothing to read
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
///
/// Generation: Older
zx_status_t libzx_debuglog_read_older(zx_handle_t handle,
                                      uint32_t options,
                                      void *buffer,
                                      size_t buffer_size);

/// What zx_vmo_create was: the VMO can change its size unless it is told otherwise, and run as
/// code.
///
///   size: in bytes
///   options (options 0x1): 0 or ZX_VMO_NON_RESIZABLE
///   out (out, vmo): the new handle, rights ZX_DEFAULT_VMO_RIGHTS and ZX_RIGHT_EXECUTE
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_OUT_OF_RANGE: size is too large
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
///
/// Generation: Older
zx_status_t libzx_vmo_create_older(uint64_t size, uint32_t options, zx_handle_t *out);

/// What zx_pci_enable_bus_master was.
///
///   handle (pci_device, ZX_RIGHT_WRITE): the device
///   enable: whether it may reach memory by itself
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
///
/// Generation: Older
zx_status_t libzx_pci_enable_bus_master_older(zx_handle_t handle, bool enable);

/// What zx_pci_cfg_pio_rw was.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   bus: the bus
///   dev: the device
///   func: the function
///   offset: the register
///   val (in and out): not changed
///   width: of the register, in bits
///   write: whether to write
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
///
/// Generation: Older
zx_status_t libzx_pci_cfg_pio_rw_older(zx_handle_t handle,
                                       uint8_t bus,
                                       uint8_t dev,
                                       uint8_t func,
                                       uint8_t offset,
                                       uint32_t *val,
                                       size_t width,
                                       bool write);

/// What zx_pci_add_subtract_io_range was.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   mmio: whether it is memory
///   base: the first address
///   len: how many
///   add: whether to add or to take away
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
///
/// Generation: Older
zx_status_t libzx_pci_add_subtract_io_range_older(zx_handle_t handle,
                                                  bool mmio,
                                                  uint64_t base,
                                                  uint64_t len,
                                                  bool add);

/// What zx_pager_create_vmo was: another order of the arguments.
///
///   pager (pager): the pager
///   port (port, ZX_RIGHT_WRITE): where it is told of pages that are wanted
///   key: any number, which comes with that
///   size: in bytes
///   options: must be 0
///   out_pager_vmo (out, vmo): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED, ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_INVALID_ARGS,
///       ZX_ERR_OUT_OF_RANGE, ZX_ERR_NO_MEMORY, ZX_ERR_NOT_SUPPORTED: as of zx_pager_create_vmo
///
/// Generation: Older
zx_status_t libzx_pager_create_vmo_older(zx_handle_t pager,
                                         zx_handle_t port,
                                         uint64_t key,
                                         uint64_t size,
                                         uint32_t options,
                                         zx_handle_t *out_pager_vmo);

/// A borrowed handle of the root resource, as ported tests expect it: never close it.
zx_handle_t get_root_resource(void);

/// Makes a new handle of the resource that zx_guest_create asks for, with or without KVM:
/// whether guests can run is what zx_guest_create answers. The resource grants nothing beyond
/// the Linux permissions of the process.
///
///   out (out, resource): the new handle, rights ZX_DEFAULT_RESOURCE_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_NO_MEMORY: there is none for the resource or its handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t libzx_get_hypervisor_resource(zx_handle_t *out);

__END_CDECLS

#endif  // LIBZX_LIBZX_H_
