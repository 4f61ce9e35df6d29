// SPDX-License-Identifier: MIT
// A guest that says hello: the whole of a virtual machine monitor in one file.
//
//   gcc -std=c11 -Wall -Wextra -Iinclude examples/hello-guest.c
//       examples/hello-guest.S -L... -lzx -o hello-guest
//
// The guest in hello-guest.S prints, uses a device, asks for a number, rings a
// bell and sleeps. Everything it does that is not computing ends up here:
//
//   - an instruction that touches a trapped port or a MEM-trapped page makes
//     zx_vcpu_resume return with a packet that tells what the guest did. The
//     instruction is over by then; this program does what it should have done.
//   - a store to a BELL-trapped page does not stop the guest. It queues a
//     packet on a port, where another thread finds it.
//
// Start with main() and read on with run().

#include <libzx.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#include "hello-guest.h"

#define PAGE_BYTES 0x1000

// Keys of the traps: packets carry them, so we know which trap was hit.
enum { KEY_CONSOLE = 1, KEY_QUESTION, KEY_STOP, KEY_DEVICE, KEY_BELL };

// The guest's code (hello-guest.S).
extern const char guest_start[], guest_end[];

typedef struct machine {
  zx_handle_t guest;     // the guest: its traps
  zx_handle_t memory;    // its physical address space
  zx_handle_t vcpu;      // its processor
  zx_handle_t bell_port; // where its bell rings
  uint32_t sum;          // the state of the adding device
  atomic_bool woken;     // by an interrupt that has not been accounted for
} machine_t;

// What the guest stopped for, how often, and how long each took.
enum { EXIT_CONSOLE, EXIT_QUESTION, EXIT_STORE, EXIT_LOAD, EXIT_WOKEN, EXIT_STOP, EXIT_KINDS };

static struct {
  const char* name;
  unsigned count;
  zx_duration_t time;
} exits[EXIT_KINDS] = {
    [EXIT_CONSOLE] = {.name = "port output (console)"},
    [EXIT_QUESTION] = {.name = "port input"},
    [EXIT_STORE] = {.name = "device store"},
    [EXIT_LOAD] = {.name = "device load"},
    [EXIT_WOKEN] = {.name = "first after the sleep"},
    [EXIT_STOP] = {.name = "port output (stop)"},
};

// Ends the program unless a call succeeded.
static void check(zx_status_t status, const char* what) {
  if (status != ZX_OK) {
    fprintf(stderr, "hello-guest: %s: %s\n", what, zx_status_get_string(status));
    exit(1);
  }
}

// --- Setting up ---------------------------------------------------------------

// Linear addresses are physical ones: 2-MiB pages over the first GiB, which
// contains the memory, the device and the bell. (Pages of 1 GiB would save a
// table, but not every host lets guests use them.)
static void write_page_tables(uint8_t* memory) {
  const uint64_t table = 0x3;  // present, writable
  const uint64_t page = 0x83;  // the same, and a 2-MiB page
  *(uint64_t*)(memory + PML4_ADDR) = PDPT_ADDR | table;
  *(uint64_t*)(memory + PDPT_ADDR) = PD_ADDR | table;
  for (uint64_t i = 0; i < 512; i++) {
    ((uint64_t*)(memory + PD_ADDR))[i] = i << 21 | page;
  }
}

// Memory that both the guest and this process see, with the guest's code and
// page tables in it.
static void set_up_memory(machine_t* m) {
  zx_handle_t vmo;
  check(zx_vmo_create(GUEST_MEMORY_SIZE, 0, &vmo), "zx_vmo_create");

  zx_vaddr_t host;
  check(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0,
                    GUEST_MEMORY_SIZE, &host),
        "zx_vmar_map (host)");
  uint8_t* memory = (uint8_t*)host;
  write_page_tables(memory);
  memcpy(memory + GUEST_ENTRY, guest_start, (size_t)(guest_end - guest_start));
  check(zx_vmar_unmap(zx_vmar_root_self(), host, GUEST_MEMORY_SIZE), "zx_vmar_unmap");

  // Mapping memory as executable takes a right that new VMOs do not have.
  check(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo),
        "zx_vmo_replace_as_executable");
  zx_vaddr_t guest_address;
  check(zx_vmar_map(m->memory,
                    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC, 0,
                    vmo, 0, GUEST_MEMORY_SIZE, &guest_address),
        "zx_vmar_map (guest)");
  zx_handle_close(vmo);  // the mapping keeps the memory
}

static void set_up_traps(machine_t* m) {
  check(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, CONSOLE_PORT, 1, ZX_HANDLE_INVALID,
                          KEY_CONSOLE),
        "zx_guest_set_trap (console)");
  check(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, QUESTION_PORT, 1, ZX_HANDLE_INVALID,
                          KEY_QUESTION),
        "zx_guest_set_trap (question)");
  check(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, STOP_PORT, 1, ZX_HANDLE_INVALID, KEY_STOP),
        "zx_guest_set_trap (stop)");
  check(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_MEM, DEVICE_ADDR, PAGE_BYTES, ZX_HANDLE_INVALID,
                          KEY_DEVICE),
        "zx_guest_set_trap (device)");
  check(zx_port_create(0, &m->bell_port), "zx_port_create");
  check(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_BELL, BELL_ADDR, PAGE_BYTES, m->bell_port,
                          KEY_BELL),
        "zx_guest_set_trap (bell)");
}

// Makes the whole machine. False if this computer cannot run guests.
static bool set_up(machine_t* m) {
  // Zircon gives guests only to programs that have the hypervisor resource.
  // In libzx every program can have it; Linux decides, with /dev/kvm.
  zx_handle_t resource;
  check(libzx_get_hypervisor_resource(&resource), "libzx_get_hypervisor_resource");
  zx_status_t status = zx_guest_create(resource, 0, &m->guest, &m->memory);
  zx_handle_close(resource);
  if (status == ZX_ERR_NOT_SUPPORTED) {
    return false;
  }
  check(status, "zx_guest_create");
  set_up_memory(m);
  set_up_traps(m);

  // A VCPU belongs to the thread that makes it: only that thread can run it.
  status = zx_vcpu_create(m->guest, 0, GUEST_ENTRY, &m->vcpu);
  if (status == ZX_ERR_NOT_SUPPORTED) {
    return false;
  }
  check(status, "zx_vcpu_create");
  return true;
}

// --- The device ---------------------------------------------------------------

// A register of the state by its number in machine code.
static uint64_t* state_register(zx_vcpu_state_t* state, unsigned number) {
  uint64_t* const registers[16] = {
      &state->rax, &state->rcx, &state->rdx, &state->rbx, &state->rsp, &state->rbp,
      &state->rsi, &state->rdi, &state->r8,  &state->r9,  &state->r10, &state->r11,
      &state->r12, &state->r13, &state->r14, &state->r15};
  return registers[number & 15];
}

// One access to the device's registers: the packet has the address and the
// bytes of the instruction, and we do what the instruction would have done.
// Ours are 32-bit MOVs; a real monitor decodes more (see hypervisor.md, 5.2).
// Returns which kind of exit this was, or EXIT_KINDS.
static int emulate_device(machine_t* m, const zx_packet_guest_mem_t* mem) {
  zx_vcpu_state_t state;
  check(zx_vcpu_read_state(m->vcpu, ZX_VCPU_STATE, &state, sizeof(state)), "zx_vcpu_read_state");

  const uint8_t* inst = mem->inst_buf;
  unsigned rex = 0;
  if ((*inst & 0xf0) == 0x40) {
    rex = *inst++;  // bit 2 is the top bit of the register's number
  }
  uint8_t opcode = *inst++;
  uint64_t* reg = state_register(&state, (*inst >> 3 & 7) | (rex & 4) << 1);
  uint64_t offset = mem->addr - DEVICE_ADDR;

  if (opcode == 0xc7 && offset == DEVICE_ADD) {  // MOV immediate to memory
    uint32_t value;
    memcpy(&value, mem->inst_buf + mem->inst_len - sizeof(value), sizeof(value));
    m->sum += value;
    return EXIT_STORE;
  }
  if (opcode == 0x89 && offset == DEVICE_ADD) {  // MOV register to memory
    m->sum += (uint32_t)*reg;
    return EXIT_STORE;
  }
  if (opcode == 0x8b && offset == DEVICE_SUM) {  // MOV memory to register
    *reg = m->sum;                               // 32-bit loads clear the upper half
    check(zx_vcpu_write_state(m->vcpu, ZX_VCPU_STATE, &state, sizeof(state)),
          "zx_vcpu_write_state");
    return EXIT_LOAD;
  }
  fprintf(stderr, "hello-guest: the device does not know instruction %02x at offset %#llx\n",
          opcode, (unsigned long long)offset);
  return EXIT_KINDS;
}

// --- Running ------------------------------------------------------------------

// The other side of the bell: waits for it, then wakes the guest. Calls about
// a VCPU's interrupts may come from any thread.
static void* wait_for_bell(void* arg) {
  machine_t* m = arg;
  zx_port_packet_t packet;
  check(zx_port_wait(m->bell_port, ZX_TIME_INFINITE, &packet), "zx_port_wait");
  if (packet.type == ZX_PKT_TYPE_GUEST_BELL && packet.key == KEY_BELL) {
    printf("[program] the bell rang at %#llx\n", (unsigned long long)packet.guest_bell.addr);
    zx_nanosleep(zx_deadline_after(ZX_MSEC(20)));  // let the guest sleep a little
    printf("[program] sending interrupt %d\n", INTERRUPT_VECTOR);
    atomic_store(&m->woken, true);
    check(zx_vcpu_interrupt(m->vcpu, INTERRUPT_VECTOR), "zx_vcpu_interrupt");
  }
  return NULL;
}

// Prints the guest's text line by line.
static void console(uint8_t byte) {
  static bool in_line;
  if (!in_line) {
    printf("[guest]   ");
  }
  putchar(byte);
  in_line = byte != '\n';
}

// Runs the guest until it stops, and handles everything it asks for.
static void run(machine_t* m) {
  for (;;) {
    zx_port_packet_t packet;
    zx_time_t begin = zx_clock_get_monotonic();
    check(zx_vcpu_resume(m->vcpu, &packet), "zx_vcpu_resume");

    int kind = EXIT_KINDS;
    switch (packet.key) {
      case KEY_CONSOLE:
        console(packet.guest_io.u8);
        kind = EXIT_CONSOLE;
        break;
      case KEY_QUESTION: {
        // The guest waits for a value in AL.
        zx_vcpu_io_t answer = {.access_size = packet.guest_io.access_size, .u32 = 42};
        check(zx_vcpu_write_state(m->vcpu, ZX_VCPU_IO, &answer, sizeof(answer)),
              "zx_vcpu_write_state");
        kind = EXIT_QUESTION;
        break;
      }
      case KEY_DEVICE:
        kind = emulate_device(m, &packet.guest_mem);
        break;
      case KEY_STOP:
        kind = EXIT_STOP;
        break;
    }
    if (kind == EXIT_KINDS) {
      exit(1);
    }
    if (atomic_exchange(&m->woken, false)) {
      kind = EXIT_WOKEN;  // this resume slept with the guest
    }
    exits[kind].count++;
    exits[kind].time += zx_clock_get_monotonic() - begin;
    if (packet.key == KEY_STOP) {
      return;
    }
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  machine_t m = {.sum = 0};
  if (!set_up(&m)) {
    printf("hello-guest: this computer cannot run guests: no usable /dev/kvm "
           "(zx_guest_create says ZX_ERR_NOT_SUPPORTED).\n"
           "Does it exist, and may you read and write it? Nothing to show.\n");
    return 0;
  }

  pthread_t bell;
  if (pthread_create(&bell, NULL, wait_for_bell, &m) != 0) {
    perror("hello-guest: pthread_create");
    return 1;
  }
  run(&m);
  pthread_join(bell, NULL);

  // Each time covers running the guest up to the exit and handling it.
  printf("\n%-24s %6s %12s\n", "exits", "count", "mean time");
  for (int i = 0; i < EXIT_KINDS; i++) {
    if (exits[i].count != 0) {
      printf("%-24s %6u %9.1f us\n", exits[i].name, exits[i].count,
             (double)exits[i].time / exits[i].count / 1000);
    }
  }

  zx_handle_close(m.vcpu);
  zx_handle_close(m.guest);
  zx_handle_close(m.memory);
  zx_handle_close(m.bell_port);
  return 0;
}
