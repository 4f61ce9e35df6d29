// SPDX-License-Identifier: MIT
// The registers with which the guest powers its machine off and resets it.
#ifndef VMM_POWER_H_
#define VMM_POWER_H_

#include <zircon/types.h>

#define SLEEP_TYPE_OFF 5
#define KEYBOARD_PULSE_RESET 0xfe

struct machine;

zx_status_t power_init(struct machine* machine);

#endif  // VMM_POWER_H_
