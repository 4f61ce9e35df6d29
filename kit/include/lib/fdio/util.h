// SPDX-License-Identifier: MIT
// As much of fdio as guest tests need.
#ifndef LIB_FDIO_UTIL_H_
#define LIB_FDIO_UTIL_H_

#include <lib/fdio/internal.h>



#endif  // LIB_FDIO_UTIL_H_
