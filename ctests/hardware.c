// SPDX-License-Identifier: MIT
// Calls about hardware: their checks, in order, and that they refuse honestly.
// Specification: tasks-time-system.md, sections 10, 10.1 and 10.2.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/iommu.h>
#include <zircon/syscalls/pci.h>
#include <zircon/syscalls/resource.h>
#include <zircon/syscalls/smc.h>
#include <zircon/syscalls/system.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

static zx_handle_t resource_of(uint32_t kind, uint64_t base, size_t size) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_resource_create(get_root_resource(), kind, base, size, "", 0, &resource));
  return resource;
}

static zx_handle_t new_iommu(void) {
  zx_iommu_desc_dummy_t desc = {0};
  zx_handle_t iommu = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_iommu_create(get_root_resource(), ZX_IOMMU_TYPE_DUMMY, &desc, sizeof(desc), &iommu));
  return iommu;
}

static zx_handle_t new_bti(void) {
  zx_handle_t iommu = new_iommu(), bti = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_bti_create(iommu, 0, 0xdeadbeef, &bti));
  EXPECT_OK(zx_handle_close(iommu));
  return bti;
}

// --- Calls that want the root resource, or the one of later Zircon for the purpose ---------------

// Each call with a resource and arguments that are fine or, with `wrong`, would be refused later.
#define CALL(name, fine, wrong_args)                                 \
  static zx_status_t call_##name(zx_handle_t handle, bool wrong) { \
    (void)wrong;                                                     \
    return wrong ? wrong_args : fine;                                \
  }

static char scratch[32 << 10];
static size_t actual;

CALL(ktrace_read, zx_ktrace_read(handle, scratch, 0, 16, &actual),
     zx_ktrace_read(handle, NULL, 0, 16, NULL))
CALL(ktrace_control, zx_ktrace_control(handle, 1, 0, NULL), zx_ktrace_control(handle, 99, 0, NULL))
CALL(ktrace_write, zx_ktrace_write(handle, 0x7ff, 1, 2), zx_ktrace_write(handle, 0x800, 1, 2))
CALL(mtrace_control, zx_mtrace_control(handle, 1, 0, 0, NULL, 0),
     zx_mtrace_control(handle, 2, 0, 0, NULL, 0))
CALL(mexec, zx_system_mexec(handle, 0, 0), zx_system_mexec(handle, 0, 0))
CALL(mexec_payload, zx_system_mexec_payload_get(handle, scratch, 16 << 10),
     zx_system_mexec_payload_get(handle, NULL, 16))
CALL(powerctl, zx_system_powerctl(handle, ZX_SYSTEM_POWERCTL_REBOOT, NULL),
     zx_system_powerctl(handle, 77, NULL))
CALL(framebuffer_get, zx_framebuffer_get_info(handle, NULL, NULL, NULL, NULL),
     zx_framebuffer_get_info(handle, NULL, NULL, NULL, NULL))
CALL(framebuffer_set, zx_framebuffer_set_range(handle, 0, 0, 0, 0, 0, 0),
     zx_framebuffer_set_range(handle, 0xfffffffc, 0, 0, 0, 0, 0))
CALL(firmware, zx_pc_firmware_tables(handle, (zx_paddr_t*)scratch, (zx_paddr_t*)scratch),
     zx_pc_firmware_tables(handle, NULL, NULL))
CALL(msi_allocate, zx_msi_allocate(handle, 1, NULL), zx_msi_allocate(handle, 5, NULL))
CALL(nth_device,
     zx_pci_get_nth_device(handle, 0, (zx_pcie_device_info_t*)scratch, (zx_handle_t*)scratch),
     zx_pci_get_nth_device(handle, 0, NULL, NULL))
CALL(cfg_pio, zx_pci_cfg_pio_rw(handle, 0, 0, 0, 0, (uint32_t*)scratch, 32, 0),
     zx_pci_cfg_pio_rw(handle, 0, 0, 0, 0, NULL, 32, 1))
CALL(pci_init, zx_pci_init(handle, (zx_pci_init_arg_t*)scratch, sizeof(zx_pci_init_arg_t)),
     zx_pci_init(handle, NULL, 0))
CALL(io_range, zx_pci_add_subtract_io_range(handle, 0, 0, 1, 1),
     zx_pci_add_subtract_io_range(handle, 2, 0, 0, 2))
CALL(iommu, zx_iommu_create(handle, ZX_IOMMU_TYPE_INTEL, NULL, 0, NULL),
     zx_iommu_create(handle, 0, NULL, 4097, NULL))

static const struct {
  const char* name;
  zx_status_t (*call)(zx_handle_t handle, bool wrong);
  zx_status_t fine, wrong;
  int purpose;  // the base of the resource of kind SYSTEM that will do, or -1
} calls[] = {
    {"ktrace_read", call_ktrace_read, ZX_ERR_NOT_SUPPORTED, ZX_ERR_NOT_SUPPORTED, -1},
    {"ktrace_control", call_ktrace_control, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"ktrace_write", call_ktrace_write, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"mtrace_control", call_mtrace_control, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"mexec", call_mexec, ZX_ERR_BAD_HANDLE, ZX_ERR_BAD_HANDLE, ZX_RSRC_SYSTEM_MEXEC_BASE},
    {"mexec_payload_get", call_mexec_payload, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS,
     ZX_RSRC_SYSTEM_MEXEC_BASE},
    {"powerctl", call_powerctl, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS,
     ZX_RSRC_SYSTEM_POWER_BASE},
    {"framebuffer_get_info", call_framebuffer_get, ZX_ERR_INVALID_ARGS, ZX_ERR_INVALID_ARGS,
     ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE},
    {"framebuffer_set_range", call_framebuffer_set, ZX_OK, ZX_ERR_BAD_HANDLE,
     ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE},
    {"pc_firmware_tables", call_firmware, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"msi_allocate", call_msi_allocate, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS,
     ZX_RSRC_SYSTEM_MSI_BASE},
    {"pci_get_nth_device", call_nth_device, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"pci_cfg_pio_rw", call_cfg_pio, ZX_ERR_NOT_SUPPORTED, ZX_ERR_NOT_SUPPORTED, -1},
    {"pci_init", call_pci_init, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS, -1},
    {"pci_add_subtract_io_range", call_io_range, ZX_ERR_NOT_SUPPORTED, ZX_ERR_NOT_SUPPORTED, -1},
    {"iommu_create", call_iommu, ZX_ERR_NOT_SUPPORTED, ZX_ERR_INVALID_ARGS,
     ZX_RSRC_SYSTEM_IOMMU_BASE},
};

TEST(hardware_calls_check_the_resource_then_their_arguments) {
  zx_handle_t event = new_event(), mmio = resource_of(ZX_RSRC_KIND_MMIO, 0, 4096);
  for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
    ztest_note = calls[i].name;
    EXPECT_STATUS(calls[i].call(ZX_HANDLE_INVALID, true), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(calls[i].call(event, true), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(calls[i].call(mmio, true), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(calls[i].call(get_root_resource(), true), calls[i].wrong);
    EXPECT_STATUS(calls[i].call(get_root_resource(), false), calls[i].fine);
    for (int base = 0; base < 13; base++) {
      zx_handle_t system = resource_of(ZX_RSRC_KIND_SYSTEM, (uint64_t)base, 1);
      EXPECT_STATUS(calls[i].call(system, false),
                    base == calls[i].purpose ? calls[i].fine : ZX_ERR_WRONG_TYPE);
      zx_handle_close(system);
    }
  }
  ztest_note = NULL;
  zx_handle_close(mmio);
  zx_handle_close(event);
}

TEST(hardware_calls_take_the_specified_values) {
  zx_handle_t root = get_root_resource();
  for (uint32_t action = 0; action < 7; action++) {
    bool known = action >= 1 && action <= 5;
    EXPECT_STATUS(zx_ktrace_control(root, action, 0, scratch),
                  known ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_ktrace_control(root, 4, 0, NULL), ZX_ERR_INVALID_ARGS);
  for (uint32_t count = 0; count < 70; count++) {
    bool power = count && !(count & (count - 1)) && count <= 32;
    EXPECT_STATUS(zx_msi_allocate(root, count, NULL),
                  power ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS);
  }
  zx_system_powerctl_arg_t arg;
  memset(&arg, 0, sizeof(arg));
  for (uint32_t cmd = 0; cmd < 12; cmd++) {
    bool known = cmd >= 1 && cmd <= 9;
    EXPECT_STATUS(zx_system_powerctl(root, cmd, &arg),
                  known ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_system_powerctl(root, ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE, NULL),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_system_powerctl(root, ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1, NULL),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_system_mexec_payload_get(root, scratch, (16 << 10) + 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pci_init(root, (zx_pci_init_arg_t*)scratch, sizeof(zx_pci_init_arg_t) - 1),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pci_init(root, (zx_pci_init_arg_t*)scratch, ZX_PCI_INIT_ARG_MAX_SIZE),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_pci_init(root, (zx_pci_init_arg_t*)scratch, ZX_PCI_INIT_ARG_MAX_SIZE + 1),
                ZX_ERR_INVALID_ARGS);
}

TEST(hardware_calls_check_their_outputs_and_leave_them) {
  zx_handle_t root = get_root_resource();
  zx_paddr_t address = UNTOUCHED;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(address), &bad); i++) {
    EXPECT_STATUS(zx_pc_firmware_tables(root, bad, &address), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_pc_firmware_tables(root, &address, bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_system_mexec_payload_get(root, bad, 8), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_pc_firmware_tables(root, &address, &address), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(address, UNTOUCHED);
  memset(scratch, 0x5a, sizeof(scratch));
  EXPECT_STATUS(zx_system_mexec_payload_get(root, scratch, 16 << 10), ZX_ERR_NOT_SUPPORTED);
  size_t changed = 0;
  for (size_t i = 0; i < sizeof(scratch); i++) changed += scratch[i] != 0x5a;
  EXPECT_EQ(changed, 0);
}

TEST(mexec_and_framebuffer_check_their_vmos) {
  zx_handle_t root = get_root_resource(), event = new_event(), vmo = new_vmo();
  zx_handle_t unreadable = copy_of(vmo, ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_system_mexec(root, ZX_HANDLE_INVALID, vmo), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_system_mexec(root, event, vmo), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_system_mexec(root, unreadable, vmo), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_system_mexec(root, vmo, ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_system_mexec(root, vmo, event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_system_mexec(root, vmo, unreadable), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_system_mexec(root, vmo, vmo), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_framebuffer_set_range(root, event, 0, 0, 0, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_framebuffer_set_range(root, unreadable, 0, 0, 0, 0, 0), ZX_ERR_NOT_SUPPORTED);
  zx_handle_close(unreadable);
  zx_handle_close(vmo);
  zx_handle_close(event);
}

// --- Calls that want a range --------------------------------------------------------------------

TEST(ioports_check_the_range) {
  zx_handle_t event = new_event(), ports = resource_of(ZX_RSRC_KIND_IOPORT, 0x100, 0x10);
  zx_handle_t mmio = resource_of(ZX_RSRC_KIND_MMIO, 0, 4096);
  zx_status_t (*const both[])(zx_handle_t, uint16_t, uint32_t) = {zx_ioports_request,
                                                                  zx_ioports_release};
  for (int i = 0; i < 2; i++) {
    EXPECT_STATUS(both[i](ZX_HANDLE_INVALID, 0, 0), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(both[i](event, 0, 0), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(both[i](mmio, 0, 0), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(both[i](ports, 0x100, 0x10), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(both[i](ports, 0x108, 8), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(both[i](ports, 0x100, 0x11), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(both[i](ports, 0xff, 2), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(both[i](ports, 0x100, 0), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(both[i](get_root_resource(), 0, 65536), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(both[i](get_root_resource(), 1, 65536), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(both[i](get_root_resource(), 0, UINT32_MAX), ZX_ERR_OUT_OF_RANGE);
  }
  zx_handle_close(mmio);
  zx_handle_close(ports);
  zx_handle_close(event);
}

TEST(vmo_create_physical_rounds_its_range_to_pages) {
  zx_handle_t event = new_event(), ports = resource_of(ZX_RSRC_KIND_IOPORT, 0, 0x1000);
  zx_handle_t mmio = resource_of(ZX_RSRC_KIND_MMIO, 0x10000, 0x2000), out = UNTOUCHED;
  EXPECT_STATUS(zx_vmo_create_physical(ZX_HANDLE_INVALID, 1, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vmo_create_physical(event, 1, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_create_physical(ports, 1, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0x10000, 0x2000, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0x10000, 0x1001, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0x10000, 0x2001, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0xf000, 0x1000, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0x10001, 0x1000, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, 0x10000, 0, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_create_physical(mmio, UINT64_MAX, SIZE_MAX, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_create_physical(get_root_resource(), 0, 4096, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(out, UNTOUCHED);
  zx_handle_close(mmio);
  zx_handle_close(ports);
  zx_handle_close(event);
}

TEST(smc_call_checks_pointers_then_the_service) {
  zx_smc_parameters_t parameters = {.func_id = 0x32000000};
  zx_smc_result_t result;
  zx_handle_t event = new_event(), ports = resource_of(ZX_RSRC_KIND_IOPORT, 0, 0x1000);
  EXPECT_STATUS(zx_smc_call(ZX_HANDLE_INVALID, NULL, &result), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_smc_call(ZX_HANDLE_INVALID, &parameters, NULL), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(parameters), &bad); i++)
    EXPECT_STATUS(zx_smc_call(ZX_HANDLE_INVALID, bad, &result), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_smc_call(ZX_HANDLE_INVALID, &parameters, &result), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_smc_call(event, &parameters, &result), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_smc_call(ports, &parameters, &result), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_smc_call(get_root_resource(), &parameters, &result), ZX_ERR_NOT_SUPPORTED);
  zx_handle_close(ports);
  zx_handle_close(event);
}

// --- Devices' memory ----------------------------------------------------------------------------

TEST(iommu_create_only_the_dummy) {
  zx_handle_t iommu = UNTOUCHED, root = get_root_resource();
  zx_iommu_desc_dummy_t desc = {0};
  EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_DUMMY, scratch, 2, &iommu),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_DUMMY, NULL, 0, &iommu), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_DUMMY, NULL, 1, &iommu), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_DUMMY, scratch, 4097, &iommu),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_INTEL, scratch, 4096, &iommu),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_iommu_create(root, 2, scratch, 1, &iommu), ZX_ERR_NOT_SUPPORTED);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(iommu), &bad); i++)
    EXPECT_STATUS(zx_iommu_create(root, ZX_IOMMU_TYPE_DUMMY, &desc, sizeof(desc), bad),
                  ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(iommu, UNTOUCHED);
  iommu = new_iommu();
  EXPECT_EQ(basic_info(iommu).type, ZX_OBJ_TYPE_IOMMU);
  EXPECT_EQ(basic_info(iommu).rights, 0x8003);
  zx_handle_close(iommu);
}

TEST(bti_create_checks_and_info) {
  zx_handle_t iommu = new_iommu(), event = new_event(), bti = UNTOUCHED;
  EXPECT_STATUS(zx_bti_create(ZX_HANDLE_INVALID, 1, 0, &bti), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_bti_create(ZX_HANDLE_INVALID, 0, 0, &bti), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_bti_create(event, 0, 0, &bti), ZX_ERR_WRONG_TYPE);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(bti), &bad); i++)
    EXPECT_STATUS(zx_bti_create(iommu, 0, 0, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(bti, UNTOUCHED);
  ASSERT_OK(zx_bti_create(iommu, 0, 7, &bti));
  EXPECT_EQ(basic_info(bti).type, ZX_OBJ_TYPE_BTI);
  EXPECT_EQ(basic_info(bti).rights, 0x802f);
  zx_info_bti_t info;
  ASSERT_OK(zx_object_get_info(bti, ZX_INFO_BTI, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.minimum_contiguity, 4096);
  EXPECT_TRUE(info.aspace_size > 0);
  EXPECT_EQ(info.pmo_count, 0);
  EXPECT_EQ(info.quarantine_count, 0);
  EXPECT_STATUS(zx_object_get_info(iommu, ZX_INFO_BTI, &info, sizeof(info), NULL, NULL),
                ZX_ERR_WRONG_TYPE);
  zx_handle_close(bti);
  zx_handle_close(event);
  zx_handle_close(iommu);
}

TEST(bti_pin_makes_every_check) {
  zx_handle_t bti = new_bti(), event = new_event(), vmo = new_vmo(), pmt = UNTOUCHED;
  zx_handle_t weak_bti = copy_of(bti, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
  zx_handle_t unmappable = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
  zx_handle_t unreadable = copy_of(vmo, ZX_RIGHT_MAP | ZX_RIGHT_WRITE);
  zx_handle_t unwritable = copy_of(vmo, ZX_RIGHT_MAP | ZX_RIGHT_READ);
  const uint32_t both = ZX_BTI_PERM_READ | ZX_BTI_PERM_WRITE;
  zx_paddr_t address = UNTOUCHED;
#define PIN(bti, options, vmo, offset, size, count) \
  zx_bti_pin(bti, options, vmo, offset, size, &address, count, &pmt)
  EXPECT_STATUS(PIN(ZX_HANDLE_INVALID, 0, 0, 1, 1, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(PIN(event, 0, 0, 1, 1, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(PIN(weak_bti, 0, 0, 1, 1, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, 0, 0, 1, 4096, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, 0, 0, 0, 4095, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, 0, 0, 0, 4096, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(PIN(bti, 0, event, 0, 4096, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(PIN(bti, 0, unmappable, 0, 4096, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, ZX_BTI_PERM_READ | 0x100, unreadable, 0, 4096, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, ZX_BTI_PERM_WRITE | 0x100, unwritable, 0, 4096, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, ZX_BTI_PERM_EXECUTE, unreadable, 0, 4096, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, ZX_BTI_PERM_EXECUTE, unwritable, 0, 4096, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(PIN(bti, 0, vmo, 0, 8192, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both | 32, vmo, 0, 8192, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both | ZX_BTI_COMPRESS | ZX_BTI_CONTIGUOUS, vmo, 0, 8192, 0),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both, vmo, 0, 8192, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(PIN(bti, both, vmo, 4096, UINT64_MAX - 4095, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(PIN(bti, both, vmo, 0, 4096, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both, vmo, 0, 4096, 2), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both | ZX_BTI_CONTIGUOUS, vmo, 0, 4096, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_bti_pin(bti, both, vmo, 0, 4096, &address, 1, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(PIN(bti, both, vmo, 0, 4096, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(PIN(bti, both | ZX_BTI_CONTIGUOUS, vmo, 0, 4096, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(PIN(bti, both | ZX_BTI_COMPRESS, vmo, 0, 4096, 1), ZX_ERR_NOT_SUPPORTED);
#undef PIN
  EXPECT_EQ(address, UNTOUCHED);
  EXPECT_EQ(pmt, UNTOUCHED);
  zx_handle_close(unwritable);
  zx_handle_close(unreadable);
  zx_handle_close(unmappable);
  zx_handle_close(weak_bti);
  zx_handle_close(vmo);
  zx_handle_close(event);
  zx_handle_close(bti);
}

TEST(bti_release_quarantine_and_pmt_unpin) {
  zx_handle_t bti = new_bti(), event = new_event(), weak = copy_of(bti, ZX_RIGHT_READ);
  EXPECT_STATUS(zx_bti_release_quarantine(ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_bti_release_quarantine(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_bti_release_quarantine(weak), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_bti_release_quarantine(bti));
  EXPECT_STATUS(zx_pmt_unpin(ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pmt_unpin(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_handle_close(event), ZX_ERR_BAD_HANDLE);
  zx_handle_close(weak);
  zx_handle_close(bti);
}

TEST(vmo_create_contiguous_checks) {
  zx_handle_t bti = new_bti(), event = new_event(), weak = copy_of(bti, ZX_RIGHT_READ);
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_vmo_create_contiguous(ZX_HANDLE_INVALID, 0, 0, &out), ZX_ERR_INVALID_ARGS);
  const uint32_t wrong[] = {1, 11, 64, UINT32_MAX};
  for (size_t i = 0; i < 4; i++)
    EXPECT_STATUS(zx_vmo_create_contiguous(ZX_HANDLE_INVALID, 4096, wrong[i], &out),
                  ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_create_contiguous(ZX_HANDLE_INVALID, 4096, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vmo_create_contiguous(event, 4096, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_create_contiguous(weak, 4096, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmo_create_contiguous(bti, 4096, 0, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_create_contiguous(bti, 4096, 12, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_create_contiguous(bti, 4096, 63, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(out, UNTOUCHED);
  zx_handle_close(weak);
  zx_handle_close(event);
  zx_handle_close(bti);
}

// --- Objects that nobody can have ---------------------------------------------------------------

TEST(calls_on_pci_devices_and_msis_find_none) {
  zx_handle_t event = new_event(), vmo = new_vmo();
  const zx_handle_t handles[] = {0xfffffffc, event, get_root_resource()};
  for (int i = 0; i < 3; i++) {
    zx_handle_t handle = handles[i], out = UNTOUCHED;
    zx_status_t status = i == 0 ? ZX_ERR_BAD_HANDLE : ZX_ERR_WRONG_TYPE;
    uint32_t value = UNTOUCHED;
    zx_pci_bar_t bar;
    EXPECT_STATUS(zx_pci_enable_bus_master(handle, 1), status);
    EXPECT_STATUS(zx_pci_reset_device(handle), status);
    EXPECT_STATUS(zx_pci_config_read(handle, 0, 4, &value), status);
    EXPECT_STATUS(zx_pci_config_write(handle, 0, 4, 0), status);
    EXPECT_STATUS(zx_pci_get_bar(handle, 0, &bar, &out), status);
    EXPECT_STATUS(zx_pci_map_interrupt(handle, 0, &out), status);
    EXPECT_STATUS(zx_pci_query_irq_mode(handle, ZX_PCIE_IRQ_MODE_LEGACY, &value), status);
    EXPECT_STATUS(zx_pci_set_irq_mode(handle, ZX_PCIE_IRQ_MODE_LEGACY, 1), status);
    EXPECT_STATUS(zx_msi_create(handle, 0, 0, vmo, 0, &out), status);
    EXPECT_STATUS(zx_pci_get_bar(handle, 6, &bar, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_pci_get_bar(handle, 0, NULL, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_pci_get_bar(handle, 0, &bar, NULL), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(value, UNTOUCHED);
    EXPECT_EQ(out, UNTOUCHED);
  }
  zx_pci_bar_t bar;
  zx_handle_t out;
  EXPECT_STATUS(zx_pci_get_bar(ZX_HANDLE_INVALID, 0, &bar, &out), ZX_ERR_INVALID_ARGS);
  zx_handle_close(vmo);
  zx_handle_close(event);
}

// --- Caches, and calls for tests ----------------------------------------------------------------

TEST(cache_flush_takes_five_combinations) {
  for (uint32_t options = 0; options < 16; options++) {
    bool good = options == 1 || options == 2 || options == 3 || options == 6 || options == 7;
    EXPECT_STATUS(zx_cache_flush(scratch, sizeof(scratch), options),
                  good ? ZX_OK : ZX_ERR_INVALID_ARGS);
  }
}

TEST(syscall_test_calls_return_sums) {
  EXPECT_EQ(zx_syscall_test_0(), 0);
  EXPECT_EQ(zx_syscall_test_1(1), 1);
  EXPECT_EQ(zx_syscall_test_2(1, 2), 3);
  EXPECT_EQ(zx_syscall_test_3(1, 2, 3), 6);
  EXPECT_EQ(zx_syscall_test_4(1, 2, 3, 4), 10);
  EXPECT_EQ(zx_syscall_test_5(1, 2, 3, 4, 5), 15);
  EXPECT_EQ(zx_syscall_test_6(1, 2, 3, 4, 5, 6), 21);
  EXPECT_EQ(zx_syscall_test_7(1, 2, 3, 4, 5, 6, 7), 28);
  EXPECT_EQ(zx_syscall_test_8(1, 2, 3, 4, 5, 6, 7, 8), 36);
  EXPECT_EQ(_zx_syscall_test_8(1, 2, 3, 4, 5, 6, 7, 8), 36);
  EXPECT_EQ(zx_syscall_test_wrapper(1, 2, 3), 6);
  EXPECT_EQ(zx_syscall_test_wrapper(50, 0, 0), 50);
  EXPECT_STATUS(zx_syscall_test_wrapper(-1, 2, 3), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_syscall_test_wrapper(1, 2, INT32_MIN), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_syscall_test_wrapper(49, 1, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_syscall_test_wrapper(INT32_MAX, INT32_MAX, 1), ZX_ERR_OUT_OF_RANGE);
}

TEST(syscall_test_handle_create_returns_what_it_is_told) {
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_syscall_test_handle_create(ZX_ERR_UNAVAILABLE, &out), ZX_ERR_UNAVAILABLE);
  EXPECT_EQ(out, UNTOUCHED);
  EXPECT_STATUS(zx_syscall_test_handle_create(ZX_OK, NULL), ZX_ERR_INVALID_ARGS);
  ASSERT_OK(zx_syscall_test_handle_create(ZX_OK, &out));
  EXPECT_EQ(basic_info(out).type, ZX_OBJ_TYPE_EVENT);
  EXPECT_OK(zx_handle_close(out));
}

ZTEST_MAIN
