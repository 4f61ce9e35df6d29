// SPDX-License-Identifier: MIT
// Kinds and bits of zx_system_get_features.

#ifndef LIBZX_ZIRCON_FEATURES_H_
#define LIBZX_ZIRCON_FEATURES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

@@types features@@

#endif  // LIBZX_ZIRCON_FEATURES_H_
