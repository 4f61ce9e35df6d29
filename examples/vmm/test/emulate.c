// SPDX-License-Identifier: MIT
// Compares emulate() with the processor: each instruction runs here on real memory, and there on a device that
// holds the same bytes. Registers, flags and memory must be the same afterwards.

#define _GNU_SOURCE 1
#include "../emulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FLAG_ADJUST (1ull << 4)
#define ARITHMETIC_FLAGS 0x8d5ull  // carry, parity, adjust, zero, sign, overflow

static uint8_t device_memory[8];

static uint64_t device_read(void* device, uint64_t offset, unsigned size) {
  (void)device;
  uint64_t value = UINT64_MAX;  // what lies above the size does not count
  memcpy(&value, device_memory + offset, size);
  return value;
}

static void device_write(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)device;
  memcpy(device_memory + offset, &value, size);
}

// --- The processor ------------------------------------------------------------------------------

// Code that loads RAX, RCX, RDX, RBX and the flags from the state at RDI, runs the instruction with RSI at the
// memory, and stores them again.
static const uint8_t before[] = {
    0x53,                    // push %rbx
    0x48, 0x8b, 0x07,        // mov (%rdi), %rax
    0x48, 0x8b, 0x4f, 0x08,  // mov 8(%rdi), %rcx
    0x48, 0x8b, 0x57, 0x10,  // mov 16(%rdi), %rdx
    0x48, 0x8b, 0x5f, 0x18,  // mov 24(%rdi), %rbx
    0xff, 0x77, 0x20,        // push 32(%rdi)
    0x9d,                    // popf
};
static const uint8_t after[] = {
    0x9c,                    // pushf
    0x8f, 0x47, 0x20,        // pop 32(%rdi)
    0x48, 0x89, 0x07,        // mov %rax, (%rdi)
    0x48, 0x89, 0x4f, 0x08,  // mov %rcx, 8(%rdi)
    0x48, 0x89, 0x57, 0x10,  // mov %rdx, 16(%rdi)
    0x48, 0x89, 0x5f, 0x18,  // mov %rbx, 24(%rdi)
    0x5b,                    // pop %rbx
    0xc3,                    // ret
};

struct registers {
  uint64_t rax, rcx, rdx, rbx, rflags;
};

static void run_here(uint8_t* code, const uint8_t* bytes, size_t size, struct registers* r,
                     uint8_t memory[8]) {
  memcpy(code, before, sizeof(before));
  memcpy(code + sizeof(before), bytes, size);
  memcpy(code + sizeof(before) + size, after, sizeof(after));
  void (*function)(struct registers*, uint8_t*);
  memcpy(&function, &code, sizeof(function));
  function(r, memory);
}

// --- Instructions -------------------------------------------------------------------------------

static uint64_t random64(void) {
  static uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// Numbers near the places where flags change, too.
static uint64_t interesting(void) {
  static const uint64_t corners[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
                                     0x80000000, 0xffffffff, INT64_MAX, 1ull << 63, UINT64_MAX};
  uint64_t number = random64();
  return number & 1 ? corners[(number >> 1) % (sizeof(corners) / sizeof(corners[0]))] : random64();
}

static unsigned failures;

static bool same(const struct registers* here, const zx_vcpu_state_t* state, uint64_t flags) {
  return here->rax == state->rax && here->rcx == state->rcx && here->rdx == state->rdx &&
         here->rbx == state->rbx && ((here->rflags ^ state->rflags) & flags) == 0;
}

static void compare(uint8_t* code, const uint8_t* bytes, size_t size, bool adjust_is_defined) {
  static const struct bus_ops ops = {.name = "test", .read = device_read, .write = device_write};
  // MOV and the like keep the flags, and then emulate() may, too.
  struct registers here = {interesting(), interesting(), interesting(), interesting(),
                           0x202 | (random64() & ARITHMETIC_FLAGS)};
  zx_vcpu_state_t state = {.rax = here.rax, .rcx = here.rcx, .rdx = here.rdx, .rbx = here.rbx,
                           .rflags = here.rflags};
  uint64_t content = interesting();
  uint8_t memory[8];
  memcpy(memory, &content, sizeof(memory));
  memcpy(device_memory, &content, sizeof(device_memory));

  zx_packet_guest_mem_t mem = {.inst_len = (uint8_t)size, .default_operand_size = 4};
  memcpy(mem.inst_buf, bytes, size);
  struct emulation done;
  bool known = emulate(&mem, &ops, NULL, 0, &state, &done);
  run_here(code, bytes, size, &here, memory);
  uint64_t flags = adjust_is_defined ? ARITHMETIC_FLAGS : ARITHMETIC_FLAGS & ~FLAG_ADJUST;
  if (known && same(&here, &state, flags) && memcmp(memory, device_memory, sizeof(memory)) == 0) {
    return;
  }
  if (failures++ < 10) {
    printf("FAIL emulate:");
    for (size_t i = 0; i < size; i++) {
      printf(" %02x", bytes[i]);
    }
    printf("%s\n", known ? " differs" : " is not known");
  }
}

// All sizes, prefixes and registers of one opcode. `group` is the ModRM field of opcodes that have one there, or -1.
static void try_opcode(uint8_t* code, const uint8_t* opcode, size_t opcode_size, int group,
                       size_t immediate, bool adjust_is_defined) {
  static const uint8_t prefixes[][2] = {{0}, {0x66}, {0x48}, {0x40}};
  for (unsigned p = 0; p < 4; p++) {
    for (unsigned reg = 0; reg < (group < 0 ? 8 : 1); reg++) {
      bool wide = prefixes[p][0] == 0x48;
      bool bytes_only = !(opcode[opcode_size - 1] & 1);
      if (group < 0 && reg >= 4 && (!bytes_only || opcode_size == 2 || prefixes[p][0] >= 0x40)) {
        continue;  // RSP, RBP, RSI, RDI: they hold what this test needs
      }
      uint8_t bytes[15];
      size_t size = 0;
      if (prefixes[p][0] != 0) {
        bytes[size++] = prefixes[p][0];
      }
      memcpy(bytes + size, opcode, opcode_size);
      size += opcode_size;
      bytes[size++] = (uint8_t)((group < 0 ? reg : (unsigned)group) << 3 | 6);  // (%rsi)
      size_t count = immediate == 4 && prefixes[p][0] == 0x66 ? 2 : immediate;
      uint64_t value = wide ? random64() : interesting();
      memcpy(bytes + size, &value, count);
      size += count;
      compare(code, bytes, size, adjust_is_defined);
    }
  }
}

static void try_everything(uint8_t* code) {
  enum { ADD = 0, ADC = 2, SBB = 3, SUB = 5, CMP = 7 };
  for (uint8_t operation = 0; operation < 8; operation++) {
    bool adjust = operation == ADD || operation == ADC || operation == SBB || operation == SUB ||
                  operation == CMP;
    for (uint8_t form = 0; form < 4; form++) {
      try_opcode(code, (uint8_t[]){(uint8_t)(operation << 3 | form)}, 1, -1, 0, adjust);
    }
    try_opcode(code, (uint8_t[]){0x80}, 1, operation, 1, adjust);
    try_opcode(code, (uint8_t[]){0x81}, 1, operation, 4, adjust);
    try_opcode(code, (uint8_t[]){0x83}, 1, operation, 1, adjust);
  }
  for (uint8_t opcode = 0x84; opcode <= 0x8b; opcode++) {  // TEST, XCHG, MOV
    try_opcode(code, &opcode, 1, -1, 0, opcode >= 0x86);
  }
  try_opcode(code, (uint8_t[]){0x63}, 1, -1, 0, true);
  try_opcode(code, (uint8_t[]){0xc6}, 1, 0, 1, true);
  try_opcode(code, (uint8_t[]){0xc7}, 1, 0, 4, true);
  try_opcode(code, (uint8_t[]){0xf6}, 1, 0, 1, false);
  try_opcode(code, (uint8_t[]){0xf7}, 1, 0, 4, false);
  try_opcode(code, (uint8_t[]){0xf6}, 1, 2, 0, true);
  try_opcode(code, (uint8_t[]){0xf7}, 1, 2, 0, true);
  for (uint8_t opcode = 0xb6; opcode <= 0xbf; opcode++) {  // MOVZX, MOVSX
    if (opcode <= 0xb7 || opcode >= 0xbe) {
      try_opcode(code, (uint8_t[]){0x0f, opcode}, 2, -1, 0, true);
    }
  }
}

int main(void) {
  uint8_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) {
    perror("mmap");
    return 1;
  }
  for (int round = 0; round < 200; round++) {
    try_everything(code);
  }
  munmap(code, 4096);
  if (failures == 0) {
    printf("PASS emulate: the same as the processor\n");
  }
  return failures != 0;
}
