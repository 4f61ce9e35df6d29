// SPDX-License-Identifier: MIT
// A serial port, with the terminal at the other end.
#ifndef VMM_SERIAL_H_
#define VMM_SERIAL_H_

#include <zircon/types.h>

struct machine;
struct serial;

zx_status_t serial_create(struct machine* machine, struct serial** out);
void serial_destroy(struct serial* serial);

#endif  // VMM_SERIAL_H_
