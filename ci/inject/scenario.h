// SPDX-License-Identifier: MIT
// What the sweep runs: one function for each family of calls, which makes its objects, uses them and
// gives everything back whatever fails on the way.

#ifndef LIBZX_CI_INJECT_SCENARIO_H_
#define LIBZX_CI_INJECT_SCENARIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

typedef struct family {
  const char* name;
  void (*set_up)(void);  // before anything is failed
  void (*run)(void);     // with a call that fails, and once more without
  void (*tear_down)(void);
  bool needs_kvm;
} family_t;

extern const family_t object_families[];
extern const size_t object_family_count;
extern const family_t later_families[];
extern const size_t later_family_count;
extern const family_t guest_families[];
extern const size_t guest_family_count;

// Notes what a call returned; true if that is ZX_OK.
bool noted(zx_status_t status, const char* call);
#define OK(call) noted(call, #call)

// Notes that something is not as it has to be when no call fails.
void expected(bool value, const char* what);
#define EXPECT(value) expected(value, #value)

// Closes a handle, if it is one.
void drop(zx_handle_t* handle);

#endif  // LIBZX_CI_INJECT_SCENARIO_H_
