// SPDX-License-Identifier: MIT
// MC146818: a register number goes to one port, the register's value is at the next. The time is always
// the host's; alarms and interrupts there are none.

#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "layout.h"
#include "machine.h"
#include "vm.h"

enum {
  SECONDS = 0x00,
  MINUTES = 0x02,
  HOURS = 0x04,
  DAY_OF_WEEK = 0x06,
  DAY_OF_MONTH = 0x07,
  MONTH = 0x08,
  YEAR = 0x09,
  STATUS_A = 0x0a,
  STATUS_B = 0x0b,
  STATUS_D = 0x0d,
  SHUTDOWN = 0x0f,  // not of the clock: what the next reset of a CPU is for
  CENTURY = 0x32,
};
#define STATUS_A_32_KHZ 0x26
#define STATUS_B_24_HOURS 0x02  // and numbers in BCD
#define STATUS_D_VALID 0x80
#define SHUTDOWN_JUMP 0x0a  // to a vector: a CPU is going to be started

struct clock {
  struct machine* machine;
  pthread_mutex_t lock;
  uint8_t selected;
};

static uint8_t bcd(int number) {
  return (uint8_t)(number / 10 % 10 << 4 | number % 10);
}

static uint8_t read_selected(unsigned selected) {
  time_t now = time(NULL);
  struct tm t;
  gmtime_r(&now, &t);
  switch (selected) {
    case SECONDS:
      return bcd(t.tm_sec);
    case MINUTES:
      return bcd(t.tm_min);
    case HOURS:
      return bcd(t.tm_hour);
    case DAY_OF_WEEK:
      return bcd(t.tm_wday + 1);
    case DAY_OF_MONTH:
      return bcd(t.tm_mday);
    case MONTH:
      return bcd(t.tm_mon + 1);
    case YEAR:
      return bcd(t.tm_year % 100);
    case CENTURY:
      return bcd(19 + t.tm_year / 100);
    case STATUS_A:
      return STATUS_A_32_KHZ;
    case STATUS_B:
      return STATUS_B_24_HOURS;
    case STATUS_D:
      return STATUS_D_VALID;
    default:
      return 0;
  }
}

static uint64_t read_port(void* device, uint64_t offset, unsigned size) {
  (void)size;
  struct clock* clock = device;
  pthread_mutex_lock(&clock->lock);
  unsigned selected = clock->selected;
  pthread_mutex_unlock(&clock->lock);
  return offset == 1 ? read_selected(selected) : UINT64_MAX;
}

static void write_port(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)size;
  struct clock* clock = device;
  pthread_mutex_lock(&clock->lock);
  if (offset == 0) {
    clock->selected = value & 0x7f;  // bit 7 masks NMIs, which nobody sends
  }
  bool announced = offset == 1 && clock->selected == SHUTDOWN && (value & 0xff) == SHUTDOWN_JUMP;
  pthread_mutex_unlock(&clock->lock);
  if (announced) {
    cpu_announce_start(clock->machine);
  }
}

zx_status_t clock_create(struct machine* machine, struct clock** out) {
  static const struct bus_ops ops = {.name = "clock", .read = read_port, .write = write_port};
  struct clock* clock = calloc(1, sizeof(*clock));
  if (clock == NULL) {
    return ZX_ERR_NO_MEMORY;
  }
  *out = clock;
  clock->machine = machine;
  pthread_mutex_init(&clock->lock, NULL);
  return machine_add_pio(machine, CLOCK_PORT, 2, &ops, clock);
}

void clock_destroy(struct clock* clock) {
  if (clock != NULL) {
    pthread_mutex_destroy(&clock->lock);
    free(clock);
  }
}
