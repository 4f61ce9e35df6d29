// SPDX-License-Identifier: MIT
// Every system call, under the names zx_NAME and _zx_NAME.

#ifndef LIBZX_ZIRCON_SYSCALLS_H_
#define LIBZX_ZIRCON_SYSCALLS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

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

/// Makes a channel: two ends, each with a queue of messages that the other end writes.
///
///   options: must be 0
///   out0 (out, channel): one end, rights ZX_DEFAULT_CHANNEL_RIGHTS
///   out1 (out, channel): the other end
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY: there is none for the channel or its handles
///   ZX_ERR_INVALID_ARGS: out0 or out1 cannot be written
zx_status_t zx_channel_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

zx_status_t _zx_channel_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

/// Sends bytes and handles as one message to the other end of a channel. Never blocks; the
/// queue has no limit. The handles leave the caller whatever the result; those that could not
/// be sent are closed.
///
///   handle (channel, ZX_RIGHT_WRITE): the end to write to
///   options (options ZX_CHANNEL_WRITE_USE_IOVEC): with ZX_CHANNEL_WRITE_USE_IOVEC, bytes is an
///       array of num_bytes zx_channel_iovec_t whose slices together are the payload
///   bytes (buffer of num_bytes bytes): the payload
///   num_bytes: size of the payload, at most ZX_CHANNEL_MAX_MSG_BYTES
///   handles (array of num_handles, any handle, ZX_RIGHT_TRANSFER, consumed): the handles to
///       send
///   num_handles: how many, at most ZX_CHANNEL_MAX_MSG_HANDLES
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options has an unknown bit
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: more than ZX_CHANNEL_MAX_MSG_BYTES bytes, ZX_CHANNEL_MAX_MSG_HANDLES
///       handles or ZX_CHANNEL_MAX_MSG_IOVECS slices
///   ZX_ERR_NO_MEMORY: there is none for the message
///   ZX_ERR_INVALID_ARGS: bytes, a slice or handles cannot be read, or a slice's reserved is
///       not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED: the first of handles that
///       is not live, lacks ZX_RIGHT_TRANSFER or is the end that is written to
///   ZX_ERR_PEER_CLOSED: the other end is closed
///
/// Differences: Zircon raises a policy exception when thousands of messages are queued; here
/// memory is the only limit.
zx_status_t zx_channel_write(zx_handle_t handle,
                             uint32_t options,
                             const void *bytes,
                             uint32_t num_bytes,
                             const zx_handle_t *handles,
                             uint32_t num_handles);

zx_status_t _zx_channel_write(zx_handle_t handle,
                              uint32_t options,
                              const void *bytes,
                              uint32_t num_bytes,
                              const zx_handle_t *handles,
                              uint32_t num_handles);

/// Sends a message like zx_channel_write, with a wish for each handle: to be moved or
/// duplicated, to be of a type, to get fewer rights. When entries fail, all are tried and the
/// result of each that fails says why; handles to be duplicated stay the caller's, all others
/// leave it.
///
/// An entry fails with ZX_ERR_BAD_HANDLE; ZX_ERR_ACCESS_DENIED without ZX_RIGHT_TRANSFER;
/// ZX_ERR_NOT_SUPPORTED for the end that is written to; ZX_ERR_WRONG_TYPE; ZX_ERR_INVALID_ARGS
/// for an unknown operation or rights that are not a subset of the handle's;
/// ZX_ERR_ACCESS_DENIED without ZX_RIGHT_DUPLICATE for ZX_HANDLE_OP_DUPLICATE.
///
///   handle (channel, ZX_RIGHT_WRITE): the end to write to
///   options (options ZX_CHANNEL_WRITE_USE_IOVEC): as for zx_channel_write
///   bytes (buffer of num_bytes bytes): the payload
///   num_bytes: size of the payload, at most ZX_CHANNEL_MAX_MSG_BYTES
///   handles (in and out, array of num_handles): what to do with which handle, and how that
///       ended
///   num_handles: how many, at most ZX_CHANNEL_MAX_MSG_HANDLES
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options has an unknown bit
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: more than ZX_CHANNEL_MAX_MSG_BYTES bytes, ZX_CHANNEL_MAX_MSG_HANDLES
///       handles or ZX_CHANNEL_MAX_MSG_IOVECS slices
///   ZX_ERR_NO_MEMORY: there is none for the message
///   ZX_ERR_INVALID_ARGS: bytes, a slice or handles cannot be read, or a slice's reserved is
///       not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED, ZX_ERR_WRONG_TYPE,
///       ZX_ERR_INVALID_ARGS: the first entry that fails
///   ZX_ERR_INVALID_ARGS: the results cannot be written
///   ZX_ERR_PEER_CLOSED: the other end is closed
zx_status_t zx_channel_write_etc(zx_handle_t handle,
                                 uint32_t options,
                                 const void *bytes,
                                 uint32_t num_bytes,
                                 zx_handle_disposition_t *handles,
                                 uint32_t num_handles);

zx_status_t _zx_channel_write_etc(zx_handle_t handle,
                                  uint32_t options,
                                  const void *bytes,
                                  uint32_t num_bytes,
                                  zx_handle_disposition_t *handles,
                                  uint32_t num_handles);

/// Takes the oldest message, if the buffers are large enough for it. Otherwise the sizes that
/// it needs are stored, and it stays queued unless options is ZX_CHANNEL_READ_MAY_DISCARD.
///
///   handle (channel, ZX_RIGHT_READ): the end to read from
///   options (options ZX_CHANNEL_READ_MAY_DISCARD): whether a message that does not fit is lost
///   bytes (out, buffer of num_bytes bytes, used actual_bytes): the payload
///   handles (out, array of num_handles, any handle, used actual_handles): the handles received
///   num_bytes: size of bytes
///   num_handles: entries of handles
///   actual_bytes (out, optional): size of the payload
///   actual_handles (out, optional): number of handles
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: options has an unknown bit
///   ZX_ERR_SHOULD_WAIT: no message
///   ZX_ERR_PEER_CLOSED: no message, and the other end is gone
///   ZX_ERR_BUFFER_TOO_SMALL: the message does not fit
///   ZX_ERR_INVALID_ARGS: something cannot be stored, and the message is lost
///   ZX_ERR_NO_MEMORY: there is no room for its handles, and the message is lost
zx_status_t zx_channel_read(zx_handle_t handle,
                            uint32_t options,
                            void *bytes,
                            zx_handle_t *handles,
                            uint32_t num_bytes,
                            uint32_t num_handles,
                            uint32_t *actual_bytes,
                            uint32_t *actual_handles);

zx_status_t _zx_channel_read(zx_handle_t handle,
                             uint32_t options,
                             void *bytes,
                             zx_handle_t *handles,
                             uint32_t num_bytes,
                             uint32_t num_handles,
                             uint32_t *actual_bytes,
                             uint32_t *actual_handles);

/// Takes the oldest message like zx_channel_read, and tells type and rights of each handle in
/// it.
///
///   handle (channel, ZX_RIGHT_READ): the end to read from
///   options (options ZX_CHANNEL_READ_MAY_DISCARD): whether a message that does not fit is lost
///   bytes (out, buffer of num_bytes bytes, used actual_bytes): the payload
///   handles (out, array of num_handles, used actual_handles): the handles received
///   num_bytes: size of bytes
///   num_handles: entries of handles
///   actual_bytes (out, optional): size of the payload
///   actual_handles (out, optional): number of handles
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: options has an unknown bit
///   ZX_ERR_SHOULD_WAIT: no message
///   ZX_ERR_PEER_CLOSED: no message, and the other end is gone
///   ZX_ERR_BUFFER_TOO_SMALL: the message does not fit
///   ZX_ERR_INVALID_ARGS: something cannot be stored, and the message is lost
///   ZX_ERR_NO_MEMORY: there is no room for its handles, and the message is lost
zx_status_t zx_channel_read_etc(zx_handle_t handle,
                                uint32_t options,
                                void *bytes,
                                zx_handle_info_t *handles,
                                uint32_t num_bytes,
                                uint32_t num_handles,
                                uint32_t *actual_bytes,
                                uint32_t *actual_handles);

zx_status_t _zx_channel_read_etc(zx_handle_t handle,
                                 uint32_t options,
                                 void *bytes,
                                 zx_handle_info_t *handles,
                                 uint32_t num_bytes,
                                 uint32_t num_handles,
                                 uint32_t *actual_bytes,
                                 uint32_t *actual_handles);

/// Sends a request and waits until deadline for the reply: the message from the other end that
/// begins with the same transaction id. The library picks the id and puts it into the first
/// four bytes of what the other end reads. Any number of threads may call on the same end.
///
/// Handles of the request leave the caller as with zx_channel_write, once args could be read.
///
///   handle (channel, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the end to write to
///   options (options ZX_CHANNEL_WRITE_USE_IOVEC): as for zx_channel_write
///   deadline: when to give up
///   args: the request, its handles, each with ZX_RIGHT_TRANSFER, and where the reply goes
///   actual_bytes (out): size of the reply's payload
///   actual_handles (out): number of the reply's handles
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: args cannot be read
///   ZX_ERR_INVALID_ARGS: options has an unknown bit
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: the request is too large, as for zx_channel_write
///   ZX_ERR_NO_MEMORY: there is none for the request
///   ZX_ERR_INVALID_ARGS: the request cannot be read, or has fewer than four bytes
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED: the first handle of the
///       request that cannot be sent
///   ZX_ERR_PEER_CLOSED: the other end is closed
///   ZX_ERR_TIMED_OUT: no reply until deadline
///   ZX_ERR_CANCELED: handle was closed meanwhile
///   ZX_ERR_BUFFER_TOO_SMALL: the reply does not fit, and is lost
///   ZX_ERR_INVALID_ARGS: something cannot be stored, NULL included, and the reply is lost
///   ZX_ERR_NO_MEMORY: there is no room for the reply's handles, and it is lost
///
/// Blocks: Until the reply comes.
zx_status_t zx_channel_call(zx_handle_t handle,
                            uint32_t options,
                            zx_time_t deadline,
                            const zx_channel_call_args_t *args,
                            uint32_t *actual_bytes,
                            uint32_t *actual_handles);

zx_status_t _zx_channel_call(zx_handle_t handle,
                             uint32_t options,
                             zx_time_t deadline,
                             const zx_channel_call_args_t *args,
                             uint32_t *actual_bytes,
                             uint32_t *actual_handles);

/// Sends a request and waits for the reply like zx_channel_call, with the wishes of
/// zx_channel_write_etc for the handles sent and the information of zx_channel_read_etc on
/// those received.
///
///   handle (channel, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the end to write to
///   options (options ZX_CHANNEL_WRITE_USE_IOVEC): as for zx_channel_write
///   deadline: when to give up
///   args (in and out): the request, its handles with the wish for each and how that ended, and
///       where the reply goes
///   actual_bytes (out): size of the reply's payload
///   actual_handles (out): number of the reply's handles
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: args cannot be read
///   ZX_ERR_INVALID_ARGS: options has an unknown bit
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: the request is too large, as for zx_channel_write
///   ZX_ERR_NO_MEMORY: there is none for the request
///   ZX_ERR_INVALID_ARGS: the request cannot be read, or has fewer than four bytes
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED, ZX_ERR_WRONG_TYPE,
///       ZX_ERR_INVALID_ARGS: the first entry that fails, as for zx_channel_write_etc
///   ZX_ERR_PEER_CLOSED: the other end is closed
///   ZX_ERR_TIMED_OUT: no reply until deadline
///   ZX_ERR_CANCELED: handle was closed meanwhile
///   ZX_ERR_BUFFER_TOO_SMALL: the reply does not fit, and is lost
///   ZX_ERR_INVALID_ARGS: something cannot be stored, NULL included, and the reply is lost
///   ZX_ERR_NO_MEMORY: there is no room for the reply's handles, and it is lost
///
/// Blocks: Until the reply comes.
zx_status_t zx_channel_call_etc(zx_handle_t handle,
                                uint32_t options,
                                zx_time_t deadline,
                                zx_channel_call_etc_args_t *args,
                                uint32_t *actual_bytes,
                                uint32_t *actual_handles);

zx_status_t _zx_channel_call_etc(zx_handle_t handle,
                                 uint32_t options,
                                 zx_time_t deadline,
                                 zx_channel_call_etc_args_t *args,
                                 uint32_t *actual_bytes,
                                 uint32_t *actual_handles);

/// Makes a clock. It stands at its backstop until zx_clock_update gives it a value, unless it
/// is started at once as a copy of the monotonic clock.
///
///   options (options ZX_CLOCK_OPT_* ZX_CLOCK_ARGS_*): ZX_CLOCK_OPT_MONOTONIC: never goes back;
///       ZX_CLOCK_OPT_CONTINUOUS, which needs the former: never jumps; ZX_CLOCK_OPT_AUTO_START;
///       and ZX_CLOCK_ARGS_VERSION(1) if there are arguments
///   args (optional): a zx_clock_create_args_v1_t; its backstop_time, 0 without one, is the
///       least value of the clock
///   out (out, clock): the new handle, rights ZX_DEFAULT_CLOCK_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: args of another version, missing, too much, or not readable
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_INVALID_ARGS: ZX_CLOCK_OPT_CONTINUOUS without ZX_CLOCK_OPT_MONOTONIC
///   ZX_ERR_INVALID_ARGS: a negative backstop, or with ZX_CLOCK_OPT_AUTO_START one in the
///       future
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_clock_create(uint64_t options, const void *args, zx_handle_t *out);

zx_status_t _zx_clock_create(uint64_t options, const void *args, zx_handle_t *out);

/// Reads a clock.
///
///   handle (clock, ZX_RIGHT_READ): the clock
///   now (out): gets its value in nanoseconds
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: now cannot be written
zx_status_t zx_clock_read(zx_handle_t handle, zx_time_t *now);

zx_status_t _zx_clock_read(zx_handle_t handle, zx_time_t *now);

/// Tells everything about a clock: how its value is computed from ticks and from the monotonic
/// clock, and when it was updated.
///
///   handle (clock, ZX_RIGHT_READ): the clock
///   options: must be ZX_CLOCK_ARGS_VERSION(1)
///   details (out): gets a zx_clock_details_v1_t
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: other options, or details is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: details cannot be written
zx_status_t zx_clock_get_details(zx_handle_t handle, uint64_t options, void *details);

zx_status_t _zx_clock_get_details(zx_handle_t handle, uint64_t options, void *details);

/// Changes a clock in one step, or not at all. The first value starts it.
///
///   handle (clock, ZX_RIGHT_WRITE): the clock
///   options (options ZX_CLOCK_UPDATE_OPTION_*): which members of args count, and
///       ZX_CLOCK_ARGS_VERSION(1) or (2)
///   args: a zx_clock_update_args_v1_t or zx_clock_update_args_v2_t. The value is that of now,
///       or of reference_value on the monotonic clock; the rate is in parts of a million off
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: another version, or args cannot be read
///   ZX_ERR_INVALID_ARGS: no member counts, or unknown options
///   ZX_ERR_INVALID_ARGS: the rate is more than 1000 off
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: a reference for neither a value nor a rate
///   ZX_ERR_INVALID_ARGS: the value is below the backstop
///   ZX_ERR_BAD_STATE: the clock was not started, and no value is given
///   ZX_ERR_INVALID_ARGS: a continuous clock would jump, or a monotonic one go back; or a
///       monotonic clock gets in version 2 a value without a reference, or either of them
///       together with a rate
zx_status_t zx_clock_update(zx_handle_t handle, uint64_t options, const void *args);

zx_status_t _zx_clock_update(zx_handle_t handle, uint64_t options, const void *args);

/// Writes to the standard error output, without lines of other calls in between. The
/// environment variable LIBZX_DEBUG_WRITE=0 turns it off.
///
///   buffer (buffer of buffer_size bytes): the text
///   buffer_size: what is beyond 256 bytes is cut off
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: buffer is NULL or cannot be read
///   ZX_ERR_NOT_SUPPORTED: turned off
///   ZX_ERR_IO: the standard error output takes nothing
zx_status_t zx_debug_write(const char *buffer, size_t buffer_size);

zx_status_t _zx_debug_write(const char *buffer, size_t buffer_size);

/// Would read from the serial line, of which there is only the output.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   buffer (out, buffer of buffer_size bytes): not written
///   buffer_size: the size of buffer
///   actual (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no serial input.
zx_status_t zx_debug_read(zx_handle_t handle, char *buffer, size_t buffer_size, size_t *actual);

zx_status_t _zx_debug_read(zx_handle_t handle, char *buffer, size_t buffer_size, size_t *actual);

/// Would give a command to the kernel's console, which there is none of.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT
///   buffer (buffer of buffer_size bytes): not read
///   buffer_size: at most 256
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: buffer_size is too large
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has no such console.
zx_status_t zx_debug_send_command(zx_handle_t resource, const char *buffer, size_t buffer_size);

zx_status_t _zx_debug_send_command(zx_handle_t resource, const char *buffer, size_t buffer_size);

/// Makes a handle to the debug log, which is the process's own: it has nothing of Linux's. A
/// log that can be read begins with the oldest record kept, of 512; it has the signal
/// ZX_LOG_READABLE while there is one to read.
///
///   resource (resource, optional): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM
///       for the log
///   options (options ZX_LOG_FLAG_READABLE): whether it can be read
///   out (out, debuglog): the new handle, rights ZX_DEFAULT_LOG_RIGHTS, and ZX_RIGHT_READ if it
///       is to be read
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_debuglog_create(zx_handle_t resource, uint32_t options, zx_handle_t *out);

zx_status_t _zx_debuglog_create(zx_handle_t resource, uint32_t options, zx_handle_t *out);

/// Writes a record of severity ZX_LOG_INFO.
///
///   handle (debuglog, ZX_RIGHT_WRITE): the log
///   options (options ZX_LOG_LOCAL): kept in the flags of the record
///   buffer (buffer of buffer_size bytes): the text
///   buffer_size: what is beyond ZX_LOG_RECORD_DATA_MAX is cut off
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: buffer cannot be read
///   ZX_ERR_NO_MEMORY
zx_status_t zx_debuglog_write(zx_handle_t handle,
                              uint32_t options,
                              const void *buffer,
                              size_t buffer_size);

zx_status_t _zx_debuglog_write(zx_handle_t handle,
                               uint32_t options,
                               const void *buffer,
                               size_t buffer_size);

/// Takes the next record out of the log. Returns its size, or what of it fitted into the
/// buffer; the rest is lost.
///
///   handle (debuglog, ZX_RIGHT_READ): the log
///   options: must be 0
///   buffer (out, buffer of buffer_size bytes): gets a zx_log_record_t, whose rollout tells how
///       many bytes this log has missed
///   buffer_size: the size of buffer; ZX_LOG_RECORD_MAX is enough for every record
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_SHOULD_WAIT: nothing to read
///   ZX_ERR_INVALID_ARGS: buffer cannot be written; the record is lost
zx_status_t zx_debuglog_read(zx_handle_t handle,
                             uint32_t options,
                             void *buffer,
                             size_t buffer_size);

zx_status_t _zx_debuglog_read(zx_handle_t handle,
                              uint32_t options,
                              void *buffer,
                              size_t buffer_size);

/// Makes an IOMMU that translates nothing: a program has no devices.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for IOMMUs
///   kind (value ZX_IOMMU_TYPE_*): must be ZX_IOMMU_TYPE_DUMMY
///   desc (buffer of desc_size bytes): a zx_iommu_desc_dummy_t
///   desc_size: its size
///   out (out, iommu): the new handle, rights ZX_DEFAULT_IOMMU_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: desc_size is more than 4096, or desc cannot be read
///   ZX_ERR_NOT_SUPPORTED: kind is not ZX_IOMMU_TYPE_DUMMY
///   ZX_ERR_INVALID_ARGS: the description has another size
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
///
/// Support: Partial: there are no IOMMUs of Intel.
zx_status_t zx_iommu_create(zx_handle_t resource,
                            uint32_t kind,
                            const void *desc,
                            size_t desc_size,
                            zx_handle_t *out);

zx_status_t _zx_iommu_create(zx_handle_t resource,
                             uint32_t kind,
                             const void *desc,
                             size_t desc_size,
                             zx_handle_t *out);

/// Makes an object for the accesses of a device through an IOMMU.
///
///   iommu (iommu): the IOMMU
///   options: must be 0
///   bti_id: the number of the device, any
///   out (out, bti): the new handle, rights ZX_DEFAULT_BTI_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: iommu
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_bti_create(zx_handle_t iommu, uint32_t options, uint64_t bti_id, zx_handle_t *out);

zx_status_t _zx_bti_create(zx_handle_t iommu, uint32_t options, uint64_t bti_id, zx_handle_t *out);

/// Would pin memory for a device and tell its physical addresses, which a program has none of.
///
///   handle (bti, ZX_RIGHT_MAP): the device's accesses
///   options (options ZX_BTI_*): what the device does, and how addresses are told
///   vmo (vmo, rights vary): the memory, with ZX_RIGHT_MAP, and the rights for what the device
///       does
///   offset: a multiple of the page size
///   size: the same
///   addrs (out, array of num_addrs): not written
///   num_addrs: one for each page, or with ZX_BTI_CONTIGUOUS 1
///   pmt (out, pmt): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: offset or size
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: vmo
///   ZX_ERR_INVALID_ARGS: no, unknown or contradicting options
///   ZX_ERR_OUT_OF_RANGE: beyond the end of the VMO
///   ZX_ERR_INVALID_ARGS: another num_addrs, or pmt is NULL
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no physical addresses.
zx_status_t zx_bti_pin(zx_handle_t handle,
                       uint32_t options,
                       zx_handle_t vmo,
                       uint64_t offset,
                       uint64_t size,
                       zx_paddr_t *addrs,
                       size_t num_addrs,
                       zx_handle_t *pmt);

zx_status_t _zx_bti_pin(zx_handle_t handle,
                        uint32_t options,
                        zx_handle_t vmo,
                        uint64_t offset,
                        uint64_t size,
                        zx_paddr_t *addrs,
                        size_t num_addrs,
                        zx_handle_t *pmt);

/// Gives back memory that was pinned for a device and not unpinned, of which there is none.
///
///   handle (bti, ZX_RIGHT_WRITE): the device's accesses
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
zx_status_t zx_bti_release_quarantine(zx_handle_t handle);

zx_status_t _zx_bti_release_quarantine(zx_handle_t handle);

/// Would unpin memory. There is no pinned memory, so no handle will do.
///
///   handle (pmt, consumed): the pinned memory
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: nothing can be pinned.
zx_status_t zx_pmt_unpin(zx_handle_t handle);

zx_status_t _zx_pmt_unpin(zx_handle_t handle);

/// Fills memory with random bytes, which are Linux's getrandom. Never fails: a buffer that
/// cannot be written ends the process.
///
///   buffer (out, buffer of buffer_size bytes): gets the bytes
///   buffer_size: any number, 0 too
void zx_cprng_draw(void *buffer, size_t buffer_size);

void _zx_cprng_draw(void *buffer, size_t buffer_size);

/// Stirs bytes into the kernel's pool of random numbers, as writing to /dev/urandom does.
///
///   buffer (buffer of buffer_size bytes): the bytes
///   buffer_size: at most ZX_CPRNG_ADD_ENTROPY_MAX_LEN
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: buffer_size is too large
///   ZX_ERR_INVALID_ARGS: buffer cannot be read
zx_status_t zx_cprng_add_entropy(const void *buffer, size_t buffer_size);

zx_status_t _zx_cprng_add_entropy(const void *buffer, size_t buffer_size);

/// Makes an event without any signal active.
///
///   options: must be 0
///   out (out, event): the new handle, rights ZX_DEFAULT_EVENT_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY: there is none for the event or its handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_event_create(uint32_t options, zx_handle_t *out);

zx_status_t _zx_event_create(uint32_t options, zx_handle_t *out);

/// Makes two events that know of each other: zx_object_signal_peer on one changes the other,
/// which also learns when the one is closed.
///
///   options: must be 0
///   out0 (out, eventpair): one event, rights ZX_DEFAULT_EVENTPAIR_RIGHTS
///   out1 (out, eventpair): the other event
///
/// Errors, in the order of the checks:
///   ZX_ERR_NOT_SUPPORTED: options is not 0
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY: there is none for the events or their handles
///   ZX_ERR_INVALID_ARGS: out0 or out1 cannot be written
zx_status_t zx_eventpair_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

zx_status_t _zx_eventpair_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

/// Makes a channel on which exceptions of a task's threads arrive: faults that Linux tells of
/// as SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP, and those that Zircon makes. A message is a
/// zx_exception_info_t with one handle, whose end lets the thread go on as its properties say.
/// What nobody deals with goes to the program's handler of the signal, or ends the program with
/// it. A program that installs handlers of these signals after its first channel takes them
/// away from it.
///
///   handle (thread or process or job, thread or process or job, ZX_RIGHT_INSPECT,
///       ZX_RIGHT_DUPLICATE, ZX_RIGHT_TRANSFER, ZX_RIGHT_MANAGE_THREAD): the task; a process or
///       job with ZX_RIGHT_ENUMERATE, too
///   options (options ZX_EXCEPTION_CHANNEL_DEBUGGER): whether it is asked before all others,
///       not for threads
///   out (out, channel): the new handle, with the rights ZX_RIGHT_TRANSFER, ZX_RIGHT_WAIT and
///       ZX_RIGHT_READ
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: undefined options
///   ZX_ERR_ACCESS_DENIED: the job forbids new channels
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: a thread with the option
///   ZX_ERR_ACCESS_DENIED, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_ALREADY_BOUND: there is such a channel whose other end is open
///   ZX_ERR_BAD_STATE: the task has ended
///   ZX_ERR_NO_RESOURCES: Linux refuses what this takes
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_task_create_exception_channel(zx_handle_t handle,
                                             uint32_t options,
                                             zx_handle_t *out);

zx_status_t _zx_task_create_exception_channel(zx_handle_t handle,
                                              uint32_t options,
                                              zx_handle_t *out);

/// Makes a handle to the thread that is in an exception.
///
///   handle (exception): the exception
///   out (out, thread): the new handle, with those rights of the task's handle with which the
///       channel was made that threads can have
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_exception_get_thread(zx_handle_t handle, zx_handle_t *out);

zx_status_t _zx_exception_get_thread(zx_handle_t handle, zx_handle_t *out);

/// Makes a handle to the process whose thread is in an exception.
///
///   handle (exception): the exception
///   out (out, process): the new handle, with those rights of the task's handle with which the
///       channel was made that processes can have
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_ACCESS_DENIED: it came through the channel of a thread
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_exception_get_process(zx_handle_t handle, zx_handle_t *out);

zx_status_t _zx_exception_get_process(zx_handle_t handle, zx_handle_t *out);

/// Makes a fifo: two ends, each with a ring of elem_count elements of elem_size bytes that the
/// other end fills.
///
///   elem_count: elements of each ring
///   elem_size: size of an element in bytes; the ring has at most ZX_FIFO_MAX_SIZE_BYTES
///   options: must be 0
///   out0 (out, fifo): one end, rights ZX_DEFAULT_FIFO_RIGHTS
///   out1 (out, fifo): the other end
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_OUT_OF_RANGE: a number is 0, or one of them or their product is more than
///       ZX_FIFO_MAX_SIZE_BYTES
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_NO_MEMORY: there is none for the fifo or its handles
///   ZX_ERR_INVALID_ARGS: out0 or out1 cannot be written
zx_status_t zx_fifo_create(size_t elem_count,
                           size_t elem_size,
                           uint32_t options,
                           zx_handle_t *out0,
                           zx_handle_t *out1);

zx_status_t _zx_fifo_create(size_t elem_count,
                            size_t elem_size,
                            uint32_t options,
                            zx_handle_t *out0,
                            zx_handle_t *out1);

/// Queues elements for the other end: as many as fit, at least one.
///
///   handle (fifo, ZX_RIGHT_WRITE): the end to write to
///   elem_size: size of an element in bytes, as the fifo was made
///   data: the elements
///   count: how many of them
///   actual_count (out, optional): how many were queued
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_PEER_CLOSED: the other end is closed
///   ZX_ERR_OUT_OF_RANGE: elem_size is not that of the fifo, or count is 0
///   ZX_ERR_SHOULD_WAIT: the ring is full
///   ZX_ERR_INVALID_ARGS: the elements cannot be read, and none is queued, or actual_count
///       cannot be written, and they are queued
///   ZX_ERR_NO_MEMORY: there is none for the ring
zx_status_t zx_fifo_write(zx_handle_t handle,
                          size_t elem_size,
                          const void *data,
                          size_t count,
                          size_t *actual_count);

zx_status_t _zx_fifo_write(zx_handle_t handle,
                           size_t elem_size,
                           const void *data,
                           size_t count,
                           size_t *actual_count);

/// Takes up to data_size elements that the other end queued, at least one.
///
///   handle (fifo, ZX_RIGHT_READ): the end to read from
///   elem_size: size of an element in bytes, as the fifo was made
///   data (out): where the elements go
///   data_size: how many elements, not bytes, have room there
///   actual_count (out, optional): how many were taken
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: elem_size is not that of the fifo, or data_size is 0
///   ZX_ERR_SHOULD_WAIT: the ring is empty
///   ZX_ERR_PEER_CLOSED: so it is, and the other end is gone
///   ZX_ERR_INVALID_ARGS: the elements cannot be stored, and stay queued, or actual_count
///       cannot be written, and they are taken
zx_status_t zx_fifo_read(zx_handle_t handle,
                         size_t elem_size,
                         void *data,
                         size_t data_size,
                         size_t *actual_count);

zx_status_t _zx_fifo_read(zx_handle_t handle,
                          size_t elem_size,
                          void *data,
                          size_t data_size,
                          size_t *actual_count);

/// Waits at a word until somebody wakes it, if the word has the value that is expected. Looking
/// at the word and beginning to wait are one step for all other calls about the futex. There
/// are no wake-ups without a cause.
///
///   value_ptr: the word, which is aligned
///   current_value: what it must be
///   new_futex_owner (thread, optional): the thread that owns the futex from now on, 0 for
///       none: one that was started, is not the caller and does not wait at the futex
///   deadline: how long to wait
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value_ptr is NULL, not aligned, or cannot be read
///   ZX_ERR_BAD_STATE: the word has another value
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: new_futex_owner
///   ZX_ERR_INVALID_ARGS: a thread that cannot own the futex
///   ZX_ERR_TIMED_OUT
///   ZX_ERR_NO_MEMORY
///
/// Blocks: Until the futex is woken.
zx_status_t zx_futex_wait(const zx_futex_t *value_ptr,
                          zx_futex_t current_value,
                          zx_handle_t new_futex_owner,
                          zx_time_t deadline);

zx_status_t _zx_futex_wait(const zx_futex_t *value_ptr,
                           zx_futex_t current_value,
                           zx_handle_t new_futex_owner,
                           zx_time_t deadline);

/// Wakes threads that wait at a word, in the order in which they came. The futex has no owner
/// afterwards. The word is not looked at.
///
///   value_ptr: the word
///   wake_count: how many threads, at most
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value_ptr is NULL or not aligned
zx_status_t zx_futex_wake(const zx_futex_t *value_ptr, uint32_t wake_count);

zx_status_t _zx_futex_wake(const zx_futex_t *value_ptr, uint32_t wake_count);

/// Wakes the first thread that waits at a word and makes it the owner of the futex, if others
/// still wait.
///
///   value_ptr: the word
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value_ptr is NULL or not aligned
zx_status_t zx_futex_wake_single_owner(const zx_futex_t *value_ptr);

zx_status_t _zx_futex_wake_single_owner(const zx_futex_t *value_ptr);

/// Wakes threads that wait at a word, if that has the value that is expected, and has others of
/// them wait at another word instead; in one step.
///
///   value_ptr: the word; its futex has no owner afterwards
///   wake_count: how many threads to wake, at most
///   current_value: what the word must be
///   requeue_ptr: the other word
///   requeue_count: how many threads to move, at most
///   new_requeue_owner (thread, optional): the thread that owns the other futex from now on, 0
///       for none; it may be the caller
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a pointer is NULL or not aligned, both are the same, or the word
///       cannot be read
///   ZX_ERR_BAD_STATE: the word has another value
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: new_requeue_owner
///   ZX_ERR_INVALID_ARGS: a thread that was not started, or that waits at one of the futexes
///   ZX_ERR_NO_MEMORY
zx_status_t zx_futex_requeue(const zx_futex_t *value_ptr,
                             uint32_t wake_count,
                             zx_futex_t current_value,
                             const zx_futex_t *requeue_ptr,
                             uint32_t requeue_count,
                             zx_handle_t new_requeue_owner);

zx_status_t _zx_futex_requeue(const zx_futex_t *value_ptr,
                              uint32_t wake_count,
                              zx_futex_t current_value,
                              const zx_futex_t *requeue_ptr,
                              uint32_t requeue_count,
                              zx_handle_t new_requeue_owner);

/// Wakes the first thread that waits at a word, if that has the value that is expected, and has
/// others of them wait at another word instead; in one step.
///
///   value_ptr: the word; the thread that is woken owns its futex afterwards, if others still
///       wait there
///   current_value: what the word must be
///   requeue_ptr: the other word
///   requeue_count: how many threads to move, at most
///   new_requeue_owner (thread, optional): the thread that owns the other futex from now on, 0
///       for none; it may be the caller
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a pointer is NULL or not aligned, both are the same, or the word
///       cannot be read
///   ZX_ERR_BAD_STATE: the word has another value
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: new_requeue_owner
///   ZX_ERR_INVALID_ARGS: a thread that was not started, or that waits at one of the futexes
///   ZX_ERR_NO_MEMORY
zx_status_t zx_futex_requeue_single_owner(const zx_futex_t *value_ptr,
                                          zx_futex_t current_value,
                                          const zx_futex_t *requeue_ptr,
                                          uint32_t requeue_count,
                                          zx_handle_t new_requeue_owner);

zx_status_t _zx_futex_requeue_single_owner(const zx_futex_t *value_ptr,
                                           zx_futex_t current_value,
                                           const zx_futex_t *requeue_ptr,
                                           uint32_t requeue_count,
                                           zx_handle_t new_requeue_owner);

/// Tells which thread owns a futex.
///
///   value_ptr: the word
///   koid (out): gets the thread's koid, or 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value_ptr is NULL or not aligned
///   ZX_ERR_INVALID_ARGS: koid cannot be written
zx_status_t zx_futex_get_owner(const zx_futex_t *value_ptr, zx_koid_t *koid);

zx_status_t _zx_futex_get_owner(const zx_futex_t *value_ptr, zx_koid_t *koid);

/// Makes a guest with an empty address space, and a handle to the root of that address space.
/// Programs that probe take ZX_ERR_NOT_SUPPORTED as "this machine cannot run guests".
///
///   resource (resource): a root or hypervisor resource
///   options: must be 0
///   guest_handle (out, guest): the guest, rights ZX_DEFAULT_GUEST_RIGHTS
///   vmar_handle (out, vmar): the root of its address space
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_ACCESS_DENIED: a resource for something else
///   ZX_ERR_NOT_SUPPORTED: no /dev/kvm, or not one that will do
///   ZX_ERR_NO_MEMORY, ZX_ERR_NO_RESOURCES: the host has no memory or no file descriptor left
///   ZX_ERR_INVALID_ARGS: one of the pointers cannot be written, and no guest is left
zx_status_t zx_guest_create(zx_handle_t resource,
                            uint32_t options,
                            zx_handle_t *guest_handle,
                            zx_handle_t *vmar_handle);

zx_status_t _zx_guest_create(zx_handle_t resource,
                             uint32_t options,
                             zx_handle_t *guest_handle,
                             zx_handle_t *vmar_handle);

/// Sets a trap: from now on accesses of the guest to this range of physical addresses, or of
/// ports, are the program's. Memory in the range is unmapped. Traps cannot be removed.
///
/// ZX_GUEST_TRAP_MEM and ZX_GUEST_TRAP_IO end zx_vcpu_resume with a packet; ZX_GUEST_TRAP_BELL
/// queues a packet on a port for each write and lets the VCPU go on, until 256 packets of the
/// trap are queued.
///
///   handle (guest, ZX_RIGHT_WRITE): the guest
///   kind (value ZX_GUEST_TRAP_*): what kind of accesses
///   addr: first address, a guest-physical one or a port
///   size: size of the range in bytes or ports
///   port_handle (port, ZX_RIGHT_WRITE, optional): where the packets of ZX_GUEST_TRAP_BELL go;
///       0 for the other kinds
///   key: the key of the packets
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: port_handle, when it is not 0
///   ZX_ERR_INVALID_ARGS: size is 0
///   ZX_ERR_OUT_OF_RANGE: the range overflows
///   ZX_ERR_INVALID_ARGS: unknown kind, a port for MEM or IO, none for BELL
///   ZX_ERR_OUT_OF_RANGE: a range of ports that ends above 0xFFFF
///   ZX_ERR_INVALID_ARGS: a range of addresses that is not whole pages
///   ZX_ERR_OUT_OF_RANGE: one that leaves the guest's address space
///   ZX_ERR_ALREADY_EXISTS: part of the range is trapped, and what was mapped in it is unmapped
///       all the same
///   ZX_ERR_NO_MEMORY: there is none for the trap
///   ZX_ERR_INTERNAL: KVM failed
zx_status_t zx_guest_set_trap(zx_handle_t handle,
                              uint32_t kind,
                              zx_vaddr_t addr,
                              size_t size,
                              zx_handle_t port_handle,
                              uint64_t key);

zx_status_t _zx_guest_set_trap(zx_handle_t handle,
                               uint32_t kind,
                               zx_vaddr_t addr,
                               size_t size,
                               zx_handle_t port_handle,
                               uint64_t key);

/// Closes a handle. All consequences, such as a peer's PEER_CLOSED signal, are visible when the
/// call returns. Closing ZX_HANDLE_INVALID does nothing.
///
///   handle (any handle, optional, consumed): the handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: not a live handle
zx_status_t zx_handle_close(zx_handle_t handle);

zx_status_t _zx_handle_close(zx_handle_t handle);

/// Closes several handles in the order of the array. Zero entries are skipped; an entry that is
/// no live handle makes the call fail, yet all others are closed.
///
///   handles (array of num_handles, any handle, consumed): the handles
///   num_handles: how many
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: the array, which is read 64 entries at a time, cannot be read;
///       entries of earlier blocks are closed
///   ZX_ERR_BAD_HANDLE: an entry is not a live handle, or occurs twice
zx_status_t zx_handle_close_many(const zx_handle_t *handles, size_t num_handles);

zx_status_t _zx_handle_close_many(const zx_handle_t *handles, size_t num_handles);

/// Makes a second handle to an object, with the same rights or fewer.
///
///   handle (any handle, ZX_RIGHT_DUPLICATE): the handle
///   rights: those of the new handle, ZX_RIGHT_SAME_RIGHTS for all
///   out (out, any handle): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: rights are not a subset of the handle's, or out cannot be written
///   ZX_ERR_NO_MEMORY: the table is full
zx_status_t zx_handle_duplicate(zx_handle_t handle, zx_rights_t rights, zx_handle_t *out);

zx_status_t _zx_handle_duplicate(zx_handle_t handle, zx_rights_t rights, zx_handle_t *out);

/// Replaces a handle by a new one with the same rights or fewer. The old one is gone whether or
/// not the call succeeds, unless it was no handle at all.
///
///   handle (any handle, consumed): the handle
///   rights: those of the new handle, ZX_RIGHT_SAME_RIGHTS for all
///   out (out, any handle): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle
///   ZX_ERR_INVALID_ARGS: rights are not a subset of the handle's, or out cannot be written
///   ZX_ERR_NO_MEMORY: the table is full
zx_status_t zx_handle_replace(zx_handle_t handle, zx_rights_t rights, zx_handle_t *out);

zx_status_t _zx_handle_replace(zx_handle_t handle, zx_rights_t rights, zx_handle_t *out);

/// Would call the secure monitor of an ARM processor.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SMC with the
///       service's number
///   parameters: the call
///   out_smc_result (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a pointer is NULL, or parameters cannot be read
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_OUT_OF_RANGE: a resource for other services
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach the secure monitor.
zx_status_t zx_smc_call(zx_handle_t handle,
                        const zx_smc_parameters_t *parameters,
                        zx_smc_result_t *out_smc_result);

zx_status_t _zx_smc_call(zx_handle_t handle,
                         const zx_smc_parameters_t *parameters,
                         zx_smc_result_t *out_smc_result);

/// Would describe the screen that the firmware has set up; there is none.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   format (out): not written
///   width (out): not written
///   height (out): not written
///   stride (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: there is no screen
///
/// Support: Checks only: as on a machine without a screen.
zx_status_t zx_framebuffer_get_info(zx_handle_t resource,
                                    uint32_t *format,
                                    uint32_t *width,
                                    uint32_t *height,
                                    uint32_t *stride);

zx_status_t _zx_framebuffer_get_info(zx_handle_t resource,
                                     uint32_t *format,
                                     uint32_t *width,
                                     uint32_t *height,
                                     uint32_t *stride);

/// Would show memory on the screen. Without a VMO it ends that, which needs no screen.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   vmo (vmo, optional): the picture
///   len: its size in bytes
///   format: of its pixels
///   width: in pixels
///   height: in pixels
///   stride: in pixels
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: vmo
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach the screen.
zx_status_t zx_framebuffer_set_range(zx_handle_t resource,
                                     zx_handle_t vmo,
                                     uint32_t len,
                                     uint32_t format,
                                     uint32_t width,
                                     uint32_t height,
                                     uint32_t stride);

zx_status_t _zx_framebuffer_set_range(zx_handle_t resource,
                                      zx_handle_t vmo,
                                      uint32_t len,
                                      uint32_t format,
                                      uint32_t width,
                                      uint32_t height,
                                      uint32_t stride);

/// Would tell where the firmware's tables are in physical memory.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   acpi_rsdp (out): not changed
///   smbios (out): not changed
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: a pointer cannot be written
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no physical addresses.
zx_status_t zx_pc_firmware_tables(zx_handle_t handle, zx_paddr_t *acpi_rsdp, zx_paddr_t *smbios);

zx_status_t _zx_pc_firmware_tables(zx_handle_t handle, zx_paddr_t *acpi_rsdp, zx_paddr_t *smbios);

/// Would let the process use I/O ports.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_IOPORT with these
///       ports
///   io_addr: the first port
///   len: how many
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_OUT_OF_RANGE: a resource for other ports, or no such ports
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach I/O ports.
zx_status_t zx_ioports_request(zx_handle_t resource, uint16_t io_addr, uint32_t len);

zx_status_t _zx_ioports_request(zx_handle_t resource, uint16_t io_addr, uint32_t len);

/// Would end what zx_ioports_request has begun.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_IOPORT with these
///       ports
///   io_addr: the first port
///   len: how many
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_OUT_OF_RANGE: a resource for other ports, or no such ports
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach I/O ports.
zx_status_t zx_ioports_release(zx_handle_t resource, uint16_t io_addr, uint32_t len);

zx_status_t _zx_ioports_release(zx_handle_t resource, uint16_t io_addr, uint32_t len);

/// Would set interrupts aside that are messages.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   count: 1, 2, 4, 8, 16 or 32
///   out_allocation (out, msi): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: another count
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs get no interrupts of devices.
zx_status_t zx_msi_allocate(zx_handle_t handle, uint32_t count, zx_handle_t *out_allocation);

zx_status_t _zx_msi_allocate(zx_handle_t handle, uint32_t count, zx_handle_t *out_allocation);

/// Would make an interrupt of a device that sends messages.
///
///   handle (msi): what zx_msi_allocate gave
///   options: any; there is no object to use them with
///   msi_id: which of them
///   vmo (vmo, ZX_RIGHT_MAP): the device's registers
///   vmo_offset: where in them
///   out_interrupt (out, interrupt): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: zx_msi_allocate gives nothing.
zx_status_t zx_msi_create(zx_handle_t handle,
                          uint32_t options,
                          uint32_t msi_id,
                          zx_handle_t vmo,
                          size_t vmo_offset,
                          zx_handle_t *out_interrupt);

zx_status_t _zx_msi_create(zx_handle_t handle,
                           uint32_t options,
                           uint32_t msi_id,
                           zx_handle_t vmo,
                           size_t vmo_offset,
                           zx_handle_t *out_interrupt);

/// Would make a VMO of memory that is contiguous for a device.
///
///   bti (bti, ZX_RIGHT_MAP): the device's accesses
///   size: in bytes
///   alignment_log2: 12 to 63, or 0 for 12
///   out (out, vmo): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: size is 0
///   ZX_ERR_INVALID_ARGS: alignment_log2 is out of range
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: bti
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no physical addresses.
zx_status_t zx_vmo_create_contiguous(zx_handle_t bti,
                                     size_t size,
                                     uint32_t alignment_log2,
                                     zx_handle_t *out);

zx_status_t _zx_vmo_create_contiguous(zx_handle_t bti,
                                      size_t size,
                                      uint32_t alignment_log2,
                                      zx_handle_t *out);

/// Would make a VMO of a range of physical memory.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_MMIO with the
///       pages
///   paddr: the first address
///   size: in bytes
///   out (out, vmo): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_OUT_OF_RANGE: a resource for other addresses
///   ZX_ERR_INVALID_ARGS: paddr is in the middle of a page, or size is 0
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program has no physical addresses.
zx_status_t zx_vmo_create_physical(zx_handle_t resource,
                                   zx_paddr_t paddr,
                                   size_t size,
                                   zx_handle_t *out);

zx_status_t _zx_vmo_create_physical(zx_handle_t resource,
                                    zx_paddr_t paddr,
                                    size_t size,
                                    zx_handle_t *out);

/// Makes the caches of the processor agree with memory. Those of x86-64 always do.
///
///   addr (buffer of size bytes): where
///   size: how much
///   options (options ZX_CACHE_FLUSH_*): ZX_CACHE_FLUSH_INSN and ZX_CACHE_FLUSH_DATA;
///       ZX_CACHE_FLUSH_INVALIDATE with the latter
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: no, unknown or contradicting options
zx_status_t zx_cache_flush(const void *addr, size_t size, uint32_t options);

zx_status_t _zx_cache_flush(const void *addr, size_t size, uint32_t options);

/// Tells about an object.
///
///   handle (any handle, rights vary): the object
///   topic (value ZX_INFO_*): what to tell
///   buffer (out, buffer of buffer_size bytes): where the topic's records go
///   buffer_size: size of buffer
///   actual (out, optional): how many records were stored
///   avail (out, optional): how many records there are
///
/// Errors, in the order of the checks:
///   ZX_ERR_NOT_SUPPORTED: unknown topic
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: a resource for something else
///   ZX_ERR_NO_MEMORY, ZX_ERR_NO_RESOURCES: the host has no memory or no file descriptor left
///   ZX_ERR_BUFFER_TOO_SMALL: no room for the record of a topic that has exactly one
///   ZX_ERR_INVALID_ARGS: a pointer cannot be written
///
/// Support: Partial: some topics are not supported after the checks of the handle, see "Topics
/// of zx_object_get_info".
///
/// Rights: ZX_RIGHT_INSPECT for most topics; ZX_RIGHT_ENUMERATE for lists of tasks; INSPECT,
/// MANAGE_PROCESS and MANAGE_THREAD for ZX_INFO_HANDLE_TABLE; none for ZX_INFO_HANDLE_VALID,
/// ZX_INFO_HANDLE_BASIC, ZX_INFO_VMO and the topics of resources.
zx_status_t zx_object_get_info(zx_handle_t handle,
                               uint32_t topic,
                               void *buffer,
                               size_t buffer_size,
                               size_t *actual,
                               size_t *avail);

zx_status_t _zx_object_get_info(zx_handle_t handle,
                                uint32_t topic,
                                void *buffer,
                                size_t buffer_size,
                                size_t *actual,
                                size_t *avail);

/// Makes a virtual interrupt, for which options is exactly ZX_INTERRUPT_VIRTUAL; the source is
/// ignored then.
///
///   src_obj (resource, optional): where an interrupt of a device comes from
///   src_num: its number
///   options (options ZX_INTERRUPT_VIRTUAL, ZX_INTERRUPT_REMAP_IRQ, ZX_INTERRUPT_MODE_*): the
///       kind of interrupt
///   out_handle (out, interrupt): the interrupt, rights ZX_DEFAULT_INTERRUPT_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: other options beside ZX_INTERRUPT_VIRTUAL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: not virtual, and src_obj is not a resource for
///       interrupts
///   ZX_ERR_OUT_OF_RANGE: it does not have src_num
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_NOT_SUPPORTED: an interrupt of a device
///   ZX_ERR_NO_MEMORY: there is none for the interrupt or its handle
///   ZX_ERR_INVALID_ARGS: out_handle cannot be written
///
/// Support: Partial: there are no interrupts of devices.
zx_status_t zx_interrupt_create(zx_handle_t src_obj,
                                uint32_t src_num,
                                uint32_t options,
                                zx_handle_t *out_handle);

zx_status_t _zx_interrupt_create(zx_handle_t src_obj,
                                 uint32_t src_num,
                                 uint32_t options,
                                 zx_handle_t *out_handle);

/// Binds an interrupt to a port made with ZX_PORT_BIND_TO_INTERRUPT, or ends that. A bound
/// interrupt sends a packet with key when it is triggered, and the next one after
/// zx_interrupt_ack.
///
///   handle (interrupt, ZX_RIGHT_READ): the interrupt
///   port_handle (port, ZX_RIGHT_WRITE): the port
///   key: the key of the packets
///   options (options ZX_INTERRUPT_BIND, ZX_INTERRUPT_UNBIND): which of the two
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is neither ZX_INTERRUPT_BIND nor ZX_INTERRUPT_UNBIND
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle, then port_handle
///   ZX_ERR_WRONG_TYPE: a port for other things
///   ZX_ERR_CANCELED: the interrupt was destroyed
///   ZX_ERR_BAD_STATE: a thread waits for it
///   ZX_ERR_ALREADY_BOUND: it is bound
///   ZX_ERR_NOT_FOUND: to unbind, but not bound to this port
///   ZX_ERR_NO_MEMORY: there is none for its packets
zx_status_t zx_interrupt_bind(zx_handle_t handle,
                              zx_handle_t port_handle,
                              uint64_t key,
                              uint32_t options);

zx_status_t _zx_interrupt_bind(zx_handle_t handle,
                               zx_handle_t port_handle,
                               uint64_t key,
                               uint32_t options);

/// Would send an interrupt of a device to a VCPU. Virtual interrupts, the only ones there are,
/// cannot be.
///
///   handle (interrupt, ZX_RIGHT_READ): the interrupt
///   vcpu (vcpu, ZX_RIGHT_WRITE): the VCPU
///   options: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle, then vcpu
///   ZX_ERR_NOT_SUPPORTED: the interrupt is virtual
///
/// Support: Checks only: there are no interrupts of devices.
zx_status_t zx_interrupt_bind_vcpu(zx_handle_t handle, zx_handle_t vcpu, uint32_t options);

zx_status_t _zx_interrupt_bind_vcpu(zx_handle_t handle, zx_handle_t vcpu, uint32_t options);

/// Arms a bound interrupt again, after its packet has been dealt with.
///
///   handle (interrupt, ZX_RIGHT_WRITE): the interrupt
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: not bound, or another trigger waits behind a packet that was not read
///   ZX_ERR_CANCELED: it was destroyed
zx_status_t zx_interrupt_ack(zx_handle_t handle);

zx_status_t _zx_interrupt_ack(zx_handle_t handle);

/// Waits for an interrupt that is not bound, without deadline.
///
///   handle (interrupt, ZX_RIGHT_WAIT): the interrupt
///   out_timestamp (out, optional): what the trigger said
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_CANCELED: it was destroyed, or its last handle closed
///   ZX_ERR_BAD_STATE: it is bound, or another thread waits
///   ZX_ERR_INVALID_ARGS: out_timestamp cannot be written, and the event is lost
///
/// Blocks: Until the interrupt is triggered.
zx_status_t zx_interrupt_wait(zx_handle_t handle, zx_time_t *out_timestamp);

zx_status_t _zx_interrupt_wait(zx_handle_t handle, zx_time_t *out_timestamp);

/// Ends an interrupt: triggers and waits fail from now on. The handle stays.
///
///   handle (interrupt, ZX_RIGHT_WRITE): the interrupt
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_FOUND: bound, and its packet has been read but not acknowledged; the interrupt
///       is destroyed all the same
zx_status_t zx_interrupt_destroy(zx_handle_t handle);

zx_status_t _zx_interrupt_destroy(zx_handle_t handle);

/// Triggers a virtual interrupt. Never blocks.
///
///   handle (interrupt, ZX_RIGHT_SIGNAL): the interrupt
///   options: must be 0
///   timestamp: comes out of the wait or of the packet
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_CANCELED: it was destroyed
zx_status_t zx_interrupt_trigger(zx_handle_t handle, uint32_t options, zx_time_t timestamp);

zx_status_t _zx_interrupt_trigger(zx_handle_t handle, uint32_t options, zx_time_t timestamp);

/// Makes a job in another one, with the policy that this has now.
///
///   parent_job (job, rights vary): with ZX_RIGHT_MANAGE_JOB or ZX_RIGHT_WRITE
///   options: must be 0
///   out (out, job): the new handle, rights ZX_DEFAULT_JOB_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: parent_job
///   ZX_ERR_OUT_OF_RANGE: the job would be the 33rd below the root job
///   ZX_ERR_BAD_STATE: the parent was killed or is dead
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_job_create(zx_handle_t parent_job, uint32_t options, zx_handle_t *out);

zx_status_t _zx_job_create(zx_handle_t parent_job, uint32_t options, zx_handle_t *out);

/// Says what a job without members forbids the jobs and processes that it will have, or how
/// late their timers may be. On failure nothing has changed.
///
///   handle (job, ZX_RIGHT_SET_POLICY): the job
///   options: ZX_JOB_POL_RELATIVE skips entries that the jobs above do not let through,
///       ZX_JOB_POL_ABSOLUTE fails because of them
///   topic (value ZX_JOB_POL_*): ZX_JOB_POL_BASIC_V1, ZX_JOB_POL_BASIC_V2 or
///       ZX_JOB_POL_TIMER_SLACK
///   policy: count records zx_policy_basic_v1_t or zx_policy_basic_v2_t, or one
///       zx_policy_timer_slack_t
///   policy_size: how many records
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown topic or options
///   ZX_ERR_INVALID_ARGS: no records, or records that cannot be read
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: the job has members
///   ZX_ERR_OUT_OF_RANGE: more than 15 records
///   ZX_ERR_NOT_SUPPORTED: unknown action
///   ZX_ERR_INVALID_ARGS: unknown flag or condition, negative slack or unknown mode
///   ZX_ERR_ALREADY_EXISTS: a job above does not let an entry through
zx_status_t zx_job_set_policy(zx_handle_t handle,
                              uint32_t options,
                              uint32_t topic,
                              const void *policy,
                              uint32_t policy_size);

zx_status_t _zx_job_set_policy(zx_handle_t handle,
                               uint32_t options,
                               uint32_t topic,
                               const void *policy,
                               uint32_t policy_size);

/// Has a job killed when a process in it ends.
///
///   job (job, ZX_RIGHT_DESTROY): the process's job, or one above it
///   options (options ZX_JOB_CRITICAL_*): 0, or ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO to let
///       the job live when the process returns 0
///   process (process, ZX_RIGHT_WAIT): the process
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: job
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: process
///   ZX_ERR_ALREADY_BOUND: the process is critical to a job already
///   ZX_ERR_INVALID_ARGS: the process is not in the job
zx_status_t zx_job_set_critical(zx_handle_t job, uint32_t options, zx_handle_t process);

zx_status_t _zx_job_set_critical(zx_handle_t job, uint32_t options, zx_handle_t process);

/// Kills a process, or a job with everything in it, the deepest first. Killing the calling
/// process, or a job that it is in, does not return.
///
///   handle (job or process, ZX_RIGHT_DESTROY): what to kill; it may be dead
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_ACCESS_DENIED
///   ZX_ERR_WRONG_TYPE
zx_status_t zx_task_kill(zx_handle_t handle);

zx_status_t _zx_task_kill(zx_handle_t handle);

/// Would read the kernel's trace.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   data (out, buffer of data_size bytes): not written
///   offset: where to begin
///   data_size: the size of data
///   actual (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there is no Zircon kernel to trace.
zx_status_t zx_ktrace_read(zx_handle_t handle,
                           void *data,
                           uint32_t offset,
                           size_t data_size,
                           size_t *actual);

zx_status_t _zx_ktrace_read(zx_handle_t handle,
                            void *data,
                            uint32_t offset,
                            size_t data_size,
                            size_t *actual);

/// Would start and stop the kernel's trace.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   action: 1 starts, 2 stops, 3 rewinds, 4 makes a probe, 5 starts a circular trace
///   options: any; depends on the action
///   ptr (in and out, optional): of action 4 the probe's name, 32 characters
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: unknown action
///   ZX_ERR_INVALID_ARGS: ptr cannot be read, of action 4
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there is no Zircon kernel to trace.
zx_status_t zx_ktrace_control(zx_handle_t handle, uint32_t action, uint32_t options, void *ptr);

zx_status_t _zx_ktrace_control(zx_handle_t handle, uint32_t action, uint32_t options, void *ptr);

/// Would write an event into the kernel's trace.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   id: the number of the event, at most 0x7ff
///   arg0: any number
///   arg1: any number
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: id is too large
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there is no Zircon kernel to trace.
zx_status_t zx_ktrace_write(zx_handle_t handle, uint32_t id, uint32_t arg0, uint32_t arg1);

zx_status_t _zx_ktrace_write(zx_handle_t handle, uint32_t id, uint32_t arg0, uint32_t arg1);

/// Would have the processor trace.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   kind: 0 for traces of instructions, 1 for performance counters
///   action: any; depends on the kind
///   options: any; depends on the action
///   ptr (in and out, buffer of ptr_size bytes, optional): what the action needs
///   ptr_size: the size of ptr
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: unknown kind
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has perf for that.
zx_status_t zx_mtrace_control(zx_handle_t handle,
                              uint32_t kind,
                              uint32_t action,
                              uint32_t options,
                              void *ptr,
                              size_t ptr_size);

zx_status_t _zx_mtrace_control(zx_handle_t handle,
                               uint32_t kind,
                               uint32_t action,
                               uint32_t options,
                               void *ptr,
                               size_t ptr_size);

/// Reads a property of an object.
///
///   handle (any handle, ZX_RIGHT_GET_PROPERTY): the object
///   property (value ZX_PROP_*): which one
///   value (out, buffer of value_size bytes): the property's record
///   value_size: size of value
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: unknown property, or one that cannot be read
///   ZX_ERR_BUFFER_TOO_SMALL: value_size is less than the property's record
///   ZX_ERR_WRONG_TYPE: handle is of a type without this property
///   ZX_ERR_INVALID_ARGS: value cannot be written
zx_status_t zx_object_get_property(zx_handle_t handle,
                                   uint32_t property,
                                   void *value,
                                   size_t value_size);

zx_status_t _zx_object_get_property(zx_handle_t handle,
                                    uint32_t property,
                                    void *value,
                                    size_t value_size);

/// Changes a property of an object. ZX_PROP_NAME may have any value_size;
/// ZX_PROP_JOB_KILL_ON_OOM reads 8 bytes whatever it is.
///
///   handle (any handle, ZX_RIGHT_SET_PROPERTY): the object
///   property (value ZX_PROP_*): which one
///   value (buffer of value_size bytes): the property's record
///   value_size: size of value
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: unknown property, one that cannot be changed, or the name of an
///       object that has none
///   ZX_ERR_BUFFER_TOO_SMALL: value_size is less than the property's record
///   ZX_ERR_WRONG_TYPE: handle is of a type without this property
///   ZX_ERR_INVALID_ARGS: value cannot be read, or is out of its range
///   ZX_ERR_ACCESS_DENIED: a property that can be set once
///   ZX_ERR_PEER_CLOSED: the write threshold of a socket without a peer
///   ZX_ERR_NO_MEMORY: there is none for the change
zx_status_t zx_object_set_property(zx_handle_t handle,
                                   uint32_t property,
                                   const void *value,
                                   size_t value_size);

zx_status_t _zx_object_set_property(zx_handle_t handle,
                                    uint32_t property,
                                    const void *value,
                                    size_t value_size);

/// Makes a handle to a process of a job, a child job or a thread of a process by its koid.
///
///   handle (job or process, ZX_RIGHT_ENUMERATE): the parent
///   koid: koid of the child
///   rights: rights of the new handle, a subset of those of handle, or ZX_RIGHT_SAME_RIGHTS
///   out (out, any handle): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_ACCESS_DENIED: rights are not a subset of the handle's
///   ZX_ERR_WRONG_TYPE: neither job nor process
///   ZX_ERR_NOT_FOUND: no child has the koid
///   ZX_ERR_NO_MEMORY: there is none for the handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_object_get_child(zx_handle_t handle,
                                zx_koid_t koid,
                                zx_rights_t rights,
                                zx_handle_t *out);

zx_status_t _zx_object_get_child(zx_handle_t handle,
                                 zx_koid_t koid,
                                 zx_rights_t rights,
                                 zx_handle_t *out);

/// Makes a pager: whoever has it serves the pages of VMOs made with it.
///
///   options: must be 0
///   out (out, pager): the new handle, rights ZX_DEFAULT_PAGER_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_NOT_SUPPORTED: the host lets the process have no userfaultfd that also serves
///       accesses by the kernel
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_pager_create(uint32_t options, zx_handle_t *out);

zx_status_t _zx_pager_create(uint32_t options, zx_handle_t *out);

/// Makes a VMO whose pages a pager serves. Whoever reads, writes or commits a page that is not
/// there waits until zx_pager_supply_pages brings it; what is wanted comes as packets of type
/// ZX_PKT_TYPE_PAGE_REQUEST to a port, one at a time. ZX_PAGER_VMO_COMPLETE follows when the
/// VMO is detached or not used any more.
///
///   pager (pager): the pager
///   options (options ZX_VMO_RESIZABLE): 0 or that
///   port (port, ZX_RIGHT_WRITE): where the packets go
///   key: the key of the packets
///   size: in bytes, rounded up to whole pages
///   out (out, vmo): the new handle, rights ZX_DEFAULT_VMO_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: port
///   ZX_ERR_INVALID_ARGS: other options
///   ZX_ERR_OUT_OF_RANGE: size is too large
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_pager_create_vmo(zx_handle_t pager,
                                uint32_t options,
                                zx_handle_t port,
                                uint64_t key,
                                uint64_t size,
                                zx_handle_t *out);

zx_status_t _zx_pager_create_vmo(zx_handle_t pager,
                                 uint32_t options,
                                 zx_handle_t port,
                                 uint64_t key,
                                 uint64_t size,
                                 zx_handle_t *out);

/// Ends the serving of a VMO: whoever waits for a page of it fails, and so does whoever touches
/// an absent one later. Pages that are there stay.
///
///   pager (pager): the pager
///   vmo (vmo): a VMO of it; a second time nothing happens
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager, then vmo
///   ZX_ERR_INVALID_ARGS: the VMO is not one of this pager
zx_status_t zx_pager_detach_vmo(zx_handle_t pager, zx_handle_t vmo);

zx_status_t _zx_pager_detach_vmo(zx_handle_t pager, zx_handle_t vmo);

/// Brings pages into a VMO of a pager where it has none. They are taken from another VMO, whose
/// range is empty then.
///
///   pager (pager): the pager
///   pager_vmo (vmo): a VMO of it
///   offset: the first byte there, on a page
///   length: how many bytes, whole pages
///   aux_vmo (vmo, ZX_RIGHT_READ, ZX_RIGHT_WRITE): where they come from
///   aux_offset: the first of them, in bytes, on a page
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a number that is not on a page
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager, then pager_vmo
///   ZX_ERR_INVALID_ARGS: the VMO is not one of this pager
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: aux_vmo
///   ZX_ERR_OUT_OF_RANGE: the range of aux_vmo
///   ZX_ERR_BAD_STATE: aux_vmo is a child, has children, is mapped, or is served by a pager
///       itself
///   ZX_ERR_OUT_OF_RANGE: the range of pager_vmo
///   ZX_ERR_NO_MEMORY
zx_status_t zx_pager_supply_pages(zx_handle_t pager,
                                  zx_handle_t pager_vmo,
                                  uint64_t offset,
                                  uint64_t length,
                                  zx_handle_t aux_vmo,
                                  uint64_t aux_offset);

zx_status_t _zx_pager_supply_pages(zx_handle_t pager,
                                   zx_handle_t pager_vmo,
                                   uint64_t offset,
                                   uint64_t length,
                                   zx_handle_t aux_vmo,
                                   uint64_t aux_offset);

/// Works on a range of a VMO of a pager. ZX_PAGER_OP_FAIL fails every request that wants a page
/// of it, with the status in data: ZX_ERR_IO, ZX_ERR_IO_DATA_INTEGRITY or ZX_ERR_BAD_STATE. Who
/// touches an absent page later asks anew.
///
///   pager (pager): the pager
///   op: ZX_PAGER_OP_FAIL
///   pager_vmo (vmo): a VMO of it
///   offset: the first byte, on a page
///   length: how many bytes, whole pages
///   data: the status
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a number that is not on a page
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager, then pager_vmo
///   ZX_ERR_INVALID_ARGS: the VMO is not one of this pager
///   ZX_ERR_NOT_SUPPORTED: unknown op
///   ZX_ERR_INVALID_ARGS: no such status
///   ZX_ERR_OUT_OF_RANGE: the range
zx_status_t zx_pager_op_range(zx_handle_t pager,
                              uint32_t op,
                              zx_handle_t pager_vmo,
                              uint64_t offset,
                              uint64_t length,
                              uint64_t data);

zx_status_t _zx_pager_op_range(zx_handle_t pager,
                               uint32_t op,
                               zx_handle_t pager_vmo,
                               uint64_t offset,
                               uint64_t length,
                               uint64_t data);

/// Would find a PCI device.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   index: which one
///   out_info (out): not written
///   out_handle (out, pci_device): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: out_info is NULL
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
zx_status_t zx_pci_get_nth_device(zx_handle_t handle,
                                  uint32_t index,
                                  zx_pcie_device_info_t *out_info,
                                  zx_handle_t *out_handle);

zx_status_t _zx_pci_get_nth_device(zx_handle_t handle,
                                   uint32_t index,
                                   zx_pcie_device_info_t *out_info,
                                   zx_handle_t *out_handle);

/// Would read or write the configuration of a device through I/O ports.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   bus: the bus
///   dev: the device
///   func: the function
///   offset: the register
///   val (in and out): not changed
///   width: of the register, in bits
///   write: not 0 to write
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
zx_status_t zx_pci_cfg_pio_rw(zx_handle_t handle,
                              uint8_t bus,
                              uint8_t dev,
                              uint8_t func,
                              uint8_t offset,
                              uint32_t *val,
                              size_t width,
                              uint32_t write);

zx_status_t _zx_pci_cfg_pio_rw(zx_handle_t handle,
                               uint8_t bus,
                               uint8_t dev,
                               uint8_t func,
                               uint8_t offset,
                               uint32_t *val,
                               size_t width,
                               uint32_t write);

/// Would tell the kernel how the machine's buses are built.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   init_buf (buffer of len bytes): the buses
///   len: its size in bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: len is too small or too large
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
zx_status_t zx_pci_init(zx_handle_t handle, const zx_pci_init_arg_t *init_buf, uint32_t len);

zx_status_t _zx_pci_init(zx_handle_t handle, const zx_pci_init_arg_t *init_buf, uint32_t len);

/// Would tell the kernel which addresses devices may be given.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   mmio: not 0 for memory
///   base: the first address
///   len: how many
///   add: not 0 to add, 0 to take away
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: programs do not reach PCI devices.
zx_status_t zx_pci_add_subtract_io_range(zx_handle_t handle,
                                         uint32_t mmio,
                                         uint64_t base,
                                         uint64_t len,
                                         uint32_t add);

zx_status_t _zx_pci_add_subtract_io_range(zx_handle_t handle,
                                          uint32_t mmio,
                                          uint64_t base,
                                          uint64_t len,
                                          uint32_t add);

/// Would let a device reach memory by itself.
///
///   handle (pci_device, ZX_RIGHT_WRITE): the device
///   enable: not 0 to let it
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_enable_bus_master(zx_handle_t handle, uint32_t enable);

zx_status_t _zx_pci_enable_bus_master(zx_handle_t handle, uint32_t enable);

/// Would reset a device.
///
///   handle (pci_device, ZX_RIGHT_WRITE): the device
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_reset_device(zx_handle_t handle);

zx_status_t _zx_pci_reset_device(zx_handle_t handle);

/// Would read a register of a device's configuration.
///
///   handle (pci_device, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the device
///   offset: the register
///   width: 1, 2 or 4 bytes
///   out_val (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_config_read(zx_handle_t handle,
                               uint16_t offset,
                               size_t width,
                               uint32_t *out_val);

zx_status_t _zx_pci_config_read(zx_handle_t handle,
                                uint16_t offset,
                                size_t width,
                                uint32_t *out_val);

/// Would write a register of a device's configuration.
///
///   handle (pci_device, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the device
///   offset: the register
///   width: 1, 2 or 4 bytes
///   val: the value
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_config_write(zx_handle_t handle, uint16_t offset, size_t width, uint32_t val);

zx_status_t _zx_pci_config_write(zx_handle_t handle, uint16_t offset, size_t width, uint32_t val);

/// Would give access to registers of a device.
///
///   handle (pci_device, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the device
///   bar_num: which ones, 0 to 5
///   out_bar (out): not written
///   out_handle (out, vmo): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: handle is 0, a pointer is NULL, or bar_num is too large
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_get_bar(zx_handle_t handle,
                           uint32_t bar_num,
                           zx_pci_bar_t *out_bar,
                           zx_handle_t *out_handle);

zx_status_t _zx_pci_get_bar(zx_handle_t handle,
                            uint32_t bar_num,
                            zx_pci_bar_t *out_bar,
                            zx_handle_t *out_handle);

/// Would make an interrupt of a device.
///
///   handle (pci_device, ZX_RIGHT_READ): the device
///   which_irq: which one
///   out_handle (out, interrupt): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_map_interrupt(zx_handle_t handle, int32_t which_irq, zx_handle_t *out_handle);

zx_status_t _zx_pci_map_interrupt(zx_handle_t handle, int32_t which_irq, zx_handle_t *out_handle);

/// Would tell how many interrupts a device has.
///
///   handle (pci_device, ZX_RIGHT_READ): the device
///   mode: of which kind
///   out_max_irqs (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_query_irq_mode(zx_handle_t handle, uint32_t mode, uint32_t *out_max_irqs);

zx_status_t _zx_pci_query_irq_mode(zx_handle_t handle, uint32_t mode, uint32_t *out_max_irqs);

/// Would choose which interrupts a device sends.
///
///   handle (pci_device, ZX_RIGHT_WRITE): the device
///   mode: of which kind
///   requested_irq_count: how many
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: programs have no PCI devices.
zx_status_t zx_pci_set_irq_mode(zx_handle_t handle, uint32_t mode, uint32_t requested_irq_count);

zx_status_t _zx_pci_set_irq_mode(zx_handle_t handle, uint32_t mode, uint32_t requested_irq_count);

/// Makes a port.
///
///   options (options ZX_PORT_BIND_TO_INTERRUPT): whether interrupts can be bound to it
///   out (out, port): the new handle, rights ZX_DEFAULT_PORT_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_INVALID_ARGS: options is neither 0 nor ZX_PORT_BIND_TO_INTERRUPT
///   ZX_ERR_NO_MEMORY: there is none for the port or its handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_port_create(uint32_t options, zx_handle_t *out);

zx_status_t _zx_port_create(uint32_t options, zx_handle_t *out);

/// Queues a copy of a packet. Its type becomes ZX_PKT_TYPE_USER; key, status and data stay as
/// they are. Never blocks.
///
///   handle (port, ZX_RIGHT_WRITE): the port
///   packet: the packet
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: packet cannot be read
///   ZX_ERR_BAD_HANDLE: the port's last handle was closed meanwhile
///   ZX_ERR_SHOULD_WAIT: 4097 user packets are queued
///   ZX_ERR_NO_MEMORY: there is none for the packet
///
/// Differences: Zircon raises a policy exception when the port is full, which kills the process
/// unless it is handled; here the call only fails.
zx_status_t zx_port_queue(zx_handle_t handle, const zx_port_packet_t *packet);

zx_status_t _zx_port_queue(zx_handle_t handle, const zx_port_packet_t *packet);

/// Takes the oldest packet of a port, waiting for one until deadline.
///
///   handle (port, ZX_RIGHT_READ): the port
///   deadline: when to give up
///   packet (out): the packet
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NO_MEMORY: there is none to wait with
///   ZX_ERR_TIMED_OUT: no packet until deadline
///   ZX_ERR_INVALID_ARGS: packet cannot be written, and the packet is lost
///
/// Blocks: Until there is a packet.
zx_status_t zx_port_wait(zx_handle_t handle, zx_time_t deadline, zx_port_packet_t *packet);

zx_status_t _zx_port_wait(zx_handle_t handle, zx_time_t deadline, zx_port_packet_t *packet);

/// Ends all waits that were made through the handle source, not a duplicate of it, for this
/// port under key, and takes back their packets that are still queued. No packet of them
/// arrives afterwards.
///
///   handle (port, ZX_RIGHT_WRITE): the port
///   source (any handle, ZX_RIGHT_WAIT): the handle that is waited for
///   key: the key of the packets
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED: source
///   ZX_ERR_NOT_FOUND: neither a wait nor a packet
zx_status_t zx_port_cancel(zx_handle_t handle, zx_handle_t source, uint64_t key);

zx_status_t _zx_port_cancel(zx_handle_t handle, zx_handle_t source, uint64_t key);

/// Would boot another kernel.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   kernel_vmo (vmo, ZX_RIGHT_READ): the kernel
///   bootimage_vmo (vmo, ZX_RIGHT_READ): what it boots with
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: kernel_vmo
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: bootimage_vmo
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program never reboots its host.
zx_status_t zx_system_mexec(zx_handle_t resource,
                            zx_handle_t kernel_vmo,
                            zx_handle_t bootimage_vmo);

zx_status_t _zx_system_mexec(zx_handle_t resource,
                             zx_handle_t kernel_vmo,
                             zx_handle_t bootimage_vmo);

/// Would tell what the next kernel needs to know of the machine.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   buffer (out, buffer of buffer_size bytes): not changed
///   buffer_size: at most 16384
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: buffer_size is too large
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program never reboots its host.
zx_status_t zx_system_mexec_payload_get(zx_handle_t resource, void *buffer, size_t buffer_size);

zx_status_t _zx_system_mexec_payload_get(zx_handle_t resource, void *buffer, size_t buffer_size);

/// Would reboot the machine, send it to sleep, or limit its power.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for this
///   cmd (value ZX_SYSTEM_POWERCTL_*): what to do
///   arg (optional): what ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE and
///       ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1 need
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: unknown cmd
///   ZX_ERR_INVALID_ARGS: arg is needed and cannot be read
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program never reboots its host.
zx_status_t zx_system_powerctl(zx_handle_t resource,
                               uint32_t cmd,
                               const zx_system_powerctl_arg_t *arg);

zx_status_t _zx_system_powerctl(zx_handle_t resource,
                                uint32_t cmd,
                                const zx_system_powerctl_arg_t *arg);

/// Ends the process at once, with all its threads and without atexit functions. Linux tells its
/// parent the low eight bits of the code, and 255 when those are 0 and the code is not.
///
///   retcode: the return code
void zx_process_exit(int64_t retcode) __NO_RETURN;

void _zx_process_exit(int64_t retcode) __NO_RETURN;

/// Makes a process in a job. Nothing of it runs; it has an address space, in which VMOs can be
/// mapped for it.
///
///   job (job, rights vary): with ZX_RIGHT_MANAGE_PROCESS or ZX_RIGHT_WRITE
///   name (string of name_size bytes): the name, of which 31 bytes are kept
///   name_size: its size
///   options: must be 0
///   proc_handle (out, process): the new handle, rights ZX_DEFAULT_PROCESS_RIGHTS
///   vmar_handle (out, vmar): a handle of the root of its address space
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_ACCESS_DENIED: the caller's job forbids it
///   ZX_ERR_INVALID_ARGS: name is NULL or cannot be read
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: job
///   ZX_ERR_BAD_STATE: the job was killed or is dead
///   ZX_ERR_INVALID_ARGS: an output cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_process_create(zx_handle_t job,
                              const char *name,
                              size_t name_size,
                              uint32_t options,
                              zx_handle_t *proc_handle,
                              zx_handle_t *vmar_handle);

zx_status_t _zx_process_create(zx_handle_t job,
                               const char *name,
                               size_t name_size,
                               uint32_t options,
                               zx_handle_t *proc_handle,
                               zx_handle_t *vmar_handle);

/// Would start a process. There is one address space only, that of the program, so the process
/// stays as it is.
///
///   handle (process, ZX_RIGHT_WRITE): the process
///   thread (thread, ZX_RIGHT_WRITE): its first thread
///   entry: the address where it begins
///   stack: its stack pointer
///   arg1 (any handle, ZX_RIGHT_TRANSFER, consumed, optional): a handle for the process
///   arg2: a number for the process
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: thread
///   ZX_ERR_ACCESS_DENIED: a thread of another process
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: arg1
///   ZX_ERR_BAD_STATE: the process was started or is dead
///   ZX_ERR_INVALID_ARGS: no program can be at entry
///   ZX_ERR_BAD_STATE: the thread was started
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there is no second address space in a Linux process.
zx_status_t zx_process_start(zx_handle_t handle,
                             zx_handle_t thread,
                             zx_vaddr_t entry,
                             zx_vaddr_t stack,
                             zx_handle_t arg1,
                             size_t arg2);

zx_status_t _zx_process_start(zx_handle_t handle,
                              zx_handle_t thread,
                              zx_vaddr_t entry,
                              zx_vaddr_t stack,
                              zx_handle_t arg1,
                              size_t arg2);

/// Reads memory of a process, up to the end of the mapping at the address, whatever its
/// permissions are.
///
///   handle (process, ZX_RIGHT_READ, ZX_RIGHT_WRITE): the process
///   vaddr: where to begin
///   buffer (out, buffer of buffer_size bytes, used actual): gets the bytes
///   buffer_size: how many, 1 to 64 MiB
///   actual (out): gets how many there were
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: buffer is NULL, or buffer_size out of range
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: the process is dead
///   ZX_ERR_NO_MEMORY: nothing is mapped there
///   ZX_ERR_BAD_STATE: the memory is not cached
///   ZX_ERR_INVALID_ARGS: buffer or actual cannot be written
zx_status_t zx_process_read_memory(zx_handle_t handle,
                                   zx_vaddr_t vaddr,
                                   void *buffer,
                                   size_t buffer_size,
                                   size_t *actual);

zx_status_t _zx_process_read_memory(zx_handle_t handle,
                                    zx_vaddr_t vaddr,
                                    void *buffer,
                                    size_t buffer_size,
                                    size_t *actual);

/// Writes memory of a process, up to the end of the mapping at the address, whatever its
/// permissions are. The environment variable LIBZX_DEBUG_CALLS=0 turns the call off.
///
///   handle (process, ZX_RIGHT_WRITE): the process
///   vaddr: where to begin
///   buffer (buffer of buffer_size bytes): the bytes
///   buffer_size: how many, 1 to 64 MiB
///   actual (out): gets how many were written
///
/// Errors, in the order of the checks:
///   ZX_ERR_NOT_SUPPORTED: turned off
///   ZX_ERR_INVALID_ARGS: buffer is NULL, or buffer_size out of range
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: the process is dead
///   ZX_ERR_NO_MEMORY: nothing is mapped there
///   ZX_ERR_BAD_STATE: the memory is not cached
///   ZX_ERR_INVALID_ARGS: buffer cannot be read, or actual written
zx_status_t zx_process_write_memory(zx_handle_t handle,
                                    zx_vaddr_t vaddr,
                                    const void *buffer,
                                    size_t buffer_size,
                                    size_t *actual);

zx_status_t _zx_process_write_memory(zx_handle_t handle,
                                     zx_vaddr_t vaddr,
                                     const void *buffer,
                                     size_t buffer_size,
                                     size_t *actual);

/// Makes a profile, which zx_object_set_profile gives to threads: how urgent they are and on
/// which processors they run.
///
///   root_job (job or resource, rights vary): the root job, with ZX_RIGHT_MANAGE_PROCESS; or a
///       resource of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for profiles
///   options: must be 0
///   profile: what it says, as its flags tell: a priority or a deadline, and a set of
///       processors
///   out (out, profile): the new handle, rights ZX_DEFAULT_PROFILE_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: root_job
///   ZX_ERR_ACCESS_DENIED: not the root job
///   ZX_ERR_INVALID_ARGS: profile cannot be read
///   ZX_ERR_INVALID_ARGS: no flag, unknown ones, or both a priority and a deadline
///   ZX_ERR_INVALID_ARGS: a priority out of 0 to 31, or a deadline that does not have 0 <
///       capacity <= relative deadline <= period
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY
zx_status_t zx_profile_create(zx_handle_t root_job,
                              uint32_t options,
                              const zx_profile_info_t *profile,
                              zx_handle_t *out);

zx_status_t _zx_profile_create(zx_handle_t root_job,
                               uint32_t options,
                               const zx_profile_info_t *profile,
                               zx_handle_t *out);

/// Gives a thread a profile. Its processors become those that Linux runs the thread on, as far
/// as they exist; how urgent it is, is only noted.
///
///   handle (thread, ZX_RIGHT_MANAGE_THREAD): the thread, started or not
///   profile (profile, ZX_RIGHT_APPLY_PROFILE): the profile
///   options: should be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: profile
///   ZX_ERR_BAD_STATE: the thread has ended
///
/// Support: Partial: priorities and deadlines are not told to Linux.
zx_status_t zx_object_set_profile(zx_handle_t handle, zx_handle_t profile, uint32_t options);

zx_status_t _zx_object_set_profile(zx_handle_t handle, zx_handle_t profile, uint32_t options);

/// Makes a resource out of a parent that covers it. The kind is in the low half of options,
/// flags are in the high half.
///
///   parent_rsrc (resource, ZX_RIGHT_WRITE): the parent
///   options (options ZX_RSRC_KIND_*, ZX_RSRC_FLAG_EXCLUSIVE): kind and flags
///   base: first address or number of the range
///   size: size of the range
///   name (string of name_size bytes): its name, at most 31 bytes of which are kept
///   name_size: length of name
///   resource_out (out, resource): the new handle, rights ZX_DEFAULT_RESOURCE_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: parent_rsrc
///   ZX_ERR_INVALID_ARGS: unknown kind or flag
///   ZX_ERR_ACCESS_DENIED: the parent is neither the root resource nor of the same kind with a
///       range that contains the child's
///   ZX_ERR_INVALID_ARGS: an exclusive child or parent without the root resource, an unreadable
///       name, a range for kind ROOT, an empty or overflowing range
///   ZX_ERR_NOT_FOUND: the machine has no such range, or someone has it exclusively
///   ZX_ERR_NO_MEMORY: there is none for the resource or its handle
///   ZX_ERR_INVALID_ARGS: resource_out cannot be written
///
/// Differences: Resources are bookkeeping: they open no hardware.
zx_status_t zx_resource_create(zx_handle_t parent_rsrc,
                               uint32_t options,
                               uint64_t base,
                               size_t size,
                               const char *name,
                               size_t name_size,
                               zx_handle_t *resource_out);

zx_status_t _zx_resource_create(zx_handle_t parent_rsrc,
                                uint32_t options,
                                uint64_t base,
                                size_t size,
                                const char *name,
                                size_t name_size,
                                zx_handle_t *resource_out);

/// Clears and sets signals of an object in one step. A bit in both masks ends up set.
///
///   handle (any handle, ZX_RIGHT_SIGNAL): the object
///   clear_mask: the signals to clear
///   set_mask: the signals to set
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: not an object with signals of its program's
///   ZX_ERR_INVALID_ARGS: a mask has a bit that programs cannot change
zx_status_t zx_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);

zx_status_t _zx_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);

/// Clears and sets signals of an object's peer in one step; those of the object itself do not
/// change.
///
///   handle (any handle, ZX_RIGHT_SIGNAL_PEER): the object
///   clear_mask: the signals to clear
///   set_mask: the signals to set
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: an object without peer
///   ZX_ERR_INVALID_ARGS: a mask has a bit that programs cannot change
///   ZX_ERR_PEER_CLOSED: the peer is closed
zx_status_t zx_object_signal_peer(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);

zx_status_t _zx_object_signal_peer(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);

/// Makes a socket: two ends that read what the other one writes, as a stream of bytes or as
/// packets (ZX_SOCKET_DATAGRAM).
///
///   options (options ZX_SOCKET_STREAM, ZX_SOCKET_DATAGRAM): which of the two
///   out0 (out, socket): one end, rights ZX_DEFAULT_SOCKET_RIGHTS and ZX_RIGHT_MANAGE_SOCKET
///   out1 (out, socket): the other end
///
/// Errors, in the order of the checks:
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_INVALID_ARGS: options is neither ZX_SOCKET_STREAM nor ZX_SOCKET_DATAGRAM
///   ZX_ERR_NO_MEMORY: there is none for the socket or its handles
///   ZX_ERR_INVALID_ARGS: out0 or out1 cannot be written
///
/// Differences: The options of older Zircon for a control plane and for sharing are unknown
/// bits.
zx_status_t zx_socket_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

zx_status_t _zx_socket_create(uint32_t options, zx_handle_t *out0, zx_handle_t *out1);

/// Writes to a socket: as much of a stream as fits, all or nothing of a packet. Nothing at all
/// is written, and that is no error, when buffer_size is 0.
///
///   handle (socket, ZX_RIGHT_WRITE): the end to write to
///   options: must be 0
///   buffer (buffer of buffer_size bytes): the data
///   buffer_size: size of the data
///   actual (out, optional): how many bytes were written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: buffer is NULL although buffer_size is not 0, or options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_PEER_CLOSED: the other end is closed
///   ZX_ERR_BAD_STATE: writing is disabled
///   ZX_ERR_INVALID_ARGS: buffer_size is more than 2^32 - 1
///   ZX_ERR_SHOULD_WAIT: no room
///   ZX_ERR_OUT_OF_RANGE: the packet never fits
///   ZX_ERR_SHOULD_WAIT: the packet does not fit now
///   ZX_ERR_INVALID_ARGS: buffer cannot be read, and nothing is written, or actual cannot be
///       written, and the data is
///   ZX_ERR_NO_MEMORY: there is none for the data
zx_status_t zx_socket_write(zx_handle_t handle,
                            uint32_t options,
                            const void *buffer,
                            size_t buffer_size,
                            size_t *actual);

zx_status_t _zx_socket_write(zx_handle_t handle,
                             uint32_t options,
                             const void *buffer,
                             size_t buffer_size,
                             size_t *actual);

/// Reads from a socket: up to buffer_size bytes of a stream or of one packet, whose rest is
/// lost. With ZX_SOCKET_PEEK everything stays as it is. With a buffer_size of 0 the call only
/// tells whether there is something to read.
///
///   handle (socket, ZX_RIGHT_READ): the end to read from
///   options (options ZX_SOCKET_PEEK): whether what is read stays
///   buffer (out, buffer of buffer_size bytes, used actual): where the data goes
///   buffer_size: size of buffer
///   actual (out, optional): how many bytes were read
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: buffer is NULL although buffer_size is not 0, or options is neither 0
///       nor ZX_SOCKET_PEEK
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: buffer_size is more than 2^32 - 1
///   ZX_ERR_PEER_CLOSED: nothing to read, and the other end is closed
///   ZX_ERR_BAD_STATE: nothing to read, and the other end may not write
///   ZX_ERR_SHOULD_WAIT: nothing to read
///   ZX_ERR_INVALID_ARGS: buffer cannot be written, and nothing is taken, or actual cannot be
///       written, and the data is taken
zx_status_t zx_socket_read(zx_handle_t handle,
                           uint32_t options,
                           void *buffer,
                           size_t buffer_size,
                           size_t *actual);

zx_status_t _zx_socket_read(zx_handle_t handle,
                            uint32_t options,
                            void *buffer,
                            size_t buffer_size,
                            size_t *actual);

/// Forbids further writing (ZX_SOCKET_SHUTDOWN_WRITE) by this end, or (ZX_SOCKET_SHUTDOWN_READ)
/// by the other end. What was written stays readable.
///
///   handle (socket, ZX_RIGHT_WRITE): this end
///   options (options ZX_SOCKET_SHUTDOWN_READ, ZX_SOCKET_SHUTDOWN_WRITE): what to forbid
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options has other bits
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
zx_status_t zx_socket_shutdown(zx_handle_t handle, uint32_t options);

zx_status_t _zx_socket_shutdown(zx_handle_t handle, uint32_t options);

/// Forbids (ZX_SOCKET_DISPOSITION_WRITE_DISABLED) or allows
/// (ZX_SOCKET_DISPOSITION_WRITE_ENABLED) writing by this end and by the other end; 0 leaves it
/// as it is. What was written stays readable.
///
///   handle (socket, ZX_RIGHT_MANAGE_SOCKET): this end
///   disposition (value ZX_SOCKET_DISPOSITION_*): for this end
///   disposition_peer (value ZX_SOCKET_DISPOSITION_*): for the other end
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: an argument is none of the three
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: writing shall be allowed although what was written before it was
///       forbidden has not been read; nothing changes then
///
/// Generation: Later
zx_status_t zx_socket_set_disposition(zx_handle_t handle,
                                      uint32_t disposition,
                                      uint32_t disposition_peer);

zx_status_t _zx_socket_set_disposition(zx_handle_t handle,
                                       uint32_t disposition,
                                       uint32_t disposition_peer);

/// Sends a socket through another one that was made for it, which only older Zircon could make:
/// there are none here. socket_to_share is closed.
///
///   handle (socket, ZX_RIGHT_WRITE): the socket to send through
///   socket_to_share (socket, ZX_RIGHT_TRANSFER, consumed): the socket to send
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_WRONG_TYPE: socket_to_share
///   ZX_ERR_BAD_STATE: socket_to_share is one of the two ends of handle
///   ZX_ERR_NOT_SUPPORTED: else
///
/// Support: Checks only: sockets for sharing cannot be made.
///
/// Generation: Older
zx_status_t zx_socket_share(zx_handle_t handle, zx_handle_t socket_to_share);

zx_status_t _zx_socket_share(zx_handle_t handle, zx_handle_t socket_to_share);

/// Takes the socket that was sent through another one, which only older Zircon could make:
/// there are none here. out_socket stays as it is.
///
///   handle (socket, ZX_RIGHT_READ): the socket to receive from
///   out_socket (out, socket): the socket received
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: else
///
/// Support: Checks only: sockets for sharing cannot be made.
///
/// Generation: Older
zx_status_t zx_socket_accept(zx_handle_t handle, zx_handle_t *out_socket);

zx_status_t _zx_socket_accept(zx_handle_t handle, zx_handle_t *out_socket);

/// Makes a stream: a way to read and write a VMO up to its content size, from a position that
/// moves along. Streams on one VMO share its content size.
///
///   options (options ZX_STREAM_MODE_*): what it is for
///   vmo (vmo): with ZX_RIGHT_READ and ZX_RIGHT_WRITE as the options ask
///   seek: where it begins, which may be anywhere
///   out_stream (out, stream): the new handle, rights ZX_DEFAULT_STREAM_RIGHTS and as the
///       options say
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: vmo
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out_stream cannot be written
zx_status_t zx_stream_create(uint32_t options,
                             zx_handle_t vmo,
                             zx_off_t seek,
                             zx_handle_t *out_stream);

zx_status_t _zx_stream_create(uint32_t options,
                              zx_handle_t vmo,
                              zx_off_t seek,
                              zx_handle_t *out_stream);

/// Reads from where the stream is, which moves behind the bytes read. Fewer than asked are read
/// where the content ends.
///
///   handle (stream, ZX_RIGHT_READ): the stream
///   options: must be 0
///   vector (in and out, array of num_vector): the buffers to fill, in order
///   num_vector: how many
///   actual (out, optional): how many bytes were read
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0, vector is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: vector cannot be read, or the buffers together have more than 2^64 -
///       1 bytes
///   ZX_ERR_BAD_STATE: the cache policy of the VMO
///   ZX_ERR_OUT_OF_RANGE: the content ends behind the VMO, and so does what would be read
///   ZX_ERR_NOT_FOUND: a buffer cannot be written
///   ZX_ERR_INVALID_ARGS: actual cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_stream_readv(zx_handle_t handle,
                            uint32_t options,
                            zx_iovec_t *vector,
                            size_t num_vector,
                            size_t *actual);

zx_status_t _zx_stream_readv(zx_handle_t handle,
                             uint32_t options,
                             zx_iovec_t *vector,
                             size_t num_vector,
                             size_t *actual);

/// Reads from an offset; the stream stays where it is. Otherwise like zx_stream_readv.
///
///   handle (stream, ZX_RIGHT_READ): the stream
///   options: must be 0
///   offset: where to begin, in bytes
///   vector (in and out, array of num_vector): the buffers to fill, in order
///   num_vector: how many
///   actual (out, optional): how many bytes were read
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0, vector is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: vector cannot be read, or the buffers together have more than 2^64 -
///       1 bytes
///   ZX_ERR_BAD_STATE: the cache policy of the VMO
///   ZX_ERR_OUT_OF_RANGE: the content ends behind the VMO, and so does what would be read
///   ZX_ERR_NOT_FOUND: a buffer cannot be written
///   ZX_ERR_INVALID_ARGS: actual cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_stream_readv_at(zx_handle_t handle,
                               uint32_t options,
                               zx_off_t offset,
                               zx_iovec_t *vector,
                               size_t num_vector,
                               size_t *actual);

zx_status_t _zx_stream_readv_at(zx_handle_t handle,
                                uint32_t options,
                                zx_off_t offset,
                                zx_iovec_t *vector,
                                size_t num_vector,
                                size_t *actual);

/// Writes where the stream is, which moves behind the bytes written, or with ZX_STREAM_APPEND
/// where the content ends. The content and a resizable VMO grow as needed; where they cannot,
/// fewer bytes than asked are written. What lies between the old content and the bytes written
/// becomes zeroes.
///
///   handle (stream, ZX_RIGHT_WRITE): the stream
///   options (options ZX_STREAM_APPEND): 0 or that
///   vector (array of num_vector): the bytes to write, in order
///   num_vector: how many buffers
///   actual (out, optional): how many bytes were written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown options, vector is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: vector cannot be read, or the buffers together have more than 2^64 -
///       1 bytes
///   ZX_ERR_FILE_BIG: the last byte would be at 2^64 or behind it
///   ZX_ERR_BAD_STATE: the cache policy of the VMO
///   ZX_ERR_NO_SPACE: there is no room for a single byte
///   ZX_ERR_NOT_FOUND: a buffer cannot be read; the content has not grown
///   ZX_ERR_INVALID_ARGS: actual cannot be written
///   ZX_ERR_NO_MEMORY
///
/// Blocks: Until other streams on the same VMO have written.
zx_status_t zx_stream_writev(zx_handle_t handle,
                             uint32_t options,
                             const zx_iovec_t *vector,
                             size_t num_vector,
                             size_t *actual);

zx_status_t _zx_stream_writev(zx_handle_t handle,
                              uint32_t options,
                              const zx_iovec_t *vector,
                              size_t num_vector,
                              size_t *actual);

/// Writes at an offset; the stream stays where it is. Otherwise like zx_stream_writev.
///
///   handle (stream, ZX_RIGHT_WRITE): the stream
///   options: must be 0
///   offset: where to begin, in bytes
///   vector (array of num_vector): the bytes to write, in order
///   num_vector: how many buffers
///   actual (out, optional): how many bytes were written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0, vector is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: vector cannot be read, or the buffers together have more than 2^64 -
///       1 bytes
///   ZX_ERR_FILE_BIG: the last byte would be at 2^64 or behind it
///   ZX_ERR_BAD_STATE: the cache policy of the VMO
///   ZX_ERR_NO_SPACE: there is no room for a single byte
///   ZX_ERR_NOT_FOUND: a buffer cannot be read; the content has not grown
///   ZX_ERR_INVALID_ARGS: actual cannot be written
///   ZX_ERR_NO_MEMORY
///
/// Blocks: Until other streams on the same VMO have written.
zx_status_t zx_stream_writev_at(zx_handle_t handle,
                                uint32_t options,
                                zx_off_t offset,
                                const zx_iovec_t *vector,
                                size_t num_vector,
                                size_t *actual);

zx_status_t _zx_stream_writev_at(zx_handle_t handle,
                                 uint32_t options,
                                 zx_off_t offset,
                                 const zx_iovec_t *vector,
                                 size_t num_vector,
                                 size_t *actual);

/// Moves a stream.
///
///   handle (stream): with ZX_RIGHT_READ or ZX_RIGHT_WRITE
///   whence: one of ZX_STREAM_SEEK_ORIGIN_*
///   offset: how far from there, in bytes
///   out_seek (out, optional): where it is now
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: unknown whence, or a place below 0 or above 2^64 - 1; the stream
///       stays where it is
///   ZX_ERR_INVALID_ARGS: out_seek cannot be written
zx_status_t zx_stream_seek(zx_handle_t handle,
                           zx_stream_seek_origin_t whence,
                           int64_t offset,
                           zx_off_t *out_seek);

zx_status_t _zx_stream_seek(zx_handle_t handle,
                            zx_stream_seek_origin_t whence,
                            int64_t offset,
                            zx_off_t *out_seek);

/// Suspends a thread until the token is closed. That takes a moment: it has happened when the
/// thread has ZX_THREAD_SUSPENDED. What blocks goes on afterwards, with the same deadline. A
/// thread of Linux's own blocking calls is suspended too; those that return EINTR despite
/// SA_RESTART do so.
///
///   handle (thread or process, ZX_RIGHT_WRITE): the thread, or a process that does not run
///   token (out, suspend token): the new handle, rights ZX_DEFAULT_SUSPEND_TOKEN_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED: the calling thread or process
///   ZX_ERR_BAD_STATE: it has ended
///   ZX_ERR_NO_RESOURCES: Linux refuses what this takes
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: token cannot be written
zx_status_t zx_task_suspend(zx_handle_t handle, zx_handle_t *token);

zx_status_t _zx_task_suspend(zx_handle_t handle, zx_handle_t *token);

/// The same as zx_task_suspend.
///
///   handle (thread or process, ZX_RIGHT_WRITE): the thread, or a process that does not run
///   token (out, suspend token): the new handle, rights ZX_DEFAULT_SUSPEND_TOKEN_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED: the calling thread or process
///   ZX_ERR_BAD_STATE: it has ended
///   ZX_ERR_NO_RESOURCES: Linux refuses what this takes
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: token cannot be written
zx_status_t zx_task_suspend_token(zx_handle_t handle, zx_handle_t *token);

zx_status_t _zx_task_suspend_token(zx_handle_t handle, zx_handle_t *token);

/// Returns 0. It cannot fail.
///
/// Result: 0
zx_status_t zx_syscall_test_0(void);

zx_status_t _zx_syscall_test_0(void);

/// Returns its argument. It cannot fail.
///
///   a: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_1(int32_t a);

zx_status_t _zx_syscall_test_1(int32_t a);

/// Returns the sum of its 2 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_2(int32_t a, int32_t b);

zx_status_t _zx_syscall_test_2(int32_t a, int32_t b);

/// Returns the sum of its 3 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_3(int32_t a, int32_t b, int32_t c);

zx_status_t _zx_syscall_test_3(int32_t a, int32_t b, int32_t c);

/// Returns the sum of its 4 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_4(int32_t a, int32_t b, int32_t c, int32_t d);

zx_status_t _zx_syscall_test_4(int32_t a, int32_t b, int32_t c, int32_t d);

/// Returns the sum of its 5 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///   e: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_5(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e);

zx_status_t _zx_syscall_test_5(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e);

/// Returns the sum of its 6 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///   e: a number
///   f: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_6(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f);

zx_status_t _zx_syscall_test_6(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f);

/// Returns the sum of its 7 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///   e: a number
///   f: a number
///   g: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_7(int32_t a,
                              int32_t b,
                              int32_t c,
                              int32_t d,
                              int32_t e,
                              int32_t f,
                              int32_t g);

zx_status_t _zx_syscall_test_7(int32_t a,
                               int32_t b,
                               int32_t c,
                               int32_t d,
                               int32_t e,
                               int32_t f,
                               int32_t g);

/// Returns the sum of its 8 arguments. It cannot fail.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///   e: a number
///   f: a number
///   g: a number
///   h: a number
///
/// Result: The sum.
zx_status_t zx_syscall_test_8(int32_t a,
                              int32_t b,
                              int32_t c,
                              int32_t d,
                              int32_t e,
                              int32_t f,
                              int32_t g,
                              int32_t h);

zx_status_t _zx_syscall_test_8(int32_t a,
                               int32_t b,
                               int32_t c,
                               int32_t d,
                               int32_t e,
                               int32_t f,
                               int32_t g,
                               int32_t h);

/// Returns the sum of three small numbers.
///
///   a: a number
///   b: a number
///   c: a number
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a number is negative
///   ZX_ERR_OUT_OF_RANGE: the sum is above 50
zx_status_t zx_syscall_test_wrapper(int32_t a, int32_t b, int32_t c);

zx_status_t _zx_syscall_test_wrapper(int32_t a, int32_t b, int32_t c);

/// Makes an event, or fails as it is told to.
///
///   return_value: what to return; the event is made if it is ZX_OK
///   out (out, event): the new handle, rights ZX_DEFAULT_EVENT_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_syscall_test_handle_create(zx_status_t return_value, zx_handle_t *out);

zx_status_t _zx_syscall_test_handle_create(zx_status_t return_value, zx_handle_t *out);

/// The number of processors that run; the same during the whole life of the process.
uint32_t zx_system_get_num_cpus(void);

uint32_t _zx_system_get_num_cpus(void);

/// The machine's memory in bytes.
uint64_t zx_system_get_physmem(void);

uint64_t _zx_system_get_physmem(void);

/// The size of a page in bytes.
uint32_t zx_system_get_page_size(void);

uint32_t _zx_system_get_page_size(void);

/// The size of a line of the data cache in bytes, a power of two.
uint32_t zx_system_get_dcache_line_size(void);

uint32_t _zx_system_get_dcache_line_size(void);

/// The library's version, as a string that ends with NUL and stays valid.
zx_string_view_t zx_system_get_version_string(void);

zx_string_view_t _zx_system_get_version_string(void);

/// Tells what the processor can do.
///
///   kind (value ZX_FEATURE_KIND_*): ZX_FEATURE_KIND_CPU, or one of the numbers of debug
///       registers, which are 0
///   features (out): gets the bits, of which x86-64 has only ZX_HAS_CPU_FEATURES: ask the CPUID
///       instruction for the rest
///
/// Errors, in the order of the checks:
///   ZX_ERR_NOT_SUPPORTED: unknown kind
///   ZX_ERR_INVALID_ARGS: features cannot be written
zx_status_t zx_system_get_features(uint32_t kind, uint32_t *features);

zx_status_t _zx_system_get_features(uint32_t kind, uint32_t *features);

/// Makes a handle to the event that tells of one kind of memory shortage. That of
/// ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL is always signalled, the others never are.
///
///   root_job (job, rights vary): the root job, for ZX_SYSTEM_EVENT_OUT_OF_MEMORY with
///       ZX_RIGHT_MANAGE_PROCESS
///   kind (value ZX_SYSTEM_EVENT_*): which event
///   event (out, event): the new handle, with the rights to wait, to duplicate and to transfer
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: root_job
///   ZX_ERR_ACCESS_DENIED: not the root job
///   ZX_ERR_INVALID_ARGS: unknown kind
///   ZX_ERR_INVALID_ARGS: event cannot be written
///   ZX_ERR_NO_MEMORY
zx_status_t zx_system_get_event(zx_handle_t root_job,
                                zx_system_event_type_t kind,
                                zx_handle_t *event);

zx_status_t _zx_system_get_event(zx_handle_t root_job,
                                 zx_system_event_type_t kind,
                                 zx_handle_t *event);

/// Makes a thread of a process, not started.
///
///   process (process, ZX_RIGHT_MANAGE_THREAD): the process that it will belong to
///   name (buffer of name_size bytes): its name, of which up to 31 bytes count
///   name_size: the length of the name
///   options: must be 0
///   out (out, thread): the new handle, rights ZX_DEFAULT_THREAD_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0; name is NULL or cannot be read
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: process
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_thread_create(zx_handle_t process,
                             const char *name,
                             size_t name_size,
                             uint32_t options,
                             zx_handle_t *out);

zx_status_t _zx_thread_create(zx_handle_t process,
                              const char *name,
                              size_t name_size,
                              uint32_t options,
                              zx_handle_t *out);

/// Starts a thread. It begins at thread_entry with exactly this stack pointer and these
/// arguments, and with all other registers 0 but for those that C's thread-local variables
/// need. It ends with zx_thread_exit. Calls and signals do not use its stack, which may be as
/// small as the thread's own code allows.
///
///   handle (thread, ZX_RIGHT_MANAGE_THREAD): the thread
///   thread_entry: the address of its first instruction
///   stack: its stack pointer; a C function expects it 8 below a multiple of 16
///   arg1: its first argument
///   arg2: its second argument
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: its process does not run
///   ZX_ERR_INVALID_ARGS: no program can have code at thread_entry
///   ZX_ERR_BAD_STATE: it has been started
///   ZX_ERR_NO_RESOURCES: Linux has no thread for it
zx_status_t zx_thread_start(zx_handle_t handle,
                            zx_vaddr_t thread_entry,
                            zx_vaddr_t stack,
                            size_t arg1,
                            size_t arg2);

zx_status_t _zx_thread_start(zx_handle_t handle,
                             zx_vaddr_t thread_entry,
                             zx_vaddr_t stack,
                             size_t arg1,
                             size_t arg2);

/// Ends the calling thread. Objects of C++ that live in thread-local storage are only destroyed
/// in threads of zx_thread_start. The program ends with its last thread.
void zx_thread_exit(void) __NO_RETURN;

void _zx_thread_exit(void) __NO_RETURN;

/// Lets other threads run.
///
///   options: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///
/// Generation: Later
zx_status_t zx_thread_legacy_yield(uint32_t options);

zx_status_t _zx_thread_legacy_yield(uint32_t options);

/// Would set the priority of the calling thread; Linux decides about that itself.
///
///   prio: from 0 to 31
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: prio is out of its range
///
/// Generation: Older
zx_status_t zx_thread_set_priority(int32_t prio);

zx_status_t _zx_thread_set_priority(int32_t prio);

/// Stores a value, wakes threads that wait for that, closes a handle and ends the calling
/// thread, without touching the thread's stack once the value is there. A step that fails ends
/// the process.
///
///   value_ptr: the word
///   wake_count: how many threads to wake, at most
///   new_value: what to store there
///   close_handle (any handle, consumed, optional): what to close
void zx_futex_wake_handle_close_thread_exit(const zx_futex_t *value_ptr,
                                            uint32_t wake_count,
                                            int32_t new_value,
                                            zx_handle_t close_handle) __NO_RETURN;

void _zx_futex_wake_handle_close_thread_exit(const zx_futex_t *value_ptr,
                                             uint32_t wake_count,
                                             int32_t new_value,
                                             zx_handle_t close_handle) __NO_RETURN;

/// Unmaps memory, which may be the stack of a thread of zx_thread_start, closes a handle and
/// ends the calling thread. Returns only when the memory cannot be unmapped; then nothing else
/// has happened. A handle that cannot be closed ends the process.
///
///   vmar_handle (vmar): the region
///   addr: where to begin
///   size: how much, in bytes
///   close_handle (any handle, consumed on success, optional): what to close
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: vmar_handle
///   ZX_ERR_INVALID_ARGS, ZX_ERR_BAD_STATE, ZX_ERR_NOT_FOUND, ZX_ERR_NO_MEMORY,
///       ZX_ERR_ACCESS_DENIED: as of zx_vmar_unmap
zx_status_t zx_vmar_unmap_handle_close_thread_exit(zx_handle_t vmar_handle,
                                                   zx_vaddr_t addr,
                                                   size_t size,
                                                   zx_handle_t close_handle);

zx_status_t _zx_vmar_unmap_handle_close_thread_exit(zx_handle_t vmar_handle,
                                                    zx_vaddr_t addr,
                                                    size_t size,
                                                    zx_handle_t close_handle);

/// Reads registers of a thread that is suspended or in an exception. Of one that stands in a
/// call these are the registers with which the call gives back; those that no call keeps are 0.
///
///   handle (thread, ZX_RIGHT_READ): the thread
///   kind: which ones, one of ZX_THREAD_STATE_*
///   buffer (out, buffer of buffer_size bytes): gets the kind's record
///   buffer_size: the size of buffer
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: unknown kind
///   ZX_ERR_BUFFER_TOO_SMALL
///   ZX_ERR_BAD_STATE: the thread is neither suspended nor in an exception
///   ZX_ERR_NOT_SUPPORTED: ZX_THREAD_STATE_DEBUG_REGS, a thread that is exiting, or
///       floating-point or vector registers of a thread in a call
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
///
/// Support: Partial: not the debug registers, which belong to Linux.
zx_status_t zx_thread_read_state(zx_handle_t handle,
                                 uint32_t kind,
                                 void *buffer,
                                 size_t buffer_size);

zx_status_t _zx_thread_read_state(zx_handle_t handle,
                                  uint32_t kind,
                                  void *buffer,
                                  size_t buffer_size);

/// Changes registers of a thread that is suspended or in an exception. Of one that stands in a
/// call, those that no call keeps are lost.
///
///   handle (thread, ZX_RIGHT_WRITE): the thread
///   kind: which ones, one of ZX_THREAD_STATE_*
///   buffer (buffer of buffer_size bytes): the kind's record
///   buffer_size: exactly its size
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: unknown kind, buffer_size is another one, or buffer cannot be read
///   ZX_ERR_BAD_STATE: the thread is neither suspended nor in an exception
///   ZX_ERR_NOT_SUPPORTED: ZX_THREAD_STATE_DEBUG_REGS, a thread that is exiting, or
///       floating-point or vector registers of a thread in a call
///   ZX_ERR_INVALID_ARGS: an address that is not a program's, bits of the vector unit's control
///       register that the processor does not have, or a single step that is neither 0 nor 1
///
/// Support: Partial: not the debug registers, which belong to Linux.
zx_status_t zx_thread_write_state(zx_handle_t handle,
                                  uint32_t kind,
                                  const void *buffer,
                                  size_t buffer_size);

zx_status_t _zx_thread_write_state(zx_handle_t handle,
                                   uint32_t kind,
                                   const void *buffer,
                                   size_t buffer_size);

/// Nanoseconds since the machine started. Never decreases.
zx_time_t zx_clock_get_monotonic(void);

zx_time_t _zx_clock_get_monotonic(void);

/// Ticks since the machine started: the same as zx_clock_get_monotonic.
zx_ticks_t zx_ticks_get(void);

zx_ticks_t _zx_ticks_get(void);

/// How many ticks a second has: always 1000000000.
zx_ticks_t zx_ticks_per_second(void);

zx_ticks_t _zx_ticks_per_second(void);

/// The point in time this many nanoseconds from now, clamped to ZX_TIME_INFINITE and
/// ZX_TIME_INFINITE_PAST.
///
///   nanoseconds: how long from now
zx_time_t zx_deadline_after(zx_duration_t nanoseconds);

zx_time_t _zx_deadline_after(zx_duration_t nanoseconds);

/// Sleeps until deadline, never less; a deadline that has passed only yields the processor. It
/// cannot fail.
///
///   deadline: when to wake up
///
/// Blocks: Until deadline.
zx_status_t zx_nanosleep(zx_time_t deadline);

zx_status_t _zx_nanosleep(zx_time_t deadline);

/// Reads one of the system's clocks.
///
///   clock_id (value ZX_CLOCK_*): ZX_CLOCK_MONOTONIC; ZX_CLOCK_UTC, Linux's time of day unless
///       zx_clock_adjust has set it; ZX_CLOCK_THREAD, how long the calling thread has run
///   out (out): gets the time in nanoseconds
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown clock_id
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_clock_get(zx_clock_t clock_id, zx_time_t *out);

zx_status_t _zx_clock_get(zx_clock_t clock_id, zx_time_t *out);

/// Sets what ZX_CLOCK_UTC is ahead of the monotonic clock, for zx_clock_get in this process:
/// the machine's own clock is left alone.
///
///   handle (resource): of kind ZX_RSRC_KIND_ROOT
///   clock_id: must be ZX_CLOCK_UTC
///   offset: nanoseconds
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_ACCESS_DENIED: clock_id is ZX_CLOCK_MONOTONIC
///   ZX_ERR_INVALID_ARGS: another clock_id
zx_status_t zx_clock_adjust(zx_handle_t handle, zx_clock_t clock_id, int64_t offset);

zx_status_t _zx_clock_adjust(zx_handle_t handle, zx_clock_t clock_id, int64_t offset);

/// Makes a timer that is not set.
///
///   options (options ZX_TIMER_SLACK_*): its slack mode, one of ZX_TIMER_SLACK_CENTER,
///       ZX_TIMER_SLACK_EARLY and ZX_TIMER_SLACK_LATE
///   clock_id (value ZX_CLOCK_MONOTONIC): the clock of its deadlines
///   out (out, timer): the new handle, rights ZX_DEFAULT_TIMER_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: clock_id is not ZX_CLOCK_MONOTONIC, or options is no slack mode
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY: there is none for the timer or its handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t zx_timer_create(uint32_t options, zx_clock_t clock_id, zx_handle_t *out);

zx_status_t _zx_timer_create(uint32_t options, zx_clock_t clock_id, zx_handle_t *out);

/// Sets a timer: ZX_TIMER_SIGNALED is cleared, and becomes active at deadline, before the call
/// returns if that has passed.
///
///   handle (timer, ZX_RIGHT_WRITE): the timer
///   deadline: when it fires
///   slack: how far from deadline it may fire, in nanoseconds
///
/// Errors, in the order of the checks:
///   ZX_ERR_OUT_OF_RANGE: slack is negative
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NO_MEMORY: no thread can be had to wait for the deadline
///
/// Differences: Timers fire at their deadlines, whatever their slack.
zx_status_t zx_timer_set(zx_handle_t handle, zx_time_t deadline, zx_duration_t slack);

zx_status_t _zx_timer_set(zx_handle_t handle, zx_time_t deadline, zx_duration_t slack);

/// Disarms a timer and clears ZX_TIMER_SIGNALED.
///
///   handle (timer, ZX_RIGHT_WRITE): the timer
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
zx_status_t zx_timer_cancel(zx_handle_t handle);

zx_status_t _zx_timer_cancel(zx_handle_t handle);

/// Makes a VCPU that is bound to the calling thread. The first one of a guest starts at entry
/// in 64-bit mode with page tables at address 0, others in real mode.
///
///   guest (guest, ZX_RIGHT_MANAGE_PROCESS): the guest
///   options: must be 0
///   entry: guest-physical address of the first instruction
///   out (out, vcpu): the new handle, rights ZX_DEFAULT_VCPU_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: guest
///   ZX_ERR_INVALID_ARGS: entry is outside of the guest's address space
///   ZX_ERR_NO_RESOURCES: the guest has 64 VCPUs
///   ZX_ERR_BAD_STATE: the thread has a VCPU
///   ZX_ERR_NO_MEMORY, ZX_ERR_NOT_SUPPORTED: KVM cannot make it
///   ZX_ERR_INVALID_ARGS: out cannot be written, and no VCPU is left
///
/// Differences: The thread is not pinned to a processor.
zx_status_t zx_vcpu_create(zx_handle_t guest, uint32_t options, zx_vaddr_t entry, zx_handle_t *out);

zx_status_t _zx_vcpu_create(zx_handle_t guest,
                            uint32_t options,
                            zx_vaddr_t entry,
                            zx_handle_t *out);

/// Runs a VCPU until the guest does something that the program has to know of, and stores a
/// packet about it. The instruction behind a packet has been skipped; after an error the call
/// may be made again. The caller's XMM registers, MXCSR and x87 control word are the same
/// afterwards as before.
///
///   handle (vcpu, ZX_RIGHT_EXECUTE): the VCPU
///   packet (out): what the guest did
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: called from another thread than the one that made the VCPU, or in a
///       signal handler while the VCPU runs, or the guest wrote to a bell whose port has no
///       handle left, or its state cannot be entered
///   ZX_ERR_CANCELED: the VCPU was kicked
///   ZX_ERR_NOT_FOUND: nothing is mapped or trapped at the address, or the port is not trapped
///   ZX_ERR_OUT_OF_RANGE: an address beyond the guest's space or beyond the end of the memory
///       mapped there
///   ZX_ERR_ACCESS_DENIED: the mapping does not allow it
///   ZX_ERR_NOT_SUPPORTED: a read of a bell, a string instruction on ports, a triple fault, a
///       pending vector from 21 to 31, an instruction that KVM cannot carry out
///   ZX_ERR_NO_MEMORY: the host has none for a page of the guest
///   ZX_ERR_INTERNAL: KVM failed, or an instruction cannot be recovered
///   ZX_ERR_INVALID_ARGS: packet cannot be written, and the packet is lost
///
/// Blocks: Until the guest does something the program has to know of, or the VCPU is kicked.
zx_status_t zx_vcpu_resume(zx_handle_t handle, zx_port_packet_t *packet);

zx_status_t _zx_vcpu_resume(zx_handle_t handle, zx_port_packet_t *packet);

/// Ends the present run of a VCPU, or else the next one, with ZX_ERR_CANCELED, from any thread.
/// Several kicks before one is consumed count once; nothing of the guest is lost.
///
///   handle (vcpu, ZX_RIGHT_EXECUTE): the VCPU
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INTERNAL: Linux does not let the thread be signalled, and the VCPU is kicked when
///       it next leaves the guest
///
/// Generation: Later
///
/// Differences: A VCPU that waits for a packet of a bell is released too; the write to the bell
/// is delivered by the next run. Async-signal-safe, whatever the handler has interrupted.
zx_status_t zx_vcpu_kick(zx_handle_t handle);

zx_status_t _zx_vcpu_kick(zx_handle_t handle);

/// Makes an interrupt, exception or NMI vector pending on a VCPU, from any thread. A running
/// VCPU takes it as soon as the guest permits; a halted one wakes up.
///
///   handle (vcpu, ZX_RIGHT_SIGNAL): the VCPU
///   vector: the vector, at most 255
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: vector is above 255
///   ZX_ERR_INTERNAL: Linux does not let the thread be signalled, and the VCPU takes the vector
///       when it next leaves the guest
///
/// Differences: Async-signal-safe, whatever the handler has interrupted.
zx_status_t zx_vcpu_interrupt(zx_handle_t handle, uint32_t vector);

zx_status_t _zx_vcpu_interrupt(zx_handle_t handle, uint32_t vector);

/// Reads the registers of a VCPU (ZX_VCPU_STATE) as they are at its last stop. Of the flags
/// only those that user code can change are shown.
///
///   handle (vcpu, ZX_RIGHT_READ): the VCPU
///   kind (value ZX_VCPU_STATE): what to read
///   buffer (out, buffer of buffer_size bytes): the record
///   buffer_size: size of the record
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: another kind, or not the size of its record
///   ZX_ERR_BAD_STATE: called from another thread than the one that made the VCPU
///   ZX_ERR_INTERNAL: KVM failed
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
zx_status_t zx_vcpu_read_state(zx_handle_t handle, uint32_t kind, void *buffer, size_t buffer_size);

zx_status_t _zx_vcpu_read_state(zx_handle_t handle,
                                uint32_t kind,
                                void *buffer,
                                size_t buffer_size);

/// Replaces the registers of a VCPU (ZX_VCPU_STATE), or the low bytes of RAX (ZX_VCPU_IO),
/// which answers a port input. Flags are replaced only if bit 1 of rflags is set.
///
///   handle (vcpu, ZX_RIGHT_WRITE): the VCPU
///   kind (value ZX_VCPU_STATE, ZX_VCPU_IO): what to write
///   buffer (buffer of buffer_size bytes): the record
///   buffer_size: size of the record
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: unknown kind, or not the size of its record, or buffer cannot be read
///   ZX_ERR_BAD_STATE: called from another thread than the one that made the VCPU
///   ZX_ERR_INVALID_ARGS: an access size other than 1, 2 or 4
///   ZX_ERR_INTERNAL: KVM failed
zx_status_t zx_vcpu_write_state(zx_handle_t handle,
                                uint32_t kind,
                                const void *buffer,
                                size_t buffer_size);

zx_status_t _zx_vcpu_write_state(zx_handle_t handle,
                                 uint32_t kind,
                                 const void *buffer,
                                 size_t buffer_size);

/// Sets part of an address region aside as a region of its own.
///
/// options says what may be mapped there (ZX_VM_CAN_MAP_READ, _WRITE, _EXECUTE, _SPECIFIC) and
/// where it goes: at offset of the parent with ZX_VM_SPECIFIC, below offset with
/// ZX_VM_OFFSET_IS_UPPER_LIMIT, otherwise anywhere and offset is 0; ZX_VM_ALIGN_* and
/// ZX_VM_COMPACT may be added.
///
///   parent_vmar (vmar, rights vary): the parent, with ZX_RIGHT_READ, ZX_RIGHT_WRITE and
///       ZX_RIGHT_EXECUTE for each ZX_VM_CAN_MAP_* of that name
///   options (options ZX_VM_CAN_MAP_*, ZX_VM_SPECIFIC, ZX_VM_OFFSET_IS_UPPER_LIMIT,
///       ZX_VM_COMPACT, ZX_VM_ALIGN_*): what and where
///   offset: where in the parent, in bytes
///   size: size in bytes, whole pages
///   child_vmar (out, vmar): the new region
///   child_addr (out): its address
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: parent_vmar
///   ZX_ERR_INVALID_ARGS: other options, size is not whole pages
///   ZX_ERR_BAD_STATE: the parent was destroyed
///   ZX_ERR_INVALID_ARGS: size is 0
///   ZX_ERR_ACCESS_DENIED: more is to be mapped there than in the parent
///   ZX_ERR_INVALID_ARGS: an offset that is not whole pages, or without a use
///   ZX_ERR_ACCESS_DENIED: a place is asked of a parent without ZX_VM_CAN_MAP_SPECIFIC
///   ZX_ERR_INVALID_ARGS: not inside the parent, not aligned as asked
///   ZX_ERR_NO_MEMORY: not free
///   ZX_ERR_INVALID_ARGS: one of the pointers cannot be written, and no region is left
///
/// Differences: Inside regions other than a process's root the lowest free place is taken
/// rather than a random one. Memory that others have mapped in the process counts as not free.
zx_status_t zx_vmar_allocate(zx_handle_t parent_vmar,
                             zx_vm_option_t options,
                             size_t offset,
                             size_t size,
                             zx_handle_t *child_vmar,
                             zx_vaddr_t *child_addr);

zx_status_t _zx_vmar_allocate(zx_handle_t parent_vmar,
                              zx_vm_option_t options,
                              size_t offset,
                              size_t size,
                              zx_handle_t *child_vmar,
                              zx_vaddr_t *child_addr);

/// Destroys a region with everything in it. Handles to it stay valid, calls on it fail with
/// ZX_ERR_BAD_STATE.
///
///   handle (vmar): the region
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_NOT_SUPPORTED: the root of an address space
///   ZX_ERR_BAD_STATE: it was destroyed before
///   ZX_ERR_NO_MEMORY: the host cannot cut its mappings
zx_status_t zx_vmar_destroy(zx_handle_t handle);

zx_status_t _zx_vmar_destroy(zx_handle_t handle);

/// Maps len bytes, rounded up to whole pages, of a VMO. They may lie behind its end, where
/// accesses fault. In a guest's region the address is the guest's, and 0 is one.
///
/// options are ZX_VM_PERM_*, where, as for zx_vmar_allocate, or with ZX_VM_SPECIFIC_OVERWRITE
/// in the place of what is mapped there, ZX_VM_MAP_RANGE, ZX_VM_REQUIRE_NON_RESIZABLE,
/// ZX_VM_ALLOW_FAULTS. ZX_VM_SPECIFIC_OVERWRITE takes memory away from whoever uses it.
///
///   handle (vmar, rights vary): the region, with ZX_RIGHT_READ, ZX_RIGHT_WRITE and
///       ZX_RIGHT_EXECUTE for each ZX_VM_PERM_* of that name
///   options (options ZX_VM_PERM_*, ZX_VM_SPECIFIC, ZX_VM_SPECIFIC_OVERWRITE,
///       ZX_VM_OFFSET_IS_UPPER_LIMIT, ZX_VM_MAP_RANGE, ZX_VM_REQUIRE_NON_RESIZABLE,
///       ZX_VM_ALLOW_FAULTS, ZX_VM_ALIGN_*): what and where
///   vmar_offset: where in the region, in bytes
///   vmo (vmo, ZX_RIGHT_MAP, rights vary): the memory, with the same rights besides
///   vmo_offset: first byte of the VMO
///   len: how many bytes
///   mapped_addr (out): address of the mapping
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle, then vmo
///   ZX_ERR_ACCESS_DENIED: vmo lacks ZX_RIGHT_MAP
///   ZX_ERR_INVALID_ARGS: writing or executing without reading, ZX_VM_MAP_RANGE while
///       overwriting, an option of zx_vmar_allocate
///   ZX_ERR_ACCESS_DENIED: other rights
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_NOT_SUPPORTED: the VMO is resizable, against the option
///   ZX_ERR_INVALID_ARGS: ZX_VM_COMPACT, ZX_VM_CAN_MAP_SPECIFIC
///   ZX_ERR_ACCESS_DENIED: the region does not allow such mappings
///   ZX_ERR_INVALID_ARGS: vmo_offset is not whole pages or the range overflows
///   ZX_ERR_BAD_STATE: the region was destroyed
///   ZX_ERR_INVALID_ARGS: len is 0, vmar_offset is not whole pages or without a use
///   ZX_ERR_ACCESS_DENIED: a place is asked of a region without ZX_VM_CAN_MAP_SPECIFIC
///   ZX_ERR_INVALID_ARGS: not inside the region, not aligned as asked, a region is to be
///       overwritten
///   ZX_ERR_NO_MEMORY: not free
///   ZX_ERR_INVALID_ARGS: mapped_addr cannot be written, and nothing stays mapped
///
/// Differences: As for zx_vmar_allocate. ZX_VM_MAP_RANGE does nothing ahead of time. Accesses
/// that Zircon reports as page faults are SIGSEGV, or SIGBUS behind the end of the VMO. Guests
/// can always execute what they can read, and may see nothing for a moment where a mapping is
/// overwritten.
zx_status_t zx_vmar_map(zx_handle_t handle,
                        zx_vm_option_t options,
                        size_t vmar_offset,
                        zx_handle_t vmo,
                        uint64_t vmo_offset,
                        size_t len,
                        zx_vaddr_t *mapped_addr);

zx_status_t _zx_vmar_map(zx_handle_t handle,
                         zx_vm_option_t options,
                         size_t vmar_offset,
                         zx_handle_t vmo,
                         uint64_t vmo_offset,
                         size_t len,
                         zx_vaddr_t *mapped_addr);

/// Unmaps everything in a range, of which there may be nothing. Mappings are cut, regions that
/// lie in the range are destroyed. It takes memory away from whoever uses it.
///
///   handle (vmar): the region
///   addr: first address
///   len: how many bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: addr is not whole pages, len is 0
///   ZX_ERR_BAD_STATE: the region was destroyed
///   ZX_ERR_INVALID_ARGS: the range is not inside the region, or a region lies in it only in
///       part, and nothing has changed
///   ZX_ERR_NO_MEMORY: the host cannot cut so many mappings
///
/// Differences: Only what was mapped by zx_vmar_map is unmapped. When ZX_ERR_NO_MEMORY comes
/// from a range with several mappings in the root of a process, the lower ones may be gone.
zx_status_t zx_vmar_unmap(zx_handle_t handle, zx_vaddr_t addr, size_t len);

zx_status_t _zx_vmar_unmap(zx_handle_t handle, zx_vaddr_t addr, size_t len);

/// Changes what may be done with everything mapped in a range. A mapping can get what the
/// handles it was made with allowed, no more.
///
///   handle (vmar, rights vary): the region, with ZX_RIGHT_READ, ZX_RIGHT_WRITE and
///       ZX_RIGHT_EXECUTE for each ZX_VM_PERM_* of that name
///   options (options ZX_VM_PERM_*): what may be done
///   addr: first address
///   len: how many bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: writing or executing without reading, addr is not whole pages, other
///       options, len is 0
///   ZX_ERR_BAD_STATE: the region was destroyed
///   ZX_ERR_INVALID_ARGS: the range is not inside the region
///   ZX_ERR_NOT_FOUND, ZX_ERR_INVALID_ARGS, ZX_ERR_ACCESS_DENIED: from the lowest address on,
///       nothing is mapped there, a region is there, or the mapping cannot get that
///   ZX_ERR_NO_MEMORY: nothing has changed
zx_status_t zx_vmar_protect(zx_handle_t handle,
                            zx_vm_option_t options,
                            zx_vaddr_t addr,
                            size_t len);

zx_status_t _zx_vmar_protect(zx_handle_t handle,
                             zx_vm_option_t options,
                             zx_vaddr_t addr,
                             size_t len);

/// Works on what is mapped in a range: ZX_VMAR_OP_DECOMMIT takes the memory of the mapped parts
/// of VMOs back, as ZX_VMO_OP_DECOMMIT does; ZX_VMAR_OP_MAP_RANGE may enter pages ahead of the
/// first access to them. From the lowest address on; what comes before a failure stays done.
///
///   handle (vmar, rights vary): the region, with ZX_RIGHT_WRITE for DECOMMIT
///   op (value ZX_VMAR_OP_*): what to do
///   addr: the first address, on a page
///   size: in bytes, rounded up to whole pages
///   buffer (out, optional): must be NULL
///   buffer_size: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_INVALID_ARGS: a buffer, size is 0, addr is not on a page
///   ZX_ERR_BAD_STATE: the region was destroyed
///   ZX_ERR_OUT_OF_RANGE: the range is not inside the region
///   ZX_ERR_BAD_STATE: part of the range is not mapped, or is a region
///   ZX_ERR_NOT_SUPPORTED: unknown op
///   ZX_ERR_ACCESS_DENIED: a mapping that can never be written
///   ZX_ERR_NOT_SUPPORTED, ZX_ERR_NO_MEMORY: as for zx_vmo_op_range
zx_status_t zx_vmar_op_range(zx_handle_t handle,
                             uint32_t op,
                             zx_vaddr_t addr,
                             size_t size,
                             void *buffer,
                             size_t buffer_size);

zx_status_t _zx_vmar_op_range(zx_handle_t handle,
                              uint32_t op,
                              zx_vaddr_t addr,
                              size_t size,
                              void *buffer,
                              size_t buffer_size);

/// Makes a VMO of size bytes, rounded up to whole pages, all of them zero.
///
///   size: size in bytes
///   options (options ZX_VMO_RESIZABLE, ZX_VMO_DISCARDABLE): whether it can be resized, whether
///       it may be discarded under memory pressure
///   out (out, vmo): the new handle, rights ZX_DEFAULT_VMO_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown option
///   ZX_ERR_OUT_OF_RANGE: size is too large
///   ZX_ERR_ACCESS_DENIED: the job of the process forbids it
///   ZX_ERR_NO_MEMORY: the host has no memory or no file descriptor left
///   ZX_ERR_INVALID_ARGS: out cannot be written
///
/// Differences: The largest size is 2^63 - 4096, half of Zircon's. Discardable memory is never
/// discarded. Each VMO takes a file descriptor; without one left the call fails with
/// ZX_ERR_NO_MEMORY.
zx_status_t zx_vmo_create(uint64_t size, uint32_t options, zx_handle_t *out);

zx_status_t _zx_vmo_create(uint64_t size, uint32_t options, zx_handle_t *out);

/// Copies bytes out of a VMO. Pages that were never written read as zero and take no memory.
///
///   handle (vmo, ZX_RIGHT_READ): the VMO
///   buffer (out, buffer of buffer_size bytes): where the bytes go
///   offset: first byte of the VMO
///   buffer_size: how many bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: the range overflows or ends after the VMO, even if it is empty
///   ZX_ERR_NOT_FOUND: part of buffer cannot be written, and what comes before it may have been
zx_status_t zx_vmo_read(zx_handle_t handle, void *buffer, uint64_t offset, size_t buffer_size);

zx_status_t _zx_vmo_read(zx_handle_t handle, void *buffer, uint64_t offset, size_t buffer_size);

/// Copies bytes into a VMO. The content size stays what it is.
///
///   handle (vmo, ZX_RIGHT_WRITE): the VMO
///   buffer (buffer of buffer_size bytes): the bytes
///   offset: first byte of the VMO
///   buffer_size: how many bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: the range overflows or ends after the VMO, even if it is empty
///   ZX_ERR_NOT_FOUND: part of buffer cannot be read, and what comes before it may have been
///       copied
///   ZX_ERR_NO_MEMORY: the host has none for the pages
zx_status_t zx_vmo_write(zx_handle_t handle,
                         const void *buffer,
                         uint64_t offset,
                         size_t buffer_size);

zx_status_t _zx_vmo_write(zx_handle_t handle,
                          const void *buffer,
                          uint64_t offset,
                          size_t buffer_size);

/// Tells the size of a VMO, a multiple of the page size.
///
///   handle (vmo): the VMO
///   size (out): its size in bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: size cannot be written
zx_status_t zx_vmo_get_size(zx_handle_t handle, uint64_t *size);

zx_status_t _zx_vmo_get_size(zx_handle_t handle, uint64_t *size);

/// Changes the size of a VMO that was made with ZX_VMO_RESIZABLE. What comes new reads zero;
/// mappings stay, and touching them behind the end faults. The content size becomes size, the
/// size the next multiple of the page size.
///
///   handle (vmo, ZX_RIGHT_WRITE): the VMO
///   size: in bytes
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_UNAVAILABLE: the VMO is not resizable
///   ZX_ERR_OUT_OF_RANGE: size is too large
///   ZX_ERR_NO_MEMORY
zx_status_t zx_vmo_set_size(zx_handle_t handle, uint64_t size);

zx_status_t _zx_vmo_set_size(zx_handle_t handle, uint64_t size);

/// Works on a range of a VMO.
///
/// * ZX_VMO_OP_COMMIT gives its pages memory, ZX_VMO_OP_DECOMMIT takes it back, after which
/// they read zero; ZX_VMO_OP_ZERO makes any bytes zero. A range that ends behind the VMO is
/// cut.
///
/// * ZX_VMO_OP_LOCK, _TRY_LOCK and _UNLOCK are for a VMO made with ZX_VMO_DISCARDABLE and for
/// all of it; LOCK stores a zx_vmo_lock_state_t at buffer.
///
/// * ZX_VMO_OP_CACHE_SYNC, _CLEAN, _INVALIDATE and _CLEAN_INVALIDATE have nothing to do on
/// hosts whose caches are coherent.
///
///   handle (vmo, rights vary): the VMO, with ZX_RIGHT_WRITE for COMMIT, DECOMMIT, ZERO and
///       CACHE_INVALIDATE, ZX_RIGHT_READ for the other cache operations, one of both for the
///       locks
///   op (value ZX_VMO_OP_*): what to do
///   offset: first byte of the range
///   size: size of the range in bytes
///   buffer (out, buffer of buffer_size bytes, optional): for LOCK only
///   buffer_size: size of buffer
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_INVALID_ARGS: op is unknown
///   ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: a lock of a VMO that is not discardable; memory of a VMO that has
///       copy-on-write relatives cannot be taken back
///   ZX_ERR_BAD_STATE: ZERO on a VMO whose cache policy is not ZX_CACHE_POLICY_CACHED; UNLOCK
///       without a lock
///   ZX_ERR_OUT_OF_RANGE: the range begins behind the VMO or overflows, for cache operations
///       also ends behind it, for locks is not the whole VMO
///   ZX_ERR_INVALID_ARGS: DECOMMIT of parts of pages, an empty range of a cache operation, a
///       buffer that is too small or cannot be written; then the lock is not taken
///   ZX_ERR_NO_MEMORY
///
/// Support: Partial: discardable memory is never discarded.
zx_status_t zx_vmo_op_range(zx_handle_t handle,
                            uint32_t op,
                            uint64_t offset,
                            uint64_t size,
                            void *buffer,
                            size_t buffer_size);

zx_status_t _zx_vmo_op_range(zx_handle_t handle,
                             uint32_t op,
                             uint64_t offset,
                             uint64_t size,
                             void *buffer,
                             size_t buffer_size);

/// Sets how processors are to cache a VMO. Linux lets no program decide that: the policy is
/// remembered, and the rules that come with it are kept.
///
///   handle (vmo, ZX_RIGHT_MAP): the VMO
///   cache_policy: one of ZX_CACHE_POLICY_*
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: no such policy
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE: the VMO is mapped, has children, is a child, or has memory while its
///       policy is not ZX_CACHE_POLICY_CACHED
///
/// Support: Partial: memory is mapped cached whatever the policy.
zx_status_t zx_vmo_set_cache_policy(zx_handle_t handle, uint32_t cache_policy);

zx_status_t _zx_vmo_set_cache_policy(zx_handle_t handle, uint32_t cache_policy);

/// Makes a VMO from a range of another one, its parent.
///
/// * ZX_VMO_CHILD_SNAPSHOT: a copy of the range as it is now. Whole pages are shared until one
/// side writes to them. What lies behind the parent's end reads zero.
/// ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE is the same. ZX_VMO_CHILD_RESIZABLE may be added.
///
/// * ZX_VMO_CHILD_SLICE: the very bytes of the range, for both.
///
/// ZX_VMO_CHILD_NO_WRITE leaves ZX_RIGHT_WRITE out of the new handle's rights. The child has
/// the parent's name, if handle may read it.
///
///   handle (vmo, ZX_RIGHT_DUPLICATE, ZX_RIGHT_READ): the parent
///   options (options ZX_VMO_CHILD_*): what it shall be
///   offset: the first byte, on a page
///   size: in bytes, rounded up to whole pages
///   out (out, vmo): the new handle; its rights are those of handle with ZX_RIGHT_GET_PROPERTY
///       and ZX_RIGHT_SET_PROPERTY, and but for slices with ZX_RIGHT_WRITE and without
///       ZX_RIGHT_EXECUTE
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: the parent is discardable
///   ZX_ERR_INVALID_ARGS: options, or offset is not on a page
///   ZX_ERR_OUT_OF_RANGE: size is too large
///   ZX_ERR_INVALID_ARGS: a slice that is not inside the parent
///   ZX_ERR_NOT_SUPPORTED: a slice of a resizable VMO, or a copy of a slice
///   ZX_ERR_BAD_STATE: the parent's cache policy
///   ZX_ERR_INVALID_ARGS: the offsets up to the oldest parent and size overflow together
///   ZX_ERR_NO_MEMORY
///   ZX_ERR_INVALID_ARGS: out cannot be written, and no child is left
zx_status_t zx_vmo_create_child(zx_handle_t handle,
                                uint32_t options,
                                uint64_t offset,
                                uint64_t size,
                                zx_handle_t *out);

zx_status_t _zx_vmo_create_child(zx_handle_t handle,
                                 uint32_t options,
                                 uint64_t offset,
                                 uint64_t size,
                                 zx_handle_t *out);

/// Replaces a handle to a VMO by one that also has ZX_RIGHT_EXECUTE, which guests and programs
/// need to run code in it. out may be where handle is kept.
///
///   handle (vmo, consumed): the VMO
///   vmex (resource, optional): 0, or a root or VMEX resource
///   out (out, vmo): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle is no handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_OUT_OF_RANGE: vmex is no handle, no suitable
///       kind of resource, a system resource for something else
///   ZX_ERR_BAD_HANDLE: handle is not of a VMO
///   ZX_ERR_INVALID_ARGS: out cannot be written
///   ZX_ERR_NO_MEMORY: there is none for the handle
///
/// Differences: Where the host refuses executable memory files, the later mapping fails with
/// ZX_ERR_ACCESS_DENIED.
zx_status_t zx_vmo_replace_as_executable(zx_handle_t handle, zx_handle_t vmex, zx_handle_t *out);

zx_status_t _zx_vmo_replace_as_executable(zx_handle_t handle, zx_handle_t vmex, zx_handle_t *out);

/// Waits until one of signals is active on an object.
///
///   handle (any handle, ZX_RIGHT_WAIT): the object
///   signals: the signals to wait for
///   deadline: when to give up
///   observed (out, optional): all signals of the object as they were then
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_NOT_SUPPORTED: not a waitable object
///   ZX_ERR_NO_MEMORY: there is none to wait with
///   ZX_ERR_TIMED_OUT: none of the signals until deadline
///   ZX_ERR_CANCELED: the handle was closed, replaced or received by someone meanwhile
///   ZX_ERR_INVALID_ARGS: observed cannot be written
///
/// Blocks: Until a signal is active.
zx_status_t zx_object_wait_one(zx_handle_t handle,
                               zx_signals_t signals,
                               zx_time_t deadline,
                               zx_signals_t *observed);

zx_status_t _zx_object_wait_one(zx_handle_t handle,
                                zx_signals_t signals,
                                zx_time_t deadline,
                                zx_signals_t *observed);

/// Waits until one of the objects has one of the signals that its item waits for. Each item's
/// pending gets all signals of its object. Without items it waits for the deadline.
///
///   items (in and out, array of num_items): handles, each with ZX_RIGHT_WAIT, and the signals
///       to wait for
///   num_items: how many, at most ZX_WAIT_MANY_MAX_ITEMS
///   deadline: when to give up
///
/// Errors, in the order of the checks:
///   ZX_ERR_OUT_OF_RANGE: more than ZX_WAIT_MANY_MAX_ITEMS items
///   ZX_ERR_INVALID_ARGS: items cannot be read
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED: the first item that is
///       wrong
///   ZX_ERR_NO_MEMORY: there is none to wait with
///   ZX_ERR_CANCELED: a handle was closed, replaced or received by someone meanwhile
///   ZX_ERR_TIMED_OUT: none of the signals until deadline
///   ZX_ERR_INVALID_ARGS: items cannot be written
///
/// Blocks: Until a signal is active.
zx_status_t zx_object_wait_many(zx_wait_item_t *items, size_t num_items, zx_time_t deadline);

zx_status_t _zx_object_wait_many(zx_wait_item_t *items, size_t num_items, zx_time_t deadline);

/// Makes a packet with key arrive at a port when one of signals becomes active on an object,
/// once; at once when one is active already, unless options has ZX_WAIT_ASYNC_EDGE. The wait
/// ends without a packet when handle is closed, replaced or received by someone, when
/// zx_port_cancel takes it back and when the last handle of the port is closed.
///
///   handle (any handle, ZX_RIGHT_WAIT): the object
///   port (port, ZX_RIGHT_WRITE): where the packet goes
///   key: the key of the packet
///   signals: the signals to wait for
///   options (options ZX_WAIT_ASYNC_TIMESTAMP, ZX_WAIT_ASYNC_EDGE): whether the packet tells
///       the time, and whether a signal must become active anew
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options has other bits than ZX_WAIT_ASYNC_TIMESTAMP and
///       ZX_WAIT_ASYNC_EDGE
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: port
///   ZX_ERR_BAD_HANDLE, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED: handle
///   ZX_ERR_NO_MEMORY: there is none for the wait
zx_status_t zx_object_wait_async(zx_handle_t handle,
                                 zx_handle_t port,
                                 uint64_t key,
                                 zx_signals_t signals,
                                 uint32_t options);

zx_status_t _zx_object_wait_async(zx_handle_t handle,
                                  zx_handle_t port,
                                  uint64_t key,
                                  zx_signals_t signals,
                                  uint32_t options);

#ifdef LIBZX_LATER_ABI
/// Would make memory that two sides share by rules.
///
///   options: must be 0
///   regions: the parts
///   num_regions: how many
///   ep0_out (out, iob): not written
///   ep1_out (out, iob): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0, or there are no regions
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there are no such objects yet.
///
/// Generation: Later
zx_status_t zx_iob_create(uint64_t options,
                          const void *regions,
                          size_t num_regions,
                          zx_handle_t *ep0_out,
                          zx_handle_t *ep1_out);

zx_status_t _zx_iob_create(uint64_t options,
                           const void *regions,
                           size_t num_regions,
                           zx_handle_t *ep0_out,
                           zx_handle_t *ep1_out);

/// Would map a part of an IOB.
///
///   handle (vmar): the region
///   options (options ZX_VM_*): how
///   vmar_offset: where
///   ep (iob): the memory
///   region_index: which part
///   region_offset: its first byte
///   region_length: how many bytes
///   mapped_addr (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: handle
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: ep
///
/// Support: Checks only: there are no such objects yet.
///
/// Generation: Later
zx_status_t zx_vmar_map_iob(zx_handle_t handle,
                            zx_vm_option_t options,
                            size_t vmar_offset,
                            zx_handle_t ep,
                            uint32_t region_index,
                            uint64_t region_offset,
                            size_t region_length,
                            zx_vaddr_t *mapped_addr);

zx_status_t _zx_vmar_map_iob(zx_handle_t handle,
                             zx_vm_option_t options,
                             size_t vmar_offset,
                             zx_handle_t ep,
                             uint32_t region_index,
                             uint64_t region_offset,
                             size_t region_length,
                             zx_vaddr_t *mapped_addr);

/// Would move pages from one VMO to another.
///
///   dst_vmo (vmo, ZX_RIGHT_WRITE): where to
///   options: must be 0
///   offset: the first byte there
///   length: how many bytes
///   src_vmo (vmo, ZX_RIGHT_READ, ZX_RIGHT_WRITE): where from
///   src_offset: the first byte there
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0, or a number is not a multiple of the page size
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: dst_vmo
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: src_vmo
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: pages do not move between files.
///
/// Generation: Later
zx_status_t zx_vmo_transfer_data(zx_handle_t dst_vmo,
                                 uint32_t options,
                                 uint64_t offset,
                                 uint64_t length,
                                 zx_handle_t src_vmo,
                                 uint64_t src_offset);

zx_status_t _zx_vmo_transfer_data(zx_handle_t dst_vmo,
                                  uint32_t options,
                                  uint64_t offset,
                                  uint64_t length,
                                  zx_handle_t src_vmo,
                                  uint64_t src_offset);

/// Would make a process that shares half of its address space with another one.
///
///   shared_proc (process, ZX_RIGHT_MANAGE_PROCESS): the other one
///   options: must be 0
///   name (string of name_size bytes): the name
///   name_size: its size
///   proc_handle (out, process): not written
///   restricted_vmar_handle (out, vmar): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_INVALID_ARGS: name is NULL
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: shared_proc
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: there is one address space.
///
/// Generation: Later
zx_status_t zx_process_create_shared(zx_handle_t shared_proc,
                                     uint32_t options,
                                     const char *name,
                                     size_t name_size,
                                     zx_handle_t *proc_handle,
                                     zx_handle_t *restricted_vmar_handle);

zx_status_t _zx_process_create_shared(zx_handle_t shared_proc,
                                      uint32_t options,
                                      const char *name,
                                      size_t name_size,
                                      zx_handle_t *proc_handle,
                                      zx_handle_t *restricted_vmar_handle);

/// Would make the memory through which a thread enters restricted mode.
///
///   options: must be 0
///   out (out, vmo): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has no restricted mode.
///
/// Generation: Later
zx_status_t zx_restricted_bind_state(uint32_t options, zx_handle_t *out);

zx_status_t _zx_restricted_bind_state(uint32_t options, zx_handle_t *out);

/// Would enter restricted mode.
///
///   options: must be 0
///   vector_table_ptr: where to come back
///   context: what to come back with
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has no restricted mode.
///
/// Generation: Later
zx_status_t zx_restricted_enter(uint32_t options, size_t vector_table_ptr, size_t context);

zx_status_t _zx_restricted_enter(uint32_t options, size_t vector_table_ptr, size_t context);

/// Would give that memory up.
///
///   options: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has no restricted mode.
///
/// Generation: Later
zx_status_t zx_restricted_unbind_state(uint32_t options);

zx_status_t _zx_restricted_unbind_state(uint32_t options);

/// Would take a thread out of restricted mode.
///
///   thread (thread, ZX_RIGHT_MANAGE_THREAD): the thread
///   options: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: thread
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has no restricted mode.
///
/// Generation: Later
zx_status_t zx_restricted_kick(zx_handle_t thread, uint32_t options);

zx_status_t _zx_restricted_kick(zx_handle_t thread, uint32_t options);

/// Would have threads looked at again and again.
///
///   rsrc (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for debugging
///   options: must be 0
///   config: how often
///   per_cpu_buffers (out, iob): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: rsrc
///   ZX_ERR_INVALID_ARGS: options is not 0, or config cannot be read
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: Linux has perf for that.
///
/// Generation: Later
zx_status_t zx_sampler_create(zx_handle_t rsrc,
                              uint64_t options,
                              const zx_sampler_config_t *config,
                              zx_handle_t *per_cpu_buffers);

zx_status_t _zx_sampler_create(zx_handle_t rsrc,
                               uint64_t options,
                               const zx_sampler_config_t *config,
                               zx_handle_t *per_cpu_buffers);

/// Would begin that.
///
///   iobuffer (iob): what zx_sampler_create gave
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: Linux has perf for that.
///
/// Generation: Later
zx_status_t zx_sampler_start(zx_handle_t iobuffer);

zx_status_t _zx_sampler_start(zx_handle_t iobuffer);

/// Would end that.
///
///   iobuffer (iob): what zx_sampler_create gave
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: Linux has perf for that.
///
/// Generation: Later
zx_status_t zx_sampler_stop(zx_handle_t iobuffer);

zx_status_t _zx_sampler_stop(zx_handle_t iobuffer);

/// Would have a thread looked at.
///
///   iobuffer (iob): what zx_sampler_create gave
///   thread (thread): the thread
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE
///   ZX_ERR_WRONG_TYPE: any other object
///
/// Support: Checks only: Linux has perf for that.
///
/// Generation: Later
zx_status_t zx_sampler_attach(zx_handle_t iobuffer, zx_handle_t thread);

zx_status_t _zx_sampler_attach(zx_handle_t iobuffer, zx_handle_t thread);

/// Would tell how fast processors are.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for
///       processors
///   topic (value ZX_CPU_*): what to tell
///   count: the number of processors
///   info (out): not written
///   output_count (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: unknown topic
///   ZX_ERR_OUT_OF_RANGE: another count
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program does not govern processors.
///
/// Generation: Later
zx_status_t zx_system_get_performance_info(zx_handle_t resource,
                                           uint32_t topic,
                                           size_t count,
                                           void *info,
                                           size_t *output_count);

zx_status_t _zx_system_get_performance_info(zx_handle_t resource,
                                            uint32_t topic,
                                            size_t count,
                                            void *info,
                                            size_t *output_count);

/// Would tell the scheduler how fast processors are.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for
///       processors
///   topic: must be ZX_CPU_PERF_SCALE
///   info: the numbers
///   count: how many, at most one of each processor
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: unknown topic
///   ZX_ERR_OUT_OF_RANGE: no, or too many numbers
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program does not govern processors.
///
/// Generation: Later
zx_status_t zx_system_set_performance_info(zx_handle_t resource,
                                           uint32_t topic,
                                           const void *info,
                                           size_t count);

zx_status_t _zx_system_set_performance_info(zx_handle_t resource,
                                            uint32_t topic,
                                            const void *info,
                                            size_t count);

/// Would send the machine to sleep.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for
///       processors
///   resume_deadline: when to wake it
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program never stops its host.
///
/// Generation: Later
zx_status_t zx_system_suspend_enter(zx_handle_t resource, zx_time_t resume_deadline);

zx_status_t _zx_system_suspend_enter(zx_handle_t resource, zx_time_t resume_deadline);

/// Would describe the power levels of processors.
///
///   resource (resource): of kind ZX_RSRC_KIND_ROOT, or of kind ZX_RSRC_KIND_SYSTEM for
///       processors
///   options: must be 0
///   cpus: the processors
///   power_levels (array of num_power_levels): the levels
///   num_power_levels: how many
///   transitions (array of num_transitions): how to change between them
///   num_transitions: how many
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: resource
///   ZX_ERR_INVALID_ARGS: options is not 0, or cpus cannot be read
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: a program does not govern processors.
///
/// Generation: Later
zx_status_t zx_system_set_processor_power_level_domain(zx_handle_t resource,
                                                       uint64_t options,
                                                       const zx_cpu_set_t *cpus,
                                                       const zx_processor_power_level_t *power_levels,
                                                       size_t num_power_levels,
                                                       const zx_processor_power_level_transition_t *transitions,
                                                       size_t num_transitions);

zx_status_t _zx_system_set_processor_power_level_domain(zx_handle_t resource,
                                                        uint64_t options,
                                                        const zx_cpu_set_t *cpus,
                                                        const zx_processor_power_level_t *power_levels,
                                                        size_t num_power_levels,
                                                        const zx_processor_power_level_transition_t *transitions,
                                                        size_t num_transitions);

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

/// A call of a version to come, which every version refuses.
///
///   arg: any number
///
/// Errors, in the order of the checks:
///   ZX_ERR_NOT_SUPPORTED
///
/// Generation: Later
zx_status_t zx_syscall_next_1(int32_t arg);

zx_status_t _zx_syscall_next_1(int32_t arg);

/// Returns the sum of its arguments, which are of four sizes.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///
/// Generation: Later
///
/// Result: The sum.
uint64_t zx_syscall_test_widening_unsigned_narrow(uint64_t a, uint32_t b, uint16_t c, uint8_t d);

uint64_t _zx_syscall_test_widening_unsigned_narrow(uint64_t a, uint32_t b, uint16_t c, uint8_t d);

/// Returns the sum of its arguments, which are of four sizes.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///
/// Generation: Later
///
/// Result: The sum.
uint64_t zx_syscall_test_widening_unsigned_wide(uint64_t a, uint32_t b, uint16_t c, uint8_t d);

uint64_t _zx_syscall_test_widening_unsigned_wide(uint64_t a, uint32_t b, uint16_t c, uint8_t d);

/// Returns the sum of its arguments, which are of four sizes.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///
/// Generation: Later
///
/// Result: The sum.
int64_t zx_syscall_test_widening_signed_narrow(int64_t a, int32_t b, int16_t c, int8_t d);

int64_t _zx_syscall_test_widening_signed_narrow(int64_t a, int32_t b, int16_t c, int8_t d);

/// Returns the sum of its arguments, which are of four sizes.
///
///   a: a number
///   b: a number
///   c: a number
///   d: a number
///
/// Generation: Later
///
/// Result: The sum.
int64_t zx_syscall_test_widening_signed_wide(int64_t a, int32_t b, int16_t c, int8_t d);

int64_t _zx_syscall_test_widening_signed_wide(int64_t a, int32_t b, int16_t c, int8_t d);

/// Would tell which pages of a pager's VMO have been written.
///
///   pager (pager): the pager
///   pager_vmo (vmo): its VMO
///   offset: the first byte
///   length: how many bytes
///   buffer (out, buffer of buffer_size bytes): not written
///   buffer_size: its size
///   actual (out, optional): not written
///   avail (out, optional): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager_vmo
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: nobody notes which pages were written.
///
/// Generation: Later
zx_status_t zx_pager_query_dirty_ranges(zx_handle_t pager,
                                        zx_handle_t pager_vmo,
                                        uint64_t offset,
                                        uint64_t length,
                                        void *buffer,
                                        size_t buffer_size,
                                        size_t *actual,
                                        size_t *avail);

zx_status_t _zx_pager_query_dirty_ranges(zx_handle_t pager,
                                         zx_handle_t pager_vmo,
                                         uint64_t offset,
                                         uint64_t length,
                                         void *buffer,
                                         size_t buffer_size,
                                         size_t *actual,
                                         size_t *avail);

/// Would tell whether a pager's VMO has been written.
///
///   pager (pager): the pager
///   pager_vmo (vmo): its VMO
///   options: any
///   buffer (out, buffer of buffer_size bytes): not written
///   buffer_size: its size
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE: pager_vmo
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: nobody notes which pages were written.
///
/// Generation: Later
zx_status_t zx_pager_query_vmo_stats(zx_handle_t pager,
                                     zx_handle_t pager_vmo,
                                     uint32_t options,
                                     void *buffer,
                                     size_t buffer_size);

zx_status_t _zx_pager_query_vmo_stats(zx_handle_t pager,
                                      zx_handle_t pager_vmo,
                                      uint32_t options,
                                      void *buffer,
                                      size_t buffer_size);

/// Runs a VCPU as zx_vcpu_resume does, for programs of the later generation: packets of memory
/// traps hold cr3, rip and instruction_size instead of the instruction's bytes, and those of
/// VCPU events begin with their type. The headers declare it, and have these layouts, under
/// LIBZX_LATER_ABI.
///
///   handle (vcpu, ZX_RIGHT_EXECUTE): the VCPU
///   packet (out): what the guest did
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_BAD_STATE, ZX_ERR_CANCELED, ZX_ERR_NOT_FOUND, ZX_ERR_OUT_OF_RANGE,
///       ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED, ZX_ERR_NO_MEMORY, ZX_ERR_INTERNAL,
///       ZX_ERR_INVALID_ARGS: as for zx_vcpu_resume
///
/// Blocks: Until the guest does something the program has to know of, or the VCPU is kicked.
///
/// Generation: Later
zx_status_t zx_vcpu_enter(zx_handle_t handle, zx_port_packet_t *packet);

zx_status_t _zx_vcpu_enter(zx_handle_t handle, zx_port_packet_t *packet);

// Records begin with their numbers.
#define zx_debuglog_read libzx_debuglog_read_later
#define _zx_debuglog_read libzx_debuglog_read_later
#endif

#ifdef LIBZX_OLDER_ABI
/// Reads one of the system's clocks: the same as zx_clock_get.
///
///   clock_id: which one
///   out (out): gets the time in nanoseconds
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown clock_id, or out cannot be written
///
/// Generation: Older
zx_status_t zx_clock_get_new(zx_clock_t clock_id, zx_time_t *out);

zx_status_t _zx_clock_get_new(zx_clock_t clock_id, zx_time_t *out);

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

/// Waits at a word, as zx_futex_wait does without an owner.
///
///   value_ptr: the word
///   current_value: what it must be
///   deadline: how long to wait
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: value_ptr is NULL, not aligned, or cannot be read
///   ZX_ERR_BAD_STATE: the word has another value
///   ZX_ERR_TIMED_OUT
///   ZX_ERR_NO_MEMORY
///
/// Blocks: Until the futex is woken.
///
/// Generation: Older
zx_status_t zx_futex_wait_deprecated(const zx_futex_t *value_ptr,
                                     int32_t current_value,
                                     zx_time_t deadline);

zx_status_t _zx_futex_wait_deprecated(const zx_futex_t *value_ptr,
                                      int32_t current_value,
                                      zx_time_t deadline);

/// Wakes threads and moves others, as zx_futex_requeue does without an owner.
///
///   wake_ptr: the word
///   wake_count: how many threads to wake
///   current_value: what the word must be
///   requeue_ptr: the other word
///   requeue_count: how many threads to move
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: a pointer is NULL or not aligned, both are the same, or the word
///       cannot be read
///   ZX_ERR_BAD_STATE: the word has another value
///   ZX_ERR_NO_MEMORY
///
/// Generation: Older
zx_status_t zx_futex_requeue_deprecated(const zx_futex_t *wake_ptr,
                                        uint32_t wake_count,
                                        int32_t current_value,
                                        const zx_futex_t *requeue_ptr,
                                        uint32_t requeue_count);

zx_status_t _zx_futex_requeue_deprecated(const zx_futex_t *wake_ptr,
                                         uint32_t wake_count,
                                         int32_t current_value,
                                         const zx_futex_t *requeue_ptr,
                                         uint32_t requeue_count);

/// Writes a record into the debug log: the older order of the arguments of zx_debuglog_write.
///
///   handle (debuglog, ZX_RIGHT_WRITE): the log
///   len: the length of the text
///   buffer (buffer of len bytes): the text
///   options (ignored): flags of the record, which are not kept
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_OUT_OF_RANGE: the text is too long
///   ZX_ERR_INVALID_ARGS: buffer cannot be read
///   ZX_ERR_NO_MEMORY
///
/// Generation: Older
zx_status_t zx_log_write(zx_handle_t handle, uint32_t len, const void *buffer, uint32_t options);

zx_status_t _zx_log_write(zx_handle_t handle, uint32_t len, const void *buffer, uint32_t options);

/// Takes a record out of the debug log: the older order of the arguments of zx_debuglog_read,
/// and the older record, which has the flags in two bytes.
///
///   handle (debuglog, ZX_RIGHT_READ): the log
///   len: the size of buffer
///   buffer (out, buffer of len bytes): gets the record
///   options: must be 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: options is not 0
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: handle
///   ZX_ERR_SHOULD_WAIT: nothing to read
///   ZX_ERR_INVALID_ARGS: buffer cannot be written
///
/// Generation: Older
zx_status_t zx_log_read(zx_handle_t handle, uint32_t len, void *buffer, uint32_t options);

zx_status_t _zx_log_read(zx_handle_t handle, uint32_t len, void *buffer, uint32_t options);

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

/// Would read a number that older programs kept on objects.
///
///   handle (any handle): the object
///   scope (any handle): whose number it is
///   cookie (out): not written
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle or scope
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: objects have no such numbers any more.
///
/// Generation: Older
zx_status_t zx_object_get_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t *cookie);

zx_status_t _zx_object_get_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t *cookie);

/// Would set a number that older programs kept on objects.
///
///   handle (any handle): the object
///   scope (any handle): whose number it is
///   cookie: any number
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle or scope
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: objects have no such numbers any more.
///
/// Generation: Older
zx_status_t zx_object_set_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t cookie);

zx_status_t _zx_object_set_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t cookie);

/// Copies the library's version, with the NUL at its end.
///
///   version (out, buffer of version_size bytes): gets the string
///   version_size: the size of version; 64 is enough
///
/// Errors, in the order of the checks:
///   ZX_ERR_BUFFER_TOO_SMALL
///   ZX_ERR_INVALID_ARGS: version cannot be written
///
/// Generation: Older
zx_status_t zx_system_get_version(char *version, size_t version_size);

zx_status_t _zx_system_get_version(char *version, size_t version_size);

/// Would have exceptions sent to a port, which channels have replaced.
///
///   handle (any handle): the task
///   port (ignored): the port
///   key (ignored): any number
///   options (ignored): any
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: exceptions come through channels.
///
/// Generation: Older
zx_status_t zx_task_bind_exception_port(zx_handle_t handle,
                                        zx_handle_t port,
                                        uint64_t key,
                                        uint32_t options);

zx_status_t _zx_task_bind_exception_port(zx_handle_t handle,
                                         zx_handle_t port,
                                         uint64_t key,
                                         uint32_t options);

/// Would let a thread go on after an exception that a port was told of.
///
///   handle (any handle): the thread
///   port (ignored): the port
///   options (ignored): any
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE: handle
///   ZX_ERR_NOT_SUPPORTED
///
/// Support: Checks only: exceptions come through channels.
///
/// Generation: Older
zx_status_t zx_task_resume_from_exception(zx_handle_t handle, zx_handle_t port, uint32_t options);

zx_status_t _zx_task_resume_from_exception(zx_handle_t handle, zx_handle_t port, uint32_t options);

/// Makes a region: the older order of the arguments of zx_vmar_allocate.
///
///   parent_vmar (vmar, rights vary): the region around it
///   offset: where
///   size: how many bytes
///   map_flags (options ZX_VM_*): what can be done in it
///   child_vmar (out, vmar): the new handle
///   child_addr (out): gets the address
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED, ZX_ERR_INVALID_ARGS,
///       ZX_ERR_BAD_STATE, ZX_ERR_NO_MEMORY, ZX_ERR_NOT_FOUND, ZX_ERR_NOT_SUPPORTED: as of
///       zx_vmar_allocate
///
/// Generation: Older
zx_status_t zx_vmar_allocate_old(zx_handle_t parent_vmar,
                                 uint64_t offset,
                                 uint64_t size,
                                 uint32_t map_flags,
                                 zx_handle_t *child_vmar,
                                 zx_vaddr_t *child_addr);

zx_status_t _zx_vmar_allocate_old(zx_handle_t parent_vmar,
                                  uint64_t offset,
                                  uint64_t size,
                                  uint32_t map_flags,
                                  zx_handle_t *child_vmar,
                                  zx_vaddr_t *child_addr);

/// Maps a VMO: the older order of the arguments of zx_vmar_map.
///
///   handle (vmar, rights vary): the region
///   vmar_offset: where
///   vmo (vmo, rights vary): the memory
///   vmo_offset: its first byte
///   len: how many bytes
///   map_flags (options ZX_VM_*): how
///   mapped_addr (out): gets the address
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED, ZX_ERR_INVALID_ARGS,
///       ZX_ERR_BAD_STATE, ZX_ERR_NO_MEMORY, ZX_ERR_NOT_FOUND, ZX_ERR_NOT_SUPPORTED: as of
///       zx_vmar_map
///
/// Generation: Older
zx_status_t zx_vmar_map_old(zx_handle_t handle,
                            uint64_t vmar_offset,
                            zx_handle_t vmo,
                            uint64_t vmo_offset,
                            uint64_t len,
                            uint32_t map_flags,
                            zx_vaddr_t *mapped_addr);

zx_status_t _zx_vmar_map_old(zx_handle_t handle,
                             uint64_t vmar_offset,
                             zx_handle_t vmo,
                             uint64_t vmo_offset,
                             uint64_t len,
                             uint32_t map_flags,
                             zx_vaddr_t *mapped_addr);

/// Changes permissions: the older order of the arguments of zx_vmar_protect.
///
///   handle (vmar, rights vary): the region
///   addr: where
///   len: how many bytes
///   prot_flags (options ZX_VM_*): what accesses may do
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED, ZX_ERR_INVALID_ARGS,
///       ZX_ERR_BAD_STATE, ZX_ERR_NO_MEMORY, ZX_ERR_NOT_FOUND, ZX_ERR_NOT_SUPPORTED: as of
///       zx_vmar_protect
///
/// Generation: Older
zx_status_t zx_vmar_protect_old(zx_handle_t handle,
                                zx_vaddr_t addr,
                                uint64_t len,
                                uint32_t prot_flags);

zx_status_t _zx_vmar_protect_old(zx_handle_t handle,
                                 zx_vaddr_t addr,
                                 uint64_t len,
                                 uint32_t prot_flags);

/// Makes a VMO that shares the pages of another one until they are written: what
/// zx_vmo_create_child does.
///
///   handle (vmo, ZX_RIGHT_DUPLICATE, ZX_RIGHT_READ): the parent
///   options (options 0x3): ZX_VMO_CLONE_COPY_ON_WRITE, and ZX_VMO_CLONE_NON_RESIZEABLE for one
///       that keeps its size
///   offset: the first byte
///   size: how many bytes
///   out (out, vmo): the new handle
///
/// Errors, in the order of the checks:
///   ZX_ERR_INVALID_ARGS: unknown options
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED, ZX_ERR_INVALID_ARGS,
///       ZX_ERR_BAD_STATE, ZX_ERR_NO_MEMORY, ZX_ERR_OUT_OF_RANGE, ZX_ERR_NOT_SUPPORTED: as of
///       zx_vmo_create_child
///
/// Generation: Older
zx_status_t zx_vmo_clone(zx_handle_t handle,
                         uint32_t options,
                         uint64_t offset,
                         uint64_t size,
                         zx_handle_t *out);

zx_status_t _zx_vmo_clone(zx_handle_t handle,
                          uint32_t options,
                          uint64_t offset,
                          uint64_t size,
                          zx_handle_t *out);

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
