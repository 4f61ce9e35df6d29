// SPDX-License-Identifier: MIT
// fbl, fit, fzl, sync and the other small pieces.
#include <fbl/algorithm.h>
#include <fbl/alloc_checker.h>
#include <fbl/array.h>
#include <fbl/auto_call.h>
#include <fbl/auto_lock.h>
#include <fbl/function.h>
#include <fbl/futex.h>
#include <fbl/intrusive_double_list.h>
#include <fbl/macros.h>
#include <fbl/mutex.h>
#include <fbl/ref_counted.h>
#include <fbl/ref_ptr.h>
#include <fbl/span.h>
#include <fbl/string.h>
#include <fbl/string_buffer.h>
#include <fbl/string_printf.h>
#include <fbl/unique_fd.h>
#include <fbl/unique_ptr.h>
#include <fbl/vector.h>
#include <fcntl.h>
#include <hwreg/bitfields.h>
#include <lib/fit/defer.h>
#include <lib/fit/function.h>
#include <lib/fzl/memory-probe.h>
#include <lib/fzl/owned-vmo-mapper.h>
#include <lib/fzl/time.h>
#include <lib/fzl/vmar-manager.h>
#include <lib/fzl/vmo-mapper.h>
#include <lib/sync/completion.h>
#include <lib/sync/condition.h>
#include <lib/sync/cpp/completion.h>
#include <lib/sync/mutex.h>
#include <lib/syslog/cpp/macros.h>
#include <lib/zircon-internal/align.h>
#include <limits.h>
#include <signal.h>
#include <src/lib/fxl/strings/string_printf.h>
#include <sys/mman.h>
#include <threads.h>
#include <zircon/threads.h>
#include <zxtest/zxtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#if !__has_feature(no_such_feature) && PAGE_SIZE == 4096 && MAP_JIT == 0
#define WRAPPERS_WORK 1
#else
#define WRAPPERS_WORK 0
#endif
static_assert(WRAPPERS_WORK, "limits.h, compiler.h and sys/mman.h");
static_assert(PATH_MAX > 0, "the system's limits.h is there too");

namespace {

static_assert(fbl::round_up(0u, 4u) == 0 && fbl::round_up(5u, 4u) == 8, "");
static_assert(fbl::round_up(uint8_t{250}, uint32_t{100}) == 300, "");
static_assert(fbl::round_down(7u, uint64_t{3}) == 6, "");
static_assert(fbl::is_pow2(8u) && !fbl::is_pow2(0u) && !fbl::is_pow2(6u), "");
static_assert(fbl::clamp(7, 1, 5) == 5 && fbl::gcd(12, 18) == 6, "");
static_assert(fbl::constexpr_strlen("four") == 4, "");

TEST(Fbl, CountOf) {
  const int values[] = {3, 1, 2};
  EXPECT_EQ(fbl::count_of(values), 3);
  EXPECT_EQ(*fbl::min_element(values, values + 3), 1);
}

struct WithMember {
  void Poke() {}
  using Inner = int;
};
struct Without {};
DECLARE_HAS_MEMBER_FN(has_poke, Poke);
DECLARE_HAS_MEMBER_FN_WITH_SIGNATURE(has_int_poke, Poke, int (C::*)());
DECLARE_HAS_MEMBER_TYPE(has_inner, Inner);
static_assert(has_poke_v<WithMember> && !has_poke_v<Without>, "");
static_assert(!has_int_poke_v<WithMember> && has_inner_v<WithMember> && !has_inner_v<Without>, "");

TEST(Fbl, UniqueFd) {
  fbl::unique_fd fd(open("/dev/null", O_RDWR));
  ASSERT_TRUE(fd);
  const int raw = fd.get();
  fbl::unique_fd copy = fd.duplicate();
  EXPECT_TRUE(copy.is_valid());
  EXPECT_TRUE(copy != fd);
  fbl::unique_fd moved(std::move(fd));
  EXPECT_FALSE(fd.is_valid());
  EXPECT_TRUE(moved == raw);
  moved.reset();
  EXPECT_EQ(fcntl(raw, F_GETFD), -1);
}

TEST(Fbl, AutoCallRunsOnceUnlessCancelled) {
  int calls = 0;
  {
    auto first = fbl::MakeAutoCall([&] { calls++; });
    auto second = std::move(first);
    auto third = fbl::MakeAutoCall([&] { calls += 10; });
    third.cancel();
    auto fourth = fbl::MakeAutoCall([&] { calls += 100; });
    fourth.call();
    EXPECT_EQ(calls, 100);
  }
  EXPECT_EQ(calls, 101);
}

TEST(Fbl, Locks) {
  fbl::Mutex mutex;
  int count = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; i++) {
      fbl::AutoLock lock(&mutex);
      count++;
    }
  });
  for (int i = 0; i < 1000; i++) {
    fbl::AutoLock lock(&mutex);
    count++;
    lock.release();
    lock.release();
  }
  other.join();
  EXPECT_EQ(count, 2000);
  fbl::NullLock none;
  fbl::AutoLock nothing(&none);
}

TEST(Fbl, AllocChecker) {
  fbl::AllocChecker checker;
  std::unique_ptr<int> one(new (&checker) int(5));
  EXPECT_TRUE(checker.check());
  EXPECT_EQ(*one, 5);
  auto two = fbl::make_unique_checked<int>(&checker, 6);
  EXPECT_TRUE(checker.check());
  EXPECT_EQ(*two, 6);
  ASSERT_DEATH(([] {
    fbl::AllocChecker unchecked;
    unchecked.arm(1, true);
  }));
}

class Counted : public fbl::RefCounted<Counted> {
 public:
  explicit Counted(int* alive) : alive_(alive) { (*alive_)++; }
  ~Counted() { (*alive_)--; }

 private:
  int* alive_;
};

class Recycled : public fbl::RefCounted<Recycled>, public fbl::Recyclable<Recycled> {
 public:
  explicit Recycled(int* recycled) : recycled_(recycled) {}
  void fbl_recycle() {
    (*recycled_)++;
    delete this;
  }

 private:
  int* recycled_;
};

TEST(Fbl, RefPtrCounts) {
  int alive = 0;
  {
    auto first = fbl::MakeRefCounted<Counted>(&alive);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([copy = first] {
        for (int turn = 0; turn < 1000; turn++) {
          fbl::RefPtr<Counted> another = copy;
          EXPECT_TRUE(another == copy);
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    fbl::RefPtr<Counted> wrapped = fbl::WrapRefPtr(first.get());
    first.reset();
    EXPECT_TRUE(first == nullptr);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  int recycled = 0;
  fbl::AdoptRef(new Recycled(&recycled));
  EXPECT_EQ(recycled, 1);
}

TEST(Fbl, Function) {
  fbl::Function<int(int)> twice = [](int value) { return 2 * value; };
  EXPECT_EQ(twice(4), 8);
  fbl::Closure nothing;
  EXPECT_TRUE(nothing == nullptr);
  nothing = [] {};
  EXPECT_TRUE(nothing != nullptr);
  nothing = nullptr;
  ASSERT_DEATH(([] {
    fbl::Closure none;
    none();
  }));
}

TEST(Fbl, ArrayAndVector) {
  fbl::Array<int> array(new int[3]{1, 2, 3}, 3);
  EXPECT_EQ(array.size(), 3);
  int sum = 0;
  for (int value : array) {
    sum += value;
  }
  EXPECT_EQ(sum, 6);
  fbl::Array<int> moved = std::move(array);
  EXPECT_EQ(array.size(), 0);
  delete[] moved.release();
  EXPECT_EQ(fbl::MakeArray<int>(4)[3], 0);

  fbl::Vector<std::unique_ptr<int>> vector;
  for (int i = 0; i < 100; i++) {
    vector.push_back(std::make_unique<int>(i));
  }
  vector.insert(0, std::make_unique<int>(-1));
  EXPECT_EQ(*vector[0], -1);
  EXPECT_EQ(*vector.erase(50), 49);
  EXPECT_EQ(vector.size(), 100);
  EXPECT_EQ(*vector[99], 99);
  vector.pop_back();
  vector.resize(3);
  EXPECT_EQ(vector.size(), 3);
  vector.reset();
  EXPECT_TRUE(vector.is_empty());
  fbl::Vector<int> numbers = {1, 2, 3};
  fbl::AllocChecker checker;
  numbers.push_back(4, &checker);
  EXPECT_TRUE(checker.check());
  EXPECT_EQ(numbers[3], 4);
}

TEST(Fbl, Strings) {
  fbl::String a("hello");
  fbl::String b = a;
  EXPECT_TRUE(a == b);
  EXPECT_EQ(a.data(), b.data());
  EXPECT_STR_EQ(fbl::String::Concat({a, " ", "world"}), "hello world");
  EXPECT_STR_EQ(fbl::StringPrintf("%d%%", 7), "7%");
  EXPECT_TRUE(fbl::StringPiece("abc") < fbl::StringPiece("abd"));
  fbl::StringBuffer<8> buffer;
  buffer.Append("12345").AppendPrintf("%d", 67890);
  EXPECT_STR_EQ(buffer.c_str(), "12345678");
}

TEST(Fbl, SpanAndFutex) {
  int values[] = {1, 2, 3, 4};
  fbl::Span<int> span(values);
  EXPECT_EQ(span.subspan(1, 2).size(), 2);
  EXPECT_EQ(span.subspan(2).front(), 3);
  EXPECT_EQ(fbl::as_bytes(span).size(), sizeof(values));
  fbl::futex_t futex(3);
  futex.store(4);
  EXPECT_EQ(futex.load(), 4);
  zx_futex_t* address = &futex;
  EXPECT_NOT_NULL(address);
}

struct Element : public fbl::DoublyLinkedListable<std::unique_ptr<Element>> {
  explicit Element(int number) : number(number) {}
  int number;
};

TEST(Fbl, DoublyLinkedList) {
  fbl::DoublyLinkedList<std::unique_ptr<Element>> list;
  list.push_back(std::make_unique<Element>(2));
  list.push_front(std::make_unique<Element>(1));
  list.push_back(std::make_unique<Element>(4));
  auto at = list.begin();
  ++at;
  ++at;
  list.insert(at, std::make_unique<Element>(3));
  int expected = 1;
  for (Element& element : list) {
    EXPECT_EQ(element.number, expected++);
    EXPECT_TRUE(element.InContainer());
  }
  EXPECT_EQ(list.size_slow(), 4);
  std::unique_ptr<Element> taken = list.erase(list.front());
  EXPECT_FALSE(taken->InContainer());
  EXPECT_EQ(list.pop_back()->number, 4);
  EXPECT_EQ(list.pop_front()->number, 2);
  list.clear();
  EXPECT_TRUE(list.is_empty());
}

struct Speaker {
  int Say(int value) { return value + base; }
  int base;
};

TEST(Fit, Function) {
  fit::function<int()> large = [values = std::array<int, 100>{7}] { return values[0]; };
  EXPECT_EQ(large(), 7);
  fit::function<int()> shared = large.share();
  EXPECT_EQ(shared() + large(), 14);
  fit::callback<int()> once = [] { return 3; };
  EXPECT_EQ(once(), 3);
  EXPECT_FALSE(once);
  int (*null_pointer)() = nullptr;
  EXPECT_FALSE(fit::function<int()>(null_pointer));
  Speaker speaker{10};
  EXPECT_EQ(fit::bind_member(&speaker, &Speaker::Say)(5), 15);
  EXPECT_EQ(fit::bind_member<&Speaker::Say>(&speaker)(6), 16);
  fit::function<int()> a = [] { return 1; };
  fit::function<int()> b = [] { return 2; };
  a.swap(b);
  EXPECT_EQ(a(), 2);
  auto owner = std::make_unique<int>(9);
  fit::function<int()> owns = [owner = std::move(owner)] { return *owner; };
  EXPECT_EQ(owns(), 9);
}

TEST(Fit, Defer) {
  std::string order;
  {
    auto first = fit::defer([&] { order += "1"; });
    auto second = fit::defer([&] { order += "2"; });
    auto third = fit::defer([&] { order += "3"; });
    third.cancel();
    auto moved = std::move(first);
    EXPECT_FALSE(first);
    EXPECT_TRUE(moved);
    auto callback = fit::defer_callback([&] { order += "c"; });
    callback.call();
  }
  EXPECT_STR_EQ(order, "c12");
}

struct sigaction Current(int number) {
  struct sigaction action = {};
  sigaction(number, nullptr, &action);
  return action;
}

TEST(Fzl, ProbesSeeProtections) {
  struct sigaction before = Current(SIGSEGV);
  void* memory = mmap(nullptr, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* bytes = static_cast<char*>(memory);
  bytes[0] = 5;
  ASSERT_EQ(mprotect(bytes + PAGE_SIZE, PAGE_SIZE, PROT_READ), 0);
  ASSERT_EQ(mprotect(bytes + 2 * PAGE_SIZE, PAGE_SIZE, PROT_NONE), 0);
  EXPECT_TRUE(probe_for_read(bytes));
  EXPECT_TRUE(probe_for_write(bytes));
  EXPECT_EQ(bytes[0], 5);
  EXPECT_TRUE(probe_for_read(bytes + PAGE_SIZE));
  EXPECT_FALSE(probe_for_write(bytes + PAGE_SIZE));
  EXPECT_FALSE(probe_for_read(bytes + 2 * PAGE_SIZE));
  std::thread([&] { EXPECT_FALSE(probe_for_write(bytes + 2 * PAGE_SIZE)); }).join();
  ASSERT_EQ(munmap(memory, 3 * PAGE_SIZE), 0);
  EXPECT_FALSE(probe_for_read(memory));
  EXPECT_FALSE(probe_for_read(nullptr));
  struct sigaction after = Current(SIGSEGV);
  EXPECT_EQ(before.sa_sigaction, after.sa_sigaction);
}

TEST(Fzl, Mappers) {
  fzl::VmoMapper mapper;
  zx::vmo vmo;
  EXPECT_STATUS(mapper.CreateAndMap(0, ZX_VM_PERM_READ), ZX_ERR_INVALID_ARGS);
  ASSERT_OK(mapper.CreateAndMap(2 * PAGE_SIZE, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, nullptr, &vmo));
  static_cast<char*>(mapper.start())[0] = 'x';
  char got = 0;
  ASSERT_OK(vmo.read(&got, 0, 1));
  EXPECT_EQ(got, 'x');
  EXPECT_STATUS(mapper.Map(vmo, 0, 0, ZX_VM_PERM_READ), ZX_ERR_BAD_STATE);
  fzl::VmoMapper moved = std::move(mapper);
  EXPECT_NULL(mapper.start());
  const void* start = moved.start();
  moved.Unmap();
  EXPECT_FALSE(probe_for_read(start));
  EXPECT_STATUS(moved.Map(vmo, 0, 3 * PAGE_SIZE, ZX_VM_PERM_READ), ZX_ERR_OUT_OF_RANGE);
  ASSERT_OK(moved.Map(vmo, PAGE_SIZE, 0, ZX_VM_PERM_READ));
  EXPECT_EQ(moved.size(), PAGE_SIZE);

  fbl::RefPtr<fzl::VmarManager> region = fzl::VmarManager::Create(16 * PAGE_SIZE);
  ASSERT_TRUE(region != nullptr);
  fzl::OwnedVmoMapper owned;
  ASSERT_OK(owned.CreateAndMap(PAGE_SIZE, "mine", ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, region));
  EXPECT_GE(reinterpret_cast<uintptr_t>(owned.start()),
            reinterpret_cast<uintptr_t>(region->start()));
  char name[ZX_MAX_NAME_LEN] = {};
  ASSERT_OK(owned.vmo().get_property(ZX_PROP_NAME, name, sizeof(name)));
  EXPECT_STR_EQ(name, "mine");
}

TEST(Fzl, TicksAndDurations) {
  EXPECT_EQ(fzl::NsToTicks(zx::sec(1)), zx::ticks::per_second());
  EXPECT_EQ(fzl::TicksToNs(zx::ticks::per_second()), zx::sec(1));
}

TEST(Sync, Completion) {
  sync_completion_t completion = SYNC_COMPLETION_INIT;
  EXPECT_STATUS(sync_completion_wait(&completion, 0), ZX_ERR_TIMED_OUT);
  std::atomic<int> woken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      EXPECT_OK(sync_completion_wait(&completion, ZX_TIME_INFINITE));
      woken++;
    });
  }
  sync_completion_signal(&completion);
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(woken, 4);
  EXPECT_TRUE(sync_completion_signaled(&completion));
  EXPECT_OK(sync_completion_wait(&completion, 0));
  sync_completion_reset(&completion);
  EXPECT_FALSE(sync_completion_signaled(&completion));
  sync::Completion cpp;
  cpp.Signal();
  EXPECT_OK(cpp.Wait(zx::sec(1)));
}

TEST(Sync, MutexAndCondition) {
  sync_mutex_t mutex = SYNC_MUTEX_INIT;
  sync_condition_t condition = SYNC_CONDITION_INIT;
  int count = 0;
  sync_mutex_lock(&mutex);
  std::thread([&] { EXPECT_STATUS(sync_mutex_trylock(&mutex), ZX_ERR_BAD_STATE); }).join();
  std::thread([&] {
    EXPECT_STATUS(sync_mutex_timedlock(&mutex, zx_deadline_after(ZX_MSEC(5))), ZX_ERR_TIMED_OUT);
  }).join();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 1000; turn++) {
        sync_mutex_lock(&mutex);
        count++;
        sync_mutex_unlock(&mutex);
      }
      sync_condition_signal(&condition);
    });
  }
  while (count < 4000) {
    sync_condition_timedwait(&condition, &mutex, zx_deadline_after(ZX_MSEC(10)));
  }
  EXPECT_STATUS(sync_condition_timedwait(&condition, &mutex, zx_deadline_after(ZX_MSEC(1))),
                ZX_ERR_TIMED_OUT);
  sync_mutex_unlock(&mutex);
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(count, 4000);
}

int NameOfThread(void* out) {
  zx_object_get_property(zx_thread_self(), ZX_PROP_NAME, out, ZX_MAX_NAME_LEN);
  return zx_thread_self() == thrd_get_zx_handle(thrd_current()) ? 0 : 1;
}

TEST(Threads, Names) {
  char name[ZX_MAX_NAME_LEN] = {};
  thrd_t thread;
  ASSERT_EQ(thrd_create_with_name(&thread, NameOfThread, name, "a thread with a rather long name"),
            thrd_success);
  int result = 1;
  ASSERT_EQ(thrd_join(thread, &result), thrd_success);
  EXPECT_EQ(result, 0);
  EXPECT_STR_EQ(name, "a thread with a rather long nam");
  static mtx_t mutex = MTX_INIT;
  EXPECT_EQ(mtx_lock(&mutex), thrd_success);
  EXPECT_EQ(mtx_unlock(&mutex), thrd_success);
}

struct Fields {
  uint64_t wide = 0;
  uint32_t narrow = 0;
  DEF_SUBBIT(wide, 63, top);
  DEF_SUBFIELD(wide, 31, 0, low);
  DEF_SUBFIELD(wide, 63, 0, all);
  DEF_SUBFIELD(narrow, 31, 0, whole);
};

class Register : public hwreg::RegisterBase<Register, uint32_t> {
 public:
  DEF_FIELD(15, 8, second);
  DEF_BIT(0, enabled);
  DEF_RSVDZ_FIELD(31, 30);
};

TEST(Hwreg, Fields) {
  Fields fields;
  fields.set_top(1).set_low(0x12345678);
  EXPECT_EQ(fields.wide, 0x8000000012345678u);
  EXPECT_EQ(fields.low(), 0x12345678u);
  fields.set_all(~0ull).set_whole(7);
  EXPECT_EQ(fields.all(), ~0ull);
  EXPECT_EQ(fields.narrow, 7u);
  Register reg;
  reg.set_second(0xab).set_enabled(1);
  EXPECT_EQ(reg.reg_value(), 0xab01u);
  EXPECT_EQ(reg.second(), 0xabu);
}

TEST(Align, PowersOfTwo) {
  EXPECT_EQ(ZX_ROUNDUP(5, 4), 8);
  EXPECT_EQ(ZX_ROUNDDOWN(7, 4), 4);
  EXPECT_TRUE(ZX_IS_ALIGNED(8, 4));
}

TEST(Fxl, Printf) {
  std::string text = fxl::StringPrintf("%s-%d", "a", 1);
  fxl::StringAppendf(&text, "%c", 'z');
  EXPECT_STR_EQ(text, "a-1z");
}

TEST(Syslog, ChecksAbort) {
  FX_CHECK(true) << "not seen";
  ASSERT_DEATH(([] { FX_CHECK(1 + 1 == 3) << "arithmetic"; }));
  ASSERT_DEATH(([] { FX_LOGS(FATAL) << "the end"; }));
}

}  // namespace
