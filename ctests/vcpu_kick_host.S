// SPDX-License-Identifier: MIT
// The guests of vcpu_kick_host.c: those that every such test has.

#include "vcpu_code.h"
