// SPDX-License-Identifier: MIT
// Loops that are a thread's default dispatcher.
#ifndef LIB_ASYNC_LOOP_DEFAULT_H_
#define LIB_ASYNC_LOOP_DEFAULT_H_

#include <lib/async-loop/loop.h>
#include <lib/async/default.h>



#endif  // LIB_ASYNC_LOOP_DEFAULT_H_
