// SPDX-License-Identifier: MIT
// The thread annotations __TA_*.
#ifndef LIB_ZIRCON_INTERNAL_THREAD_ANNOTATIONS_H_
#define LIB_ZIRCON_INTERNAL_THREAD_ANNOTATIONS_H_

#include <zircon/compiler.h>



#endif  // LIB_ZIRCON_INTERNAL_THREAD_ANNOTATIONS_H_
