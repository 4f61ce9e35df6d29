// SPDX-License-Identifier: MIT
// The tables of a machine with reduced hardware (ACPI specification 6.4, chapter 5): no PIC, no PIT, no
// power management timer. There are CPUs, an I/O APIC, registers to sleep and to reset with, and the
// devices of the DSDT.

#include "acpi.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aml.h"
#include "layout.h"
#include "machine.h"
#include "power.h"
#include "vm.h"

struct header {
  char signature[4];
  uint32_t length;
  uint8_t revision, checksum;
  char oem[6], oem_table[8];
  uint32_t oem_revision;
  char creator[4];
  uint32_t creator_revision;
};

// A register, here always a port of one byte.
struct __attribute__((packed)) address {
  uint8_t space, bit_width, bit_offset, access_size;
  uint64_t address;
};

struct __attribute__((packed)) rsdp {
  char signature[8];
  uint8_t checksum;
  char oem[6];
  uint8_t revision;
  uint32_t rsdt;
  uint32_t length;
  uint64_t xsdt;
  uint8_t extended_checksum, reserved[3];
};

// Table 5.9. What reduced hardware ignores is left out by its offset.
struct __attribute__((packed)) fadt {
  struct header header;
  uint32_t facs, dsdt;
  uint8_t ignored1[65];
  uint16_t boot_flags;
  uint8_t reserved;
  uint32_t flags;
  struct address reset;
  uint8_t reset_value;
  uint16_t arm_boot_flags;
  uint8_t minor_revision;
  uint64_t x_facs, x_dsdt;
  uint8_t ignored2[96];
  struct address sleep_control, sleep_status;
  uint64_t hypervisor;
};
_Static_assert(offsetof(struct fadt, boot_flags) == 109, "FADT");
_Static_assert(offsetof(struct fadt, sleep_control) == 244, "FADT");
_Static_assert(sizeof(struct fadt) == 276, "FADT");

#define BOOT_NO_VGA (1 << 2)
#define BOOT_NO_MSI (1 << 3)
#define FLAG_RESET_REGISTER (1u << 10)
#define FLAG_PHYSICAL_APIC (1u << 19)  // Zircon knows no logical destinations
#define FLAG_REDUCED_HARDWARE (1u << 20)

struct __attribute__((packed)) madt {
  struct header header;
  uint32_t local_apic, flags;
  struct __attribute__((packed)) {
    uint8_t type, length, id, reserved;
    uint32_t address, first_gsi;
  } ioapic;
  struct __attribute__((packed)) {
    uint8_t type, length, uid, id;
    uint32_t flags;
  } cpus[MAX_CPUS];
};

static uint8_t checksum(const void* table, size_t size) {
  const uint8_t* bytes = table;
  uint8_t sum = 0;
  for (size_t i = 0; i < size; i++) {
    sum = (uint8_t)(sum + bytes[i]);
  }
  return (uint8_t)-sum;
}

// Fills in the header of a table.
static void finish(void* table, const char* signature, uint8_t revision, size_t length) {
  struct header* header = table;
  memcpy(header->signature, signature, sizeof(header->signature));
  header->length = (uint32_t)length;
  header->revision = revision;
  memcpy(header->oem, "LIBZX ", sizeof(header->oem));
  memcpy(header->oem_table, "VMM     ", sizeof(header->oem_table));
  header->oem_revision = 1;
  memcpy(header->creator, "ZXVM", sizeof(header->creator));
  header->creator_revision = 1;
  header->checksum = 0;
  header->checksum = checksum(table, length);
}

// --- The devices --------------------------------------------------------------------------------

// Interrupts of PCI devices: for each a package of address, pin, source (none), and line.
static void write_pci_routes(struct aml* aml) {
  aml_name(aml, "_PRT");
  uint8_t* table = aml_package(aml, PCI_SLOTS - 1);
  for (uint32_t slot = 1; slot < PCI_SLOTS; slot++) {
    uint8_t* route = aml_package(aml, 4);
    aml_integer(aml, slot << 16 | 0xffff);
    aml_integer(aml, 0);
    aml_integer(aml, 0);
    aml_integer(aml, PCI_GSI(slot));
    aml_end(aml, route);
  }
  aml_end(aml, table);
}

static void write_pci(struct aml* aml) {
  uint8_t* device = aml_device(aml, "PCI0");
  aml_name(aml, "_HID");
  aml_eisa_id(aml, "PNP0A03");
  aml_name(aml, "_UID");
  aml_integer(aml, 0);
  aml_name(aml, "_CRS");
  uint8_t* resources = aml_resources(aml);
  aml_bus_range(aml, 0, 0);
  aml_ports(aml, PCI_CONFIG_PORT, 8);
  aml_port_range(aml, PCI_IO_START, PCI_IO_END - 1);
  aml_memory_range(aml, PCI_MMIO_START, PCI_MMIO_END - 1);
  aml_end_resources(aml, resources);
  write_pci_routes(aml);
  aml_end(aml, device);
}

// A device with ports and, unless -1, an interrupt.
static void write_device(struct aml* aml, const char* name, const char* id, uint16_t port,
                         uint8_t count, int gsi) {
  uint8_t* device = aml_device(aml, name);
  aml_name(aml, "_HID");
  aml_eisa_id(aml, id);
  aml_name(aml, "_UID");
  aml_integer(aml, 0);
  aml_name(aml, "_CRS");
  uint8_t* resources = aml_resources(aml);
  aml_ports(aml, port, count);
  if (gsi >= 0) {
    aml_interrupt(aml, (uint32_t)gsi);
  }
  aml_end_resources(aml, resources);
  aml_end(aml, device);
}

// S5, the state of a machine that is off: what to write into the sleep register.
static void write_soft_off(struct aml* aml) {
  aml_name(aml, "_S5_");
  uint8_t* package = aml_package(aml, 2);
  aml_integer(aml, SLEEP_TYPE_OFF);
  aml_integer(aml, SLEEP_TYPE_OFF);
  aml_end(aml, package);
}

static size_t write_dsdt(uint8_t* table, const uint8_t* end) {
  struct aml aml = {.next = table + sizeof(struct header), .end = (uint8_t*)end};
  write_soft_off(&aml);
  uint8_t* scope = aml_scope(&aml, "\\_SB_");
  write_pci(&aml);
  write_device(&aml, "COM1", "PNP0501", SERIAL_PORT, 8, SERIAL_GSI);
  write_device(&aml, "RTC_", "PNP0B00", CLOCK_PORT, 2, -1);
  aml_end(&aml, scope);
  size_t size = (size_t)(aml.next - table);
  finish(table, "DSDT", 2, size);
  return size;
}

// --- The tables ---------------------------------------------------------------------------------

static struct address port(uint16_t number) {
  return (struct address){.space = 1, .bit_width = 8, .access_size = 1, .address = number};
}

static size_t write_fadt(struct fadt* fadt, uint64_t dsdt) {
  *fadt = (struct fadt){
      .dsdt = (uint32_t)dsdt,
      .boot_flags = BOOT_NO_VGA | BOOT_NO_MSI,
      .flags = FLAG_RESET_REGISTER | FLAG_PHYSICAL_APIC | FLAG_REDUCED_HARDWARE,
      .reset = port(KEYBOARD_PORT),
      .reset_value = KEYBOARD_PULSE_RESET,
      .minor_revision = 4,
      .x_dsdt = dsdt,
      .sleep_control = port(POWER_PORT),
      .sleep_status = port(POWER_PORT + 1),
  };
  finish(fadt, "FACP", 6, sizeof(*fadt));
  return sizeof(*fadt);
}

static size_t write_madt(const struct machine* m, struct madt* madt) {
  enum { CPU = 0, IOAPIC = 1, ENABLED = 1 };
  size_t size = offsetof(struct madt, cpus) + m->cpu_count * sizeof(madt->cpus[0]);
  memset(madt, 0, size);
  madt->local_apic = 0xfee00000;
  madt->ioapic.type = IOAPIC;
  madt->ioapic.length = sizeof(madt->ioapic);
  madt->ioapic.address = IOAPIC_START;
  for (unsigned i = 0; i < m->cpu_count; i++) {
    madt->cpus[i].type = CPU;
    madt->cpus[i].length = sizeof(madt->cpus[i]);
    madt->cpus[i].uid = (uint8_t)i;
    madt->cpus[i].id = (uint8_t)i;
    madt->cpus[i].flags = ENABLED;
  }
  finish(madt, "APIC", 5, size);
  return size;
}

void acpi_write(struct machine* m) {
  uint8_t* start = machine_ram(m, ACPI_TABLES, ACPI_TABLES_END - ACPI_TABLES);
  const uint8_t* end = start + (ACPI_TABLES_END - ACPI_TABLES);
  // Each table at the next multiple of 64 after the one before; `place` is an offset to `start`.
  size_t place = 64;
  uint64_t addresses[2];
  struct fadt* fadt;

  uint64_t dsdt = ACPI_TABLES + place;
  place += (write_dsdt(start + place, end) + 63) & ~63ull;
  fadt = (struct fadt*)(start + place);
  addresses[0] = ACPI_TABLES + place;
  place += (write_fadt(fadt, dsdt) + 63) & ~63ull;
  addresses[1] = ACPI_TABLES + place;
  place += (write_madt(m, (struct madt*)(start + place)) + 63) & ~63ull;

  uint8_t* xsdt = start + place;
  memcpy(xsdt + sizeof(struct header), addresses, sizeof(addresses));
  finish(xsdt, "XSDT", 1, sizeof(struct header) + sizeof(addresses));

  struct rsdp* rsdp = (struct rsdp*)start;
  *rsdp = (struct rsdp){.revision = 2, .length = sizeof(*rsdp), .xsdt = ACPI_TABLES + place};
  memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
  memcpy(rsdp->oem, "LIBZX ", sizeof(rsdp->oem));
  rsdp->checksum = checksum(rsdp, offsetof(struct rsdp, length));
  rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}
