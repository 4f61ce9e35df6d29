// SPDX-License-Identifier: MIT
// zx_interrupt_bind_vcpu, which needs a VCPU for its last check (ports.md, section 8.8).

#include "guest_fixture.h"

TEST(interrupt_bind_vcpu_virtual_not_supported) {
  REQUIRE_GUEST();
  zx_handle_t resource = 0, guest = 0, vmar = 0, vcpu = 0, interrupt = 0, port = 0, deaf = 0;
  ASSERT_OK(libzx_get_hypervisor_resource(&resource));
  ASSERT_OK(zx_guest_create(resource, 0, &guest, &vmar));
  ASSERT_OK(zx_vcpu_create(guest, 0, 0, &vcpu));
  ASSERT_OK(zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &interrupt));
  ASSERT_OK(zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port));
  ASSERT_OK(zx_handle_duplicate(vcpu, ZX_RIGHT_READ, &deaf));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, deaf, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, deaf, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_interrupt_bind(interrupt, port, 1, ZX_INTERRUPT_BIND));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  zx_handle_t all[] = {deaf, interrupt, port, vcpu, guest, vmar, resource};
  EXPECT_OK(zx_handle_close_many(all, 7));
}

ZTEST_MAIN
