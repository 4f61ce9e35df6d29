// SPDX-License-Identifier: MIT
// What the guests of the fuzzer execute. A mode for the first VCPU and one for the
// others, then code that is made of instructions which access odd places, of those
// that hypervisors care about, and of plain noise.

#include "fuzz.h"

#include <string.h>

// The ways into the modes. Each ends at CODE; what is written as absolute is where
// fuzz_fill puts it.
__asm__(
    ".pushsection .rodata\n"
    ".macro BLOB name, bits\n .balign 16\n .code\\bits\n \\name\\()_start:\n .endm\n"
    ".macro END name\n \\name\\()_end:\n .code64\n .endm\n"
    "BLOB fz_long, 64\n"
    "  movl $0x620, %eax\n movq %rax, %cr4\n movl $0x38000, %esp\n"
    "  lgdt 0x8f00\n lidt 0x8f10\n movl $0x48, %eax\n ltr %ax\n movl $0x10000, %ebp\n"
    "  jmpq *%rbp\n"
    "END fz_long\n"
    "BLOB fz_user, 64\n"
    "  movl $0x620, %eax\n movq %rax, %cr4\n movl $0x38000, %esp\n"
    "  lgdt 0x8f00\n lidt 0x8f10\n movl $0x48, %eax\n ltr %ax\n"
    "  pushq $0x2b\n pushq $0x37000\n pushq $0x202\n pushq $0x33\n pushq $0x10000\n iretq\n"
    "END fz_user\n"
    "BLOB fz_user32, 64\n"
    "  movl $0x620, %eax\n movq %rax, %cr4\n movl $0x38000, %esp\n"
    "  lgdt 0x8f00\n lidt 0x8f10\n movl $0x48, %eax\n ltr %ax\n"
    "  pushq $0x2b\n pushq $0x37000\n pushq $0x202\n pushq $0x23\n pushq $0x10000\n iretq\n"
    "END fz_user32\n"
    "BLOB fz_compat32, 64\n"
    "  movl $0x620, %eax\n movq %rax, %cr4\n movl $0x38000, %esp\n"
    "  lgdt 0x8f00\n lidt 0x8f10\n movl $0x48, %eax\n ltr %ax\n"
    "  pushq $0x08\n pushq $0x10000\n lretq\n"
    "END fz_compat32\n"
    "BLOB fz_real, 16\n"
    "  xorw %ax, %ax\n movw %ax, %ds\n movw %ax, %es\n movw %ax, %ss\n movw $0x8000, %sp\n"
    "  ljmpw $0x1000, $0\n"
    "END fz_real\n"
    "BLOB fz_protected, 16\n"
    "  xorw %ax, %ax\n movw %ax, %ds\n lgdtl 0x8f00\n lidtl 0x8f20\n movl $0x11, %eax\n movl %eax, %cr0\n"
    "  ljmpl $0x08, $0xd000\n"
    "END fz_protected\n"
    "BLOB fz_protected32, 32\n"
    "  movl $0x18, %eax\n movl %eax, %ds\n movl %eax, %es\n movl %eax, %ss\n movl $0x38000, %esp\n"
    "  movl $0x610, %eax\n movl %eax, %cr4\n movl $0x10000, %ebp\n jmpl *%ebp\n"
    "END fz_protected32\n"
    "BLOB fz_paged32, 32\n"
    "  movl $0x18, %eax\n movl %eax, %ds\n movl %eax, %es\n movl %eax, %ss\n movl $0x38000, %esp\n"
    "  movl $0x610, %eax\n movl %eax, %cr4\n movl $0x5000, %eax\n movl %eax, %cr3\n"
    "  movl $0x80000011, %eax\n movl %eax, %cr0\n movl $0x10000, %ebp\n jmpl *%ebp\n"
    "END fz_paged32\n"
    "BLOB fz_pae32, 32\n"
    "  movl $0x18, %eax\n movl %eax, %ds\n movl %eax, %es\n movl %eax, %ss\n movl $0x38000, %esp\n"
    "  movl $0x620, %eax\n movl %eax, %cr4\n movl $0x6000, %eax\n movl %eax, %cr3\n"
    "  movl $0x80000011, %eax\n movl %eax, %cr0\n movl $0x10000, %ebp\n jmpl *%ebp\n"
    "END fz_pae32\n"
    ".purgem BLOB\n.purgem END\n"
    ".popsection\n");

#define BLOB(name) extern const uint8_t name##_start[], name##_end[]
BLOB(fz_long);
BLOB(fz_user);
BLOB(fz_user32);
BLOB(fz_compat32);
BLOB(fz_real);
BLOB(fz_protected);
BLOB(fz_protected32);
BLOB(fz_paged32);
BLOB(fz_pae32);

typedef struct blob {
  const uint8_t *start, *end;
  int bits;
} blob_t;

#define IS(name, bits) {name##_start, name##_end, bits}
static const blob_t boot_modes[] = {IS(fz_long, 64), IS(fz_long, 64), IS(fz_user, 64),
                                    IS(fz_user32, 32), IS(fz_compat32, 32)};
static const blob_t protected_modes[] = {IS(fz_protected32, 32), IS(fz_paged32, 32),
                                         IS(fz_pae32, 32)};

static const uint32_t msrs[] = {
    0x10,       0x11,       0x12,       0x17,       0x1b,       0x34,       0x3a,       0x3b,
    0x48,       0x49,       0x8b,       0xfe,       0x174,      0x175,      0x176,      0x179,
    0x17a,      0x1a0,      0x1d9,      0x200,      0x250,      0x277,      0x2ff,      0x38f,
    0x480,      0x606,      0x6e0,      0x802,      0x803,      0x808,      0x80b,      0x80f,
    0x828,      0x82f,      0x830,      0x832,      0x835,      0x838,      0x839,      0x83e,
    0x83f,      0xda0,      0x4b564d00, 0x4b564d01, 0x4b564d02, 0xc0000080, 0xc0000081, 0xc0000082,
    0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103, 0xc0000104, 0xc0010015,
    0xc0010114, 0xc0010117, 0xc001011f, 0xc0011029};

typedef struct writer {
  uint8_t* at;
  uint8_t* end;
  int bits;
  rng_t* r;
} writer_t;

static void put(writer_t* w, const void* bytes, size_t n) {
  if ((size_t)(w->end - w->at) < n) n = (size_t)(w->end - w->at);
  memcpy(w->at, bytes, n);
  w->at += n;
}

static void put8(writer_t* w, uint32_t byte) {
  const uint8_t b = (uint8_t)byte;
  put(w, &b, 1);
}

static void put32(writer_t* w, uint64_t value) {
  const uint32_t v = (uint32_t)value;
  put(w, &v, 4);
}

#define PUT(w, text) put(w, text, sizeof(text) - 1)

uint64_t fuzz_address(rng_t* r) {
  static const uint64_t places[] = {DATA,
                                    STACK,
                                    CODE,
                                    READ_ONLY,
                                    READ_ONLY + READ_ONLY_BYTES,
                                    MEM_TRAP,
                                    MEM_TRAP + MEM_TRAP_BYTES,
                                    BELL_TRAP,
                                    HOLE,
                                    CHANGING,
                                    CHANGING + CHANGING_BYTES,
                                    GDT,
                                    IDT,
                                    PT_LOW,
                                    PT_MIX,
                                    RAM_BYTES,
                                    0xfee00000,
                                    0xfffff000};
  const uint64_t place = places[rng_below(r, COUNT(places))];
  switch (rng_below(r, 4)) {
    case 0: return place - rng_below(r, 16);
    case 1: return place + PAGE - rng_below(r, 16);
    default: return place + rng_below(r, 0x1000);
  }
}

// A register becomes a number.
static void put_load(writer_t* w, uint32_t reg, uint64_t value) {
  if (w->bits == 16) put8(w, 0x66);
  put8(w, 0xb8 + (reg & 7));
  put32(w, value);
}

// [reg] with a random form of it.
static void put_modrm(writer_t* w, uint32_t reg) {
  const uint32_t mod = rng_below(w->r, 3), op = rng_below(w->r, 8);
  if (w->bits == 16) put8(w, 0x67);
  put8(w, mod << 6 | op << 3 | reg);
  if (mod == 1) put8(w, rng_below(w->r, 256));
  if (mod == 2) put32(w, rng_below(w->r, 64));
}

static void put_access(writer_t* w) {
  static const uint8_t one[] = {0x88, 0x89, 0x8a, 0x8b, 0xc6, 0xc7, 0x00, 0x01, 0x03, 0x09, 0x11,
                                0x19, 0x21, 0x29, 0x31, 0x39, 0x3b, 0x80, 0x81, 0x83, 0x86, 0x87,
                                0xc0, 0xc1, 0xd1, 0xd3, 0xf6, 0xf7, 0xfe, 0xff, 0x8f, 0x8c, 0x8e,
                                0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x62, 0x63, 0x69};
  static const uint8_t two[] = {0x00, 0x01, 0x10, 0x11, 0x28, 0x29, 0x6f, 0x7f, 0xae, 0xb6,
                                0xb7, 0xbe, 0xa3, 0xab, 0xb3, 0xbb, 0xba, 0xb0, 0xb1, 0xc0,
                                0xc1, 0xc3, 0xc7, 0xa4, 0xa5, 0xac, 0xad, 0x42, 0x94, 0xd6,
                                0xe7, 0x2b, 0x18, 0x1f, 0x0d, 0xaf, 0xbc, 0xbd, 0xb2, 0x16};
  static const uint8_t regs[] = {0, 1, 2, 3, 6, 7};
  const uint32_t reg = regs[rng_below(w->r, COUNT(regs))];
  put_load(w, reg, fuzz_address(w->r));
  static const uint8_t prefixes[] = {0x66, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x2e};
  if (w->bits == 16 && rng_one_in(w->r, 2)) put8(w, 0x66);
  for (int i = 0; i < 2 && rng_one_in(w->r, 3); i++) put8(w, prefixes[rng_below(w->r, 7)]);
  // The form of 16 bits needs its prefix in front of the opcode.
  const bool narrow = w->bits == 16;
  if (narrow) put8(w, 0x67);
  if (w->bits == 64 && rng_one_in(w->r, 2)) put8(w, 0x48 | (rng_below(w->r, 2) << 2));
  const int bits = w->bits;
  if (narrow) w->bits = 32;
  if (rng_one_in(w->r, 2)) {
    put8(w, one[rng_below(w->r, COUNT(one))]);
  } else if (rng_one_in(w->r, 12)) {
    put8(w, 0xc5);
    put8(w, 0x80 | rng_below(w->r, 128));
    put8(w, two[rng_below(w->r, COUNT(two))]);
  } else {
    put8(w, 0x0f);
    put8(w, two[rng_below(w->r, COUNT(two))]);
  }
  put_modrm(w, reg);
  w->bits = bits;
  if (rng_one_in(w->r, 3)) put32(w, rng_next(w->r));
}

static void put_string(writer_t* w) {
  static const uint8_t strings[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad,
                                    0xae, 0xaf, 0x6c, 0x6d, 0x6e, 0x6f};
  put_load(w, 6, fuzz_address(w->r));
  put_load(w, 7, fuzz_address(w->r));
  put_load(w, 1, rng_below(w->r, 20));
  put_load(w, 2, FIRST_PORT + rng_below(w->r, PORTS + 4));
  if (rng_one_in(w->r, 4)) put8(w, rng_one_in(w->r, 2) ? 0xfd : 0xfc);
  if (w->bits == 16 && rng_one_in(w->r, 2)) put8(w, 0x67);
  if (rng_one_in(w->r, 2)) put8(w, rng_one_in(w->r, 2) ? 0xf3 : 0xf2);
  if (rng_one_in(w->r, 4)) put8(w, 0x66);
  put8(w, strings[rng_below(w->r, COUNT(strings))]);
}

static void put_stack(writer_t* w) {
  put_load(w, 4, fuzz_address(w->r));
  switch (rng_below(w->r, 10)) {
    case 0: put8(w, 0x50 + rng_below(w->r, 8)); break;
    case 1: put8(w, 0x58 + rng_below(w->r, 8)); break;
    case 2: PUT(w, "\xc8\x10\0\0"); break;
    case 3: PUT(w, "\xc9"); break;
    case 4: PUT(w, "\xe8\0\0\0\0"); break;
    case 5: PUT(w, "\x9c"); break;
    case 6: PUT(w, "\x9d"); break;
    case 7: PUT(w, "\xcd\x20"); break;
    case 8: PUT(w, "\x60"); break;
    default: PUT(w, "\xff\xd0"); break;
  }
  if (!rng_one_in(w->r, 8)) put_load(w, 4, STACK);
}

static void put_msr(writer_t* w) {
  put_load(w, 1, rng_one_in(w->r, 20) ? rng_next(w->r) : msrs[rng_below(w->r, COUNT(msrs))]);
  const uint64_t values[] = {0, 1, 0x20, 0x10040, 0x20041, 0x40042, 0xc0066, 0x400, 0x699, 1000};
  put_load(w, 0, rng_one_in(w->r, 4) ? rng_next(w->r) : values[rng_below(w->r, COUNT(values))]);
  put_load(w, 2, rng_one_in(w->r, 4) ? rng_below(w->r, 5) : 0);
  put(w, rng_one_in(w->r, 3) ? "\x0f\x32" : "\x0f\x30", 2);
}

static void put_control(writer_t* w) {
  const uint64_t values[] = {0x80000011, 0x11, 0x10, 0x80010031, 0x620, 0x20, 0x610, 0, 0x1000,
                             0x5000, 0x6000};
  put_load(w, 0, rng_one_in(w->r, 6) ? rng_next(w->r) : values[rng_below(w->r, COUNT(values))]);
  static const uint8_t names[] = {0, 2, 3, 4, 8, 0, 3, 4};
  const uint32_t cr = names[rng_below(w->r, COUNT(names))];
  if (cr == 8 && w->bits == 64) put8(w, 0x44);
  put8(w, 0x0f);
  put8(w, (rng_one_in(w->r, 8) ? 0x21 : 0x20) + 2 * !rng_one_in(w->r, 3));
  put8(w, 0xc0 | (cr & 7) << 3);
}

// What hypervisors and kernels care about.
static void put_system(writer_t* w) {
  static const struct {
    const char* bytes;
    uint8_t size;
  } all[] = {{"\x0f\xa2", 2},         {"\x0f\x31", 2},     {"\x0f\x01\xf9", 3},
             {"\xfb\xf4", 2},         {"\xf3\x90", 2},     {"\x0f\x01\xc1", 3},
             {"\x0f\x01\xd9", 3},     {"\x0f\x01\xd8", 3}, {"\x0f\x01\xdf", 3},
             {"\x0f\x08", 2},         {"\x0f\x09", 2},     {"\x0f\x05", 2},
             {"\x0f\x07", 2},         {"\x48\x0f\x07", 3}, {"\x0f\x34", 2},
             {"\x0f\x35", 2},         {"\xcf", 1},         {"\x48\xcf", 2},
             {"\xcb", 1},             {"\xcc", 1},         {"\xf1", 1},
             {"\xce", 1},             {"\x0f\x0b", 2},     {"\xfa", 1},
             {"\xfb", 1},             {"\x0f\x06", 2},     {"\x0f\x01\xf0", 3},
             {"\x0f\x01\xd0", 3},     {"\x0f\x01\xd1", 3}, {"\x0f\x01\xc8", 3},
             {"\x0f\x01\xc9", 3},     {"\x0f\x01\xfa", 3}, {"\x0f\x01\xfb", 3},
             {"\x0f\x01\xfc", 3},     {"\x0f\x01\xfd", 3}, {"\x0f\x01\xf8", 3},
             {"\x0f\xaa", 2},         {"\x0f\x33", 2},     {"\x0f\x37", 2},
             {"\x0f\xc7\xf0", 3},     {"\x0f\x01\xd4", 3}, {"\x0f\x01\xda", 3},
             {"\x0f\x01\xdc", 3},     {"\x0f\x01\xde", 3}, {"\x0f\x77", 2},
             {"\x9b\xdb\xe3", 3},     {"\xe4\x10", 2},     {"\xe6\x11", 2},
             {"\xe5\x12", 2},         {"\xe7\x4e", 2},     {"\xec", 1},
             {"\xed", 1},             {"\xee", 1},         {"\xef", 1},
             {"\x66\xef", 2},         {"\xcd\x03", 2},     {"\xcd\x80", 2},
             {"\x0f\x00\xd8", 3},     {"\x0f\x00\xd0", 3}, {"\x8e\xd8", 2},
             {"\x8e\xd0", 2},         {"\x9d", 1},         {"\x0f\xae\xf0", 3},
             {"\xf3\x0f\xae\xd0", 4}, {"\xd9\xe8", 2},     {"\xdd\x1c\x24", 3}};
  const uint32_t which = rng_below(w->r, COUNT(all));
  put(w, all[which].bytes, all[which].size);
}

static void put_code(writer_t* w) {
  uint8_t* start = w->at;
  while (w->end - w->at > 64) {
    switch (rng_below(w->r, 16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: put_access(w); break;
      case 6:
      case 7: put_string(w); break;
      case 8: put_stack(w); break;
      case 9:
      case 10: put_msr(w); break;
      case 11: put_control(w); break;
      case 12: {  // another way to a page
        put_load(w, 3, rng_one_in(w->r, 2) ? PT_MIX + 8 * rng_below(w->r, 64) : fuzz_address(w->r));
        put_load(w, 0, rng_next(w->r));
        PUT(w, "\x89\x03\x0f\x01\x3b");
        break;
      }
      case 13: {
        const uint64_t noise = rng_next(w->r);
        put(w, &noise, 1 + rng_below(w->r, 8));
        break;
      }
      default: put_system(w); break;
    }
  }
  // From the start again.
  put8(w, 0xe9);
  const int64_t back = start - (w->at + (w->bits == 16 ? 2 : 4));
  put(w, &back, w->bits == 16 ? 2 : 4);
}

static void poke64(uint8_t* ram, uint64_t at, uint64_t value) { memcpy(ram + at, &value, 8); }
static void poke32(uint8_t* ram, uint64_t at, uint64_t value) { memcpy(ram + at, &value, 4); }

static void fill_tables(uint8_t* ram, rng_t* r) {
  poke64(ram, PML4, PDPT | 7);
  poke64(ram, PML4 + 511 * 8, PDPT | 7);
  for (int i = 0; i < 4; i++) poke64(ram, PDPT + 8 * (uint64_t)i, PD | 7);
  for (uint64_t i = 0; i < 512; i++) {
    poke64(ram, PD + 8 * i, i << 21 | 0x87);
    poke64(ram, PT_LOW + 8 * i, i << 12 | 7);
    poke64(ram, PT_MIX + 8 * i, (MIX + (i << 12)) | 7);
  }
  poke64(ram, PD, PT_LOW | 7);
  poke64(ram, PD + 8 * (MIX >> 21), PT_MIX | 7);
  for (uint64_t i = 0; i < 1024; i++) poke32(ram, PD_32 + 4 * i, i << 22 | 0x87);
  for (uint64_t i = 0; i < 4; i++) poke64(ram, PDPT_PAE + 8 * i, PD | 1);
  // Now and then tables are not what they should be.
  for (int i = 0; rng_one_in(r, 3) && i < 20; i++) {
    static const uint64_t tables[] = {PML4, PDPT, PD, PT_LOW, PT_MIX, PT_MIX, PD_32, PDPT_PAE};
    const uint64_t table = tables[rng_below(r, COUNT(tables))];
    const uint64_t entry = rng_one_in(r, 2) ? rng_next(r) : fuzz_address(r) | rng_below(r, 0x200);
    poke64(ram, table + 8 * rng_below(r, 512), entry);
  }
}

static void fill_descriptors(uint8_t* ram, rng_t* r) {
  static const uint64_t gdt[] = {0,
                                 0x00cf9a000000ffff,
                                 0x00af9a000000ffff,
                                 0x00cf92000000ffff,
                                 0x00cffa000000ffff,
                                 0x00cff2000000ffff,
                                 0x00affa000000ffff,
                                 0x00cff2000000ffff,
                                 0x008f9a000000ffff,
                                 0x0000890000000067 | TSS << 16,
                                 0};
  for (size_t i = 0; i < COUNT(gdt); i++) poke64(ram, GDT + 8 * i, gdt[i]);
  poke64(ram, GDT_POINTER, (sizeof(gdt) - 1) | GDT << 16);
  poke64(ram, IDT_POINTER, 0xfff | IDT << 16);
  poke64(ram, IDT_POINTER_32, 0x7ff | IDT_32 << 16);
  poke64(ram, TSS + 4, STACK);
  poke64(ram, TSS + 36, STACK);
  for (uint64_t v = 0; v < 256; v++) {
    // OUT; stack; back into the code.
    writer_t w = {ram + HANDLERS + 32 * v, ram + HANDLERS + 32 * v + 32, 64, r};
    put8(&w, 0xe6);
    put8(&w, FIRST_PORT + 3);
    put_load(&w, 4, STACK);
    put_load(&w, 5, CODE + rng_below(r, 0x400));
    PUT(&w, "\xff\xe5");
    const uint64_t handler = rng_one_in(r, 40) ? fuzz_address(r) : HANDLERS + 32 * v;
    // Mostly with a stack of its own.
    const uint64_t gate = rng_one_in(r, 10) ? 0x8e00 : 0x8e01;
    const uint64_t address = (handler & 0xffff) | (handler >> 16 & 0xffff) << 48;
    poke64(ram, IDT + 16 * v, address | 0x10 << 16 | gate << 32);
    poke64(ram, IDT + 16 * v + 8, 0);
    poke64(ram, IDT_32 + 8 * v, address | 0x08 << 16 | 0x8e00ull << 32);
  }
}

void fuzz_fill(uint8_t* ram, rng_t* r) {
  memset(ram, 0, HANDLERS);
  for (uint64_t i = 0; i < 100; i++) poke64(ram, 8 * rng_below(r, RAM_BYTES / 8), rng_next(r));
  const blob_t* boot = &boot_modes[rng_below(r, COUNT(boot_modes))];
  const blob_t* other = &protected_modes[rng_below(r, COUNT(protected_modes))];
  const bool real = rng_one_in(r, 3);
  fill_tables(ram, r);
  fill_descriptors(ram, r);
  memcpy(ram + BSP_START, boot->start, (size_t)(boot->end - boot->start));
  const uint8_t* start = real ? fz_real_start : fz_protected_start;
  const uint8_t* end = real ? fz_real_end : fz_protected_end;
  memcpy(ram + AP_START, start, (size_t)(end - start));
  memcpy(ram + AP_PROTECTED, other->start, (size_t)(other->end - other->start));
  // All VCPUs run the same, whatever it means to them.
  const int bits = real && rng_one_in(r, 2) ? 16 : boot->bits;
  writer_t w = {ram + CODE, ram + CODE + 128 + rng_below(r, CODE_BYTES - 128), bits, r};
  put_code(&w);
}
