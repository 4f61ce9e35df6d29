// SPDX-License-Identifier: MIT
// PCI records.

#ifndef LIBZX_ZIRCON_SYSCALLS_PCI_H_
#define LIBZX_ZIRCON_SYSCALLS_PCI_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Kinds of configuration spaces.
#define PCI_CFG_SPACE_TYPE_PIO 0u
#define PCI_CFG_SPACE_TYPE_MMIO 1u
#define PCI_CFG_SPACE_TYPE_DW_ROOT 2u
#define PCI_CFG_SPACE_TYPE_DW_DS 3u

// Limits, base addresses, interrupt modes, configuration spaces.
#define ZX_PCIE_IRQ_MODE_DISABLED ((zx_pci_irq_mode_t)0u)
#define ZX_PCI_BAR_TYPE_UNUSED ((zx_pci_bar_types_t)0u)
#define ZX_PCIE_IRQ_MODE_LEGACY ((zx_pci_irq_mode_t)1u)
#define ZX_PCI_BAR_TYPE_MMIO ((zx_pci_bar_types_t)1u)
#define ZX_PCIE_IRQ_MODE_MSI ((zx_pci_irq_mode_t)2u)
#define ZX_PCI_BAR_REGS_PER_BRIDGE 2u
#define ZX_PCI_BAR_TYPE_PIO ((zx_pci_bar_types_t)2u)
#define ZX_PCI_INIT_ARG_MAX_ECAM_WINDOWS 2
#define ZX_PCIE_IRQ_MODE_MSI_X ((zx_pci_irq_mode_t)3u)
#define ZX_PCI_MAX_LEGACY_IRQ_PINS 4u
#define ZX_PCI_BAR_REGS_PER_DEVICE 6u
#define ZX_PCI_MAX_BAR_REGS 6u
#define ZX_PCI_MAX_FUNCTIONS_PER_DEVICE 8u
#define ZX_PCI_MAX_DEVICES_PER_BUS 32u
#define ZX_PCI_MAX_MSI_IRQS 32u
#define ZX_PCI_STANDARD_CONFIG_HDR_SIZE 64u
#define ZX_PCI_MAX_IRQS 224
#define ZX_PCI_BASE_CONFIG_SIZE 256u
#define ZX_PCI_MAX_BUSSES 256u
#define ZX_PCI_MAX_FUNCTIONS_PER_BUS 256u
#define ZX_PCI_MAX_MSIX_IRQS 2048u
#define ZX_PCI_EXTENDED_CONFIG_SIZE 0x1000u
#define ZX_PCI_INIT_ARG_MAX_SIZE ((uint64_t)0x1738ul)
#define ZX_PCI_ECAM_BYTE_PER_BUS 0x00100000u
#define ZX_PCI_NO_IRQ_MAPPING 0xffffffffu

/// One of `ZX_PCI_IRQ_MODE_*`.
typedef uint32_t zx_pci_irq_mode_t;

/// One of `ZX_PCI_BAR_TYPE_*`.
typedef uint32_t zx_pci_bar_types_t;

/// Global interrupt by device, function and pin.
typedef uint32_t zx_pci_irq_swizzle_lut_t[32][8][4];

/// A base address register.
typedef struct zx_pci_bar {
  uint32_t id;
  uint32_t type;
  size_t size;
  __extension__ union {
    uintptr_t addr;
    /// The handle.
    zx_handle_t handle;
  };
} zx_pci_bar_t;

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif
/// Argument of `zx_pci_init`; `addr_windows` runs on for `addr_window_count` entries.
typedef struct zx_pci_init_arg {
  zx_pci_irq_swizzle_lut_t dev_pin_to_global_irq;
  uint32_t num_irqs;
  struct {
    uint32_t global_irq;
    bool level_triggered;
    bool active_high;
    /// Zero.
    uint8_t padding1[2];
  } irqs[224];
  uint32_t addr_window_count;
  __extension__ struct {
    uint64_t base;
    size_t size;
    uint8_t bus_start;
    uint8_t bus_end;
    uint8_t cfg_space_type;
    bool has_ecam;
    /// Zero.
    uint8_t padding1[4];
  } addr_windows[];
} zx_pci_init_arg_t;
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/// Identity of a PCI device.
typedef struct zx_pcie_device_info {
  uint16_t vendor_id;
  uint16_t device_id;
  uint8_t base_class;
  uint8_t sub_class;
  uint8_t program_interface;
  uint8_t revision_id;
  uint8_t bus_id;
  uint8_t dev_id;
  uint8_t func_id;
  /// Zero.
  uint8_t padding1;
} zx_pcie_device_info_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_PCI_H_
