// SPDX-License-Identifier: MIT
// Start-up message and handle codes.

#ifndef LIBZX_ZIRCON_PROCESSARGS_H_
#define LIBZX_ZIRCON_PROCESSARGS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

// Protocol of the start-up message.
#define ZX_PROCARGS_VERSION 0x1000u
#define ZX_PROCARGS_PROTOCOL 0x4150585du

// Handle types.
#define PA_PROC_SELF 0x1u
#define PA_THREAD_SELF 0x2u
#define PA_JOB_DEFAULT 0x3u
#define PA_VMAR_ROOT 0x4u
#define PA_VMAR_LOADED 0x5u
#define PA_LDSVC_LOADER 0x10u
#define PA_VMO_VDSO 0x11u
#define PA_VMO_STACK 0x13u
#define PA_VMO_EXECUTABLE 0x14u
#define PA_VMO_BOOTDATA 0x1au
#define PA_VMO_BOOTFS 0x1bu
#define PA_VMO_KERNEL_FILE 0x1cu
#define PA_NS_DIR 0x20u
#define PA_FD 0x30u
#define PA_LIFECYCLE 0x3au
#define PA_DIRECTORY_REQUEST 0x3bu
#define PA_RESOURCE 0x3fu
#define PA_CLOCK_UTC 0x40u
#define PA_USER0 0xf0u
#define PA_USER1 0xf1u
#define PA_USER2 0xf2u

/// Head of the start-up message.
typedef struct zx_proc_args {
  uint32_t protocol;
  uint32_t version;
  uint32_t handle_info_off;
  uint32_t args_off;
  uint32_t args_num;
  uint32_t environ_off;
  uint32_t environ_num;
  uint32_t names_off;
  uint32_t names_num;
} zx_proc_args_t;

// A handle code: its type in the low byte, its argument in the upper half.
#define PA_HND(type, arg) (((uint32_t)(type) & 0xffu) | (((uint32_t)(arg) & 0xffffu) << 16))
#define PA_HND_TYPE(info) ((info) & 0xffu)
#define PA_HND_ARG(info) (((info) >> 16) & 0xffffu)

#endif  // LIBZX_ZIRCON_PROCESSARGS_H_
