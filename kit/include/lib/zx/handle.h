// SPDX-License-Identifier: MIT
// zx::handle, the owner of a handle of any type.
#ifndef LIB_ZX_HANDLE_H_
#define LIB_ZX_HANDLE_H_

#include <lib/zx/object.h>

#endif  // LIB_ZX_HANDLE_H_
