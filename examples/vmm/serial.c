// SPDX-License-Identifier: MIT
// A 16550A. What the guest sends is out at once, so the transmitter is always empty.

#include "serial.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "console.h"
#include "layout.h"
#include "machine.h"

// Registers. Two of them have other meanings while LINE_CONTROL has DIVISOR_ACCESS.
enum { DATA, INTERRUPT_ENABLE, INTERRUPT_ID, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS, MODEM_STATUS, SCRATCH };
#define FIFO_CONTROL INTERRUPT_ID  // when written

#define ENABLE_RECEIVED 0x01
#define ENABLE_SENT 0x02
#define ID_NONE 0x01
#define ID_SENT 0x02
#define ID_RECEIVED 0x04
#define ID_FIFO 0xc0
#define FIFO_ENABLE 0x01
#define FIFO_CLEAR_RECEIVED 0x02
#define DIVISOR_ACCESS 0x80
#define CONTROL_DTR 0x01
#define CONTROL_RTS 0x02
#define CONTROL_OUT1 0x04
#define CONTROL_OUT2 0x08
#define CONTROL_LOOP 0x10
#define LINE_READY 0x01
#define LINE_EMPTY 0x60  // the transmitter and its register
#define MODEM_CTS 0x10
#define MODEM_DSR 0x20
#define MODEM_RING 0x40
#define MODEM_CARRIER 0x80

#define FIFO_BYTES 16

struct serial {
  struct machine* machine;
  pthread_mutex_t lock;
  uint8_t received[FIFO_BYTES];
  unsigned first, count;  // of what is in there
  uint8_t interrupt_enable, line_control, modem_control, scratch;
  uint8_t divisor[2];
  bool fifo;
  bool sent;  // the interrupt of an empty transmitter is due
  bool line;  // the interrupt line
};

static uint8_t interrupt_id(const struct serial* s) {
  if (s->interrupt_enable & ENABLE_RECEIVED && s->count > 0) {
    return ID_RECEIVED;
  }
  return s->interrupt_enable & ENABLE_SENT && s->sent ? ID_SENT : ID_NONE;
}

static void update_line(struct serial* s) {
  bool line = interrupt_id(s) != ID_NONE;
  if (line != s->line) {
    s->line = line;
    machine_set_irq(s->machine, SERIAL_GSI, line);
  }
}

static void receive(struct serial* s, uint8_t byte) {
  s->received[(s->first + s->count++) % FIFO_BYTES] = byte;
}

// Bytes from the terminal.
static size_t take_input(void* device, const uint8_t* data, size_t size) {
  struct serial* s = device;
  size_t taken = 0;
  pthread_mutex_lock(&s->lock);
  while (taken < size && s->count < (s->fifo ? FIFO_BYTES : 1)) {
    receive(s, data[taken++]);
  }
  update_line(s);
  pthread_mutex_unlock(&s->lock);
  return taken;
}

static uint8_t read_data(struct serial* s) {
  if (s->count == 0) {
    return 0;
  }
  uint8_t byte = s->received[s->first];
  s->first = (s->first + 1) % FIFO_BYTES;
  if (--s->count == 0) {
    console_room();
  }
  return byte;
}

// The other end is always there. A loop connects each output with an input.
static uint8_t modem_status(const struct serial* s) {
  if (!(s->modem_control & CONTROL_LOOP)) {
    return MODEM_CTS | MODEM_DSR | MODEM_CARRIER;
  }
  return (s->modem_control & CONTROL_RTS ? MODEM_CTS : 0) |
         (s->modem_control & CONTROL_DTR ? MODEM_DSR : 0) |
         (s->modem_control & CONTROL_OUT1 ? MODEM_RING : 0) |
         (s->modem_control & CONTROL_OUT2 ? MODEM_CARRIER : 0);
}

static uint8_t read_locked(struct serial* s, uint64_t offset) {
  bool divisor = s->line_control & DIVISOR_ACCESS;
  switch (offset) {
    case DATA:
      return divisor ? s->divisor[0] : read_data(s);
    case INTERRUPT_ENABLE:
      return divisor ? s->divisor[1] : s->interrupt_enable;
    case INTERRUPT_ID: {
      uint8_t id = interrupt_id(s);
      if (id == ID_SENT) {
        s->sent = false;
      }
      return id | (s->fifo ? ID_FIFO : 0);
    }
    case LINE_CONTROL:
      return s->line_control;
    case MODEM_CONTROL:
      return s->modem_control;
    case LINE_STATUS:
      return LINE_EMPTY | (s->count > 0 ? LINE_READY : 0);
    case MODEM_STATUS:
      return modem_status(s);
    default:
      return s->scratch;
  }
}

static void write_data(struct serial* s, uint8_t byte) {
  if (!(s->modem_control & CONTROL_LOOP)) {
    console_write(&byte, 1);
  } else if (s->count < FIFO_BYTES) {
    receive(s, byte);
  }
  s->sent = true;
}

static void write_locked(struct serial* s, uint64_t offset, uint8_t value) {
  bool divisor = s->line_control & DIVISOR_ACCESS;
  switch (offset) {
    case DATA:
      if (divisor) {
        s->divisor[0] = value;
      } else {
        write_data(s, value);
      }
      break;
    case INTERRUPT_ENABLE:
      if (divisor) {
        s->divisor[1] = value;
      } else {
        s->sent |= value & ~s->interrupt_enable & ENABLE_SENT;  // it is empty, so that is due
        s->interrupt_enable = value & 0x0f;
      }
      break;
    case FIFO_CONTROL:
      s->fifo = value & FIFO_ENABLE;
      if (value & FIFO_CLEAR_RECEIVED) {
        s->count = 0;
        console_room();
      }
      break;
    case LINE_CONTROL:
      s->line_control = value;
      break;
    case MODEM_CONTROL:
      s->modem_control = value & 0x1f;
      break;
    case SCRATCH:
      s->scratch = value;
      break;
  }
}

static uint64_t read_port(void* device, uint64_t offset, unsigned size) {
  (void)size;
  struct serial* s = device;
  pthread_mutex_lock(&s->lock);
  uint8_t value = read_locked(s, offset);
  update_line(s);
  pthread_mutex_unlock(&s->lock);
  return value;
}

static void write_port(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)size;
  struct serial* s = device;
  pthread_mutex_lock(&s->lock);
  write_locked(s, offset, (uint8_t)value);
  update_line(s);
  pthread_mutex_unlock(&s->lock);
}

zx_status_t serial_create(struct machine* machine, struct serial** out) {
  static const struct bus_ops ops = {.name = "serial", .read = read_port, .write = write_port};
  struct serial* s = calloc(1, sizeof(*s));
  if (s == NULL) {
    return ZX_ERR_NO_MEMORY;
  }
  *out = s;
  s->machine = machine;
  pthread_mutex_init(&s->lock, NULL);
  console_set_input(take_input, s);
  return machine_add_pio(machine, SERIAL_PORT, 8, &ops, s);
}

void serial_destroy(struct serial* s) {
  if (s != NULL) {
    console_set_input(NULL, NULL);
    pthread_mutex_destroy(&s->lock);
    free(s);
  }
}
