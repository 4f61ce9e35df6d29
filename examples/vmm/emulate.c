// SPDX-License-Identifier: MIT
// The instructions with which compilers and Linux reach device memory: MOV in all its forms, MOVZX and
// MOVSX, arithmetic and TEST with memory on one side, XCHG, NOT. (AMD64 Architecture Programmer's Manual,
// volume 3.) The packet has the address of the access, so only prefixes, opcode, the register and an
// immediate matter; the address bytes between need no decoding.

#include "emulate.h"

#include <string.h>

#define FLAG_CARRY (1ull << 0)
#define FLAG_WRITE (1ull << 1)  // of zx_vcpu_write_state: the flags are meant
#define FLAG_PARITY (1ull << 2)
#define FLAG_ADJUST (1ull << 4)
#define FLAG_ZERO (1ull << 6)
#define FLAG_SIGN (1ull << 7)
#define FLAG_OVERFLOW (1ull << 11)
#define FLAGS_OF_RESULT \
  (FLAG_CARRY | FLAG_PARITY | FLAG_ADJUST | FLAG_ZERO | FLAG_SIGN | FLAG_OVERFLOW)

// The eight operations of the opcodes 00 to 3f and 80 to 83, in the order of their numbers.
enum { OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP };

struct instruction {
  const uint8_t* end;    // of its bytes
  unsigned size;         // of the operands
  bool has_rex;
  unsigned reg;          // the number that ModRM and REX name
  const struct bus_ops* ops;
  void* device;
  uint64_t offset;
  zx_vcpu_state_t* state;
  struct emulation* result;
};

static uint64_t mask(unsigned size) {
  return size == 8 ? UINT64_MAX : (1ull << 8 * size) - 1;
}

static uint64_t sign_extended(uint64_t value, unsigned size) {
  uint64_t sign = 1ull << (8 * size - 1);
  return ((value & mask(size)) ^ sign) - sign;
}

static uint64_t load(struct instruction* i, unsigned size) {
  i->result->read = true;
  return i->ops->read(i->device, i->offset, size) & mask(size);
}

static void store(struct instruction* i, unsigned size, uint64_t value) {
  i->result->wrote = true;
  i->ops->write(i->device, i->offset, size, value & mask(size));
}

// --- Registers and immediates -------------------------------------------------------------------

static uint64_t* state_register(zx_vcpu_state_t* state, unsigned number) {
  uint64_t* const registers[16] = {
      &state->rax, &state->rcx, &state->rdx, &state->rbx, &state->rsp, &state->rbp,
      &state->rsi, &state->rdi, &state->r8,  &state->r9,  &state->r10, &state->r11,
      &state->r12, &state->r13, &state->r14, &state->r15};
  return registers[number & 15];
}

// Without REX, the byte registers 4 to 7 are AH, CH, DH and BH.
static bool is_high_byte(const struct instruction* i, unsigned size) {
  return size == 1 && !i->has_rex && i->reg >= 4 && i->reg < 8;
}

static uint64_t get_register(const struct instruction* i, unsigned size) {
  if (is_high_byte(i, size)) {
    return *state_register(i->state, i->reg - 4) >> 8 & 0xff;
  }
  return *state_register(i->state, i->reg) & mask(size);
}

// Writes of one and two bytes keep the rest of the register, of four bytes clear it.
static void set_register(struct instruction* i, unsigned size, uint64_t value) {
  i->result->changed = true;
  if (is_high_byte(i, size)) {
    uint64_t* reg = state_register(i->state, i->reg - 4);
    *reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
    return;
  }
  uint64_t* reg = state_register(i->state, i->reg);
  uint64_t kept = size < 4 ? ~mask(size) : 0;
  *reg = (*reg & kept) | (value & mask(size));
}

// The last bytes of the instruction: at most four, whose sign fills the operand.
static uint64_t immediate(const struct instruction* i, unsigned size) {
  unsigned bytes = size == 8 ? 4 : size;
  uint64_t value = 0;
  memcpy(&value, i->end - bytes, bytes);
  return sign_extended(value, bytes) & mask(size);
}

// --- Arithmetic ---------------------------------------------------------------------------------

static void set_flags(struct instruction* i, uint64_t flags) {
  i->state->rflags = (i->state->rflags & ~FLAGS_OF_RESULT) | flags | FLAG_WRITE;
  i->result->changed = true;
}

// The result of an operation; sets the flags.
static uint64_t compute(struct instruction* i, unsigned operation, unsigned size, uint64_t left,
                        uint64_t right) {
  uint64_t sign = 1ull << (8 * size - 1);
  uint64_t carry_in = i->state->rflags & FLAG_CARRY;
  uint64_t value = 0;
  uint64_t flags = 0;
  switch (operation) {
    case OP_ADD:
    case OP_ADC:
      carry_in = operation == OP_ADC ? carry_in : 0;
      value = (left + right + carry_in) & mask(size);
      flags |= value < left || (carry_in != 0 && value == left) ? FLAG_CARRY : 0;
      flags |= ~(left ^ right) & (left ^ value) & sign ? FLAG_OVERFLOW : 0;
      flags |= (left ^ right ^ value) & FLAG_ADJUST;
      break;
    case OP_SUB:
    case OP_SBB:
    case OP_CMP:
      carry_in = operation == OP_SBB ? carry_in : 0;
      value = (left - right - carry_in) & mask(size);
      flags |= left < right || (carry_in != 0 && left == right) ? FLAG_CARRY : 0;
      flags |= (left ^ right) & (left ^ value) & sign ? FLAG_OVERFLOW : 0;
      flags |= (left ^ right ^ value) & FLAG_ADJUST;
      break;
    case OP_OR:
      value = left | right;
      break;
    case OP_AND:
      value = left & right;
      break;
    case OP_XOR:
      value = left ^ right;
      break;
  }
  flags |= value == 0 ? FLAG_ZERO : 0;
  flags |= value & sign ? FLAG_SIGN : 0;
  flags |= __builtin_parity(value & 0xff) ? 0 : FLAG_PARITY;
  set_flags(i, flags);
  return value;
}

// Memory on the left: reads, and writes the result unless it is only compared.
static void operate_on_memory(struct instruction* i, unsigned operation, unsigned size,
                              uint64_t right) {
  uint64_t value = compute(i, operation, size, load(i, size), right);
  if (operation != OP_CMP) {
    store(i, size, value);
  }
}

static void operate_on_register(struct instruction* i, unsigned operation, unsigned size) {
  uint64_t value = compute(i, operation, size, get_register(i, size), load(i, size));
  if (operation != OP_CMP) {
    set_register(i, size, value);
  }
}

static void test(struct instruction* i, unsigned size, uint64_t right) {
  compute(i, OP_AND, size, load(i, size), right);
}

// --- Opcodes ------------------------------------------------------------------------------------

// Opcodes after 0f. The low bit says whether memory has one byte or two.
static bool run_two_byte(struct instruction* i, uint8_t opcode) {
  unsigned from = opcode & 1 ? 2 : 1;
  switch (opcode) {
    case 0xb6:  // MOVZX
    case 0xb7:
      set_register(i, i->size, load(i, from));
      return true;
    case 0xbe:  // MOVSX
    case 0xbf:
      set_register(i, i->size, sign_extended(load(i, from), from));
      return true;
    default:
      return false;
  }
}

// `group` is the register field of ModRM, where it chooses the operation.
static bool run_one_byte(struct instruction* i, uint8_t opcode, unsigned group) {
  unsigned size = opcode & 1 ? i->size : 1;
  if (opcode < 0x40 && (opcode & 7) < 4) {  // arithmetic with a register
    if (opcode & 2) {
      operate_on_register(i, opcode >> 3, size);
    } else {
      operate_on_memory(i, opcode >> 3, size, get_register(i, size));
    }
    return true;
  }
  switch (opcode) {
    case 0x63:  // MOVSXD
      set_register(i, i->size, sign_extended(load(i, 4), 4));
      return true;
    case 0x80:  // arithmetic with an immediate
    case 0x81:
      operate_on_memory(i, group, size, immediate(i, size));
      return true;
    case 0x83:
      operate_on_memory(i, group, size, sign_extended(i->end[-1], 1) & mask(size));
      return true;
    case 0x84:
    case 0x85:
      test(i, size, get_register(i, size));
      return true;
    case 0x86:  // XCHG
    case 0x87: {
      uint64_t old = load(i, size);
      store(i, size, get_register(i, size));
      set_register(i, size, old);
      return true;
    }
    case 0x88:  // MOV to memory
    case 0x89:
      store(i, size, get_register(i, size));
      return true;
    case 0x8a:  // MOV to a register
    case 0x8b:
      set_register(i, size, load(i, size));
      return true;
    case 0xa0:  // MOV between RAX and an address in the instruction
    case 0xa1:
      i->reg = 0;
      set_register(i, size, load(i, size));
      return true;
    case 0xa2:
    case 0xa3:
      i->reg = 0;
      store(i, size, get_register(i, size));
      return true;
    case 0xc6:  // MOV of an immediate
    case 0xc7:
      if (group != 0) {
        return false;
      }
      store(i, size, immediate(i, size));
      return true;
    case 0xf6:
    case 0xf7:
      if (group <= 1) {
        test(i, size, immediate(i, size));
        return true;
      }
      if (group == 2) {  // NOT
        store(i, size, ~load(i, size));
        return true;
      }
      return false;
    default:
      return false;
  }
}

static bool is_prefix(uint8_t byte) {
  switch (byte) {
    case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:  // segments
    case 0x66: case 0x67:                                              // sizes
    case 0xf0: case 0xf2: case 0xf3:                                   // LOCK, hints
      return true;
    default:
      return false;
  }
}

bool emulate(const zx_packet_guest_mem_t* mem, const struct bus_ops* ops, void* device,
             uint64_t offset, zx_vcpu_state_t* state, struct emulation* result) {
  *result = (struct emulation){.read = false};
  const uint8_t* next = mem->inst_buf;
  const uint8_t* end = mem->inst_buf + mem->inst_len;
  bool other_size = false;
  while (next < end && is_prefix(*next)) {
    other_size |= *next++ == 0x66;
  }
  uint8_t rex = 0;
  if (next < end && (*next & 0xf0) == 0x40) {  // INC and DEC of 32-bit code touch no memory
    rex = *next++;
  }
  bool two_bytes = next < end && *next == 0x0f;
  next += two_bytes;
  if (end - next < 2) {
    return false;
  }
  unsigned size = mem->default_operand_size;
  if (other_size) {
    size = size == 4 ? 2 : 4;
  }
  unsigned group = next[1] >> 3 & 7;
  struct instruction instruction = {
      .end = end,
      .size = rex & 8 ? 8 : size,
      .has_rex = rex != 0,
      .reg = group | (rex & 4) << 1,
      .ops = ops,
      .device = device,
      .offset = offset,
      .state = state,
      .result = result,
  };
  return two_bytes ? run_two_byte(&instruction, next[0])
                   : run_one_byte(&instruction, next[0], group);
}
