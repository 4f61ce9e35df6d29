// SPDX-License-Identifier: MIT
// Owners of handles: what they close, and when.
#include <lib/zx/channel.h>
#include <lib/zx/event.h>
#include <lib/zx/eventpair.h>
#include <lib/zx/fifo.h>
#include <lib/zx/handle.h>
#include <lib/zx/interrupt.h>
#include <lib/zx/job.h>
#include <lib/zx/pmt.h>
#include <lib/zx/port.h>
#include <lib/zx/process.h>
#include <lib/zx/resource.h>
#include <lib/zx/socket.h>
#include <lib/zx/thread.h>
#include <lib/zx/timer.h>
#include <lib/zx/vmar.h>
#include <lib/zx/vmo.h>
#include <libzx.h>
#include <limits.h>
#include <zircon/syscalls/resource.h>
#include <zxtest/zxtest.h>

namespace {

bool IsValid(zx_handle_t handle) {
  return zx_object_get_info(handle, ZX_INFO_HANDLE_VALID, nullptr, 0, nullptr, nullptr) == ZX_OK;
}

// How many handles this process has. Those that it borrows are made when they are first asked for.
size_t HandleCount() {
  zx_vmar_root_self();
  zx_job_default();
  zx_thread_self();
  get_root_resource();
  zx_info_process_handle_stats_t stats = {};
  if (zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_HANDLE_STATS, &stats, sizeof(stats),
                         nullptr, nullptr) != ZX_OK) {
    return 0;
  }
  size_t count = 0;
  for (uint32_t of_type : stats.handle_count) {
    count += of_type;
  }
  return count;
}

zx::event MakeEvent() {
  zx::event event;
  EXPECT_OK(zx::event::create(0, &event));
  return event;
}

TEST(Handles, NewWrapperOwnsNothing) {
  zx::event event;
  EXPECT_FALSE(event.is_valid());
  EXPECT_FALSE(static_cast<bool>(event));
  EXPECT_EQ(event.get(), ZX_HANDLE_INVALID);
  EXPECT_EQ(event.release(), ZX_HANDLE_INVALID);
}

TEST(Handles, ScopeEndCloses) {
  zx_handle_t raw = ZX_HANDLE_INVALID;
  {
    zx::event event = MakeEvent();
    raw = event.get();
    EXPECT_TRUE(IsValid(raw));
  }
  EXPECT_FALSE(IsValid(raw));
  EXPECT_STATUS(zx_handle_close(raw), ZX_ERR_BAD_HANDLE);
}

TEST(Handles, ResetClosesTheOldOneAndReleaseKeepsIt) {
  zx::event event = MakeEvent();
  const zx_handle_t first = event.get();
  zx::event other = MakeEvent();
  const zx_handle_t second = other.release();
  event.reset(second);
  EXPECT_FALSE(IsValid(first));
  EXPECT_EQ(event.get(), second);
  const zx_handle_t released = event.release();
  EXPECT_FALSE(event.is_valid());
  EXPECT_TRUE(IsValid(released));
  EXPECT_OK(zx_handle_close(released));
}

TEST(Handles, MovesLeaveTheSourceEmpty) {
  zx::event event = MakeEvent();
  const zx_handle_t raw = event.get();
  zx::handle handle(std::move(event));
  EXPECT_FALSE(event.is_valid());
  EXPECT_EQ(handle.get(), raw);
  zx::event again(std::move(handle));
  EXPECT_FALSE(handle.is_valid());
  EXPECT_EQ(again.get(), raw);
  handle = std::move(again);
  EXPECT_EQ(handle.get(), raw);
  zx::handle& same = handle;
  handle = std::move(same);
  EXPECT_EQ(handle.get(), raw);
  EXPECT_TRUE(IsValid(raw));
}

TEST(Handles, AssignmentClosesWhatTheTargetHeld) {
  zx::event target = MakeEvent();
  const zx_handle_t old = target.get();
  target = MakeEvent();
  EXPECT_FALSE(IsValid(old));
  EXPECT_TRUE(IsValid(target.get()));
}

TEST(Handles, SwapExchanges) {
  zx::event a = MakeEvent();
  zx::event b;
  const zx_handle_t raw = a.get();
  a.swap(b);
  EXPECT_FALSE(a.is_valid());
  EXPECT_EQ(b.get(), raw);
}

TEST(Handles, DuplicateGivesASecondHandle) {
  zx::event event = MakeEvent();
  zx::event copy;
  ASSERT_OK(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &copy));
  EXPECT_TRUE(IsValid(event.get()));
  EXPECT_TRUE(IsValid(copy.get()));
  EXPECT_NE(event.get(), copy.get());
}

TEST(Handles, FailedDuplicateEmptiesTheResult) {
  zx::event event;
  ASSERT_OK(MakeEvent().replace(ZX_RIGHT_WAIT, &event));
  zx::event result = MakeEvent();
  const zx_handle_t old = result.get();
  EXPECT_STATUS(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &result), ZX_ERR_ACCESS_DENIED);
  EXPECT_FALSE(result.is_valid());
  EXPECT_FALSE(IsValid(old));
  EXPECT_TRUE(IsValid(event.get()));
}

TEST(Handles, DuplicateIntoItself) {
  const size_t before = HandleCount();
  zx::event event = MakeEvent();
  const zx_handle_t old = event.get();
  ASSERT_OK(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &event));
  EXPECT_FALSE(IsValid(old));
  EXPECT_TRUE(IsValid(event.get()));
  EXPECT_EQ(HandleCount(), before + 1);
}

TEST(Handles, ReplaceConsumesTheReceiver) {
  zx::event event = MakeEvent();
  ASSERT_OK(event.replace(ZX_RIGHT_WAIT | ZX_RIGHT_TRANSFER, &event));
  EXPECT_TRUE(event.is_valid());
  zx::event other;
  const zx_handle_t raw = event.get();
  EXPECT_STATUS(event.replace(ZX_RIGHT_WRITE, &other), ZX_ERR_INVALID_ARGS);
  EXPECT_FALSE(event.is_valid());
  EXPECT_FALSE(other.is_valid());
  EXPECT_FALSE(IsValid(raw));
}

TEST(Handles, PairIntoOneObjectLeaksNothing) {
  const size_t before = HandleCount();
  {
    zx::channel channel;
    ASSERT_OK(zx::channel::create(0, &channel, &channel));
    EXPECT_TRUE(channel.is_valid());
    zx::eventpair pair;
    ASSERT_OK(zx::eventpair::create(0, &pair, &pair));
    zx::fifo fifo;
    ASSERT_OK(zx::fifo::create(4, 4, 0, &fifo, &fifo));
    zx::socket socket;
    ASSERT_OK(zx::socket::create(0, &socket, &socket));
    EXPECT_EQ(HandleCount(), before + 4);
  }
  EXPECT_EQ(HandleCount(), before);
}

TEST(Handles, ResultMayBeTheReceiver) {
  const size_t before = HandleCount();
  {
    zx::resource resource;
    ASSERT_OK(zx_handle_duplicate(get_root_resource(), ZX_RIGHT_SAME_RIGHTS,
                                  resource.reset_and_get_address()));
    ASSERT_OK(zx::resource::create(resource, ZX_RSRC_KIND_MMIO, 0x1000, 0x1000, "x", 1, &resource));
    zx::job job;
    ASSERT_OK(zx_handle_duplicate(zx_job_default(), ZX_RIGHT_SAME_RIGHTS,
                                  job.reset_and_get_address()));
    ASSERT_OK(zx::job::create(job, 0, &job));
    zx::vmar region;
    uintptr_t address = 0;
    ASSERT_OK(zx::vmar::root_self()->allocate(ZX_VM_CAN_MAP_READ, 0, 16 * 4096, &region, &address));
    zx::vmar outer;
    ASSERT_OK(region.duplicate(ZX_RIGHT_SAME_RIGHTS, &outer));
    ASSERT_OK(region.allocate(ZX_VM_CAN_MAP_READ, 0, 4096, &region, &address));
    EXPECT_OK(outer.destroy());
    zx::vmo vmo;
    ASSERT_OK(zx::vmo::create(4096, 0, &vmo));
    ASSERT_OK(vmo.create_child(ZX_VMO_CHILD_SNAPSHOT, 0, 4096, &vmo));
    EXPECT_EQ(HandleCount(), before + 5);
  }
  EXPECT_EQ(HandleCount(), before);
}

TEST(Handles, CreateClosesTheOldHandleEvenIfItFails) {
  zx::event event = MakeEvent();
  const zx_handle_t old = event.get();
  EXPECT_NOT_OK(zx::event::create(~0u, &event));
  EXPECT_FALSE(event.is_valid());
  EXPECT_FALSE(IsValid(old));
}

TEST(Handles, ConsumedEvenIfTheCallFails) {
  zx::vmo vmo;
  ASSERT_OK(zx::vmo::create(4096, 0, &vmo));
  const zx_handle_t raw = vmo.get();
  zx::vmo result;
  zx::handle wrong(MakeEvent());
  EXPECT_NOT_OK(vmo.replace_as_executable(wrong, &result));
  EXPECT_FALSE(vmo.is_valid());
  EXPECT_FALSE(IsValid(raw));
  EXPECT_FALSE(result.is_valid());

  zx::pmt pmt{zx::handle(MakeEvent())};
  EXPECT_NOT_OK(pmt.unpin());
  EXPECT_FALSE(pmt.is_valid());

  zx::handle argument(MakeEvent());
  const zx_handle_t raw_argument = argument.get();
  EXPECT_NOT_OK(zx::process().start(zx::thread(), 0, 0, std::move(argument), 0));
  EXPECT_FALSE(argument.is_valid());
  EXPECT_FALSE(IsValid(raw_argument));
}

TEST(Unowned, NeverCloses) {
  zx::event event = MakeEvent();
  {
    zx::unowned_event from_handle(event.get());
    zx::unowned_event from_owner(event);
    zx::unowned_event copy(from_owner);
    zx::unowned_event empty;
    empty = copy;
    zx::event other = MakeEvent();
    zx::unowned_event full(other);
    full = copy;
    EXPECT_TRUE(IsValid(other.get()));
    EXPECT_EQ(full->get(), event.get());
    zx::unowned_event moved(std::move(copy));
    EXPECT_FALSE(copy->is_valid());
    full = std::move(moved);
    EXPECT_FALSE(moved->is_valid());
    EXPECT_EQ(full->get(), event.get());
    EXPECT_OK(full->signal(0, ZX_USER_SIGNAL_0));
    EXPECT_EQ((*full).get(), event.get());
    zx::unowned_event& same = full;
    full = same;
    EXPECT_EQ(full->get(), event.get());
    zx::unowned_event borrowed = event.borrow();
    EXPECT_TRUE(borrowed == full);
    zx::handle handle(MakeEvent());
    EXPECT_EQ(handle.borrow()->get(), handle.get());
  }
  EXPECT_TRUE(IsValid(event.get()));
}

TEST(Comparisons, AreOfHandleValues) {
  zx::event low(1u);
  zx::event high(5u);
  EXPECT_TRUE(low == low && !(low == high) && low != high);
  EXPECT_TRUE(low < high && low <= high && high > low && high >= low);
  EXPECT_TRUE(low == 1u && 1u == low && low != 5u && 5u != low);
  EXPECT_TRUE(low < 5u && 1u < high && low <= 1u && 5u >= high && high > 1u && 5u > low);
  zx::unowned_event a(low);
  zx::unowned_event b(high);
  EXPECT_TRUE(a == a && a != b && a < b && b > a && a <= b && b >= a);
  EXPECT_TRUE(a == 1u && 1u == a && a < 5u && 5u > a);
  static_cast<void>(low.release() + high.release());
}

TEST(Traits, SayWhatClassesCan) {
  static_assert(!zx::object_traits<zx::channel>::supports_duplication, "");
  static_assert(zx::object_traits<zx::channel>::has_peer_handle, "");
  static_assert(zx::object_traits<zx::eventpair>::supports_duplication, "");
  static_assert(!zx::object_traits<zx::event>::has_peer_handle, "");
  static_assert(!zx::object_traits<zx::port>::supports_wait, "");
  static_assert(zx::object_traits<zx::interrupt>::supports_wait, "");
  static_assert(!zx::object_traits<zx::interrupt>::supports_user_signal, "");
  static_assert(!zx::object_traits<zx::pmt>::supports_duplication, "");
  static_assert(zx::object_traits<zx::job>::supports_kill, "");
  static_assert(zx::object_traits<zx::job>::supports_get_child, "");
  static_assert(!zx::object_traits<zx::thread>::supports_kill, "");
  static_assert(zx::object_traits<zx::thread>::supports_set_profile, "");
  static_assert(zx::object_traits<zx::resource>::supports_get_child, "");
  static_assert(zx::object_traits<void>::supports_duplication, "");
  static_assert(sizeof(zx::event) == sizeof(zx_handle_t), "");
  static_assert(sizeof(zx::job) == sizeof(zx_handle_t), "");
  static_assert(!std::is_copy_constructible<zx::event>::value, "");
  static_assert(!std::is_copy_assignable<zx::event>::value, "");
  static_assert(!std::is_convertible<zx_handle_t, zx::event>::value, "");
  static_assert(zx::event::TYPE == ZX_OBJ_TYPE_EVENT, "");
  const zx_obj_type_t& reference = zx::timer::TYPE;
  EXPECT_EQ(reference, ZX_OBJ_TYPE_TIMER);
}

TEST(Overloads, BothOrdersOfArguments) {
  const zx::unowned_vmar root = zx::vmar::root_self();
  constexpr size_t kSize = PAGE_SIZE;
  zx::vmo vmo;
  ASSERT_OK(zx::vmo::create(kSize, 0, &vmo));
  zx_vaddr_t address = 0;
  ASSERT_OK(root->map(ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, kSize, &address));
  EXPECT_OK(root->protect(ZX_VM_PERM_READ, address, kSize));
  EXPECT_OK(root->protect(address, kSize, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE));
  EXPECT_OK(root->protect(ZX_VM_PERM_READ, address, PAGE_SIZE));
  EXPECT_OK(root->protect2(ZX_VM_PERM_READ, address, kSize));
  EXPECT_OK(root->unmap(address, kSize));
  ASSERT_OK(root->map(0, vmo, 0, kSize, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, &address));
  EXPECT_OK(root->unmap(address, kSize));
  zx::vmar region;
  const uint32_t options = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE;
  ASSERT_OK(root->allocate(options, 0, kSize, &region, &address));
  EXPECT_OK(region.destroy());
  ASSERT_OK(root->allocate(size_t{0}, kSize, options, &region, &address));
  EXPECT_OK(region.destroy());
  ASSERT_OK(root->allocate2(options, 0, kSize, &region, &address));
  EXPECT_OK(region.destroy());

  zx::channel a;
  zx::channel b;
  ASSERT_OK(zx::channel::create(0, &a, &b));
  uint32_t bytes = 7;
  zx_handle_t sent = MakeEvent().release();
  ASSERT_OK(a.write(0, &bytes, sizeof(bytes), &sent, 1));
  ASSERT_OK(a.write(0, &bytes, sizeof(bytes), nullptr, 0));
  uint32_t got = 0;
  uint32_t actual_bytes = 0;
  uint32_t actual_handles = 0;
  zx_handle_t received = ZX_HANDLE_INVALID;
  ASSERT_OK(b.read(0, &got, &received, sizeof(got), 1, &actual_bytes, &actual_handles));
  EXPECT_EQ(got, 7);
  EXPECT_EQ(actual_handles, 1);
  EXPECT_OK(zx_handle_close(received));
  ASSERT_OK(b.read(0, &got, sizeof(got), &actual_bytes, nullptr, 0, &actual_handles));
  EXPECT_EQ(actual_bytes, sizeof(got));
}

TEST(Waits, ThroughWrappers) {
  zx::event event = MakeEvent();
  zx_signals_t pending = 0;
  EXPECT_STATUS(event.wait_one(ZX_USER_SIGNAL_0, zx::time::infinite_past(), &pending),
                ZX_ERR_TIMED_OUT);
  ASSERT_OK(event.signal(0, ZX_USER_SIGNAL_0));
  EXPECT_OK(event.wait_one(ZX_USER_SIGNAL_0, zx::time(), nullptr));
  zx::port port;
  ASSERT_OK(zx::port::create(0, &port));
  ASSERT_OK(event.wait_async(port, 5, ZX_USER_SIGNAL_0, 0));
  zx_port_packet_t packet = {};
  ASSERT_OK(port.wait(zx::deadline_after(zx::sec(5)), &packet));
  EXPECT_EQ(packet.key, 5);
  EXPECT_STATUS(port.cancel(event, 5), ZX_ERR_NOT_FOUND);
  zx_wait_item_t items[] = {{event.get(), ZX_USER_SIGNAL_0, 0}};
  EXPECT_OK(zx::event::wait_many(items, 1, zx::time()));
}

TEST(Tasks, ChildrenAndSelf) {
  EXPECT_TRUE(zx::process::self() == zx::process::self());
  EXPECT_TRUE(zx::thread::self() == zx::thread::self());
  EXPECT_TRUE(zx::vmar::root_self() == zx::vmar::root_self());
  EXPECT_TRUE(zx::job::default_job() == zx::job::default_job());
  zx_info_handle_basic_t info = {};
  ASSERT_OK(zx::process::self()->get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr,
                                          nullptr));
  zx::handle handle;
  ASSERT_OK(zx::job::default_job()->get_child(info.koid, ZX_RIGHT_SAME_RIGHTS, &handle));
  zx::process process;
  ASSERT_OK(zx::job::default_job()->get_child(info.koid, ZX_RIGHT_SAME_RIGHTS, &process));
  ASSERT_OK(zx::thread::self()->get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr,
                                         nullptr));
  zx::thread thread;
  ASSERT_OK(zx::process::self()->get_child(info.koid, ZX_RIGHT_SAME_RIGHTS, &thread));
  EXPECT_TRUE(thread.is_valid());
}

}  // namespace
