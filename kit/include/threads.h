// SPDX-License-Identifier: MIT
// The system's <threads.h>, and what Fuchsia's has beyond it.
#if !defined(__ASSEMBLER__)
#pragma GCC system_header
#endif
#include_next <threads.h>

#ifndef LIBZX_KIT_THREADS_H_
#define LIBZX_KIT_THREADS_H_

// Static mutexes and condition variables: those that are all zeros are ready for use.
#define MTX_INIT {}
#define CND_INIT {}

#ifdef __cplusplus
extern "C" {
#endif

// Makes a thread like thrd_create, with a name of which 31 characters are kept. NULL stands for a
// name of the library's choice.
int thrd_create_with_name(thrd_t* thread, thrd_start_t entry, void* arg, const char* name);

#ifdef __cplusplus
}
#endif

#endif  // LIBZX_KIT_THREADS_H_
