// SPDX-License-Identifier: MIT
// What the guest's first process checks. Each function prints its outcomes.
#ifndef VMM_GUEST_CHECK_H_
#define VMM_GUEST_CHECK_H_

#include <stdbool.h>
#include <stddef.h>

// Prints "PASS what" or "FAIL what".
__attribute__((format(printf, 2, 3))) void outcome(bool good, const char* format, ...);

// Reads up to `size` bytes; 0 if there is no such file.
size_t read_file(const char* path, void* data, size_t size);

// The first line of a file, without its end; valid until the next call.
const char* read_line(const char* path);

void check_cpus(void);       // as many as there must be
void check_offline_cpus(void);  // they go away and come back
void check_busy_cpus(void);  // they work at the same time
void check_sleep(void);      // timers and clocks
void check_entropy(void);
void check_disk(void);       // a file system, before and after it was mounted anew
void check_console(void);
void check_input(void);

#endif  // VMM_GUEST_CHECK_H_
