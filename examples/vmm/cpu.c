// SPDX-License-Identifier: MIT
// The CPUs: a thread and a VCPU each. Whatever the guest does that is not computing ends in run().

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#include "emulate.h"
#include "layout.h"
#include "machine.h"
#include "vm.h"

static unsigned range_index(const struct cpu* cpu, const struct range* range) {
  return (unsigned)(range - cpu->machine->ranges);
}

// --- What a guest does --------------------------------------------------------------------------

static bool handle_io(struct cpu* cpu, zx_handle_t vcpu, const zx_port_packet_t* packet) {
  const zx_packet_guest_io_t* io = &packet->guest_io;
  const struct range* range = (const struct range*)(uintptr_t)packet->key;
  uint64_t offset = io->port - range->start;
  if (!io->input) {
    cpu->stats.writes[range_index(cpu, range)]++;
    range->ops->write(range->device, offset, io->access_size, io->u32);
    return true;
  }
  cpu->stats.reads[range_index(cpu, range)]++;
  zx_vcpu_io_t answer = {.access_size = io->access_size};
  answer.u32 = (uint32_t)range->ops->read(range->device, offset, io->access_size);
  return succeeded(zx_vcpu_write_state(vcpu, ZX_VCPU_IO, &answer, sizeof(answer)),
                   "zx_vcpu_write_state");
}

static void complain_of_instruction(const struct cpu* cpu, const zx_packet_guest_mem_t* mem) {
  char bytes[3 * sizeof(mem->inst_buf) + 1] = "";
  for (unsigned i = 0; i < mem->inst_len && i < sizeof(mem->inst_buf); i++) {
    snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, " %02x", mem->inst_buf[i]);
  }
  complain("CPU %u used an instruction at %#" PRIx64 " that is not known for devices:%s", cpu->id,
           mem->addr, bytes);
}

static bool handle_memory(struct cpu* cpu, zx_handle_t vcpu, const zx_port_packet_t* packet) {
  const zx_packet_guest_mem_t* mem = &packet->guest_mem;
  const struct range* range = (const struct range*)(uintptr_t)packet->key;
  zx_vcpu_state_t state;
  struct emulation done;
  if (!succeeded(zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state)),
                 "zx_vcpu_read_state")) {
    return false;
  }
  if (!emulate(mem, range->ops, range->device, mem->addr - range->start, &state, &done)) {
    complain_of_instruction(cpu, mem);
    return false;
  }
  cpu->stats.reads[range_index(cpu, range)] += done.read;
  cpu->stats.writes[range_index(cpu, range)] += done.wrote;
  return !done.changed ||
         succeeded(zx_vcpu_write_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state)),
                   "zx_vcpu_write_state");
}

// Zircon leaves messages between CPUs to the VMM.
static bool handle_vcpu(struct cpu* cpu, const zx_port_packet_t* packet) {
  const zx_packet_guest_vcpu_t* event = &packet->guest_vcpu;
  if (event->type == ZX_PKT_GUEST_VCPU_INTERRUPT) {
    cpu->stats.ipi_packets++;
    cpu_interrupt(cpu->machine, event->interrupt.mask, event->interrupt.vector);
    return true;
  }
  cpu->stats.startup_packets++;
  if (event->startup.id >= cpu->machine->cpu_count) {
    return true;  // a machine ignores what is for CPUs that it does not have
  }
  return cpu_start(cpu->machine, (unsigned)event->startup.id, event->startup.entry);
}

static bool handle(struct cpu* cpu, zx_handle_t vcpu, const zx_port_packet_t* packet) {
  switch (packet->type) {
    case ZX_PKT_TYPE_GUEST_IO:
      return handle_io(cpu, vcpu, packet);
    case ZX_PKT_TYPE_GUEST_MEM:
      return handle_memory(cpu, vcpu, packet);
    case ZX_PKT_TYPE_GUEST_VCPU:
      return handle_vcpu(cpu, packet);
    default:
      complain("CPU %u: a packet of type %u", cpu->id, packet->type);
      return false;
  }
}

// --- Starting and running -----------------------------------------------------------------------

// The first CPU starts in start.S, with what that wants in registers; the others in real mode.
static zx_status_t set_up_first(const struct machine* m, zx_handle_t vcpu) {
  zx_vcpu_state_t state = {
      .rax = m->kernel_entry, .rsi = BOOT_PARAMS, .rsp = BOOT_CODE, .rdi = BOOT_CODE};
  return zx_vcpu_write_state(vcpu, ZX_VCPU_STATE, &state, sizeof(state));
}

// Makes the CPU's VCPU, for the calling thread, in the place of the one that it may have had.
//
// VCPUs get the lowest local APIC id that is free. With the lock held nobody else makes one meanwhile,
// and all CPUs below this one have theirs, see cpu_start().
static bool make_vcpu(struct cpu* cpu) {
  struct machine* m = cpu->machine;
  zx_handle_t vcpu = ZX_HANDLE_INVALID;
  pthread_mutex_lock(&m->cpu_lock);
  cpu->anew = false;
  zx_handle_close(atomic_load(&cpu->vcpu));  // the zero handle may be closed, too
  zx_status_t status = zx_vcpu_create(m->guest, 0, cpu->entry, &vcpu);
  if (status == ZX_OK && cpu->id == 0) {
    status = set_up_first(m, vcpu);
  }
  atomic_store(&cpu->vcpu, vcpu);
  pthread_cond_broadcast(&m->cpu_made);
  pthread_mutex_unlock(&m->cpu_lock);
  return succeeded(status, "making a CPU");
}

// Lets the guest run until it wants something, and does that.
static bool step(struct cpu* cpu) {
  zx_handle_t vcpu = atomic_load(&cpu->vcpu);
  zx_port_packet_t packet;
  zx_status_t status = zx_vcpu_resume(vcpu, &packet);
  if (status == ZX_OK) {
    return handle(cpu, vcpu, &packet);
  }
  if (status == ZX_ERR_CANCELED) {
    return true;  // kicked: there is something to look at
  }
  complain("CPU %u cannot go on: %s%s", cpu->id, zx_status_get_string(status),
           status == ZX_ERR_NOT_SUPPORTED ? " (a triple fault, or an instruction that this computer's KVM cannot do)" : "");
  return false;
}

// A VCPU belongs to the thread that makes it: only that thread can run it.
static void* cpu_thread(void* argument) {
  struct cpu* cpu = argument;
  bool good = make_vcpu(cpu);
  while (good && atomic_load(&cpu->machine->stop) == STOP_NOT_YET) {
    good = atomic_load(&cpu->anew) ? make_vcpu(cpu) : step(cpu);
  }
  if (!good) {
    machine_stop(cpu->machine, STOP_FAILED);
  }
  return NULL;
}

// The caller waits until the CPU exists, lest it should start the next one before that.
static bool start_thread(struct machine* m, struct cpu* cpu) {
  if (cpu->id > 0 && atomic_load(&m->cpus[cpu->id - 1].vcpu) == ZX_HANDLE_INVALID) {
    complain("CPU %u is started before CPU %u", cpu->id, cpu->id - 1);
    return false;
  }
  if (pthread_create(&cpu->thread, NULL, cpu_thread, cpu) != 0) {
    complain("no thread for CPU %u", cpu->id);
    return false;
  }
  cpu->has_thread = true;
  while (atomic_load(&cpu->vcpu) == ZX_HANDLE_INVALID &&
         atomic_load(&m->stop) == STOP_NOT_YET) {
    pthread_cond_wait(&m->cpu_made, &m->cpu_lock);
  }
  return true;
}

bool cpu_start(struct machine* m, unsigned id, zx_vaddr_t entry) {
  struct cpu* cpu = &m->cpus[id];
  bool good = true;
  pthread_mutex_lock(&m->cpu_lock);
  bool announced = m->start_announced;
  m->start_announced = false;
  if (atomic_load(&m->stop) != STOP_NOT_YET) {
    // Nobody needs it any more.
  } else if (!cpu->has_thread) {
    cpu->entry = entry;
    good = start_thread(m, cpu);
  } else if (announced && id > 0) {
    cpu->entry = entry;
    atomic_store(&cpu->anew, true);
    zx_vcpu_kick(atomic_load(&cpu->vcpu));
  }
  pthread_mutex_unlock(&m->cpu_lock);
  return good;
}

void cpu_announce_start(struct machine* m) {
  pthread_mutex_lock(&m->cpu_lock);
  m->start_announced = true;
  pthread_mutex_unlock(&m->cpu_lock);
}

void cpu_interrupt(struct machine* m, uint64_t mask, unsigned vector) {
  for (unsigned i = 0; i < m->cpu_count; i++) {
    zx_handle_t vcpu = mask >> i & 1 ? atomic_load(&m->cpus[i].vcpu) : ZX_HANDLE_INVALID;
    if (vcpu != ZX_HANDLE_INVALID) {
      atomic_fetch_add(&m->cpus[i].interrupts, 1);
      zx_vcpu_interrupt(vcpu, vector);
    }
  }
}

// --- Statistics ---------------------------------------------------------------------------------

static void print_row(const struct machine* m, const char* what, const char* name, uint64_t first,
                      uint64_t last, const uint64_t counts[]) {
  char place[64] = "";
  if (last != 0) {
    snprintf(place, sizeof(place), "%#" PRIx64 "-%#" PRIx64, first, last);
  }
  fprintf(stderr, "%-13s %-14s %-27s", what, name, place);
  for (unsigned i = 0; i < m->cpu_count; i++) {
    fprintf(stderr, " %9" PRIu64, counts[i]);
  }
  fputc('\n', stderr);
}

static bool any(const uint64_t counts[], unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    if (counts[i] != 0) {
      return true;
    }
  }
  return false;
}

void machine_print_stats(const struct machine* m) {
  uint64_t counts[MAX_CPUS];
  fprintf(stderr, "%-13s %-14s %-27s", "exits", "device", "place");
  for (unsigned i = 0; i < m->cpu_count; i++) {
    fprintf(stderr, "     CPU %-2u", i);
  }
  fputc('\n', stderr);
  for (unsigned r = 0; r < m->range_count; r++) {
    const struct range* range = &m->ranges[r];
    if (range->kind == RANGE_BELL) {
      continue;
    }
    bool ports = range->kind == RANGE_PORTS;
    for (int writes = 0; writes < 2; writes++) {
      for (unsigned i = 0; i < m->cpu_count; i++) {
        counts[i] = writes ? m->cpus[i].stats.writes[r] : m->cpus[i].stats.reads[r];
      }
      if (any(counts, m->cpu_count)) {
        print_row(m, ports ? writes ? "port write" : "port read" : writes ? "memory write" : "memory read",
                  range->ops->name, range->start, range->end - 1, counts);
      }
    }
  }
  for (unsigned i = 0; i < m->cpu_count; i++) {
    counts[i] = m->cpus[i].stats.ipi_packets;
  }
  print_row(m, "IPI", "", 0, 0, counts);
  for (unsigned i = 0; i < m->cpu_count; i++) {
    counts[i] = m->cpus[i].stats.startup_packets;
  }
  print_row(m, "start-up", "", 0, 0, counts);
  for (unsigned i = 0; i < m->cpu_count; i++) {
    counts[i] = atomic_load(&m->cpus[i].interrupts);
  }
  print_row(m, "(interrupts", "to the CPU)", 0, 0, counts);
  for (unsigned r = 0; r < m->range_count; r++) {
    const struct range* range = &m->ranges[r];
    if (range->kind == RANGE_BELL && range->bells != 0) {
      fprintf(stderr, "(the bell at %#" PRIx64 " rang %" PRIu64 " times)\n", range->start,
              range->bells);
    }
  }
}
