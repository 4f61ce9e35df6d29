// SPDX-License-Identifier: MIT
// Linux's 64-bit boot protocol (Documentation/arch/x86/boot.rst): the kernel starts with paging on, memory
// mapped onto itself, and RSI at `struct boot_params`, which tells it of everything else.

#define _POSIX_C_SOURCE 200809L
#include "boot.h"

#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acpi.h"
#include "layout.h"
#include "machine.h"
#include "vm.h"

#define PAGE_BYTES 0x1000u
#define MIB (1024u * 1024)

// Of the setup header.
#define BOOT_MAGIC 0xaa55
#define HEADER_MAGIC 0x53726448  // "HdrS"
#define VERSION_64_BIT 0x020c
#define ENTRY_64_BIT 0x200       // behind the start of the kernel proper
#define LOADER_UNKNOWN 0xff
#define DEFAULT_SETUP_SECTORS 4
#define SECTOR_BYTES 512

extern const char boot_code_start[], boot_code_end[];

struct kernel {
  struct setup_header header;  // what Linux is told about itself
  uint64_t end;                // of all it needs, until it knows its memory
};

// --- Files --------------------------------------------------------------------------------------

static int open_file(const char* path, uint64_t* size) {
  struct stat about;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &about) != 0) {
    complain("%s: %s", path, strerror(errno));
  } else if (!S_ISREG(about.st_mode)) {
    complain("%s: not a regular file", path);
  } else {
    *size = (uint64_t)about.st_size;
    return file;
  }
  if (file >= 0) {
    close(file);
  }
  return -1;
}

static bool read_at(int file, const char* path, void* to, uint64_t size, uint64_t offset) {
  for (uint64_t done = 0; done < size;) {
    ssize_t count = pread(file, (char*)to + done, size - done, (off_t)(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      complain("%s: %s", path, count < 0 ? strerror(errno) : "the file is too short");
      return false;
    }
    done += (uint64_t)count;
  }
  return true;
}

// Reads a part of a file into the guest's memory.
static bool load(struct machine* m, int file, const char* path, uint64_t offset, uint64_t size,
                 uint64_t address) {
  void* memory = machine_ram(m, address, size);
  if (memory == NULL || address < KERNEL_START) {
    complain("%s: the guest has too little memory: %" PRIu64 " MiB, and this needs %#" PRIx64
             " to %#" PRIx64,
             path, (uint64_t)m->ram_size / MIB, address, address + size);
    return false;
  }
  return read_at(file, path, memory, size, offset);
}

// --- Kernels ------------------------------------------------------------------------------------

// A bzImage: a setup part that only 16-bit loaders need, and the kernel.
static bool load_bzimage(struct machine* m, int file, const char* path, uint64_t size,
                         const uint8_t* first, struct kernel* kernel) {
  struct setup_header* header = &kernel->header;
  memcpy(header, first + offsetof(struct boot_params, hdr), sizeof(*header));
  if (header->version < VERSION_64_BIT || !(header->xloadflags & XLF_KERNEL_64)) {
    complain("%s: a kernel without 64-bit entry (boot protocol %u.%02u)", path,
             header->version >> 8, header->version & 0xff);
    return false;
  }
  unsigned sectors = header->setup_sects != 0 ? header->setup_sects : DEFAULT_SETUP_SECTORS;
  uint64_t start = (uint64_t)(sectors + 1) * SECTOR_BYTES;
  if (size <= start) {
    complain("%s: the file is too short", path);
    return false;
  }
  uint64_t address = header->pref_address;
  kernel->end = address + header->init_size;
  if (machine_ram(m, address, header->init_size) == NULL) {
    complain("%s: the guest has too little memory: %" PRIu64 " MiB, and the kernel needs %" PRIu64,
             path, (uint64_t)m->ram_size / MIB, (kernel->end + MIB - 1) / MIB);
    return false;
  }
  m->kernel_entry = address + ENTRY_64_BIT;
  return load(m, file, path, start, size - start, address);
}

// A plain vmlinux: segments at physical addresses. What a bzImage says about itself, it does not.
static bool load_elf(struct machine* m, int file, const char* path, const Elf64_Ehdr* elf,
                     struct kernel* kernel) {
  if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_type != ET_EXEC || elf->e_machine != EM_X86_64 ||
      elf->e_phentsize != sizeof(Elf64_Phdr)) {
    complain("%s: not an ELF kernel for x86-64", path);
    return false;
  }
  m->kernel_entry = elf->e_entry;
  for (unsigned i = 0; i < elf->e_phnum; i++) {
    Elf64_Phdr segment;
    if (!read_at(file, path, &segment, sizeof(segment), elf->e_phoff + i * sizeof(segment))) {
      return false;
    }
    if (segment.p_type != PT_LOAD) {
      continue;
    }
    if (machine_ram(m, segment.p_paddr, segment.p_memsz) == NULL ||
        segment.p_filesz > segment.p_memsz) {
      complain("%s: the guest has no memory at %#" PRIx64 " for %" PRIu64 " bytes", path,
               segment.p_paddr, segment.p_memsz);
      return false;
    }
    if (!load(m, file, path, segment.p_offset, segment.p_filesz, segment.p_paddr)) {
      return false;
    }
    uint64_t end = segment.p_paddr + segment.p_memsz;
    kernel->end = end > kernel->end ? end : kernel->end;
  }
  kernel->header = (struct setup_header){
      .boot_flag = BOOT_MAGIC,
      .header = HEADER_MAGIC,
      .version = VERSION_64_BIT,
      .initrd_addr_max = 0x7fffffff,
      .cmdline_size = 2047,
  };
  return true;
}

static bool load_kernel(struct machine* m, const char* path, struct kernel* kernel) {
  uint64_t size;
  int file = open_file(path, &size);
  if (file < 0) {
    return false;
  }
  _Alignas(16) uint8_t first[2 * SECTOR_BYTES] = {0};
  bool good = read_at(file, path, first, size < sizeof(first) ? size : sizeof(first), 0);
  const struct setup_header* header =
      (const void*)(first + offsetof(struct boot_params, hdr));
  if (!good) {
    // It has been said.
  } else if (memcmp(first, ELFMAG, SELFMAG) == 0) {
    good = load_elf(m, file, path, (const Elf64_Ehdr*)first, kernel);
  } else if (size >= sizeof(first) && header->boot_flag == BOOT_MAGIC &&
             header->header == HEADER_MAGIC) {
    good = load_bzimage(m, file, path, size, first, kernel);
  } else {
    complain("%s: neither a bzImage nor an ELF file", path);
    good = false;
  }
  close(file);
  return good;
}

// The ramdisk goes as high as the kernel lets it.
static bool load_initrd(struct machine* m, const char* path, struct kernel* kernel) {
  uint64_t size;
  int file = open_file(path, &size);
  if (file < 0) {
    return false;
  }
  uint64_t top = kernel->header.initrd_addr_max + 1ull;
  top = top < m->low_ram ? top : m->low_ram;
  uint64_t address = size < top ? (top - size) & ~(uint64_t)(PAGE_BYTES - 1) : 0;
  bool good = address >= kernel->end;
  if (!good) {
    complain("%s: the guest has too little memory: %" PRIu64 " MiB, and kernel and ramdisk need %" PRIu64,
             path, (uint64_t)m->ram_size / MIB, (kernel->end + size + MIB - 1) / MIB);
  } else {
    good = load(m, file, path, 0, size, address);
    kernel->header.ramdisk_image = (uint32_t)address;
    kernel->header.ramdisk_size = (uint32_t)size;
  }
  close(file);
  return good;
}

// --- What the kernel finds ----------------------------------------------------------------------

static bool write_command_line(struct machine* m, const char* line, struct kernel* kernel) {
  size_t size = strlen(line) + 1;
  if (size - 1 > kernel->header.cmdline_size || size > LOW_RAM_END - COMMAND_LINE) {
    complain("the kernel takes command lines of %u bytes, and this has %zu",
             kernel->header.cmdline_size, size - 1);
    return false;
  }
  memcpy(machine_ram(m, COMMAND_LINE, size), line, size);
  kernel->header.cmd_line_ptr = COMMAND_LINE;
  return true;
}

// The first 4 GiB mapped onto themselves, in pages of 2 MiB. (Pages of 1 GiB would save four tables, but
// not every host lets guests use them.)
static void write_page_tables(struct machine* m) {
  const uint64_t table = 0x3;  // present, writable
  const uint64_t page = 0x83;  // the same, and a 2-MiB page
  uint64_t* tables = machine_ram(m, PAGE_TABLES, 6 * PAGE_BYTES);
  memset(tables, 0, 2 * PAGE_BYTES);
  tables[0] = (PAGE_TABLES + PAGE_BYTES) | table;
  for (uint64_t i = 0; i < 4; i++) {
    tables[512 + i] = (PAGE_TABLES + (2 + i) * PAGE_BYTES) | table;
  }
  for (uint64_t i = 0; i < 4 * 512; i++) {
    tables[2 * 512 + i] = i << 21 | page;
  }
}

static void add_memory(struct boot_params* params, uint64_t start, uint64_t end, uint32_t type) {
  if (start < end) {
    params->e820_table[params->e820_entries++] =
        (struct boot_e820_entry){.addr = start, .size = end - start, .type = type};
  }
}

static void write_boot_params(struct machine* m, const struct kernel* kernel) {
  enum { RAM = 1, RESERVED = 2 };
  struct boot_params* params = machine_ram(m, BOOT_PARAMS, sizeof(*params));
  memset(params, 0, sizeof(*params));
  params->hdr = kernel->header;
  params->hdr.type_of_loader = LOADER_UNKNOWN;
  params->acpi_rsdp_addr = ACPI_TABLES;
  add_memory(params, 0, LOW_RAM_END, RAM);
  add_memory(params, LOW_RAM_END, KERNEL_START, RESERVED);
  add_memory(params, KERNEL_START, m->low_ram, RAM);
  add_memory(params, HIGH_RAM, HIGH_RAM + (m->ram_size - m->low_ram), RAM);
}

bool boot_load(struct machine* m, const char* kernel_path, const char* initrd,
               const char* command_line) {
  struct kernel kernel = {.end = 0};
  if (!load_kernel(m, kernel_path, &kernel) ||
      (initrd != NULL && !load_initrd(m, initrd, &kernel)) ||
      !write_command_line(m, command_line, &kernel)) {
    return false;
  }
  write_page_tables(m);
  write_boot_params(m, &kernel);
  size_t size = (size_t)(boot_code_end - boot_code_start);
  memcpy(machine_ram(m, BOOT_CODE, size), boot_code_start, size);
  acpi_write(m);
  return true;
}
