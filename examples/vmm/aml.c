// SPDX-License-Identifier: MIT
// See aml.h. Section numbers are those of the ACPI specification, release 6.4.

#include "aml.h"

#include <string.h>

// 20.2: opcodes and prefixes.
enum {
  NAME_OP = 0x08,
  BYTE_PREFIX = 0x0a,
  DWORD_PREFIX = 0x0c,
  SCOPE_OP = 0x10,
  BUFFER_OP = 0x11,
  PACKAGE_OP = 0x12,
  EXTENDED_OP = 0x5b,
  DEVICE_OP = 0x82,  // after EXTENDED_OP
};

// 6.4: resource descriptors.
enum {
  PORTS_DESCRIPTOR = 0x47,
  END_DESCRIPTOR = 0x79,
  DWORD_RANGE = 0x87,
  WORD_RANGE = 0x88,
  INTERRUPT_DESCRIPTOR = 0x89,
};
enum { RANGE_OF_MEMORY = 0, RANGE_OF_PORTS = 1, RANGE_OF_BUSES = 2 };
#define RANGE_FIXED 0x0c  // both ends

static void put(struct aml* aml, uint64_t value, size_t size) {
  if (aml->next != NULL && (size_t)(aml->end - aml->next) < size) {
    aml->next = NULL;
  }
  if (aml->next != NULL) {
    memcpy(aml->next, &value, size);
    aml->next += size;
  }
}

static void put_name(struct aml* aml, const char* name) {
  for (; *name != '\0'; name++) {
    put(aml, (uint8_t)*name, 1);
  }
}

// A length in the form of two bytes (20.2.4), which counts itself; aml_end() knows it.
static uint8_t* begin(struct aml* aml) {
  uint8_t* begun = aml->next;
  put(aml, 0, 2);
  return begun;
}

void aml_end(struct aml* aml, uint8_t* begun) {
  if (aml->next != NULL) {
    size_t length = (size_t)(aml->next - begun);
    begun[0] = (uint8_t)(1 << 6 | (length & 0xf));
    begun[1] = (uint8_t)(length >> 4);
  }
}

uint8_t* aml_scope(struct aml* aml, const char* name) {
  put(aml, SCOPE_OP, 1);
  uint8_t* begun = begin(aml);
  put_name(aml, name);
  return begun;
}

uint8_t* aml_device(struct aml* aml, const char* name) {
  put(aml, EXTENDED_OP, 1);
  put(aml, DEVICE_OP, 1);
  uint8_t* begun = begin(aml);
  put_name(aml, name);
  return begun;
}

uint8_t* aml_package(struct aml* aml, uint8_t elements) {
  put(aml, PACKAGE_OP, 1);
  uint8_t* begun = begin(aml);
  put(aml, elements, 1);
  return begun;
}

void aml_name(struct aml* aml, const char* name) {
  put(aml, NAME_OP, 1);
  put_name(aml, name);
}

void aml_integer(struct aml* aml, uint32_t value) {
  if (value <= 1) {  // ZeroOp and OneOp
    put(aml, value, 1);
  } else if (value <= UINT8_MAX) {
    put(aml, BYTE_PREFIX, 1);
    put(aml, value, 1);
  } else {
    put(aml, DWORD_PREFIX, 1);
    put(aml, value, 4);
  }
}

// 6.1.5: three letters of five bits and four hexadecimal digits, most significant byte first.
void aml_eisa_id(struct aml* aml, const char id[static 7]) {
  uint32_t value = 0;
  for (unsigned i = 0; i < 3; i++) {
    value = value << 5 | (uint32_t)(id[i] - 'A' + 1);
  }
  for (unsigned i = 3; i < 7; i++) {
    value = value << 4 | (uint32_t)(id[i] <= '9' ? id[i] - '0' : id[i] - 'A' + 10);
  }
  put(aml, DWORD_PREFIX, 1);
  put(aml, __builtin_bswap32(value), 4);
}

// A buffer of descriptors, with its size as a number of two bytes between the length and the bytes.
#define WORD_PREFIX 0x0b
#define BUFFER_HEAD 5  // the length, and the size with its prefix

uint8_t* aml_resources(struct aml* aml) {
  put(aml, BUFFER_OP, 1);
  uint8_t* begun = begin(aml);
  put(aml, WORD_PREFIX, 1);
  put(aml, 0, 2);
  return begun;
}

void aml_end_resources(struct aml* aml, uint8_t* begun) {
  put(aml, END_DESCRIPTOR, 1);
  put(aml, 0, 1);  // no checksum
  if (aml->next != NULL) {
    uint16_t size = (uint16_t)(aml->next - begun - BUFFER_HEAD);
    memcpy(begun + BUFFER_HEAD - sizeof(size), &size, sizeof(size));
  }
  aml_end(aml, begun);
}

void aml_ports(struct aml* aml, uint16_t start, uint8_t count) {
  put(aml, PORTS_DESCRIPTOR, 1);
  put(aml, 1, 1);  // decodes 16 bits
  put(aml, start, 2);
  put(aml, start, 2);
  put(aml, 1, 1);  // alignment
  put(aml, count, 1);
}

void aml_interrupt(struct aml* aml, uint32_t gsi) {
  put(aml, INTERRUPT_DESCRIPTOR, 1);
  put(aml, 6, 2);
  put(aml, 0x03, 1);  // consumed, edge
  put(aml, 1, 1);
  put(aml, gsi, 4);
}

// Granularity, first, last, translation, and length, after the head of all ranges.
static void put_range(struct aml* aml, size_t width, uint8_t type, uint8_t flags, uint64_t first,
                      uint64_t last) {
  put(aml, width == 2 ? WORD_RANGE : DWORD_RANGE, 1);
  put(aml, 3 + 5 * width, 2);
  put(aml, type, 1);
  put(aml, RANGE_FIXED, 1);
  put(aml, flags, 1);
  put(aml, 0, width);
  put(aml, first, width);
  put(aml, last, width);
  put(aml, 0, width);
  put(aml, last - first + 1, width);
}

void aml_bus_range(struct aml* aml, uint16_t first, uint16_t last) {
  put_range(aml, 2, RANGE_OF_BUSES, 0, first, last);
}

void aml_port_range(struct aml* aml, uint16_t first, uint16_t last) {
  put_range(aml, 2, RANGE_OF_PORTS, 3, first, last);  // all kinds of ports
}

void aml_memory_range(struct aml* aml, uint32_t first, uint32_t last) {
  put_range(aml, 4, RANGE_OF_MEMORY, 1, first, last);  // writable, not cached
}
