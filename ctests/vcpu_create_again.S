// SPDX-License-Identifier: MIT
// The guests of vcpu_create_again.c: those that every such test has.

#include "guest_code.h"
