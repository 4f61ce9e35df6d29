// SPDX-License-Identifier: MIT
// A guest test in the manner of 2021 and later: gtest, the resource from the kernel's services.
// With LIBZX_LATER_ABI it enters the VCPU as programs of 2022 and later do.
#include <fidl/fuchsia.kernel/cpp/wire.h>
#include <gtest/gtest.h>
#include <lib/component/incoming/cpp/protocol.h>
#include <src/lib/fxl/test/test_settings.h>

#include <thread>

#include "fixture.h"

namespace {

zx_status_t GetResource(zx::resource* resource) {
  auto client_end = component::Connect<fuchsia_kernel::HypervisorResource>();
  if (client_end.is_error()) {
    return client_end.status_value();
  }
  auto result = fidl::WireCall(*client_end)->Get();
  if (!result.ok()) {
    return result.status();
  }
  *resource = std::move(result.value().resource);
  return ZX_OK;
}

zx_status_t Enter(const zx::vcpu& vcpu, zx_port_packet_t* packet) {
#if defined(LIBZX_LATER_ABI)
  return vcpu.enter(packet);
#else
  return vcpu.resume(packet);
#endif
}

class Guest : public ::testing::Test {
 protected:
  void Create(const char* code, const char* end) {
    zx::resource resource;
    ASSERT_EQ(GetResource(&resource), ZX_OK);
    const zx_status_t status = machine_.Create(resource, code, end);
    if (status == ZX_ERR_NOT_SUPPORTED) {
      GTEST_SKIP() << "Guests are not supported on this machine";
    }
    ASSERT_EQ(status, ZX_OK);
  }

  Machine machine_;
};

#define CREATE(name)                                                      \
  ASSERT_NO_FATAL_FAILURE(Create(guest_##name##_start, guest_##name##_end)); \
  if (IsSkipped()) {                                                      \
    return;                                                               \
  }

TEST_F(Guest, Enter) {
  CREATE(exit);
  zx_port_packet_t packet = {};
  ASSERT_EQ(Enter(machine_.vcpu, &packet), ZX_OK);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.key, static_cast<uint64_t>(TRAP_KEY));
  EXPECT_EQ(packet.guest_mem.addr, static_cast<zx_gpaddr_t>(EXIT_ADDR));
}

TEST_F(Guest, Kick) {
  CREATE(sleep);
  std::thread kicker([this] { EXPECT_EQ(machine_.vcpu.kick(), ZX_OK); });
  zx_port_packet_t packet = {};
  EXPECT_EQ(Enter(machine_.vcpu, &packet), ZX_ERR_CANCELED);
  kicker.join();
}

TEST_F(Guest, Interrupt) {
  CREATE(sleep);
  std::thread interrupter([this] { EXPECT_EQ(machine_.vcpu.interrupt(VECTOR), ZX_OK); });
  zx_port_packet_t packet = {};
  EXPECT_EQ(Enter(machine_.vcpu, &packet), ZX_OK);
  EXPECT_EQ(packet.key, static_cast<uint64_t>(TRAP_KEY));
  interrupter.join();
}

}  // namespace

int main(int argc, char** argv) {
  fxl::CommandLine command_line = fxl::CommandLineFromArgcArgv(argc, argv);
  if (!fxl::SetTestSettings(command_line)) {
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
