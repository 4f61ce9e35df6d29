// SPDX-License-Identifier: MIT
// ACPI's sleep registers (ACPI specification 6.4, section 4.8.3.7), and what is left of the keyboard
// controller: its command that pulls the reset line.

#include "power.h"

#include "layout.h"
#include "machine.h"
#include "vm.h"

#define SLEEP_TYPE(value) ((value) >> 2 & 7)
#define SLEEP_ENABLE (1u << 5)

static uint64_t read_zero(void* device, uint64_t offset, unsigned size) {
  (void)device, (void)offset, (void)size;
  return 0;  // awake; no keyboard data
}

static void write_sleep(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)size;
  if (offset == 0 && value & SLEEP_ENABLE && SLEEP_TYPE(value) == SLEEP_TYPE_OFF) {
    machine_stop(device, STOP_POWER_OFF);
  }
}

static void write_keyboard(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)offset, (void)size;
  if ((value & 0xff) == KEYBOARD_PULSE_RESET) {
    machine_stop(device, STOP_REBOOT);
  }
}

zx_status_t power_init(struct machine* machine) {
  static const struct bus_ops sleep = {.name = "power", .read = read_zero, .write = write_sleep};
  static const struct bus_ops keyboard = {
      .name = "reset", .read = read_zero, .write = write_keyboard};
  zx_status_t status = machine_add_pio(machine, POWER_PORT, 2, &sleep, machine);
  return status != ZX_OK ? status
                         : machine_add_pio(machine, KEYBOARD_PORT, 1, &keyboard, machine);
}
