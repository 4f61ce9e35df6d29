// SPDX-License-Identifier: MIT
// The PCI bus and the virtio disk of examples/vmm, in a machine that is only memory and a list of ranges,
// with a driver that also writes nonsense.

#include "ztest.h"

#include <sys/mman.h>

#include "../examples/vmm/pci.c"
#include "../examples/vmm/virtio-block.c"
#include "../examples/vmm/virtio.c"
#include "../examples/vmm/virtqueue.c"

// --- The machine --------------------------------------------------------------------------------

#define RAM_BYTES 0x10000u

static struct machine machine;
static bool irq;
static const struct bus_ops *pci_ops, *device_ops;
static void *pci_device, *device;
static void (*bell)(void* device, zx_gpaddr_t address);
static zx_gpaddr_t bell_address;

void complain(const char* format, ...) {
  (void)format;
}

bool succeeded(zx_status_t status, const char* what) {
  (void)what;
  return status == ZX_OK;
}

zx_status_t machine_add_pio(struct machine* m, uint16_t base, uint16_t length,
                            const struct bus_ops* ops, void* owner) {
  (void)m, (void)base, (void)length;
  pci_ops = ops;
  pci_device = owner;
  return ZX_OK;
}

zx_status_t machine_add_mmio(struct machine* m, zx_gpaddr_t base, size_t length,
                             const struct bus_ops* ops, void* owner) {
  (void)m, (void)base, (void)length;
  device_ops = ops;
  device = owner;
  return ZX_OK;
}

zx_status_t machine_add_bell(struct machine* m, zx_gpaddr_t base, size_t length,
                             void (*rung)(void* device, zx_gpaddr_t address), void* owner) {
  (void)m, (void)length, (void)owner;
  bell = rung;
  bell_address = base;
  return ZX_OK;
}

void* machine_ram(struct machine* m, zx_gpaddr_t address, size_t length) {
  bool good = address <= RAM_BYTES && length <= RAM_BYTES - address;
  return good ? m->ram + address : NULL;
}

void machine_set_irq(struct machine* m, unsigned gsi, bool level) {
  (void)m;
  EXPECT_EQ(gsi, PCI_GSI(1));
  irq = level;
}

// --- The driver ---------------------------------------------------------------------------------

#define SECTORS 16
#define QUEUE 8u
#define DESCRIPTORS 0x1000u
#define AVAILABLE 0x2000u
#define USED 0x3000u
#define TABLE 0x4000u   // of an indirect descriptor
#define HEADER 0x5000u  // of a request
#define STATUS 0x5100u
#define DATA 0x6000u

#define GOOD_STATUS                                                                        \
  (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK | \
   VIRTIO_CONFIG_S_DRIVER_OK)

static struct pci* pci;
static int image;
static uint8_t* guards;
static uint16_t submitted;

static uint64_t common(size_t offset, unsigned size) {
  return device_ops->read(device, offset, size);
}

static void set_common(size_t offset, unsigned size, uint64_t value) {
  device_ops->write(device, offset, size, value);
}

static uint32_t config(uint32_t slot, uint32_t at, unsigned size) {
  pci_ops->write(pci_device, 0, 4, 0x80000000 | slot << 11 | (at & 0xfc));
  return (uint32_t)pci_ops->read(pci_device, 4 + (at & 3), size);
}

static void set_config(uint32_t slot, uint32_t at, unsigned size, uint32_t value) {
  pci_ops->write(pci_device, 0, 4, 0x80000000 | slot << 11 | (at & 0xfc));
  pci_ops->write(pci_device, 4 + (at & 3), size, value);
}

static void start_device(void) {
  memset(machine.ram, 0, RAM_BYTES);
  submitted = 0;
  set_common(AT(device_status), 1, 0);
  EXPECT_EQ(common(AT(device_status), 1), 0);
  set_common(AT(guest_feature_select), 4, 1);
  set_common(AT(guest_feature), 4, 1);  // VERSION_1
  set_common(AT(device_status), 1, GOOD_STATUS & ~VIRTIO_CONFIG_S_DRIVER_OK);
  set_common(AT(queue_select), 2, 0);
  set_common(AT(queue_size), 2, QUEUE);
  set_common(AT(queue_desc_lo), 4, DESCRIPTORS);
  set_common(AT(queue_avail_lo), 4, AVAILABLE);
  set_common(AT(queue_used_lo), 4, USED);
  set_common(AT(queue_enable), 2, 1);
  EXPECT_EQ(common(AT(queue_enable), 2), 1);
  set_common(AT(device_status), 1, GOOD_STATUS);
  EXPECT_EQ(common(AT(device_status), 1), GOOD_STATUS);
}

static bool make(void) {
  image = memfd_create("disk", 0);
  guards = mmap(NULL, RAM_BYTES + 0x2000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (image < 0 || guards == MAP_FAILED || ftruncate(image, SECTORS * SECTOR_BYTES) != 0) {
    return false;
  }
  machine.ram = guards + 0x1000;
  mprotect(machine.ram, RAM_BYTES, PROT_READ | PROT_WRITE);
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", image);
  EXPECT_OK(pci_create(&machine, &pci));
  EXPECT_TRUE(virtio_block_create(pci, path));
  irq = false;
  start_device();
  return true;
}

static void unmake(void) {
  pci_destroy(pci);
  pci = NULL;
  munmap(guards, RAM_BYTES + 0x2000);
  close(image);
}

static struct vring_desc* descriptors(uint32_t table) {
  return (struct vring_desc*)(machine.ram + table);
}

static void describe_part(uint32_t table, unsigned index, uint64_t address, uint32_t length,
                          unsigned flags, unsigned next) {
  descriptors(table)[index] = (struct vring_desc){
      .addr = address, .len = length, .flags = (uint16_t)flags, .next = (uint16_t)next};
}

static void submit(uint16_t head) {
  struct vring_avail* available = (struct vring_avail*)(machine.ram + AVAILABLE);
  available->ring[submitted++ % QUEUE] = head;
  available->idx = submitted;
  bell(device, bell_address);
}

static unsigned used_count(void) {
  return ((struct vring_used*)(machine.ram + USED))->idx;
}

// Describes a request of header, data and status in the table.
static void describe_request(uint32_t table, uint32_t type, uint64_t sector, uint32_t length) {
  struct virtio_blk_outhdr header = {.type = type, .sector = sector};
  memcpy(machine.ram + HEADER, &header, sizeof(header));
  machine.ram[STATUS] = 0xaa;
  unsigned data = type == VIRTIO_BLK_T_OUT ? 0 : VRING_DESC_F_WRITE;
  describe_part(table, 0, HEADER, sizeof(header), VRING_DESC_F_NEXT, 1);
  describe_part(table, 1, DATA, length, VRING_DESC_F_NEXT | data, 2);
  describe_part(table, 2, STATUS, 1, VRING_DESC_F_WRITE, 0);
}

// Makes a request and returns its status.
static uint8_t request(uint32_t type, uint64_t sector, uint32_t length) {
  describe_request(DESCRIPTORS, type, sector, length);
  unsigned before = used_count();
  submit(0);
  EXPECT_EQ(used_count(), before + 1);
  return machine.ram[STATUS];
}

static bool is_broken(void) {
  return common(AT(device_status), 1) == (GOOD_STATUS | VIRTIO_CONFIG_S_NEEDS_RESET);
}

// --- The bus ------------------------------------------------------------------------------------

TEST(pci_devices_are_where_they_say) {
  ASSERT_TRUE(make());
  EXPECT_EQ(config(0, PCI_CLASS_DEVICE, 2), 0x0600);
  EXPECT_EQ(config(1, PCI_VENDOR_ID, 4), 0x10421af4);
  EXPECT_EQ(config(2, PCI_VENDOR_ID, 4), 0xffffffff);
  EXPECT_EQ(config(1, PCI_BASE_ADDRESS_0, 4), PCI_MMIO_START);
  set_config(1, PCI_BASE_ADDRESS_0, 4, 0xffffffff);
  EXPECT_EQ(config(1, PCI_BASE_ADDRESS_0, 4), 0xffffc000);
  set_config(1, PCI_BASE_ADDRESS_0, 4, PCI_MMIO_START);
  EXPECT_EQ(config(1, PCI_BASE_ADDRESS_0, 4), PCI_MMIO_START);
  // Every structure is described, in a list that ends.
  unsigned seen = 0, count = 0;
  for (uint32_t at = config(1, PCI_CAPABILITY_LIST, 1); at != 0 && count < 10; count++) {
    EXPECT_EQ(config(1, at, 1), PCI_CAP_ID_VNDR);
    seen |= 1u << config(1, at + VIRTIO_PCI_CAP_CFG_TYPE, 1);
    at = config(1, at + VIRTIO_PCI_CAP_NEXT, 1);
  }
  EXPECT_EQ(count, 4);
  EXPECT_EQ(seen, 0x1e);
  unmake();
}

TEST(pci_interrupt_can_be_disabled) {
  ASSERT_TRUE(make());
  set_config(1, PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
  EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
  EXPECT_FALSE(irq);
  EXPECT_TRUE(config(1, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
  set_config(1, PCI_COMMAND, 2, 0);
  EXPECT_TRUE(irq);
  EXPECT_EQ(common(ISR_START, 1), ISR_QUEUE);
  EXPECT_FALSE(irq);
  EXPECT_EQ(common(ISR_START, 1), 0);
  unmake();
}

TEST(virtio_refuses_features_that_it_does_not_have) {
  ASSERT_TRUE(make());
  set_common(AT(device_status), 1, 0);
  set_common(AT(guest_feature_select), 4, 1);
  set_common(AT(guest_feature), 4, 3);
  set_common(AT(device_status), 1, 11);
  EXPECT_EQ(common(AT(device_status), 1), 3);
  set_common(AT(guest_feature), 4, 0);  // no legacy driver either
  set_common(AT(device_status), 1, 11);
  EXPECT_EQ(common(AT(device_status), 1), 3);
  unmake();
}

// --- The disk -----------------------------------------------------------------------------------

TEST(block_what_is_written_can_be_read) {
  ASSERT_TRUE(make());
  memset(machine.ram + DATA, 0x5a, 1024);
  EXPECT_EQ(request(VIRTIO_BLK_T_OUT, 3, 1024), VIRTIO_BLK_S_OK);
  EXPECT_TRUE(irq);
  uint8_t bytes[1026];
  EXPECT_EQ(pread(image, bytes, sizeof(bytes), 3 * 512 - 1), sizeof(bytes));
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[1], 0x5a);
  EXPECT_EQ(bytes[1024], 0x5a);
  EXPECT_EQ(bytes[1025], 0);
  memset(machine.ram + DATA, 0, 1024);
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, 4, 512), VIRTIO_BLK_S_OK);
  EXPECT_EQ(machine.ram[DATA], 0x5a);
  EXPECT_EQ(machine.ram[DATA + 511], 0x5a);
  EXPECT_EQ(machine.ram[DATA + 512], 0);
  struct vring_used* used = (struct vring_used*)(machine.ram + USED);
  EXPECT_EQ(used->ring[0].len, 1);
  EXPECT_EQ(used->ring[1].len, 513);
  unmake();
}

TEST(block_indirect_request) {
  ASSERT_TRUE(make());
  EXPECT_EQ(pwrite(image, "hello", 5, 512), 5);
  describe_request(TABLE, VIRTIO_BLK_T_IN, 1, 512);
  describe_part(DESCRIPTORS, 5, TABLE, 3 * sizeof(struct vring_desc), VRING_DESC_F_INDIRECT, 0);
  submit(5);
  EXPECT_EQ(machine.ram[STATUS], VIRTIO_BLK_S_OK);
  EXPECT_BYTES(machine.ram + DATA, "hello", 5);
  unmake();
}

TEST(block_bad_requests_fail_alone) {
  ASSERT_TRUE(make());
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, SECTORS - 1, 1024), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, UINT64_MAX, 512), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, UINT64_MAX / 512 + 1, 512), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(VIRTIO_BLK_T_OUT, SECTORS, 512), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(VIRTIO_BLK_T_OUT, 0, 100), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(99, 0, 512), VIRTIO_BLK_S_UNSUPP);
  EXPECT_FALSE(is_broken());
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, SECTORS - 1, 512), VIRTIO_BLK_S_OK);
  struct stat about;
  EXPECT_EQ(fstat(image, &about), 0);
  EXPECT_EQ(about.st_size, SECTORS * 512);
  unmake();
}

TEST(block_get_id_and_flush) {
  ASSERT_TRUE(make());
  EXPECT_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 20), VIRTIO_BLK_S_OK);
  EXPECT_STR((char*)machine.ram + DATA, "vmm");
  EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
  unmake();
}

TEST(block_that_is_in_use_is_refused) {
  ASSERT_TRUE(make());
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", image);
  EXPECT_FALSE(virtio_block_create(pci, path));
  EXPECT_FALSE(virtio_block_create(pci, "/nonexistent"));
  EXPECT_FALSE(virtio_block_create(pci, "/dev/null"));
  EXPECT_FALSE(virtio_block_create(pci, "/"));
  unmake();
}

TEST(block_read_only_file_is_a_read_only_disk) {
  ASSERT_TRUE(make());
  char path[] = "/tmp/vmm_virtio.XXXXXX";
  int file = mkstemp(path);
  EXPECT_EQ(ftruncate(file, SECTORS * SECTOR_BYTES), 0);
  EXPECT_EQ(pwrite(file, "hello", 5, 0), 5);
  EXPECT_EQ(fchmod(file, 0444), 0);
  // The superuser may write to everything, so be somebody else for a moment.
  uid_t self = geteuid();
  bool changed = self == 0 && seteuid(65534) == 0;
  bool created = virtio_block_create(pci, path);
  EXPECT_TRUE(!changed || seteuid(self) == 0);
  EXPECT_TRUE(created);
  // The traps are this disk's now, but its interrupt line is another's: its driver polls.
  set_common(AT(device_feature_select), 4, 0);
  EXPECT_TRUE(common(AT(device_feature), 4) & 1u << VIRTIO_BLK_F_RO);
  start_device();
  ((struct vring_avail*)(machine.ram + AVAILABLE))->flags = VRING_AVAIL_F_NO_INTERRUPT;
  EXPECT_EQ(request(VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_IOERR);
  EXPECT_EQ(request(VIRTIO_BLK_T_IN, 0, 512), VIRTIO_BLK_S_OK);
  EXPECT_BYTES(machine.ram + DATA, "hello", 5);
  EXPECT_FALSE(irq);
  close(file);
  unlink(path);
  unmake();
}

// --- Nonsense -----------------------------------------------------------------------------------

static void expect_broken(void) {
  submit(0);
  EXPECT_TRUE(is_broken());
  EXPECT_EQ(used_count(), 0);
  EXPECT_TRUE(irq);
  EXPECT_EQ(common(ISR_START, 1), ISR_CONFIG);
  submit(0);
  EXPECT_FALSE(irq);
  start_device();
  EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
  EXPECT_EQ(common(ISR_START, 1), ISR_QUEUE);
  start_device();
}

TEST(virtqueue_nonsense_breaks_the_device_until_reset) {
  ASSERT_TRUE(make());
  const struct {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
  } bad[] = {
      {HEADER, 16, VRING_DESC_F_NEXT, 0},                              // a loop
      {HEADER, 16, VRING_DESC_F_NEXT, QUEUE},                          // outside of the table
      {RAM_BYTES - 8, 16, 0, 0},                                       // outside of memory
      {UINT64_MAX - 7, 16, 0, 0},                                      // around the end
      {TABLE, 0, VRING_DESC_F_INDIRECT, 0},                            // an empty table
      {TABLE, 17, VRING_DESC_F_INDIRECT, 0},                           // half a descriptor
      {TABLE + 1, 16, VRING_DESC_F_INDIRECT, 0},                       // not aligned
      {RAM_BYTES, 16, VRING_DESC_F_INDIRECT, 0},                       // a table that is not there
      {TABLE, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1},       // a chain behind a table
      {DESCRIPTORS, 16, VRING_DESC_F_INDIRECT, 0},                     // tables in tables
  };
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    describe_part(DESCRIPTORS, 0, bad[i].address, bad[i].length, bad[i].flags, bad[i].next);
    expect_broken();
  }
  describe_part(DESCRIPTORS, 0, STATUS, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1);
  describe_part(DESCRIPTORS, 1, HEADER, 16, 0, 0);  // to the device after from the device
  expect_broken();
  submitted = QUEUE;  // more requests than there is room for
  expect_broken();
  unmake();
}

TEST(virtqueue_outside_of_memory_is_refused) {
  ASSERT_TRUE(make());
  set_common(AT(device_status), 1, 0);
  set_common(AT(queue_desc_lo), 4, RAM_BYTES - 64);
  set_common(AT(queue_enable), 2, 1);
  EXPECT_EQ(common(AT(queue_enable), 2), 0);
  EXPECT_TRUE(common(AT(device_status), 1) & VIRTIO_CONFIG_S_NEEDS_RESET);
  start_device();
  EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
  unmake();
}

// Whatever is in the rings: the device touches memory and disk only, and works after a reset.
TEST(virtqueue_garbage_stays_inside) {
  ASSERT_TRUE(make());
  uint32_t seed = 1;
  unsigned broken = 0, done = 0;
  for (int i = 0; i < 20000; i++) {
    for (unsigned n = 0; n < QUEUE; n++) {
      uint32_t r[3];
      for (int k = 0; k < 3; k++) {
        r[k] = seed = seed * 1664525 + 1013904223;
      }
      describe_part(n % 2 ? TABLE : DESCRIPTORS, n / 2, r[0] >> 15, r[1] >> (16 + (r[2] >> 28)),
                    r[2] >> 20 & 7, r[2] >> 16 & 3);
    }
    unsigned before = used_count();
    submit(seed >> 30);
    done += used_count() - before;
    broken += is_broken();
    start_device();  // the disk may also have been read into the rings
  }
  EXPECT_TRUE(broken > 0);
  EXPECT_TRUE(done > 0);
  EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
  struct stat about;
  EXPECT_EQ(fstat(image, &about), 0);
  EXPECT_EQ(about.st_size, SECTORS * 512);
  unmake();
}

ZTEST_MAIN
