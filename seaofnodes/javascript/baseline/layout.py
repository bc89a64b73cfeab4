"""Where machine code of the first tier has things, in bytes: frames, records of functions, feedback.

A frame's bytecode register k is at [rbp + 8 * k] (bytecode/registers.py), as in V8: r0 at rbp-56, the context at rbp-8,
the closure at rbp-16; the receiver, which the caller stores, at rbp+16, and the arguments above it.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.bytecode.registers import CLOSURE, CONTEXT

# Registers of the frame that bytecode does not name.
ARGUMENT_COUNT: Final = -3  # with the receiver; a plain number
NEW_TARGET: Final = -4
ACCUMULATOR: Final = -5  # while something is called
SPARE: Final = -6
FIXED_REGISTERS: Final = 6
FIXED_REFERENCES: Final = tuple(8 * number for number in (CONTEXT, CLOSURE, NEW_TARGET, ACCUMULATOR, SPARE))

# A function's record: in the data pages of the code space, one for each SharedFunctionInfo.
RECORD_ENTRY: Final = 0x00  # address of its code
RECORD_PARAMETERS: Final = 0x08  # u32: formal parameters with the receiver
RECORD_FUNCTION: Final = 0x0C  # u32: index of its SharedFunctionInfo
RECORD_BUDGET: Final = 0x10  # what is left before the function is looked at by the next tier
RECORD_CALLS: Final = 0x18  # invocations
RECORD_CONSTRUCT: Final = 0x20  # address of the code that constructs, with new.target in rdx
RECORD_WORDS: Final = 5

# Feedback: 16 bytes for each slot of the bytecode, then 16 for each comparison, in bytecode order.
FEEDBACK_SLOT: Final = 16

# Of an operation: bytes that say what has been seen.
SEEN_SMI: Final = 0  # stored by inline code: 1
SEEN_OTHER: Final = 1  # bits of operations/feedback

# Of a load or store of a property: the map that inline code knows, where the field is, then the stub's table.
CACHE_MAP: Final = 0  # u32 type id; 0: none
CACHE_OFFSET: Final = 4  # i32, from the tagged word
CACHE_TABLE: Final = 8  # u64: address of an inline-cache table; 0: none yet; MEGAMORPHIC
MEGAMORPHIC: Final = 1

# An inline-cache table: entries of 32 bytes, in the data pages of the code space; one without a map ends it.
ENTRY_MAP: Final = 0  # u32 type id
ENTRY_HANDLER: Final = 4  # u32, below
ENTRY_PLACE: Final = 8
ENTRY_EPOCH: Final = 16  # in which it has been found out; not looked at for FIELD and SLOT
ENTRY_NEW_MAP: Final = 24  # u32 type id, of ADD_FIELD and ADD_SLOT
ENTRY_SHIFT: Final = 5
MOST_ENTRIES: Final = 4  # of a polymorphic site

# Handlers. PLACE is:
FIELD: Final = 0  # the offset in the object, from the tagged word
SLOT: Final = 1  # the offset in its PropertyArray, from the tagged word
CELL: Final = 2  # the address of the value, in a prototype; in the epoch
ABSENT: Final = 3  # nothing: the value is undefined; in the epoch
LENGTH: Final = 4  # nothing: a string's length
ADD_FIELD: Final = 5  # as FIELD, and the object gets a new map; in the epoch
ADD_SLOT: Final = 6  # as SLOT; likewise

# The megamorphic cache: entries as in a table, with the key behind, two to a set; found by map and key.
MEGA_KEY: Final = 32
MEGA_SHIFT: Final = 6
MEGA_BITS: Final = 10  # of the number of sets
MEGA_FACTOR: Final = 0x9E3779B1 - (1 << 32)  # Knuth, "The Art of Computer Programming", 6.4

# Of a load or store of an element: CACHE_MAP, then bits that a stored word must not have (1: it must be a Smi).
CACHE_FORBIDDEN: Final = 4

# Of a load of a global variable: where its value is, and the epoch in which that has been found out.
CELL_ADDRESS: Final = 0
CELL_EPOCH: Final = 8

# Of a call: the record of the function that has been called, 1 once there have been two; how often there was a call.
CALL_TARGET: Final = 0
CALL_COUNT: Final = 8

# Of what makes objects: the one that is copied, 0 if there is none; its size.
CLONE_MODEL: Final = 0
CLONE_SIZE: Final = 8
