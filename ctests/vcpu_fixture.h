// SPDX-License-Identifier: MIT
// The guest vx_server, which does one thing after the other as it is told, on
// as many VCPUs as a test likes.

#ifndef CTESTS_VCPU_FIXTURE_H_
#define CTESTS_VCPU_FIXTURE_H_

#include "guest_fixture.h"
#include "vcpu_code.h"

#include <semaphore.h>
#include <sys/syscall.h>

GUEST_CODE(vx_ap);
GUEST_CODE(vx_server);
extern const char vx_server_stopped[];  // where it goes on after each exit

#define VX_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define VX_RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

// What a handler does before it returns.
typedef enum vx_handler {
  VX_ON_COUNT,  // counts in the VCPU's page
  VX_ON_EXIT,   // RAX = vector, exit store
  VX_ON_FAULT,  // R8 = vector, goes on where R9 says
} vx_handler_t;

static inline bool vx_has_error_code(uint32_t vector) {
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static inline void vx_emit(volatile uint8_t** at, const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; i++) *(*at)++ = bytes[i];
}

static inline void vx_set_handler(const guest_fixture_t* f, uint32_t vector, vx_handler_t what) {
  static const uint8_t drop_error_code[] = {0x48, 0x83, 0xc4, 0x08};
  static const uint8_t go_on_at_r9[] = {0x4c, 0x89, 0x0c, 0x24};
  static const uint8_t iretq[] = {0x48, 0xcf};
  volatile uint8_t* at = gf_memory(f, VX_HANDLERS + VX_HANDLER_BYTES * vector);
  const uint8_t low = (uint8_t)(8 * vector), high = (uint8_t)(8 * vector >> 8);
  const uint8_t v = (uint8_t)vector;
  if (what == VX_ON_COUNT) {
    vx_emit(&at, (const uint8_t[]){0x49, 0xff, 0x87, low, high, 0, 0}, 7);
  } else if (what == VX_ON_EXIT) {
    vx_emit(&at, (const uint8_t[]){0xb8, v, 0, 0, 0}, 5);
    vx_emit(&at, (const uint8_t[]){0x48, 0xc7, 0x04, 0x25, EXIT_TEST_ADDR & 0xff,
                                   EXIT_TEST_ADDR >> 8 & 0xff, EXIT_TEST_ADDR >> 16 & 0xff, 0, 0,
                                   0, 0, 0}, 12);
  } else {
    vx_emit(&at, (const uint8_t[]){0x41, 0xb8, v, 0, 0, 0}, 6);
  }
  if (vx_has_error_code(vector)) vx_emit(&at, drop_error_code, sizeof(drop_error_code));
  if (what == VX_ON_FAULT) vx_emit(&at, go_on_at_r9, sizeof(go_on_at_r9));
  vx_emit(&at, iretq, sizeof(iretq));
}

// Tables and the code of secondary VCPUs. Exceptions fault, the rest counts.
static inline void vx_prepare(const guest_fixture_t* f) {
  static const uint64_t segments[] = {0,
                                      0x00cf9a000000ffff,
                                      0x00af9a000000ffff,
                                      0x00cf92000000ffff,
                                      0x00cffa000000ffff,
                                      0x00cff2000000ffff,
                                      0x00affa000000ffff,
                                      0x00cff2000000ffff};
  for (size_t i = 0; i < VX_COUNT_OF(segments); i++) gf_poke64(f, VX_GDT + 8 * i, segments[i]);
  gf_poke64(f, VX_GDTR, (sizeof(segments) - 1) | (uint64_t)VX_GDT << 16);
  gf_poke64(f, VX_GDTR + 8, 0);
  gf_poke64(f, VX_IDTR, 0xfff | (uint64_t)VX_IDT << 16);
  gf_poke64(f, VX_IDTR + 8, 0);
  for (uint32_t v = 0; v < 256; v++) {
    uint64_t handler = VX_HANDLERS + VX_HANDLER_BYTES * (uint64_t)v;
    gf_poke64(f, VX_IDT + 16 * v, handler | (uint64_t)SEL_CODE64 << 16 | (uint64_t)0x8e00 << 32);
    gf_poke64(f, VX_IDT + 16 * v + 8, 0);
    vx_set_handler(f, v, v < 32 && v != NMI_VECTOR ? VX_ON_FAULT : VX_ON_COUNT);
  }
  gf_poke64(f, VX_TARGET, GUEST_ENTRY);
  memcpy((void*)(f->host + VX_AP_ENTRY), vx_ap_start, (size_t)(vx_ap_end - vx_ap_start));
}

// A guest with `start` to `end` and the tables; the boot VCPU not yet run.
static inline bool vx_set_up_code(guest_fixture_t* f, const char* start, const char* end) {
  if (!gf_set_up_guest(f, start, end)) return false;
  vx_prepare(f);
  return gf_ok(zx_vcpu_create(f->guest, 0, GUEST_ENTRY, &f->vcpu), "zx_vcpu_create");
}

// The server, up to its first exit.
static inline bool vx_set_up(guest_fixture_t* f) {
  return vx_set_up_code(f, vx_server_start, vx_server_end) && gf_resume_clean_exit(f);
}

// First line of a test with a boot VCPU that runs the server.
#define SERVER(f)          \
  guest_fixture_t f;       \
  REQUIRE_GUEST();         \
  if (!vx_set_up(&f)) {    \
    EXPECT_TRUE(false);    \
    gf_tear_down(&f);      \
    return;                \
  }

static inline uint64_t vx_page(uint32_t id) { return VX_PAGES + 0x1000 * (uint64_t)id; }

// How often a VCPU's handler of a vector has run.
static inline uint64_t vx_count(const guest_fixture_t* f, uint32_t id, uint32_t vector) {
  return gf_peek64(f, vx_page(id) + 8 * vector);
}

// Tells the server what to do next; `s` may hold arguments, or be null.
static inline void vx_tell(zx_handle_t vcpu, uint64_t operation, const zx_vcpu_state_t* arguments) {
  zx_vcpu_state_t s;
  EXPECT_OK(zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, &s, sizeof(s)));
  if (arguments) {
    s.rax = arguments->rax;
    s.rcx = arguments->rcx;
    s.rdx = arguments->rdx;
    s.rbx = arguments->rbx;
  }
  s.rsi = operation;
  EXPECT_OK(zx_vcpu_write_state(vcpu, ZX_VCPU_STATE, &s, sizeof(s)));
}

// Does one thing, with RAX, RBX, RCX, RDX of `s`, and reads all registers.
static inline bool vx_do(const guest_fixture_t* f, uint64_t operation, zx_vcpu_state_t* s) {
  vx_tell(f->vcpu, operation, s);
  bool fine = gf_resume_clean_exit(f);
  gf_read(f, s);
  return fine;
}

static inline zx_vcpu_state_t vx_simple(const guest_fixture_t* f, uint64_t operation) {
  zx_vcpu_state_t s;
  memset(&s, 0, sizeof(s));
  EXPECT_TRUE(vx_do(f, operation, &s));
  return s;
}

// RDMSR; the vector of the exception, or 0.
static inline uint64_t vx_rdmsr(const guest_fixture_t* f, uint32_t msr, uint64_t* value) {
  zx_vcpu_state_t s = {.rcx = msr, .rax = 0xa5a5a5a5a5a5a5a5, .rdx = 0x5a5a5a5a5a5a5a5a};
  *value = 0;
  if (!vx_do(f, VX_RDMSR, &s)) return 255;
  *value = s.r8 == 0 ? s.rax | s.rdx << 32 : 0;
  if (s.r8 == 0) EXPECT_EQ((s.rax | s.rdx) >> 32, 0);
  return s.r8;
}

static inline uint64_t vx_wrmsr(const guest_fixture_t* f, uint32_t msr, uint64_t value) {
  zx_vcpu_state_t s = {.rcx = msr, .rax = (uint32_t)value, .rdx = value >> 32};
  if (!vx_do(f, VX_WRMSR, &s)) return 255;
  return s.r8;
}

// WRMSR that ends the run with a status, and does so again.
static inline void vx_wrmsr_fails(const guest_fixture_t* f, uint32_t msr, uint64_t value,
                                  zx_status_t status) {
  zx_vcpu_state_t s = {.rcx = msr, .rax = (uint32_t)value, .rdx = value >> 32};
  vx_tell(f->vcpu, VX_WRMSR, &s);
  gf_resume_fails(f, status);
  gf_resume_fails(f, status);
  // With another register number the same instruction does nothing.
  gf_read(f, &s);
  EXPECT_EQ(s.rcx, msr);
  EXPECT_EQ(s.rax, (uint32_t)value);
  s.rcx = 0x808;
  s.rdx = 0;
  gf_write(f, &s);
  RESUME_CLEAN_EXIT(f);
}

// --- VCPUs on threads of their own --------------------------------------------------

typedef struct vx_thread {
  zx_handle_t guest;
  uint64_t entry;
  void (*body)(struct vx_thread*);
  void* arg;
  uint64_t operation;
  uint64_t number;
  zx_handle_t vcpu;
  zx_status_t created;
  sem_t ready, go;
  pthread_t thread;
  pid_t tid;
  zx_status_t status;
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  bool done;
} vx_thread_t;

static inline void* vx_thread_main(void* arg) {
  vx_thread_t* t = arg;
  t->tid = (pid_t)syscall(SYS_gettid);
  t->created = zx_vcpu_create(t->guest, 0, t->entry, &t->vcpu);
  sem_post(&t->ready);
  sem_wait(&t->go);
  if (t->body && t->created == ZX_OK) t->body(t);
  __atomic_store_n(&t->done, true, __ATOMIC_SEQ_CST);
  return NULL;
}

// Makes a VCPU on a new thread, which then waits for vx_go.
static inline bool vx_start(vx_thread_t* t, zx_handle_t guest, uint64_t entry,
                            void (*body)(vx_thread_t*)) {
  t->guest = guest;
  t->entry = entry;
  t->body = body;
  t->vcpu = ZX_HANDLE_INVALID;
  t->done = false;
  sem_init(&t->ready, 0, 0);
  sem_init(&t->go, 0, 0);
  if (!EXPECT_EQ(pthread_create(&t->thread, NULL, vx_thread_main, t), 0)) return false;
  sem_wait(&t->ready);
  return t->created == ZX_OK;
}

static inline void vx_go(vx_thread_t* t) { sem_post(&t->go); }

// Whether the thread's body is over.
static inline bool vx_done(vx_thread_t* t) { return __atomic_load_n(&t->done, __ATOMIC_SEQ_CST); }

// Waits for the thread and closes its VCPU.
static inline void vx_join(vx_thread_t* t) {
  pthread_join(t->thread, NULL);
  EXPECT_OK(zx_handle_close(t->vcpu));
  t->vcpu = ZX_HANDLE_INVALID;
}

// Runs until the first exit.
static inline void vx_resume_once(vx_thread_t* t) {
  memset(&t->packet, 0xa5, sizeof(t->packet));
  t->status = zx_vcpu_resume(t->vcpu, &t->packet);
  zx_vcpu_read_state(t->vcpu, ZX_VCPU_STATE, &t->state, sizeof(t->state));
}

static inline bool vx_is_clean_exit(zx_status_t status, const zx_port_packet_t* packet) {
  return status == ZX_OK && packet->type == ZX_PKT_TYPE_GUEST_MEM && packet->key == EXIT_KEY &&
         packet->guest_mem.addr == EXIT_TEST_ADDR;
}

// Up to the server's first exit.
static inline bool vx_boot(vx_thread_t* t) {
  vx_resume_once(t);
  return EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
}

// A VCPU that boots and does one thing, for bodies of threads: t->number is
// its APIC id, t->arg its zx_vcpu_state_t or null, t->operation what it does.
static inline void vx_boot_and_do(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  vx_tell(t->vcpu, t->operation, t->arg);
  vx_resume_once(t);
}

// --- Waiting without sleeping on it ----------------------------------------------------

// Gives other threads time until the word has reached a value; false after
// ten seconds.
static inline bool vx_wait64(const guest_fixture_t* f, uint64_t gpa, uint64_t value) {
  zx_time_t end = zx_deadline_after(ZX_SEC(10));
  while (gf_peek64(f, gpa) < value) {
    if (zx_clock_get_monotonic() > end) return false;
    zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  }
  return true;
}

// Until the thread with this number sleeps in the kernel: halted, most likely.
static inline bool vx_wait_asleep(pid_t tid) {
  for (int i = 0; i < 30000; i++) {
    if (ztest_asleep(tid)) return true;
    zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  }
  return false;
}

#endif  // CTESTS_VCPU_FIXTURE_H_
