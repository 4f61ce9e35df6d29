// SPDX-License-Identifier: MIT
// A piece of a virtual machine monitor: a device whose doorbell wakes a loop on another thread.
#include <lib/async-loop/cpp/loop.h>
#include <lib/async-loop/default.h>
#include <lib/async/cpp/trap.h>
#include <lib/syslog/cpp/macros.h>
#include <libzx.h>

#include "fixture.h"

namespace {

class Device {
 public:
  zx_status_t Start(const zx::guest& guest, async_dispatcher_t* dispatcher) {
    return trap_.SetTrap(dispatcher, guest, BELL_ADDR, PAGE_SIZE);
  }

 private:
  void OnBell(async_dispatcher_t*, async::GuestBellTrapBase*, zx_status_t status,
              const zx_packet_guest_bell_t* bell) {
    if (status == ZX_ERR_CANCELED) {
      FX_LOGS(INFO) << "the loop ends";
      return;
    }
    FX_CHECK(status == ZX_OK) << "bell: " << status;
    FX_LOGS(INFO) << "the bell rang at 0x" << std::hex << bell->addr;
    rang_ = true;
    loop_quit_();
  }

 public:
  bool rang() const { return rang_; }
  void set_quit(fit::closure quit) { loop_quit_ = std::move(quit); }

 private:
  fit::closure loop_quit_;
  bool rang_ = false;
  async::GuestBellTrapMethod<Device, &Device::OnBell> trap_{this};
};

}  // namespace

int main() {
  zx::resource resource;
  zx_status_t status = libzx_get_hypervisor_resource(resource.reset_and_get_address());
  FX_CHECK(status == ZX_OK);
  Machine machine;
  status = machine.Create(resource, guest_bell_start, guest_bell_end);
  if (status == ZX_ERR_NOT_SUPPORTED) {
    FX_LOGS(WARNING) << "guests are not supported on this machine";
    return 77;
  }
  FX_CHECK(status == ZX_OK) << status;

  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  Device device;
  device.set_quit([&loop] { loop.Quit(); });
  status = device.Start(machine.guest, loop.dispatcher());
  FX_CHECK(status == ZX_OK) << status;
  status = loop.StartThread("devices");
  FX_CHECK(status == ZX_OK) << status;

  zx_port_packet_t packet = {};
  status = machine.vcpu.resume(&packet);
  FX_CHECK(status == ZX_OK && packet.key == TRAP_KEY) << status;
  loop.JoinThreads();
  FX_CHECK(device.rang());
  loop.Shutdown();
  return 0;
}
