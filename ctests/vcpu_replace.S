// SPDX-License-Identifier: MIT
// The guests of vcpu_replace.c: those that every such test has.

#include "vcpu_code.h"
