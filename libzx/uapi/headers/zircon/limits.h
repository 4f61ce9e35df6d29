// SPDX-License-Identifier: MIT
// Page sizes.

#ifndef LIBZX_ZIRCON_LIMITS_H_
#define LIBZX_ZIRCON_LIMITS_H_

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

@@types limits@@

#endif  // LIBZX_ZIRCON_LIMITS_H_
