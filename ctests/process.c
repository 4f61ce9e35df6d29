// SPDX-License-Identifier: MIT
// Processes that were never started, and the memory of processes.
// Specification: tasks-time-system.md, section 2.

#include "ztest.h"

#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/object.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

typedef struct {
  zx_handle_t process, vmar;
} process_t;

static process_t new_process(void) {
  process_t made = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
  EXPECT_OK(zx_process_create(zx_job_default(), "test", 4, 0, &made.process, &made.vmar));
  return made;
}

static void close_process(process_t* process) {
  EXPECT_OK(zx_handle_close(process->vmar));
  EXPECT_OK(zx_handle_close(process->process));
}

static zx_info_process_t info_of(zx_handle_t process) {
  zx_info_process_t info = {0};
  EXPECT_OK(zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL));
  return info;
}

static zx_handle_t new_thread(zx_handle_t process) {
  zx_handle_t thread = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_thread_create(process, "test", 4, 0, &thread));
  return thread;
}

// --- Creation -----------------------------------------------------------------------------------

TEST(process_create_rights_info_and_place) {
  process_t made = new_process();
  zx_info_handle_basic_t info = basic_info(made.process);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_PROCESS);
  EXPECT_EQ(info.rights, 0x6d3cf);
  EXPECT_EQ(info.related_koid, basic_info(zx_job_default()).koid);
  EXPECT_EQ(basic_info(made.vmar).type, ZX_OBJ_TYPE_VMAR);
  EXPECT_EQ(basic_info(made.vmar).rights, basic_info(zx_vmar_root_self()).rights);
  EXPECT_EQ(signals_of(made.process), 0);
  EXPECT_FALSE(info_of(made.process).started);
  EXPECT_FALSE(info_of(made.process).exited);
  EXPECT_EQ(info_of(made.process).return_code, 0);
  EXPECT_TRUE(info_of(zx_process_self()).started);
  zx_koid_t threads[1];
  size_t actual = 77;
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_PROCESS_THREADS, threads, sizeof(threads),
                               &actual, NULL));
  EXPECT_EQ(actual, 0);
  close_process(&made);
}

TEST(process_create_names) {
  const char long_name[] = "0123456789012345678901234567890123456789";
  const struct {
    size_t size, kept;
  } cases[] = {{0, 0}, {5, 5}, {31, 31}, {32, 31}, {40, 31}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    zx_handle_t process = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID;
    ASSERT_OK(zx_process_create(zx_job_default(), long_name, cases[i].size, 0, &process, &vmar));
    char name[ZX_MAX_NAME_LEN], wanted[ZX_MAX_NAME_LEN] = {0};
    EXPECT_OK(zx_object_get_property(process, ZX_PROP_NAME, name, sizeof(name)));
    memcpy(wanted, long_name, cases[i].kept);
    EXPECT_BYTES(name, wanted, sizeof(name));
    zx_handle_close(vmar);
    zx_handle_close(process);
  }
}

TEST(process_create_checks_in_order) {
  zx_handle_t event = new_event(), process = UNTOUCHED, vmar = UNTOUCHED;
  zx_handle_t weak = copy_of(zx_job_default(), ZX_RIGHTS_BASIC);
  zx_handle_t manage = copy_of(zx_job_default(), ZX_RIGHT_MANAGE_PROCESS);
  zx_handle_t write = copy_of(zx_job_default(), ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_process_create(0, NULL, 0, 1, &process, &vmar), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_create(0, NULL, 0, 0, &process, &vmar), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_create(0, "", 0, 0, &process, &vmar), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_process_create(event, "", 0, 0, &process, &vmar), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_process_create(weak, "", 0, 0, &process, &vmar), ZX_ERR_ACCESS_DENIED);
  void* bad;
  for (int i = 0; ztest_bad_read(i, 8, &bad); i++)
    EXPECT_STATUS(zx_process_create(0, bad, 8, 0, &process, &vmar), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_write(i, sizeof(process), &bad); i++) {
    EXPECT_STATUS(zx_process_create(zx_job_default(), "", 0, 0, bad, &vmar), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_process_create(zx_job_default(), "", 0, 0, &process, bad),
                  ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(process, UNTOUCHED);
  EXPECT_EQ(vmar, UNTOUCHED);
  const zx_handle_t enough[] = {manage, write};
  for (int i = 0; i < 2; i++) {
    ASSERT_OK(zx_process_create(enough[i], "", 0, 0, &process, &vmar));
    zx_handle_close(vmar);
    zx_handle_close(process);
  }
  zx_handle_close(write);
  zx_handle_close(manage);
  zx_handle_close(weak);
  zx_handle_close(event);
}

TEST(info_of_a_process_that_never_started_and_of_a_dead_one) {
  process_t made = new_process();
  zx_info_maps_t maps[8];
  zx_info_vmo_t vmos[8];
  zx_info_task_stats_t stats;
  zx_info_task_runtime_t runtime = {.cpu_time = 77};
  zx_info_process_handle_stats_t handles;
  size_t actual = 77;
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_PROCESS_MAPS, maps, sizeof(maps), &actual,
                               NULL));
  EXPECT_TRUE(actual >= 1);
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_TASK_STATS, &stats, sizeof(stats), NULL,
                               NULL));
  EXPECT_EQ(stats.mem_mapped_bytes, 0);
  EXPECT_STATUS(zx_object_get_info(made.process, ZX_INFO_PROCESS_VMOS, vmos, sizeof(vmos), NULL,
                                   NULL),
                ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_TASK_RUNTIME, &runtime, sizeof(runtime), NULL,
                               NULL));
  EXPECT_EQ(runtime.cpu_time, 0);
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_PROCESS_HANDLE_STATS, &handles,
                               sizeof(handles), NULL, NULL));
  EXPECT_EQ(handles.handle_count[ZX_OBJ_TYPE_PROCESS], 0);
  EXPECT_OK(zx_object_get_info(made.process, ZX_INFO_HANDLE_TABLE, NULL, 0, &actual, NULL));
  EXPECT_EQ(actual, 0);
  EXPECT_OK(zx_task_kill(made.process));
  EXPECT_STATUS(zx_object_get_info(made.process, ZX_INFO_PROCESS_MAPS, maps, sizeof(maps), NULL,
                                   NULL),
                ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_object_get_info(made.process, ZX_INFO_TASK_STATS, &stats, sizeof(stats), NULL,
                                   NULL),
                ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_object_get_info(made.process, ZX_INFO_PROCESS_VMOS, vmos, sizeof(vmos), NULL,
                                   NULL),
                ZX_ERR_BAD_STATE);
  close_process(&made);
}

// --- Ends ---------------------------------------------------------------------------------------

TEST(process_that_never_started_dies_when_killed) {
  process_t made = new_process();
  EXPECT_OK(zx_task_kill(made.process));
  EXPECT_EQ(signals_of(made.process), ZX_PROCESS_TERMINATED);
  zx_info_process_t info = info_of(made.process);
  EXPECT_EQ(info.return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
  EXPECT_TRUE(info.exited);
  EXPECT_FALSE(info.started);
  EXPECT_OK(zx_task_kill(made.process));
  // Its address space is gone.
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t address = 0;
  EXPECT_STATUS(zx_vmar_map(made.vmar, ZX_VM_PERM_READ, 0, vmo, 0, 4096, &address),
                ZX_ERR_BAD_STATE);
  zx_handle_close(vmo);
  close_process(&made);
}

TEST(process_that_never_started_dies_with_its_last_handle) {
  process_t made = new_process();
  zx_koid_t koid = basic_info(made.process).koid;
  zx_handle_t thread = new_thread(made.process), found = UNTOUCHED;
  EXPECT_OK(zx_handle_close(made.process));
  EXPECT_STATUS(zx_object_get_child(zx_job_default(), koid, ZX_RIGHT_SAME_RIGHTS, &found),
                ZX_ERR_NOT_FOUND);
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t address = 0;
  EXPECT_STATUS(zx_vmar_map(made.vmar, ZX_VM_PERM_READ, 0, vmo, 0, 4096, &address),
                ZX_ERR_BAD_STATE);
  zx_handle_close(vmo);
  zx_handle_close(thread);
  zx_handle_close(made.vmar);
}

// --- Starting -----------------------------------------------------------------------------------

TEST(process_start_checks_in_order_and_consumes_the_argument) {
  process_t made = new_process(), other = new_process();
  zx_handle_t thread = new_thread(made.process), foreign = new_thread(other.process);
  zx_handle_t event = new_event();
  zx_handle_t weak_process = copy_of(made.process, ZX_RIGHTS_BASIC);
  zx_handle_t weak_thread = copy_of(thread, ZX_RIGHTS_BASIC);
  const uintptr_t entry = 0x1000000;
  const struct {
    zx_handle_t process, thread;
    uintptr_t entry;
    zx_status_t status;
  } cases[] = {
      {ZX_HANDLE_INVALID, 0, 1, ZX_ERR_BAD_HANDLE},
      {event, 0, 1, ZX_ERR_WRONG_TYPE},
      {weak_process, 0, 1, ZX_ERR_ACCESS_DENIED},
      {made.process, ZX_HANDLE_INVALID, 1, ZX_ERR_BAD_HANDLE},
      {made.process, event, 1, ZX_ERR_WRONG_TYPE},
      {made.process, weak_thread, 1, ZX_ERR_ACCESS_DENIED},
      {made.process, foreign, 1, ZX_ERR_ACCESS_DENIED},
      {made.process, thread, 1, ZX_ERR_INVALID_ARGS},
      {made.process, thread, 0x800000000000, ZX_ERR_INVALID_ARGS},
      {made.process, thread, UINTPTR_MAX, ZX_ERR_INVALID_ARGS},
      {made.process, thread, entry, ZX_ERR_NOT_SUPPORTED},
      {made.process, thread, 0, ZX_ERR_NOT_SUPPORTED},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    zx_handle_t argument = new_event();
    EXPECT_STATUS(
        zx_process_start(cases[i].process, cases[i].thread, cases[i].entry, 0, argument, 0),
        cases[i].status);
    EXPECT_STATUS(zx_handle_close(argument), ZX_ERR_BAD_HANDLE);
  }
  EXPECT_FALSE(info_of(made.process).started);
  EXPECT_STATUS(zx_process_start(made.process, thread, entry, 0, ZX_HANDLE_INVALID, 0),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_process_start(made.process, thread, entry, 0, 0xfffffffc, 0),
                ZX_ERR_BAD_HANDLE);
  zx_handle_t stuck = copy_of(event, ZX_RIGHT_WAIT);
  EXPECT_STATUS(zx_process_start(made.process, thread, 1, 0, stuck, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_close(stuck), ZX_ERR_BAD_HANDLE);
  // The program itself was started long ago.
  zx_handle_t own = new_thread(zx_process_self()), argument = new_event();
  EXPECT_STATUS(zx_process_start(zx_process_self(), own, 1, 0, argument, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_handle_close(argument), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_thread_start(thread, entry, 0, 0, 0), ZX_ERR_BAD_STATE);
  zx_handle_close(own);
  zx_handle_close(weak_thread);
  zx_handle_close(weak_process);
  zx_handle_close(event);
  zx_handle_close(foreign);
  zx_handle_close(thread);
  close_process(&other);
  close_process(&made);
}

// --- Memory -------------------------------------------------------------------------------------

TEST(memory_calls_check_in_order) {
  zx_handle_t event = new_event();
  zx_handle_t unreadable = copy_of(zx_process_self(), ZX_RIGHT_WRITE);
  zx_handle_t unwritable = copy_of(zx_process_self(), ZX_RIGHT_READ);
  char buffer[16] = {0};
  size_t actual = UNTOUCHED;
  uintptr_t address = (uintptr_t)buffer;
  const size_t most = 64 << 20;
  EXPECT_STATUS(zx_process_read_memory(0, address, NULL, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_read_memory(0, address, buffer, 0, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_read_memory(0, address, buffer, most + 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_read_memory(0, address, buffer, most, &actual), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_process_read_memory(event, address, buffer, 1, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_process_read_memory(unreadable, address, buffer, 1, &actual),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_process_read_memory(unwritable, address, buffer, 1, &actual),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_process_write_memory(0, address, NULL, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_write_memory(0, address, buffer, 0, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_write_memory(0, address, buffer, most + 1, &actual),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_process_write_memory(0, address, buffer, 1, &actual), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_process_write_memory(event, address, buffer, 1, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_process_write_memory(unwritable, address, buffer, 1, &actual),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(actual, UNTOUCHED);
  EXPECT_OK(zx_process_write_memory(unreadable, address, buffer + 8, 1, &actual));
  zx_handle_close(unwritable);
  zx_handle_close(unreadable);
  zx_handle_close(event);
}

TEST(own_memory_is_read_and_written_whatever_its_permissions) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), actual = 0;
  char* memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_TRUE(memory != MAP_FAILED);
  memset(memory, 'a', 2 * page);
  ASSERT_EQ(mprotect(memory, page, PROT_NONE), 0);
  ASSERT_EQ(munmap(memory + page, page), 0);
  static char buffer[8192];
  EXPECT_OK(zx_process_read_memory(zx_process_self(), (uintptr_t)memory, buffer, 10, &actual));
  EXPECT_EQ(actual, 10);
  EXPECT_BYTES(buffer, "aaaaaaaaaa", 10);
  EXPECT_OK(zx_process_write_memory(zx_process_self(), (uintptr_t)memory, "bbb", 3, &actual));
  EXPECT_EQ(actual, 3);
  // As far as there is memory.
  EXPECT_OK(zx_process_read_memory(zx_process_self(), (uintptr_t)memory, buffer, 2 * page,
                                   &actual));
  EXPECT_TRUE(actual >= page);
  EXPECT_BYTES(buffer, "bbba", 4);
  EXPECT_STATUS(zx_process_read_memory(zx_process_self(), 0, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_process_read_memory(zx_process_self(), UINTPTR_MAX, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_process_write_memory(zx_process_self(), 0, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  uintptr_t unmapped = (uintptr_t)ztest_unmapped();
  EXPECT_STATUS(zx_process_read_memory(zx_process_self(), unmapped, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(actual), &bad); i++) {
    EXPECT_STATUS(zx_process_read_memory(zx_process_self(), (uintptr_t)buffer, bad, 8, &actual),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_process_read_memory(zx_process_self(), (uintptr_t)buffer, buffer, 8, bad),
                  ZX_ERR_INVALID_ARGS);
  }
  munmap(memory, page);
}

TEST(mapped_memory_is_read_up_to_the_end_of_its_mapping) {
  zx_handle_t vmo = ZX_HANDLE_INVALID, region = ZX_HANDLE_INVALID;
  zx_vaddr_t base = 0, address = 0;
  ASSERT_OK(zx_vmo_create(8192, 0, &vmo));
  ASSERT_OK(zx_vmo_write(vmo, "0123456789", 4091, 10));
  ASSERT_OK(zx_vmar_allocate(zx_vmar_root_self(), ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_SPECIFIC, 0,
                             16384, &region, &base));
  // Not even readable.
  ASSERT_OK(zx_vmar_map(region, ZX_VM_SPECIFIC, 4096, vmo, 0, 4096, &address));
  char buffer[16] = {0};
  size_t actual = 0;
  EXPECT_OK(zx_process_read_memory(zx_process_self(), address + 4091, buffer, 16, &actual));
  EXPECT_EQ(actual, 5);
  EXPECT_BYTES(buffer, "01234", 5);
  EXPECT_OK(zx_process_write_memory(zx_process_self(), address + 4094, "xyz", 3, &actual));
  EXPECT_EQ(actual, 2);
  EXPECT_OK(zx_vmo_read(vmo, buffer, 4091, 10));
  EXPECT_BYTES(buffer, "012xy56789", 10);
  // A region without a mapping.
  EXPECT_STATUS(zx_process_read_memory(zx_process_self(), base, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  zx_handle_close(region);
  EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), base, 16384));
  zx_handle_close(vmo);
}

TEST(memory_of_a_process_that_never_started) {
  process_t made = new_process();
  zx_handle_t vmo = ZX_HANDLE_INVALID, region = ZX_HANDLE_INVALID;
  zx_vaddr_t address = 0, base = 0;
  ASSERT_OK(zx_vmo_create(8192, 0, &vmo));
  ASSERT_OK(zx_vmo_write(vmo, "hello", 4096, 5));
  ASSERT_OK(zx_vmar_map(made.vmar, ZX_VM_PERM_READ, 0, vmo, 0, 8192, &address));
  char buffer[16] = {0};
  size_t actual = 0;
  EXPECT_OK(zx_process_read_memory(made.process, address + 4096, buffer, 5, &actual));
  EXPECT_EQ(actual, 5);
  EXPECT_BYTES(buffer, "hello", 5);
  EXPECT_OK(zx_process_write_memory(made.process, address + 8190, "worlds", 6, &actual));
  EXPECT_EQ(actual, 2);
  EXPECT_OK(zx_vmo_read(vmo, buffer, 8190, 2));
  EXPECT_BYTES(buffer, "wo", 2);
  EXPECT_STATUS(zx_process_read_memory(made.process, address + 8192, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  // The program's own memory is not the process's.
  EXPECT_STATUS(zx_process_read_memory(made.process, (uintptr_t)buffer, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  ASSERT_OK(zx_vmar_allocate(made.vmar, ZX_VM_CAN_MAP_READ, 0, 4096, &region, &base));
  EXPECT_STATUS(zx_process_read_memory(made.process, base, buffer, 1, &actual), ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_vmar_unmap(made.vmar, address, 8192));
  EXPECT_STATUS(zx_process_read_memory(made.process, address, buffer, 1, &actual),
                ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_task_kill(made.process));
  EXPECT_STATUS(zx_process_read_memory(made.process, address, buffer, 1, &actual),
                ZX_ERR_BAD_STATE);
  zx_handle_close(region);
  zx_handle_close(vmo);
  close_process(&made);
}

TEST(address_regions_of_a_process_that_never_started) {
  process_t made = new_process();
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t first = 0, second = 0;
  // The same place twice, in two address spaces.
  ASSERT_OK(zx_vmar_map(made.vmar, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, 4096, &first));
  EXPECT_OK(zx_vmar_protect(made.vmar, ZX_VM_PERM_READ, first, 4096));
  process_t other = new_process();
  zx_info_vmar_t info;
  ASSERT_OK(zx_object_get_info(other.vmar, ZX_INFO_VMAR, &info, sizeof(info), NULL, NULL));
  ASSERT_OK(zx_vmar_map(other.vmar, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, first - info.base, vmo, 0,
                        4096, &second));
  EXPECT_EQ(second, first);
  EXPECT_STATUS(zx_vmar_map(other.vmar, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, first - info.base, vmo,
                            0, 4096, &second),
                ZX_ERR_NO_MEMORY);
  zx_info_vmo_t vmo_info;
  ASSERT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &vmo_info, sizeof(vmo_info), NULL, NULL));
  EXPECT_EQ(vmo_info.num_mappings, 2);
  close_process(&other);
  ASSERT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &vmo_info, sizeof(vmo_info), NULL, NULL));
  EXPECT_EQ(vmo_info.num_mappings, 1);
  EXPECT_OK(zx_vmar_destroy(made.vmar));
  EXPECT_STATUS(zx_vmar_map(made.vmar, ZX_VM_PERM_READ, 0, vmo, 0, 4096, &first),
                ZX_ERR_BAD_STATE);
  close_process(&made);
  zx_handle_close(vmo);
}

// --- Labels -------------------------------------------------------------------------------------

TEST(process_debug_address_is_set_once) {
  process_t made = new_process();
  uintptr_t value = 77;
  EXPECT_OK(zx_object_get_property(made.process, ZX_PROP_PROCESS_DEBUG_ADDR, &value,
                                   sizeof(value)));
  EXPECT_EQ(value, 0);
  EXPECT_STATUS(zx_object_set_property(made.process, ZX_PROP_PROCESS_DEBUG_ADDR, &value, 0),
                ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_STATUS(zx_object_set_property(made.process, ZX_PROP_PROCESS_DEBUG_ADDR, &value,
                                       sizeof(value)),
                ZX_ERR_INVALID_ARGS);
  value = 0x1234;
  EXPECT_OK(zx_object_set_property(made.process, ZX_PROP_PROCESS_DEBUG_ADDR, &value,
                                   sizeof(value)));
  EXPECT_STATUS(zx_object_set_property(made.process, ZX_PROP_PROCESS_DEBUG_ADDR, &value,
                                       sizeof(value)),
                ZX_ERR_ACCESS_DENIED);
  close_process(&made);
}

ZTEST_MAIN
