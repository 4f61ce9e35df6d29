// SPDX-License-Identifier: MIT
// What the preloaded library (preload.c) does for the program that it is loaded into (sweep.c): it
// fails chosen calls that libzx.so makes to the C library, and no others.

#ifndef LIBZX_CI_INJECT_INJECT_H_
#define LIBZX_CI_INJECT_INJECT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kinds of calls.
typedef enum inject_kind {
  INJECT_HEAP,    // malloc and its family
  INJECT_MAP,     // mmap, mremap
  INJECT_UNMAP,   // munmap, mprotect, madvise
  INJECT_IOCTL,   // ioctl
  INJECT_THREAD,  // pthread_create
  INJECT_FILE,    // open, memfd_create, ftruncate, fallocate, reads and writes, fcntl, lseek, close
  INJECT_FUTEX,   // waits on futexes
  INJECT_SIGNAL,  // tgkill, sigaction, signal masks
  INJECT_KINDS
} inject_kind_t;

#define INJECT_FRAMES 24

// Lives in memory that the sweeping process shares with the one that is swept.
typedef struct inject_record {
  long hits;               // calls of the kind since inject_arm
  long failed;             // those of them that were failed
  char what[24];           // the first that was: its name,
  unsigned long argument;  // a size, a request of ioctl, a number of a system call,
  int frames;              // and who made it, as addresses in the library's file
  uintptr_t stack[INJECT_FRAMES];
} inject_record_t;

// Fails the `nth` call of a kind from now on (0: none) with this error, and with `persist` all that
// come after it.
void inject_arm(inject_kind_t kind, int error, long nth, bool persist, inject_record_t* record);
void inject_disarm(void);

#endif  // LIBZX_CI_INJECT_INJECT_H_
