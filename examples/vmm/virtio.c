// SPDX-License-Identifier: MIT
// Virtio over PCI (virtio 1.0, 4.1), without the legacy interface and without MSI-X. BAR 0 has a page of
// registers and then, for each queue, a page that is a doorbell: the address of a bell's packet is the
// number of the queue.

#include "virtio.h"

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

#define PAGE_BYTES 0x1000u
#define BAR_BYTES (4 * PAGE_BYTES)
_Static_assert((1 + VIRTIO_MAX_QUEUES) * PAGE_BYTES <= BAR_BYTES, "a page for each queue");

// The page of registers.
#define COMMON_START 0x000u
#define ISR_START 0x100u
#define CONFIG_START 0x200u
#define CONFIG_BYTES (PAGE_BYTES - CONFIG_START)  // zero behind what the device has
#define COMMON_SIZE sizeof(struct virtio_pci_common_cfg)

#define ISR_QUEUE 1
#define ISR_CONFIG 2

#define COMMON_FEATURES (1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC)

struct virtio {
  struct pci* pci;
  const struct virtio_kind* kind;
  void* device;
  uint64_t features;  // offered
  const uint8_t* config;
  size_t config_size;
  unsigned slot;
  zx_gpaddr_t bells;

  pthread_mutex_t lock;  // held while the device works on requests
  uint8_t status;
  uint32_t device_feature_select, driver_feature_select;
  uint64_t driver_features;
  uint16_t queue_select;
  struct virtqueue queues[VIRTIO_MAX_QUEUES];

  // Apart, so that who asks for the reason of an interrupt need not wait for requests. Inside the other.
  pthread_mutex_t isr_lock;
  uint8_t isr;
};

void virtio_lock(struct virtio* v) {
  pthread_mutex_lock(&v->lock);
}

void virtio_unlock(struct virtio* v) {
  pthread_mutex_unlock(&v->lock);
}

// --- Interrupts ---------------------------------------------------------------------------------

static void interrupt(struct virtio* v, uint8_t reason) {
  pthread_mutex_lock(&v->isr_lock);
  v->isr |= reason;
  pci_set_interrupt(v->pci, v->slot, true);
  pthread_mutex_unlock(&v->isr_lock);
}

// Who reads the reason acknowledges it.
static uint8_t take_isr(struct virtio* v) {
  pthread_mutex_lock(&v->isr_lock);
  uint8_t isr = v->isr;
  v->isr = 0;
  pci_set_interrupt(v->pci, v->slot, false);
  pthread_mutex_unlock(&v->isr_lock);
  return isr;
}

// --- Requests -----------------------------------------------------------------------------------

// The driver wrote nonsense. It has to reset the device.
static void break_device(struct virtio* v) {
  v->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
  if (v->status & VIRTIO_CONFIG_S_DRIVER_OK) {
    interrupt(v, ISR_CONFIG);
  }
}

bool virtio_take(struct virtio* v, unsigned number, struct virtio_request* request) {
  struct virtqueue* queue = &v->queues[number];
  bool running = v->status & VIRTIO_CONFIG_S_DRIVER_OK && !(v->status & VIRTIO_CONFIG_S_NEEDS_RESET);
  if (!running || !queue->enabled) {
    return false;
  }
  enum virtqueue_state state = virtqueue_take(queue, request);
  if (state == VIRTQUEUE_BROKEN) {
    break_device(v);
  }
  return state == VIRTQUEUE_TAKEN;
}

void virtio_finish(struct virtio* v, unsigned queue, const struct virtio_request* request,
                   size_t written) {
  if (virtqueue_finish(&v->queues[queue], request->head, (uint32_t)written)) {
    interrupt(v, ISR_QUEUE);
  }
}

static void bell_rung(void* device, zx_gpaddr_t address) {
  struct virtio* v = device;
  virtio_lock(v);
  v->kind->rung(v, v->device, (unsigned)((address - v->bells) / PAGE_BYTES));
  virtio_unlock(v);
}

// --- Registers ----------------------------------------------------------------------------------

#define AT(field) offsetof(struct virtio_pci_common_cfg, field)

static void reset(struct virtio* v) {
  v->status = 0;
  v->device_feature_select = 0;
  v->driver_feature_select = 0;
  v->driver_features = 0;
  v->queue_select = 0;
  for (unsigned i = 0; i < v->kind->queues; i++) {
    virtqueue_init(&v->queues[i], pci_machine(v->pci));
  }
  take_isr(v);
}

static void set_status(struct virtio* v, uint8_t status) {
  if (status == 0) {
    reset(v);
    return;
  }
  bool unknown = v->driver_features & ~v->features;
  bool legacy = !(v->driver_features & 1ull << VIRTIO_F_VERSION_1);
  if (unknown || legacy) {
    status &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
  }
  bool starts = status & ~v->status & VIRTIO_CONFIG_S_DRIVER_OK;
  v->status = status | (v->status & VIRTIO_CONFIG_S_NEEDS_RESET);
  for (unsigned i = 0; starts && i < v->kind->queues; i++) {
    v->kind->rung(v, v->device, i);  // drivers may fill queues before they start the device
  }
}

static uint32_t half(uint64_t value, uint32_t select) {
  return select < 2 ? (uint32_t)(value >> 32 * select) : 0;
}

static void set_half(uint64_t* value, uint32_t select, uint32_t half) {
  if (select < 2) {
    *value = (*value & ~(0xffffffffull << 32 * select)) | (uint64_t)half << 32 * select;
  }
}

static uint64_t read_queue(const struct virtio* v, uint64_t offset) {
  if (v->queue_select >= v->kind->queues) {
    return 0;
  }
  const struct virtqueue* queue = &v->queues[v->queue_select];
  switch (offset) {
    case AT(queue_size):
      return queue->size;
    case AT(queue_enable):
      return queue->enabled;
    case AT(queue_notify_off):
      return v->queue_select;
    case AT(queue_desc_lo):
    case AT(queue_desc_hi):
      return half(queue->descriptors_at, offset == AT(queue_desc_hi));
    case AT(queue_avail_lo):
    case AT(queue_avail_hi):
      return half(queue->available_at, offset == AT(queue_avail_hi));
    case AT(queue_used_lo):
    case AT(queue_used_hi):
      return half(queue->used_at, offset == AT(queue_used_hi));
    default:
      return 0;
  }
}

static uint64_t read_common(const struct virtio* v, uint64_t offset) {
  switch (offset) {
    case AT(device_feature_select):
      return v->device_feature_select;
    case AT(device_feature):
      return half(v->features, v->device_feature_select);
    case AT(guest_feature_select):
      return v->driver_feature_select;
    case AT(guest_feature):
      return half(v->driver_features, v->driver_feature_select);
    case AT(msix_config):
    case AT(queue_msix_vector):
      return VIRTIO_MSI_NO_VECTOR;
    case AT(num_queues):
      return v->kind->queues;
    case AT(device_status):
      return v->status;
    case AT(queue_select):
      return v->queue_select;
    default:
      return read_queue(v, offset);
  }
}

static void write_queue(struct virtio* v, uint64_t offset, uint32_t value) {
  if (v->queue_select >= v->kind->queues || v->queues[v->queue_select].enabled) {
    return;
  }
  struct virtqueue* queue = &v->queues[v->queue_select];
  switch (offset) {
    case AT(queue_size):
      if (value > 0 && value <= VIRTQUEUE_SIZE && (value & (value - 1)) == 0) {
        queue->size = (uint16_t)value;
      }
      break;
    case AT(queue_enable):
      if (value == 1 && !virtqueue_enable(queue)) {
        break_device(v);
      }
      break;
    case AT(queue_desc_lo):
    case AT(queue_desc_hi):
      set_half(&queue->descriptors_at, offset == AT(queue_desc_hi), value);
      break;
    case AT(queue_avail_lo):
    case AT(queue_avail_hi):
      set_half(&queue->available_at, offset == AT(queue_avail_hi), value);
      break;
    case AT(queue_used_lo):
    case AT(queue_used_hi):
      set_half(&queue->used_at, offset == AT(queue_used_hi), value);
      break;
  }
}

static void write_common(struct virtio* v, uint64_t offset, uint32_t value) {
  switch (offset) {
    case AT(device_feature_select):
      v->device_feature_select = value;
      break;
    case AT(guest_feature_select):
      v->driver_feature_select = value;
      break;
    case AT(guest_feature):
      if (!(v->status & VIRTIO_CONFIG_S_FEATURES_OK)) {
        set_half(&v->driver_features, v->driver_feature_select, value);
      }
      break;
    case AT(device_status):
      set_status(v, (uint8_t)value);
      break;
    case AT(queue_select):
      v->queue_select = (uint16_t)value;
      break;
    default:
      write_queue(v, offset, value);
  }
}

static uint64_t read_register(void* device, uint64_t offset, unsigned size) {
  struct virtio* v = device;
  if (offset == ISR_START) {
    return take_isr(v);
  }
  uint64_t value = 0;
  if (offset < COMMON_START + COMMON_SIZE) {
    virtio_lock(v);
    value = read_common(v, offset - COMMON_START);
    virtio_unlock(v);
  } else if (offset >= CONFIG_START && offset - CONFIG_START < v->config_size) {
    size_t left = v->config_size - (offset - CONFIG_START);
    memcpy(&value, v->config + (offset - CONFIG_START), size < left ? size : left);
  }
  return value;
}

static void write_register(void* device, uint64_t offset, unsigned size, uint64_t value) {
  struct virtio* v = device;
  (void)size;
  if (offset < COMMON_START + COMMON_SIZE) {
    virtio_lock(v);
    write_common(v, offset - COMMON_START, (uint32_t)value);
    virtio_unlock(v);
  }
}

// --- Making it ----------------------------------------------------------------------------------

// The capabilities that say what is where in BAR 0.
struct capabilities {
  struct virtio_pci_cap common, isr, config;
  struct virtio_pci_notify_cap notify;
};

#define CAPABILITY(field) (PCI_CAPABILITIES + offsetof(struct capabilities, field))

static struct capabilities list_structures(const struct virtio_kind* kind) {
  return (struct capabilities){
      .common = {.cap_vndr = PCI_CAP_ID_VNDR,
                 .cap_next = CAPABILITY(isr),
                 .cap_len = sizeof(struct virtio_pci_cap),
                 .cfg_type = VIRTIO_PCI_CAP_COMMON_CFG,
                 .offset = COMMON_START,
                 .length = COMMON_SIZE},
      .isr = {.cap_vndr = PCI_CAP_ID_VNDR,
              .cap_next = CAPABILITY(config),
              .cap_len = sizeof(struct virtio_pci_cap),
              .cfg_type = VIRTIO_PCI_CAP_ISR_CFG,
              .offset = ISR_START,
              .length = 1},
      .config = {.cap_vndr = PCI_CAP_ID_VNDR,
                 .cap_next = CAPABILITY(notify),
                 .cap_len = sizeof(struct virtio_pci_cap),
                 .cfg_type = VIRTIO_PCI_CAP_DEVICE_CFG,
                 .offset = CONFIG_START,
                 .length = CONFIG_BYTES},
      .notify = {.cap = {.cap_vndr = PCI_CAP_ID_VNDR,
                         .cap_len = sizeof(struct virtio_pci_notify_cap),
                         .cfg_type = VIRTIO_PCI_CAP_NOTIFY_CFG,
                         .offset = PAGE_BYTES,
                         .length = kind->queues * PAGE_BYTES},
                 .notify_off_multiplier = PAGE_BYTES},
  };
}

static void virtio_destroy(void* device) {
  struct virtio* v = device;
  v->kind->destroy(v->device);
  pthread_mutex_destroy(&v->isr_lock);
  pthread_mutex_destroy(&v->lock);
  free(v);
}

static zx_status_t add(struct virtio* v) {
  static const struct bus_ops ops = {
      .name = "virtio", .read = read_register, .write = write_register};
  struct capabilities capabilities = list_structures(v->kind);
  struct pci_identity identity = {
      .vendor = 0x1af4,
      .device = (uint16_t)(0x1040 + v->kind->id),
      .subsystem_vendor = 0x1af4,
      .subsystem = (uint16_t)(0x1040 + v->kind->id),
      .revision = 1,
      .class_code = v->kind->class_code,
      .bar_size = BAR_BYTES,
      .capabilities = &capabilities,
      .capabilities_size = sizeof(capabilities),
  };
  zx_gpaddr_t bar;
  zx_status_t status = pci_add(v->pci, &identity, virtio_destroy, v, &v->slot, &bar);
  if (status != ZX_OK) {
    virtio_destroy(v);
    return status;
  }
  struct machine* machine = pci_machine(v->pci);
  v->bells = bar + PAGE_BYTES;
  reset(v);
  status = machine_add_mmio(machine, bar, PAGE_BYTES, &ops, v);
  if (status == ZX_OK) {
    status = machine_add_bell(machine, v->bells, v->kind->queues * PAGE_BYTES, bell_rung, v);
  }
  return status;
}

struct virtio* virtio_create(struct pci* pci, const struct virtio_kind* kind, void* device,
                             uint64_t features, const void* config, size_t config_size) {
  struct virtio* v = calloc(1, sizeof(*v));
  if (v == NULL) {
    kind->destroy(device);
    complain("%s: no memory", kind->name);
    return NULL;
  }
  v->pci = pci;
  v->kind = kind;
  v->device = device;
  v->features = COMMON_FEATURES | kind->features | features;
  v->config = config;
  v->config_size = config_size;
  pthread_mutex_init(&v->lock, NULL);
  pthread_mutex_init(&v->isr_lock, NULL);
  return succeeded(add(v), kind->name) ? v : NULL;
}
