// SPDX-License-Identifier: MIT
// The machine from inside: what main.c, machine.c, cpu.c and the I/O APIC share. Devices need machine.h only.
#ifndef VMM_VM_H_
#define VMM_VM_H_

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

#include "machine.h"

#define MAX_CPUS 64
#define MAX_RANGES 96

// Why the machine stopped.
enum stop { STOP_NOT_YET, STOP_POWER_OFF, STOP_REBOOT, STOP_QUIT, STOP_FAILED };

// A trap; its address is the key of the trap's packets.
struct range {
  enum { RANGE_PORTS, RANGE_MEMORY, RANGE_BELL } kind;
  uint64_t start, end;
  const struct bus_ops* ops;
  void (*rung)(void* device, zx_gpaddr_t address);
  void* device;
  uint64_t bells;  // of a bell: how often it rang
};

// What a VCPU did. Written by its own thread, read when that has ended.
struct cpu_stats {
  uint64_t reads[MAX_RANGES], writes[MAX_RANGES];  // by range
  uint64_t ipi_packets, startup_packets;
};

struct cpu {
  struct machine* machine;
  unsigned id;
  zx_vaddr_t entry;
  bool has_thread;
  pthread_t thread;
  atomic_bool anew;                // its thread is to make the VCPU once more
  _Atomic zx_handle_t vcpu;        // ZX_HANDLE_INVALID until it exists
  _Atomic uint64_t interrupts;     // raised by devices and other CPUs
  struct cpu_stats stats;
};

struct machine {
  zx_handle_t guest;
  zx_handle_t space;  // its physical addresses
  uint8_t* ram;       // all of it, low_ram bytes from 0 and the rest from HIGH_RAM
  size_t ram_size;
  size_t low_ram;

  struct range ranges[MAX_RANGES];
  unsigned range_count;

  zx_handle_t bell_port;
  bool has_bell_thread;
  pthread_t bell_thread;

  struct ioapic* ioapic;
  unsigned cpu_count;
  struct cpu cpus[MAX_CPUS];
  pthread_mutex_t cpu_lock;  // starting of CPUs
  pthread_cond_t cpu_made;
  bool start_announced;      // see cpu_announce_start()

  zx_vaddr_t kernel_entry;
  _Atomic int stop;
};

// Makes a machine with memory and without devices. NULL after having said why.
struct machine* machine_create(size_t ram_size, unsigned cpu_count);

// Everything that no device registered reads as ones from here on. No devices may be added later.
zx_status_t machine_fill_gaps(struct machine* machine);

// Starts the first CPU and the bell thread.
bool machine_start(struct machine* machine);

// Asks everything to stop; the first reason counts. From any thread.
void machine_stop(struct machine* machine, enum stop why);

// Waits until all threads have ended.
enum stop machine_join(struct machine* machine);

void machine_print_stats(const struct machine* machine);
void machine_destroy(struct machine* machine);

// --- cpu.c --------------------------------------------------------------------------------------

// Does what a start-up message to CPU `id` asks for. A CPU without a thread gets one; this returns when
// its VCPU exists. One that runs already starts anew if the message is the first after an announcement:
// it was taken offline before. Any other message is a repetition, of which Linux sends one to be safe.
bool cpu_start(struct machine* machine, unsigned id, zx_vaddr_t entry);

// The next start-up message is meant. Zircon's CPUs do not show the INIT before it, but guests also say
// in the clock's memory that a CPU's reset is going to be a start (MultiProcessor Specification 1.4, B.4).
void cpu_announce_start(struct machine* machine);

// Raises a vector on every CPU in the mask that exists.
void cpu_interrupt(struct machine* machine, uint64_t mask, unsigned vector);

// --- Messages -----------------------------------------------------------------------------------

// Prints to standard error, with the program's name and a line end.
__attribute__((format(printf, 1, 2))) void complain(const char* format, ...);

// True if the status is ZX_OK; complains otherwise.
bool succeeded(zx_status_t status, const char* what);

#endif  // VMM_VM_H_
