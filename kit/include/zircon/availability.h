// SPDX-License-Identifier: MIT
// Marks of the release in which something came or went: nothing here.
#ifndef ZIRCON_AVAILABILITY_H_
#define ZIRCON_AVAILABILITY_H_

#define ZX_AVAILABLE_SINCE(...)
#define ZX_DEPRECATED_SINCE(...)
#define ZX_REMOVED_SINCE(...)

#endif  // ZIRCON_AVAILABILITY_H_
