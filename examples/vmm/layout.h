// SPDX-License-Identifier: MIT
// Where things are in the guest's physical memory, in its ports, and on its interrupt lines.
#ifndef VMM_LAYOUT_H_
#define VMM_LAYOUT_H_

// --- Memory -------------------------------------------------------------------------------------
// RAM starts at 0, ends at MMIO_START at the latest, and goes on at HIGH_RAM.

#define PAGE_TABLES 0x0          // a VCPU starts with CR3 = 0; six pages
#define BOOT_PARAMS 0x7000       // struct boot_params of Linux, one page
#define BOOT_CODE 0x8000         // the guest's first instructions (start.S)
#define COMMAND_LINE 0x20000     // up to LOW_RAM_END
#define LOW_RAM_END 0x9f000
#define ACPI_TABLES 0xe0000      // where Linux looks for them, too
#define ACPI_TABLES_END 0x100000
#define KERNEL_START 0x100000    // nothing of the kernel lies below

#define MMIO_START 0xc0000000u   // from here to HIGH_RAM there is no RAM
#define PCI_MMIO_START 0xe0000000u
#define PCI_MMIO_END 0xf0000000u // exclusive
#define IOAPIC_START 0xfec00000u
#define HIGH_RAM 0x100000000u
#define GUEST_SPACE_END 0x1000000000000u

// --- Ports --------------------------------------------------------------------------------------

#define KEYBOARD_PORT 0x64       // of a keyboard controller there is only the reset line
#define CLOCK_PORT 0x70
#define SERIAL_PORT 0x3f8
#define POWER_PORT 0x600         // ACPI: sleep control, then sleep status
#define PCI_CONFIG_PORT 0xcf8    // address, then data: 8 ports
#define PCI_IO_START 0x1000
#define PCI_IO_END 0x10000       // exclusive

// --- Interrupt lines: the I/O APIC's pins -------------------------------------------------------

#define SERIAL_GSI 4
#define IOAPIC_PINS 24
#define PCI_SLOTS 8              // devices 0 to 7 of bus 0; 0 is the host bridge
#define PCI_GSI(slot) (16 + (slot)) // INTA of each; level-triggered, active when `level` is true

#endif  // VMM_LAYOUT_H_
