// SPDX-License-Identifier: MIT
// Every header as C++17, and the anonymous members that programs use. The runner compiles this file
// and checks that it names every header of include/.

#include <libzx.h>
#include <libzx/older.h>
#include <zircon/assert.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/exception.h>
#include <zircon/features.h>
#include <zircon/limits.h>
#include <zircon/listnode.h>
#include <zircon/pixelformat.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/rights.h>
#include <zircon/status.h>
#include <zircon/string_view.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/clock.h>
#include <zircon/syscalls/debug.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/iommu.h>
#include <zircon/syscalls/log.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/pci.h>
#include <zircon/syscalls/policy.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/profile.h>
#include <zircon/syscalls/resource.h>
#include <zircon/syscalls/restricted.h>
#include <zircon/syscalls/scheduler.h>
#include <zircon/syscalls/smc.h>
#include <zircon/syscalls/system.h>
#include <zircon/syscalls/types.h>
#include <zircon/testonly-syscalls.h>
#include <zircon/threads.h>
#include <zircon/time.h>
#include <zircon/tls.h>
#include <zircon/types.h>
#include <zircon/utc.h>

#include <cstddef>
#include <string>
#include <type_traits>

static_assert(sizeof(zx_port_packet_t) == 48 && alignof(zx_port_packet_t) == 8, "");
static_assert(offsetof(zx_port_packet_t, user) == 16, "");
static_assert(offsetof(zx_port_packet_t, guest_mem) == 16, "");
static_assert(sizeof(zx_packet_user_t) == 32 && sizeof(zx_packet_guest_mem_t) == 32, "");
static_assert(std::is_trivially_copyable<zx_port_packet_t>::value, "");
static_assert(std::is_same<decltype(zx_status_t()), int32_t>::value, "");

// C linkage: the functions are those of the library, not overloads.
static_assert(std::is_same<decltype(&zx_handle_close), zx_status_t (*)(zx_handle_t)>::value, "");

constexpr zx_time_t kDeadline = zx_time_add_duration(ZX_TIME_INFINITE, ZX_SEC(1));
static_assert(kDeadline == ZX_TIME_INFINITE, "");

// A string of the library is one of C++'s in whatever way a program asks for it.
constexpr struct zx_string_view kVersion = {"zx", 2};
static_assert(kVersion.size() == 2 && kVersion.data()[1] == 'x', "");
static_assert(std::is_convertible<zx_string_view_t, std::string>::value, "");
#if __cplusplus >= 201703L
static_assert(std::string_view(kVersion) == "zx", "");
#endif

// Questions and annotations that compilers without them still take.
#if __has_feature(no_such_feature) || __has_cpp_attribute(no_such_attribute)
#error "a feature that no compiler has"
#endif
struct __TA_CAPABILITY("mutex") Lock {
  void acquire() __TA_ACQUIRE();
  void acquire_shared() __TA_ACQUIRE_SHARED();
  void release() __TA_RELEASE();
  void release_shared() __TA_RELEASE_SHARED();
  void held() const __TA_ASSERT();
  void held_shared() const __TA_ASSERT_SHARED();
};
struct Guarded {
  Lock lock;
  int value __TA_GUARDED(lock);
  int read() __TA_REQUIRES_SHARED(lock) { return value; }
  void write(int to) __TA_REQUIRES(lock) { value = to; }
};

uint64_t anonymous_members(zx_port_packet_t* packet);
uint64_t anonymous_members(zx_port_packet_t* packet) {
  packet->user.u64[0] = packet->key;
  packet->guest_io.u16 = packet->guest_io.port;
  return packet->guest_mem.addr + packet->user.u64[0] + packet->guest_io.data[0] +
         packet->guest_bell.addr + packet->guest_vcpu.interrupt.vector;
}
