// SPDX-License-Identifier: MIT
// The ACPI tables: what the guest's kernel cannot find out about its machine in any other way.
#ifndef VMM_ACPI_H_
#define VMM_ACPI_H_

struct machine;

// Writes the tables to ACPI_TABLES.
void acpi_write(struct machine* machine);

#endif  // VMM_ACPI_H_
