// SPDX-License-Identifier: MIT
// zx_object_get_info: the topics about objects. Specification: objects.md, section 11.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

static zx_handle_t new_timer(void) {
  zx_handle_t timer = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer));
  return timer;
}

// Topics with exactly one record that are answered: of which handle, and the record's size.
typedef struct {
  const char* name;
  uint32_t topic;
  zx_handle_t handle;
  size_t size;
  bool needs_inspect;
} topic_t;

enum { TOPICS = 12 };

static void fill(topic_t* topics) {
  const topic_t all[TOPICS] = {
      {"PROCESS_V1", 3, zx_process_self(), 16, true},
      {"PROCESS_V2", 0x10000003, zx_process_self(), 24, true},
      {"PROCESS_HANDLE_STATS", 21, zx_process_self(), 256, true},
      {"TASK_RUNTIME_V1", 30, zx_process_self(), 16, true},
      {"TASK_RUNTIME", 0x1000001e, zx_job_default(), 32, true},
      {"JOB", 24, zx_job_default(), 16, true},
      {"VMAR", 7, zx_vmar_root_self(), 16, true},
      {"RESOURCE", 18, get_root_resource(), 56, true},
      {"TIMER", 25, new_timer(), 24, true},
      {"HANDLE_COUNT", 19, new_event(), 4, true},
      {"VMO_V1", 23, new_vmo(), 104, false},
      {"VMO", 0x10000017, new_vmo(), 120, false},
  };
  memcpy(topics, all, sizeof(all));
}

static void done(topic_t* topics) {
  for (int i = 8; i < TOPICS; i++) EXPECT_OK(zx_handle_close(topics[i].handle));
  ztest_note = NULL;
}

TEST(object_get_info_single_record_sizes) {
  topic_t topics[TOPICS];
  fill(topics);
  for (int i = 0; i < TOPICS; i++) {
    topic_t t = topics[i];
    unsigned char buffer[512];
    size_t actual = 9, avail = 9;
    ztest_note = t.name;
    memset(buffer, 0xee, sizeof(buffer));
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, buffer, t.size - 1, &actual, &avail),
                  ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_EQ(actual, 0);
    EXPECT_EQ(avail, 1);
    EXPECT_EQ(buffer[0], 0xee);
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, NULL, 0, &actual, &avail),
                  ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_OK(zx_object_get_info(t.handle, t.topic, buffer, sizeof(buffer), &actual, &avail));
    EXPECT_EQ(actual, 1);
    EXPECT_EQ(avail, 1);
    EXPECT_EQ(buffer[t.size], 0xee);
    EXPECT_OK(zx_object_get_info(t.handle, t.topic, buffer, t.size, NULL, NULL));
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, NULL, t.size, NULL, NULL),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, (void*)1, t.size, NULL, NULL),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, buffer, t.size, (size_t*)1, NULL),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_get_info(t.handle, t.topic, buffer, t.size, NULL, (size_t*)1),
                  ZX_ERR_INVALID_ARGS);
  }
  done(topics);
}

TEST(object_get_info_single_record_handle_checks) {
  topic_t topics[TOPICS];
  fill(topics);
  zx_handle_t port = new_port(), bare_port = copy_of(port, ZX_RIGHT_NONE);
  for (int i = 0; i < TOPICS; i++) {
    topic_t t = topics[i];
    unsigned char buffer[512];
    ztest_note = t.name;
    EXPECT_STATUS(zx_object_get_info(0, t.topic, buffer, 512, NULL, NULL), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_object_get_info(stale_handle(), t.topic, buffer, 512, NULL, NULL),
                  ZX_ERR_BAD_HANDLE);
    if (t.topic != ZX_INFO_HANDLE_COUNT)
      EXPECT_STATUS(zx_object_get_info(port, t.topic, buffer, 512, NULL, NULL),
                    ZX_ERR_WRONG_TYPE);
    bool rights_first = t.topic == ZX_INFO_TASK_RUNTIME || t.topic == ZX_INFO_TASK_RUNTIME_V1 ||
                        t.topic == ZX_INFO_HANDLE_COUNT;
    EXPECT_STATUS(zx_object_get_info(bare_port, t.topic, buffer, 512, NULL, NULL),
                  rights_first ? ZX_ERR_ACCESS_DENIED : ZX_ERR_WRONG_TYPE);
    zx_handle_t bare = copy_of(t.handle, ZX_RIGHT_NONE);
    EXPECT_STATUS(zx_object_get_info(bare, t.topic, buffer, 512, NULL, NULL),
                  t.needs_inspect ? ZX_ERR_ACCESS_DENIED : ZX_OK);
    EXPECT_OK(zx_handle_close(bare));
  }
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(bare_port));
  done(topics);
}

TEST(object_get_info_known_topics_check_the_handle) {
  const uint32_t topics[] = {4,  10, 11, 12, 13, 14, 15, 16, 17, 20, 22, 26, 28, 29, 31, 33,
                             0x1000000b, 0x1000000e};
  zx_handle_t port = new_port();
  for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
    char buffer[256];
    EXPECT_STATUS(zx_object_get_info(0, topics[i], buffer, 256, NULL, NULL), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_object_get_info(port, topics[i], buffer, 256, NULL, NULL),
                  ZX_ERR_WRONG_TYPE);
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_process_running) {
  zx_info_process_v2_t info;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_V2, &info, sizeof(info), NULL,
                               NULL));
  EXPECT_EQ(info.return_code, 0);
  EXPECT_EQ(info.flags, ZX_INFO_PROCESS_FLAG_STARTED);
  EXPECT_TRUE(info.start_time > 0 && info.start_time <= zx_clock_get_monotonic());
}

TEST(object_get_info_task_runtime_grows) {
  zx_info_task_runtime_t info;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_TASK_RUNTIME, &info, sizeof(info), NULL,
                               NULL));
  EXPECT_TRUE(info.cpu_time > 0);
}

TEST(object_get_info_job_lists) {
  size_t actual = 9, avail = 9;
  zx_koid_t koids[2] = {0, 7};
  zx_handle_t job = zx_job_default();
  EXPECT_OK(zx_object_get_info(job, ZX_INFO_JOB_CHILDREN, NULL, 0, &actual, &avail));
  EXPECT_EQ(actual + avail, 0);
  EXPECT_OK(zx_object_get_info(job, ZX_INFO_JOB_PROCESSES, NULL, 0, &actual, &avail));
  EXPECT_EQ(actual, 0);
  EXPECT_EQ(avail, 1);
  EXPECT_OK(zx_object_get_info(job, ZX_INFO_JOB_PROCESSES, koids, 16, &actual, &avail));
  EXPECT_EQ(actual, 1);
  EXPECT_EQ(koids[0], basic_info(zx_process_self()).koid);
  EXPECT_EQ(koids[1], 7);
  EXPECT_STATUS(zx_object_get_info(job, ZX_INFO_JOB_PROCESSES, NULL, 8, NULL, NULL),
                ZX_ERR_INVALID_ARGS);
}

TEST(object_get_info_process_handle_stats) {
  zx_info_process_handle_stats_t before, after;
  zx_handle_t self = zx_process_self(), one, two;
  EXPECT_OK(zx_object_get_info(self, ZX_INFO_PROCESS_HANDLE_STATS, &before, sizeof(before), NULL,
                               NULL));
  EXPECT_OK(zx_eventpair_create(0, &one, &two));
  EXPECT_OK(zx_object_get_info(self, ZX_INFO_PROCESS_HANDLE_STATS, &after, sizeof(after), NULL,
                               NULL));
  EXPECT_EQ(after.handle_count[0], 0);
  EXPECT_EQ(after.handle_count[ZX_OBJ_TYPE_EVENTPAIR],
            before.handle_count[ZX_OBJ_TYPE_EVENTPAIR] + 2);
  EXPECT_OK(zx_handle_close(one));
  EXPECT_OK(zx_handle_close(two));
}

TEST(object_get_info_handle_table) {
  zx_handle_t self = zx_process_self(), event = new_event();
  zx_info_handle_extended_t* records =
      (zx_info_handle_extended_t*)calloc(1024, sizeof(*records));
  size_t actual = 0, avail = 0, count = 0;
  EXPECT_OK(zx_object_get_info(self, ZX_INFO_HANDLE_TABLE, NULL, 0, &count, NULL));
  EXPECT_OK(zx_object_get_info(self, ZX_INFO_HANDLE_TABLE, records, 1024 * sizeof(*records),
                               &actual, &avail));
  EXPECT_EQ(actual, avail);
  EXPECT_EQ(actual, count);
  bool found = false;
  for (size_t i = 0; i < actual; i++) {
    if (records[i].handle_value != event) continue;
    found = true;
    EXPECT_EQ(records[i].type, ZX_OBJ_TYPE_EVENT);
    EXPECT_EQ(records[i].rights, ZX_DEFAULT_EVENT_RIGHTS);
    EXPECT_EQ(records[i].koid, basic_info(event).koid);
    EXPECT_EQ(records[i].reserved, 0);
  }
  EXPECT_TRUE(found);
  EXPECT_OK(zx_object_get_info(self, ZX_INFO_HANDLE_TABLE, records, 40, &actual, &avail));
  EXPECT_EQ(actual, 1);
  const zx_rights_t needed[] = {ZX_RIGHT_INSPECT, ZX_RIGHT_MANAGE_PROCESS,
                                ZX_RIGHT_MANAGE_THREAD};
  for (int i = 0; i < 3; i++) {
    zx_handle_t less = copy_of(self, ZX_DEFAULT_PROCESS_RIGHTS & ~needed[i]);
    EXPECT_STATUS(zx_object_get_info(less, ZX_INFO_HANDLE_TABLE, NULL, 0, NULL, NULL),
                  ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_handle_close(less));
  }
  EXPECT_OK(zx_handle_close(event));
  free(records);
}

// Buffers of topics with any number of records.
TEST(object_get_info_many_records_sizes_and_pointers) {
  zx_handle_t self = zx_process_self(), other = new_event();
  const uint32_t topic = ZX_INFO_HANDLE_TABLE;
  const size_t size = sizeof(zx_info_handle_extended_t);
  size_t page = (size_t)sysconf(_SC_PAGESIZE), actual = 9, avail = 9;
  zx_info_handle_extended_t one[2];
  for (size_t room = 0; room < size; room += size - 1) {
    EXPECT_OK(zx_object_get_info(self, topic, NULL, room, &actual, &avail));
    EXPECT_EQ(actual, 0);
    EXPECT_TRUE(avail > 1);
  }
  memset(one, 0xee, sizeof(one));
  EXPECT_OK(zx_object_get_info(self, topic, one, size + 7, &actual, &avail));
  EXPECT_EQ(actual, 1);
  EXPECT_TRUE(avail > actual);
  EXPECT_EQ(one[1].type, 0xeeeeeeeeu);
  EXPECT_OK(zx_object_get_info(self, topic, one, size, NULL, NULL));
  EXPECT_STATUS(zx_object_get_info(self, topic, NULL, 16 * size, &actual, &avail),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_get_info(self, topic, (void*)1, 16 * size, &actual, &avail),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_get_info(self, topic, one, size, (size_t*)1, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_get_info(self, topic, one, size, NULL, (size_t*)1), ZX_ERR_INVALID_ARGS);
  // Room for one record before memory that is not there.
  unsigned char* tail = ztest_page_row() + page - size;
  EXPECT_STATUS(zx_object_get_info(self, topic, tail, 16 * size, &actual, &avail),
                ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_object_get_info(self, topic, tail, size, &actual, &avail));
  EXPECT_OK(zx_handle_close(other));
}

TEST(object_get_info_cpu_stats) {
  zx_handle_t root = get_root_resource(), event = new_event();
  static zx_info_cpu_stats_t cpus[1024];
  size_t actual = 9, avail = 0;
  EXPECT_STATUS(zx_object_get_info(event, ZX_INFO_CPU_STATS, cpus, sizeof(cpus), &actual, &avail),
                ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_object_get_info(root, ZX_INFO_CPU_STATS, NULL, 119, &actual, &avail));
  EXPECT_EQ(actual, 0);
  EXPECT_EQ(avail, sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_OK(zx_object_get_info(root, ZX_INFO_CPU_STATS, cpus, sizeof(cpus), &actual, NULL));
  EXPECT_EQ(actual, avail);
  for (size_t i = 0; i < actual; i++) {
    EXPECT_EQ(cpus[i].flags, ZX_INFO_CPU_STATS_FLAG_ONLINE);
    EXPECT_TRUE(cpus[i].idle_time >= 0);
    EXPECT_TRUE(i == 0 || cpus[i].cpu_number > cpus[i - 1].cpu_number);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_get_info_kmem_stats) {
  zx_handle_t root = get_root_resource(), event = new_event();
  zx_info_kmem_stats_t m;
  zx_info_kmem_stats_extended_t e;
  EXPECT_STATUS(zx_object_get_info(event, ZX_INFO_KMEM_STATS, &m, sizeof(m), NULL, NULL),
                ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_get_info(root, ZX_INFO_KMEM_STATS, &m, sizeof(m) - 1, NULL, NULL),
                ZX_ERR_BUFFER_TOO_SMALL);
  ASSERT_OK(zx_object_get_info(root, ZX_INFO_KMEM_STATS, &m, sizeof(m), NULL, NULL));
  ASSERT_OK(zx_object_get_info(root, ZX_INFO_KMEM_STATS_EXTENDED, &e, sizeof(e), NULL, NULL));
  EXPECT_TRUE(m.total_bytes > 0);
  EXPECT_TRUE(m.wired_bytes > 0);
  EXPECT_TRUE(m.vmo_bytes > 0);
  EXPECT_TRUE(m.free_heap_bytes <= m.total_heap_bytes);
  const uint64_t parts[] = {m.free_bytes, m.wired_bytes, m.total_heap_bytes, m.vmo_bytes,
                            m.mmu_overhead_bytes, m.ipc_bytes, m.other_bytes};
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    EXPECT_TRUE(parts[i] < m.total_bytes);
  EXPECT_EQ(e.total_bytes, m.total_bytes);
  EXPECT_TRUE(e.wired_bytes > 0 && e.vmo_bytes > 0);
  EXPECT_TRUE(e.vmo_pager_total_bytes <= e.vmo_bytes);
  EXPECT_TRUE(e.vmo_pager_newest_bytes < e.total_bytes);
  EXPECT_TRUE(e.vmo_pager_oldest_bytes < e.total_bytes);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_get_info_vmo_vmar_resource) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(5000, ZX_VMO_RESIZABLE, &vmo));
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, "thing", 5));
  zx_info_vmo_t info;
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.koid, basic_info(vmo).koid);
  EXPECT_STR(info.name, "thing");
  EXPECT_EQ(info.size_bytes, 8192);
  EXPECT_EQ(info.parent_koid | info.num_children, 0);
  EXPECT_EQ(info.flags,
            ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_RESIZABLE | ZX_INFO_VMO_VIA_HANDLE);
  EXPECT_OK(zx_handle_close(vmo));

  zx_info_vmar_t root, child;
  zx_handle_t vmar = ZX_HANDLE_INVALID;
  zx_vaddr_t address = 0;
  EXPECT_OK(zx_vmar_allocate(zx_vmar_root_self(), 0, 0, 8192, &vmar, &address));
  EXPECT_OK(zx_object_get_info(vmar, ZX_INFO_VMAR, &child, sizeof(child), NULL, NULL));
  EXPECT_OK(
      zx_object_get_info(zx_vmar_root_self(), ZX_INFO_VMAR, &root, sizeof(root), NULL, NULL));
  EXPECT_EQ(child.base, address);
  EXPECT_EQ(child.len, 8192);
  EXPECT_TRUE(root.base <= child.base && child.base + child.len <= root.base + root.len);
  EXPECT_OK(zx_vmar_destroy(vmar));
  EXPECT_OK(zx_handle_close(vmar));

  zx_handle_t resource = ZX_HANDLE_INVALID;
  zx_info_resource_t about;
  EXPECT_OK(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_IRQ, 5, 2, "irq", 3, &resource));
  EXPECT_OK(zx_object_get_info(resource, ZX_INFO_RESOURCE, &about, sizeof(about), NULL, NULL));
  EXPECT_EQ(about.kind, ZX_RSRC_KIND_IRQ);
  EXPECT_EQ(about.base, 5);
  EXPECT_EQ(about.size, 2);
  EXPECT_EQ(about.flags, 0);
  EXPECT_STR(about.name, "irq");
  EXPECT_OK(zx_handle_close(resource));
}

ZTEST_MAIN
