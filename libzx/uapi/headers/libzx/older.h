// SPDX-License-Identifier: MIT
// What programs of 2018 use and later headers lack. Programs that define LIBZX_OLDER_ABI get it
// with zircon/types.h. Names whose numbers mean something else today are not here: the kinds of
// resources, the options and signals of sockets with a control plane, levels of the debug log.

#ifndef LIBZX_LIBZX_OLDER_H_
#define LIBZX_LIBZX_OLDER_H_

#include <stdint.h>
#include <zircon/compiler.h>

typedef uint32_t zx_obj_props_t;
#define ZX_OBJ_PROP_NONE ((zx_obj_props_t)0u)
#define ZX_OBJ_PROP_WAITABLE ((zx_obj_props_t)1u)

// Waits and packets. A repeating wait is none: packets of this type never come.
#define ZX_WAIT_ASYNC_REPEATING 1u
#define ZX_PKT_TYPE_SIGNAL_REP ((uint8_t)2u)
#define ZX_PKT_IS_SIGNAL_REP(type) ((type) == ZX_PKT_TYPE_SIGNAL_REP)
#define ZX_PKT_TYPE_EXCEPTION(n) ((uint32_t)(8u | (((n)&0xffu) << 8)))
#define ZX_PKT_IS_EXCEPTION(type) (((type)&0xffu) == 8u)

// Kinds of exception ports; ports are channels today.
#define ZX_EXCEPTION_PORT_TYPE_NONE ((uint32_t)0u)
#define ZX_EXCEPTION_PORT_TYPE_DEBUGGER ((uint32_t)1u)
#define ZX_EXCEPTION_PORT_TYPE_THREAD ((uint32_t)2u)
#define ZX_EXCEPTION_PORT_TYPE_PROCESS ((uint32_t)3u)
#define ZX_EXCEPTION_PORT_TYPE_JOB ((uint32_t)4u)
#define ZX_EXCEPTION_PORT_TYPE_JOB_DEBUGGER ((uint32_t)5u)
#define ZX_EXCEPTION_PORT_DEBUGGER ((uint32_t)1u)
#define ZX_RESUME_TRY_NEXT ((uint32_t)2u)

// Policies.
#define ZX_POL_ACTION_EXCEPTION 2u

// VMOs.
#define ZX_VMO_NON_RESIZABLE ((uint32_t)1u)
#define ZX_VMO_CLONE_COPY_ON_WRITE ((uint32_t)1u)
#define ZX_VMO_CLONE_NON_RESIZEABLE ((uint32_t)2u)

// Start-up handles.
#define PA_FDIO_REMOTE 0x32u
#define PA_FDIO_LOGGER 0x35u
#define PA_FDIO_SOCKET 0x36u
#ifndef PA_HND_SUBTYPE
#define PA_HND_SUBTYPE(n) (((n) >> 8) & 0xffu)
#endif

// Thread states; fs and gs are general registers today.
#if defined(__x86_64__)
typedef uint64_t zx_thread_x86_register_fs_t;
typedef uint64_t zx_thread_x86_register_gs_t;
#define ZX_THREAD_X86_REGISTER_FS ((uint32_t)6u)
#define ZX_THREAD_X86_REGISTER_GS ((uint32_t)7u)
#endif

#endif  // LIBZX_LIBZX_OLDER_H_
