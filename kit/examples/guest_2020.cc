// SPDX-License-Identifier: MIT
// A guest test in the manner of 2019 and 2020: zxtest, its main from the library.
#include <fcntl.h>
#include <fuchsia/sysinfo/c/fidl.h>
#include <lib/fdio/fdio.h>
#include <lib/zx/channel.h>
#include <zxtest/zxtest.h>

#include "fixture.h"

namespace {

class Guest : public zxtest::Test {
 protected:
  static void SetUpTestCase() {
    int fd = open("/dev/misc/sysinfo", O_RDWR);
    ASSERT_GE(fd, 0);
    zx::channel channel;
    ASSERT_OK(fdio_get_service_handle(fd, channel.reset_and_get_address()));
    zx_status_t status = ZX_ERR_INTERNAL;
    ASSERT_OK(fuchsia_sysinfo_DeviceGetHypervisorResource(channel.get(), &status,
                                                          resource_.reset_and_get_address()));
    ASSERT_OK(status);
  }
  static void TearDownTestCase() { resource_.reset(); }

  // False, and the test is over, where guests are not supported.
  bool Create(const char* code, const char* end) {
    const zx_status_t status = machine_.Create(resource_, code, end);
    if (status == ZX_ERR_NOT_SUPPORTED) {
      printf("guests are not supported on this machine\n");
      return false;
    }
    EXPECT_OK(status);
    return status == ZX_OK;
  }

  static zx::resource resource_;
  Machine machine_;
};

zx::resource Guest::resource_;

TEST_F(Guest, Resume) {
  if (!Create(guest_exit_start, guest_exit_end)) {
    return;
  }
  zx_port_packet_t packet = {};
  ASSERT_OK(machine_.vcpu.resume(&packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.guest_mem.addr, EXIT_ADDR);
}

TEST_F(Guest, PortTrap) {
  if (!Create(guest_port_start, guest_port_end)) {
    return;
  }
  ASSERT_OK(machine_.guest.set_trap(ZX_GUEST_TRAP_IO, EXIT_PORT, 1, zx::port(), TRAP_KEY + 1));
  zx_port_packet_t packet = {};
  ASSERT_OK(machine_.vcpu.resume(&packet));
  EXPECT_TRUE(packet.guest_io.input);
  EXPECT_EQ(packet.guest_io.port, EXIT_PORT);
  zx_vcpu_io_t answer = {};
  answer.access_size = 1;
  answer.u8 = 21;
  ASSERT_OK(machine_.vcpu.write_state(ZX_VCPU_IO, &answer, sizeof(answer)));
  ASSERT_OK(machine_.vcpu.resume(&packet));
  EXPECT_FALSE(packet.guest_io.input);
  EXPECT_EQ(packet.guest_io.u8, 42);
}

TEST_F(Guest, BellTrap) {
  if (!Create(guest_bell_start, guest_bell_end)) {
    return;
  }
  zx::port port;
  ASSERT_OK(zx::port::create(0, &port));
  ASSERT_OK(machine_.guest.set_trap(ZX_GUEST_TRAP_BELL, BELL_ADDR, PAGE_SIZE, port, 7));
  zx_port_packet_t packet = {};
  ASSERT_OK(machine_.vcpu.resume(&packet));
  EXPECT_EQ(packet.key, TRAP_KEY);
  ASSERT_OK(port.wait(zx::time::infinite_past(), &packet));
  EXPECT_EQ(packet.key, 7);
  EXPECT_EQ(packet.guest_bell.addr, BELL_ADDR);
}

}  // namespace
