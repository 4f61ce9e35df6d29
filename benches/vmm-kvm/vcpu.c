// SPDX-License-Identifier: MIT
// Running VCPUs: from KVM's exits to Zircon's packets.

#define _GNU_SOURCE 1
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zircon/errors.h>
#include <zircon/syscalls.h>

#include "layer.h"

static _Thread_local struct vcpu* mine;

// Something came for this thread's VCPU: it must not enter the guest, nor sleep, before it has looked.
static void on_signal(int number) {
  (void)number;
  struct vcpu* v = mine;
  if (v != NULL) {
    atomic_store(&v->signalled, true);
    atomic_store(&v->attention, 1);
    v->run->immediate_exit = 1;
  }
}

void layer_wake(struct vcpu* v) {
  if (atomic_exchange(&v->attention, 1) == 0) {
    if (atomic_load(&v->in_guest)) {
      pthread_kill(v->thread, SIGRTMIN);
    } else {
      syscall(SYS_futex, &v->attention, FUTEX_WAKE_PRIVATE, 1);
    }
  }
}

const struct trap* layer_find(bool ports, uint64_t address) {
  for (unsigned i = 0; i < layer.trap_count; i++) {
    const struct trap* trap = &layer.traps[i];
    if ((trap->kind == ZX_GUEST_TRAP_IO) == ports && trap->start <= address && address < trap->end) {
      return trap;
    }
  }
  return NULL;
}

static struct vcpu* vcpu_of(zx_handle_t handle) {
  return &layer.vcpus[handle - H_VCPU];
}

// --- Calls --------------------------------------------------------------------------------------

zx_status_t zx_vcpu_create(zx_handle_t guest, uint32_t options, zx_vaddr_t entry, zx_handle_t* out) {
  (void)guest, (void)options;
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGRTMIN, &action, NULL);
  unsigned id = layer.vcpu_count;
  struct vcpu* v = &layer.vcpus[id];
  if (!layer_set_up_vcpu(v, id, entry)) {
    return ZX_ERR_NOT_SUPPORTED;
  }
  mine = v;
  layer.vcpu_count++;
  *out = H_VCPU + id;
  return ZX_OK;
}

zx_status_t zx_vcpu_interrupt(zx_handle_t handle, uint32_t vector) {
  struct vcpu* v = vcpu_of(handle);
  apic_raise(v, vector);
  layer_wake(v);
  return ZX_OK;
}

zx_status_t zx_vcpu_kick(zx_handle_t handle) {
  struct vcpu* v = vcpu_of(handle);
  atomic_store(&v->kicked, true);
  layer_wake(v);
  return ZX_OK;
}

// The registers matter to the VMM only for instructions, and those are made up below: RAX holds the answer.
zx_status_t zx_vcpu_read_state(zx_handle_t handle, uint32_t kind, void* buffer, size_t size) {
  (void)kind;
  memcpy(buffer, &vcpu_of(handle)->answer, size);
  return ZX_OK;
}

zx_status_t zx_vcpu_write_state(zx_handle_t handle, uint32_t kind, const void* buffer, size_t size) {
  struct vcpu* v = vcpu_of(handle);
  struct kvm_run* run = v->run;
  if (kind == ZX_VCPU_IO) {
    const zx_vcpu_io_t* io = buffer;
    memcpy((uint8_t*)run + run->io.data_offset, io->data, io->access_size);
  } else if (run->exit_reason == KVM_EXIT_MMIO) {
    const zx_vcpu_state_t* state = buffer;
    memcpy(run->mmio.data, &state->rax, sizeof(run->mmio.data));
  } else {
    struct kvm_regs regs;
    const zx_vcpu_state_t* s = buffer;
    (void)size;
    if (ioctl(v->fd, KVM_GET_REGS, &regs) != 0) {
      return ZX_ERR_INTERNAL;
    }
    regs.rax = s->rax;
    regs.rsi = s->rsi;
    regs.rdi = s->rdi;
    regs.rsp = s->rsp;
    return ioctl(v->fd, KVM_SET_REGS, &regs) == 0 ? ZX_OK : ZX_ERR_INTERNAL;
  }
  return ZX_OK;
}

// --- Exits --------------------------------------------------------------------------------------

static void io_packet(const struct vcpu* v, zx_port_packet_t* packet) {
  struct kvm_run* run = v->run;
  memset(packet, 0, sizeof(*packet));
  packet->type = ZX_PKT_TYPE_GUEST_IO;
  packet->key = layer_find(true, run->io.port)->key;
  packet->guest_io.port = run->io.port;
  packet->guest_io.access_size = run->io.size;
  packet->guest_io.input = run->io.direction == KVM_EXIT_IO_IN;
  if (!packet->guest_io.input) {
    memcpy(packet->guest_io.data, (uint8_t*)run + run->io.data_offset, run->io.size);
  }
}

// KVM decodes the guest's instruction and carries it out; the VMM gets a MOV with RAX of the same access,
// which costs less than what libzx has to do.
static void memory_packet(struct vcpu* v, uint64_t key, zx_port_packet_t* packet) {
  struct kvm_run* run = v->run;
  zx_packet_guest_mem_t* mem = &packet->guest_mem;
  memset(packet, 0, sizeof(*packet));
  packet->type = ZX_PKT_TYPE_GUEST_MEM;
  packet->key = key;
  mem->addr = run->mmio.phys_addr;
  mem->default_operand_size = 4;
  if (run->mmio.len == 2) {
    mem->inst_buf[mem->inst_len++] = 0x66;
  } else if (run->mmio.len == 8) {
    mem->inst_buf[mem->inst_len++] = 0x48;
  }
  mem->inst_buf[mem->inst_len++] =
      (uint8_t)((run->mmio.is_write ? 0x88 : 0x8a) | (run->mmio.len > 1));
  mem->inst_buf[mem->inst_len++] = 0x00;  // RAX, and memory at RAX
  v->answer.rax = 0;
  memcpy(&v->answer.rax, run->mmio.data, run->mmio.is_write ? run->mmio.len : 0);
}

// True if the VMM has to see it.
static bool on_memory(struct vcpu* v, zx_port_packet_t* packet) {
  const struct trap* trap = layer_find(false, v->run->mmio.phys_addr);
  if (trap->kind == ZX_GUEST_TRAP_BELL) {
    layer_ring(trap->key, v->run->mmio.phys_addr);
    return false;
  }
  memory_packet(v, trap->key, packet);
  return true;
}

static bool is_apic(uint32_t msr) {
  return (msr >= 0x800 && msr < 0x840) || msr == 0x6e0 || msr == 0x1b;
}

static bool reads_zero(uint32_t msr) {
  return msr == 0x17 || msr == 0x34 || msr == 0x8b || msr == 0xfe || msr == 0x179 || msr == 0x17a ||
         msr == 0x1a2 || (msr >= 0x200 && msr <= 0x213) || msr == 0x250 || msr == 0x258 || msr == 0x259 ||
         (msr >= 0x268 && msr <= 0x26f) || msr == 0x2ff;
}

static void on_rdmsr(struct vcpu* v) {
  struct kvm_run* run = v->run;
  uint64_t value = run->msr.index == 0x1a0;  // fast strings
  bool good = run->msr.index == 0x1a0 || reads_zero(run->msr.index);
  if (is_apic(run->msr.index)) {
    good = apic_read(v, run->msr.index, &value);
  }
  run->msr.data = value;
  run->msr.error = !good;
}

static bool on_wrmsr(struct vcpu* v, zx_port_packet_t* packet) {
  struct kvm_run* run = v->run;
  bool leave = false;
  bool good = reads_zero(run->msr.index) || run->msr.index == 0x48 || run->msr.index == 0x49 ||
              run->msr.index == 0xc0000083;
  if (is_apic(run->msr.index)) {
    good = apic_write(v, run->msr.index, run->msr.data, packet, &leave);
  }
  run->msr.error = !good;
  return leave;
}

static void halt(struct vcpu* v) {
  while (apic_highest(v) < 0 && !atomic_load(&v->kicked)) {
    apic_expire(v);
    if (apic_highest(v) >= 0) {
      return;
    }
    if (atomic_exchange(&v->attention, 0) == 0) {
      syscall(SYS_futex, &v->attention, FUTEX_WAIT_PRIVATE, 0, NULL);
    }
  }
}

static void inject(struct vcpu* v) {
  struct kvm_run* run = v->run;
  int vector = apic_highest(v);
  // KVM forgets an interrupt on top of which finishing an instruction raises an exception.
  bool msr = run->exit_reason == KVM_EXIT_X86_RDMSR || run->exit_reason == KVM_EXIT_X86_WRMSR;
  bool raises = msr && run->msr.error;
  run->request_interrupt_window = 0;
  if (vector < 0) {
    return;
  }
  if (atomic_load(&v->apic.pending[0]) & 1u << 2) {
    apic_take(v, 2);
    ioctl(v->fd, KVM_NMI, 0);
  } else if (run->ready_for_interrupt_injection && run->if_flag && !raises) {
    struct kvm_interrupt interrupt = {.irq = (uint32_t)vector};
    apic_take(v, (unsigned)vector);
    ioctl(v->fd, KVM_INTERRUPT, &interrupt);
    run->request_interrupt_window = apic_highest(v) >= 0;
  } else {
    run->request_interrupt_window = 1;
  }
}

// One entry. Errors other than EINTR are reported as an exit that nobody knows.
static void enter(struct vcpu* v) {
  struct kvm_run* run = v->run;
  atomic_store(&v->in_guest, true);
  if (atomic_load(&v->attention) != 0) {
    run->immediate_exit = 1;
  }
  if (ioctl(v->fd, KVM_RUN, 0) < 0) {
    run->exit_reason = errno == EINTR ? KVM_EXIT_INTR : KVM_EXIT_UNKNOWN;
  }
  atomic_store(&v->in_guest, false);
  run->immediate_exit = 0;
}

zx_status_t zx_vcpu_resume(zx_handle_t handle, zx_port_packet_t* packet) {
  struct vcpu* v = vcpu_of(handle);
  for (;;) {
    if (atomic_exchange(&v->kicked, false)) {
      return ZX_ERR_CANCELED;
    }
    apic_expire(v);
    atomic_store(&v->attention, 0);
    if (atomic_load(&v->kicked)) {
      continue;
    }
    inject(v);
    enter(v);
    switch (v->run->exit_reason) {
      case KVM_EXIT_IO:
        io_packet(v, packet);
        return ZX_OK;
      case KVM_EXIT_MMIO:
        if (on_memory(v, packet)) {
          return ZX_OK;
        }
        break;
      case KVM_EXIT_X86_RDMSR:
        on_rdmsr(v);
        break;
      case KVM_EXIT_X86_WRMSR:
        if (on_wrmsr(v, packet)) {
          return ZX_OK;
        }
        break;
      case KVM_EXIT_HLT:
        halt(v);
        break;
      case KVM_EXIT_INTR:
      case KVM_EXIT_IRQ_WINDOW_OPEN:
        break;
      default:
        return ZX_ERR_NOT_SUPPORTED;
    }
  }
}
