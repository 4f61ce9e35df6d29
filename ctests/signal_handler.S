// SPDX-License-Identifier: MIT
// The guests of signal_handler.c: those that every such test has.

#include "guest_code.h"
