// SPDX-License-Identifier: MIT
// A virtual-machine monitor: boots Linux in a guest of zx_guest_create. README.md tells how to use it and
// where to read on.

#define _GNU_SOURCE 1
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "clock.h"
#include "console.h"
#include "machine.h"
#include "pci.h"
#include "power.h"
#include "serial.h"
#include "virtio.h"
#include "vm.h"

#define MIB (1024ull * 1024)
#define MIN_MEMORY (2 * MIB)
#define MAX_MEMORY (1024 * 1024 * MIB)

struct options {
  const char* kernel;
  const char* initrd;
  const char* command_line;
  const char* disk;
  uint64_t memory;
  unsigned cpus;
  bool virtio_input;
  bool stats;
  bool no_reboot;
};

// The devices of a machine, and the machine.
struct computer {
  struct machine* machine;
  struct serial* serial;
  struct clock* clock;
  struct pci* pci;
};

static void print_help(void) {
  printf(
      "usage: vmm --kernel FILE [option...]\n"
      "Boots Linux in a virtual machine, with the serial console on this terminal.\n"
      "Ctrl-A x quits, Ctrl-A a sends a Ctrl-A.\n"
      "\n"
      "  --kernel FILE    a bzImage or an ELF vmlinux\n"
      "  --initrd FILE    the initial ramdisk\n"
      "  --cmdline TEXT   the kernel's command line (console=ttyS0)\n"
      "  --memory SIZE    in MiB, or with K, M or G behind it (512)\n"
      "  --cpus NUMBER    1 to %d (1)\n"
      "  --disk FILE      a raw image, the guest's /dev/vda\n"
      "  --console WHICH  what you type goes to: serial (the default) or virtio, /dev/hvc0\n"
      "  --no-reboot      end when the guest reboots\n"
      "  --stats          say at the end what the guest did that needed this program\n"
      "  --help           this text\n"
      "\n"
      "The exit status is 0 when the guest has powered off or rebooted and when the user quits.\n",
      MAX_CPUS);
}

// --- Options ------------------------------------------------------------------------------------

// A number with a unit, in bytes; 0 if it is none.
static uint64_t parse_size(const char* text) {
  char* end;
  uint64_t number = strtoull(text, &end, 10);
  unsigned shift = 20;
  switch (*end) {
    case 'K': case 'k': shift = 10; end++; break;
    case 'M': case 'm': shift = 20; end++; break;
    case 'G': case 'g': shift = 30; end++; break;
  }
  bool good = end != text && *end == '\0' && *text != '-' && number <= UINT64_MAX >> shift;
  return good ? number << shift & ~0xfffull : 0;
}

static bool parse_value(struct options* o, int option, const char* text) {
  if (option == 'm') {
    o->memory = parse_size(text);
    if (o->memory < MIN_MEMORY || o->memory > MAX_MEMORY) {
      complain("--memory %s: not a size from 2M to 1024G", text);
      return false;
    }
    return true;
  }
  if (option == 't') {
    o->virtio_input = strcmp(text, "virtio") == 0;
    if (!o->virtio_input && strcmp(text, "serial") != 0) {
      complain("--console %s: neither serial nor virtio", text);
      return false;
    }
    return true;
  }
  char* end;
  unsigned long number = strtoul(text, &end, 10);
  if (*end != '\0' || number < 1 || number > MAX_CPUS) {
    complain("--cpus %s: not a number from 1 to %d", text, MAX_CPUS);
    return false;
  }
  o->cpus = (unsigned)number;
  return true;
}

// True if there is a guest to run; otherwise `*code` is the exit status.
static bool parse(int argc, char** argv, struct options* o, int* code) {
  static const struct option known[] = {
      {"kernel", required_argument, NULL, 'k'},  {"initrd", required_argument, NULL, 'i'},
      {"cmdline", required_argument, NULL, 'c'}, {"memory", required_argument, NULL, 'm'},
      {"cpus", required_argument, NULL, 'n'},    {"disk", required_argument, NULL, 'd'},
      {"console", required_argument, NULL, 't'}, {"no-reboot", no_argument, NULL, 'r'},
      {"stats", no_argument, NULL, 's'},         {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  *code = 2;
  for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (option) {
      case 'k': o->kernel = optarg; break;
      case 'i': o->initrd = optarg; break;
      case 'c': o->command_line = optarg; break;
      case 'd': o->disk = optarg; break;
      case 'r': o->no_reboot = true; break;
      case 's': o->stats = true; break;
      case 'm':
      case 'n':
      case 't':
        if (!parse_value(o, option, optarg)) {
          return false;
        }
        break;
      case 'h':
        print_help();
        *code = 0;
        return false;
      default:
        return false;  // getopt_long() has said what is wrong
    }
  }
  if (optind < argc) {
    complain("%s: what is that? Try --help", argv[optind]);
    return false;
  }
  if (o->kernel == NULL) {
    complain("no --kernel; try --help");
    return false;
  }
  return true;
}

// --- The computer -------------------------------------------------------------------------------

static bool build(struct computer* c, const struct options* o) {
  c->machine = machine_create(o->memory, o->cpus);
  return c->machine != NULL &&
         succeeded(serial_create(c->machine, &c->serial), "the serial port") &&
         succeeded(clock_create(c->machine, &c->clock), "the clock") &&
         succeeded(power_init(c->machine), "the power registers") &&
         succeeded(pci_create(c->machine, &c->pci), "the PCI bus") &&
         (o->disk == NULL || virtio_block_create(c->pci, o->disk)) && virtio_rng_create(c->pci) &&
         virtio_console_create(c->pci, o->virtio_input) &&
         succeeded(machine_fill_gaps(c->machine), "the rest of the address space") &&
         boot_load(c->machine, o->kernel, o->initrd, o->command_line);
}

static void scrap(struct computer* c) {
  machine_destroy(c->machine);  // before the devices, which its threads use
  pci_destroy(c->pci);
  serial_destroy(c->serial);
  clock_destroy(c->clock);
}

static enum stop run(const struct options* o) {
  struct computer c = {.machine = NULL};
  enum stop why = STOP_FAILED;
  if (build(&c, o)) {
    if (!machine_start(c.machine)) {
      machine_stop(c.machine, STOP_FAILED);
    }
    if (console_run()) {
      machine_stop(c.machine, STOP_QUIT);
    }
    why = machine_join(c.machine);
    if (o->stats) {
      machine_print_stats(c.machine);
    }
  }
  scrap(&c);
  return why;
}

int main(int argc, char** argv) {
  struct options o = {.command_line = "console=ttyS0", .memory = 512 * MIB, .cpus = 1};
  int code;
  if (!parse(argc, argv, &o, &code)) {
    return code;
  }
  enum stop why = STOP_FAILED;
  if (console_start()) {
    do {
      why = run(&o);
    } while (why == STOP_REBOOT && !o.no_reboot);
  }
  console_stop();
  return why == STOP_FAILED ? 1 : 0;
}
