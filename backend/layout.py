"""Where things are in registers, frames and native structures: the contract of both compilers and the runtime.

Offsets and sizes are in bytes. See docs/architecture.md, "Machine state".
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.ops.traps import TRAP_REASONS as TRAP_REASONS  # what code hands to the runtime

# Registers, by their hardware numbers.
RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = range(16)

SCRATCH = R11  # never allocated
FLOAT_SCRATCH = 15  # xmm15, never allocated
INSTANCE = RSI  # at function entry only

OSR_VALUES = RAX  # code for on-stack replacement is entered with the address of 8-byte values here

INTEGER_ARGUMENTS = (RAX, RCX, RDX, RBX, RDI, R8, R9, R10)
FLOAT_ARGUMENTS = tuple(range(8))
INTEGER_RESULTS = (RAX, RCX)
FLOAT_RESULTS = (0, 1)
ALLOCATABLE_INTEGER = (RAX, RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R12, R13, R14, R15)
ALLOCATABLE_FLOAT = tuple(range(15))

# Frames: offsets from rbp.
FRAME_INSTANCE = -8
FRAME_FIRST_SLOT = -16  # slot i is at FRAME_FIRST_SLOT - 8 * i
FRAME_ARGUMENTS = 16  # stack argument i is at FRAME_ARGUMENTS + 8 * i


@dataclass(frozen=True, slots=True)
class Locations:
    """Where the parameters and the results of a signature are.

    Each location is ("r", number), ("x", number) or ("s", index): an integer register, a float register, or the index
    of an 8-byte stack argument (parameters) or of an 8-byte cell in the result area (results).
    """

    parameters: tuple[tuple[str, int], ...]
    results: tuple[tuple[str, int], ...]
    stack_arguments: int  # 8-byte cells, popped by the callee; even, so that tail calls keep the stack aligned
    stack_results: int  # 8-byte cells, reserved by the caller above the stack arguments


def _assign(
    is_float: list[bool], integers: tuple[int, ...], floats: tuple[int, ...]
) -> tuple[list[tuple[str, int]], int]:
    found: list[tuple[str, int]] = []
    used_integers = used_floats = stack = 0
    for floating in is_float:
        if floating and used_floats < len(floats):
            found.append(("x", floats[used_floats]))
            used_floats += 1
        elif not floating and used_integers < len(integers):
            found.append(("r", integers[used_integers]))
            used_integers += 1
        else:
            found.append(("s", stack))
            stack += 1
    return found, stack


def locations(parameters: list[bool], results: list[bool]) -> Locations:
    """The calling convention; each parameter and result is given as: is it a float?"""
    arguments, stack_arguments = _assign(parameters, INTEGER_ARGUMENTS, FLOAT_ARGUMENTS)
    stack_arguments += stack_arguments & 1
    values, stack_results = _assign(results, INTEGER_RESULTS, FLOAT_RESULTS)
    return Locations(tuple(arguments), tuple(values), stack_arguments, stack_results)


# The engine's context: at the start of the code space, reached relative to rip.
CONTEXT_STACK_LIMIT = 0x00  # polls compare rsp with it; all ones to interrupt
CONTEXT_REAL_LIMIT = 0x08  # the limit without an interrupt
CONTEXT_ENTRY_FRAME = 0x10  # rbp of the innermost entry frame
CONTEXT_TRAP_REASON = 0x18
CONTEXT_TRAP_PC = 0x20
CONTEXT_FRAME_COUNT = 0x28  # return addresses found by the last unwinding (may exceed what is kept)
CONTEXT_FRAME_TABLE = 0x38  # address of the table of frames
CONTEXT_EXIT_FRAME = 0x40  # where the innermost entry has left for Python: frames start there; else the entry frame
CONTEXT_FRAMES = 0x100  # the first BACKTRACE_LIMIT return addresses
BACKTRACE_LIMIT = 96
CONTEXT_SIZE = 0x1000

# Function records (funcrefs).
RECORD_SLOT = 0x00  # address of the entry slot
RECORD_INSTANCE = 0x08
RECORD_TYPE = 0x10  # u32 canonical type id of the engine, never 0
RECORD_INDEX = 0x14  # u32 function index in its module
RECORD_SIZE = 0x20

# Host functions: their native data starts as an instance's does.
HOST_CALLABLE = 0x08  # address of the callable that the trampoline calls
HOST_RECORD = 0x10
HOST_SLOT = HOST_RECORD + RECORD_SIZE  # the entry slot
HOST_SIZE = HOST_SLOT + 8

# References to objects: the address with the lowest bit set. An i31 has 2 * value + 1 in its upper half and 0 in the
# lower one, so that none is null; an external reference that is a number of the engine ends in EXTERNAL.
OBJECT_TAG = 1
I31_SHIFT = 33  # shift right by this: the value; the bit below is 1
EXTERNAL = 2  # of the lowest two bits
OBJECT_TYPE = 0x00  # u32 canonical type id of the engine
OBJECT_STATE = 0x04  # u8, of the collector; the three bytes beside it are the language's, or 0
OBJECT_HEADER = 8  # a struct's fields follow, each aligned to its size; an object's size is a multiple of 8
ARRAY_LENGTH = 0x08  # u32
ARRAY_ELEMENTS = 0x10

# Type records: immovable, at `heap_types` (a named word) + (id << TYPE_RECORD_SHIFT).
TYPE_RECORD_SHIFT = 9
TYPE_KIND = 0x00  # u32: 0, TYPE_STRUCT or TYPE_ARRAY
TYPE_SIZE = 0x04  # u32: bytes of an object, or of an element: 1, 2, 4, 8
TYPE_TRACE = 0x08  # u64: 0: no references; struct: address of u32s: how many, their offsets; array: 1
TYPE_DISPLAY = 0x10  # u32 at depth d: id of the supertype at depth d, its own id at its own depth; 0 below that
TYPE_HOLDS = 0x1E8  # u64: a word that the objects of the type hold together, or 0
TYPE_STRUCT = 1
TYPE_ARRAY = 2
DEEPEST_TYPE = 63

# Exceptions (exnref: the address of this record; null is 0).
EXCEPTION_TAG = 0x00  # the tag's identity, a number that no other one has
EXCEPTION_HANDLE = 0x08
EXCEPTION_PAYLOAD = 0x10  # cell i is at EXCEPTION_PAYLOAD + 8 * i

# A table's or memory's own native record; instances hold pointers to it.
TABLE_BASE = 0x00  # never moves: the range is reserved
TABLE_LENGTH = 0x08  # u64 entries; an entry is an 8-byte reference
MEMORY_START = 0x00  # never moves
MEMORY_BYTES = 0x08  # u64 current size in bytes

# Feedback inside the instance: a header per function, then one entry per call site in bytecode order.
FEEDBACK_BUDGET = 0x00  # i32, counts down to tier-up
FEEDBACK_INVOCATIONS = 0x04  # u32
FEEDBACK_HEADER = 0x10
FEEDBACK_TARGET = 0x00  # u64: 0, a function record, the address of a polymorphic block + POLYMORPHIC, or MEGAMORPHIC
FEEDBACK_COUNT = 0x08  # u64: all calls
FEEDBACK_ENTRY = 0x10
MEGAMORPHIC = 1
POLYMORPHIC = 2
POLYMORPHIC_TARGETS = 4  # of a block: pairs of u64 function record (0: free) and u64 count
POLYMORPHIC_BLOCK = 16 * POLYMORPHIC_TARGETS

# Instances.
INSTANCE_HANDLE = 0x00  # u64, address of the runtime's object that the native data belongs to, which is not held
INSTANCE_ARENA = 0x08  # u64, address of the next free polymorphic block; 0: there are none, sites become megamorphic
INSTANCE_DATA = 0x10  # u64, address of the records of data segments
INSTANCE_ELEMENTS = 0x18  # u64, and of element segments
INSTANCE_HEADER = 0x20

# What a segment has, where machine code reads it; a dropped one has nothing.
SEGMENT_ADDRESS = 0x00  # u64, of its contents: bytes, or words of 8 bytes
SEGMENT_LENGTH = 0x08  # u64, number of bytes, or of words
SEGMENT_RECORD = 0x10
