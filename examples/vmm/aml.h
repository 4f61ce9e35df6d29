// SPDX-License-Identifier: MIT
// Writes AML, the bytecode of ACPI's devices (ACPI specification 6.4, chapter 20), as far as acpi.c needs
// it. Names have four characters; a leading backslash may precede.
#ifndef VMM_AML_H_
#define VMM_AML_H_

#include <stddef.h>
#include <stdint.h>

struct aml {
  uint8_t* next;
  uint8_t* end;  // of the room; what does not fit is lost, and `next` is NULL from then on
};

// What has an end. The lengths that AML writes before such things are filled in by aml_end().
uint8_t* aml_scope(struct aml* aml, const char* name);
uint8_t* aml_device(struct aml* aml, const char* name);
uint8_t* aml_package(struct aml* aml, uint8_t elements);
uint8_t* aml_resources(struct aml* aml);
void aml_end(struct aml* aml, uint8_t* begun);
void aml_end_resources(struct aml* aml, uint8_t* begun);

// What has none: a name, which the object that is written next gets; numbers.
void aml_name(struct aml* aml, const char* name);
void aml_integer(struct aml* aml, uint32_t value);
void aml_eisa_id(struct aml* aml, const char id[static 7]);  // "PNP0A03"

// Resources of a device.
void aml_ports(struct aml* aml, uint16_t start, uint8_t count);
void aml_interrupt(struct aml* aml, uint32_t gsi);  // edge-triggered, active high
void aml_bus_range(struct aml* aml, uint16_t first, uint16_t last);
void aml_port_range(struct aml* aml, uint16_t first, uint16_t last);
void aml_memory_range(struct aml* aml, uint32_t first, uint32_t last);

#endif  // VMM_AML_H_
