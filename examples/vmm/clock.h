// SPDX-License-Identifier: MIT
// The clock that runs when the machine is off: the date and the time of the host, in UTC.
#ifndef VMM_CLOCK_H_
#define VMM_CLOCK_H_

#include <zircon/types.h>

struct clock;
struct machine;

zx_status_t clock_create(struct machine* machine, struct clock** out);
void clock_destroy(struct clock* clock);

#endif  // VMM_CLOCK_H_
