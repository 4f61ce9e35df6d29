// SPDX-License-Identifier: MIT
// A guest test in the manner of 2018: unittest, the resource from the sysinfo driver.
#include <fcntl.h>
#include <fuchsia/sysinfo/c/fidl.h>
#include <lib/fdio/util.h>
#include <lib/zx/channel.h>
#include <threads.h>
#include <unistd.h>
#include <unittest/unittest.h>

#include "fixture.h"

static zx_status_t GetResource(zx::resource* resource) {
  int fd = open("/dev/misc/sysinfo", O_RDWR);
  if (fd < 0) {
    return ZX_ERR_IO;
  }
  zx::channel channel;
  zx_status_t status = fdio_get_service_handle(fd, channel.reset_and_get_address());
  if (status != ZX_OK) {
    return status;
  }
  zx_status_t fidl_status = fuchsia_sysinfo_DeviceGetHypervisorResource(
      channel.get(), &status, resource->reset_and_get_address());
  return fidl_status != ZX_OK ? fidl_status : status;
}

// Whether the test can run; prints why not.
static bool SetUp(Machine* machine, const char* code, const char* end, bool* supported) {
  BEGIN_HELPER;
  zx::resource resource;
  ASSERT_EQ(GetResource(&resource), ZX_OK);
  zx_status_t status = machine->Create(resource, code, end);
  *supported = status != ZX_ERR_NOT_SUPPORTED;
  if (!*supported) {
    unittest_printf_critical("guests are not supported on this machine\n");
    return true;
  }
  ASSERT_EQ(status, ZX_OK, "Failed to create the machine");
  END_HELPER;
}

static bool vcpu_resume() {
  BEGIN_TEST;
  Machine machine;
  bool supported = false;
  ASSERT_TRUE(SetUp(&machine, guest_exit_start, guest_exit_end, &supported));
  if (!supported) {
    return true;
  }
  zx_port_packet packet = {};
  ASSERT_EQ(machine.vcpu.resume(&packet), ZX_OK);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.guest_mem.addr, EXIT_ADDR);
  END_TEST;
}

static bool vcpu_read_write_state() {
  BEGIN_TEST;
  Machine machine;
  bool supported = false;
  ASSERT_TRUE(SetUp(&machine, guest_add_start, guest_add_end, &supported));
  if (!supported) {
    return true;
  }
  zx_vcpu_state_t state = {};
  state.rax = 40;
  state.rbx = 2;
  ASSERT_EQ(machine.vcpu.write_state(ZX_VCPU_STATE, &state, sizeof(state)), ZX_OK);
  zx_port_packet_t packet = {};
  ASSERT_EQ(machine.vcpu.resume(&packet), ZX_OK);
  ASSERT_EQ(machine.vcpu.read_state(ZX_VCPU_STATE, &state, sizeof(state)), ZX_OK);
  EXPECT_EQ(state.rax, 42u);
  EXPECT_EQ(state.rbx, 2u);
  END_TEST;
}

static int Interrupt(void* argument) {
  auto* machine = static_cast<Machine*>(argument);
  return machine->vcpu.interrupt(VECTOR);
}

static bool vcpu_interrupt() {
  BEGIN_TEST;
  Machine machine;
  bool supported = false;
  ASSERT_TRUE(SetUp(&machine, guest_sleep_start, guest_sleep_end, &supported));
  if (!supported) {
    return true;
  }
  thrd_t thread;
  ASSERT_EQ(thrd_create_with_name(&thread, Interrupt, &machine, "interrupt"), thrd_success);
  zx_port_packet_t packet = {};
  ASSERT_EQ(machine.vcpu.resume(&packet), ZX_OK);
  EXPECT_EQ(packet.key, TRAP_KEY);
  int result = -1;
  ASSERT_EQ(thrd_join(thread, &result), thrd_success);
  EXPECT_EQ(result, ZX_OK);
  END_TEST;
}

BEGIN_TEST_CASE(guest)
RUN_TEST(vcpu_resume)
RUN_TEST(vcpu_read_write_state)
RUN_TEST(vcpu_interrupt)
END_TEST_CASE(guest)

int main(int argc, char** argv) { return unittest_run_all_tests(argc, argv) ? 0 : -1; }
