// SPDX-License-Identifier: MIT
// The guests of vcpu_suspend.c: those that every such test has.

#include "vcpu_code.h"
