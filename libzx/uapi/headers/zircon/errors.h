// SPDX-License-Identifier: MIT
// Status codes. Plain macros, so that #if can use them; nothing is included.

#ifndef LIBZX_ZIRCON_ERRORS_H_
#define LIBZX_ZIRCON_ERRORS_H_

@@types errors@@

#endif  // LIBZX_ZIRCON_ERRORS_H_
