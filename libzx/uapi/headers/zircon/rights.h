// SPDX-License-Identifier: MIT
// Rights and the default rights of each object type.

#ifndef LIBZX_ZIRCON_RIGHTS_H_
#define LIBZX_ZIRCON_RIGHTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

@@types rights@@

#endif  // LIBZX_ZIRCON_RIGHTS_H_
