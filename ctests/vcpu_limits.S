// SPDX-License-Identifier: MIT
// The guest of vcpu_limits.c.

#include "vcpu_code.h"
