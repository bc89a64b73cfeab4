"""Conditions: comparisons that set flags for the branch, trap, select or set instruction right after them.

A condition code is x86's ("E", "B", "LE", ...); or "FE": equal and not unordered, or its negation "FNE", which two
flags tell.
"""

from __future__ import annotations

from seaofnodes.backend.select.constants import float_bytes, immediate, word
from seaofnodes.backend.select.memory_operands import memory_operand
from seaofnodes.backend.select.operands import is_load, memory_or_constant
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m

NEGATED = {
    "E": "NE", "NE": "E", "B": "AE", "AE": "B", "BE": "A", "A": "BE", "L": "GE", "GE": "L", "LE": "G", "G": "LE",
    "S": "NS", "NS": "S", "FE": "FNE", "FNE": "FE",
}  # fmt: skip
_SWAPPED = {
    "E": "E",
    "NE": "NE",
    "B": "A",
    "A": "B",
    "BE": "AE",
    "AE": "BE",
    "L": "G",
    "G": "L",
    "LE": "GE",
    "GE": "LE",
}

_WORD_COMPARISONS = {
    name: (code, width)
    for width in (32, 64)
    for name, code in (
        (f"Word{width}Equal", "E"),
        (f"Int{width}LessThan", "L"),
        (f"Int{width}LessThanOrEqual", "LE"),
        (f"Uint{width}LessThan", "B"),
        (f"Uint{width}LessThanOrEqual", "BE"),
    )
} | {"ReferenceEqual": ("E", 64)}
# a < b is b > a: "above" is false when unordered
_FLOAT_COMPARISONS = {
    name: (code, suffix)
    for type, suffix in (("Float32", "SS"), ("Float64", "SD"))
    for name, code in ((f"{type}Equal", "FE"), (f"{type}LessThan", "A"), (f"{type}LessThanOrEqual", "AE"))
}

# Operators whose instruction sets ZF and SF by its result, and those that also clear OF and CF.
_SETS_FLAGS = {
    f"{name.replace('?', str(width))}": width
    for width in (32, 64)
    for name in ("Int?Add", "Int?Sub", "Word?And", "Word?Or", "Word?Xor")
}
_LOGIC = frozenset(name for name in _SETS_FLAGS if name.startswith("Word"))


def condition(s: Selector, node: Node) -> str:
    """Emit what sets the flags; gives the code of the condition that `node` is not zero. `node` is an input of the
    node being selected.
    """
    negate = False
    while node.op is m.WORD32_EQUAL and word(node.inputs[1]) == 0 and node.inputs[0].op.is_comparison:
        if not (s.covers(node) and s.covers(node.inputs[0])):
            break
        negate = not negate
        node = node.inputs[0]
    if node.op.is_comparison and (s.covers(node) or _may_be_repeated(s, node)):
        code = compare(s, node)
    elif node.op is common.STACK_LIMIT_REACHED and s.covers_load(node):
        s.emit("CMP_STACK_LIMIT", [], [])
        code = "BE"
    else:
        code = _compare_with_zero(s, node, 32, "NE")
    return NEGATED[code] if negate else code


def _may_be_repeated(s: Selector, node: Node) -> bool:
    """Is it a comparison with a constant, all of whose users are conditions? Each of these compares then: that costs no
    more than testing the value, which need not be computed.
    """
    if s.is_used(node) or node.op.name not in _WORD_COMPARISONS or word(node.inputs[1]) is None:
        return False
    return all(user.op.is_branch or user.op.is_check for user in node.uses)


def compare(s: Selector, node: Node) -> str:
    """Emit a comparison node's instructions; gives the condition code."""
    own = node.op.declaration.dialect.condition(node.op.name)
    if own is not None:
        return own(s, node)
    found = _WORD_COMPARISONS.get(node.op.name)
    left, right = node.inputs[0], node.inputs[1]
    if found is None:
        return _compare_floats(s, node.op.name, left, right)
    code, width = found
    if word(left) is not None and word(right) is None:
        left, right, code = right, left, _SWAPPED[code]
    if word(right) == 0:
        return _compare_with_zero(s, left, width, code)
    _compare_words(s, left, right, width, code)
    return code


def _compare_words(s: Selector, left: Node, right: Node, width: int, code: str) -> None:
    value = immediate(right)
    if value is not None:
        narrow = _narrow(s, left, width, value, code)
        uses: list[int] = []
        if narrow:
            address = memory_operand(s, left, uses)
            s.emit(f"CMP_m{narrow}_i{min(narrow, 32)}", [], uses, (address, value))
        else:
            s.emit(f"CMP_s{width}_i32", [], [s.use_any(left)], value)
    elif left is not right and is_load(s, right, width):
        uses = [s.use(left)]
        address = memory_operand(s, right, uses)
        s.emit(f"CMP_r{width}_m{width}", [], uses, address)
    elif left is not right and _same_narrow_loads(s, left, right, code):
        uses = []
        address = memory_operand(s, left, uses)
        uses.append(s.use(right))
        narrow = left.op.parameters.width
        s.emit(f"CMP_m{narrow}_r{narrow}", [], uses, address)
    elif left is not right and is_load(s, left, width):
        uses = []
        address = memory_operand(s, left, uses)
        uses.append(s.use(right))
        s.emit(f"CMP_m{width}_r{width}", [], uses, address)
    else:
        s.emit(f"CMP_r{width}_s{width}", [], [s.use(left), s.use_any(right)])


def _narrow(s: Selector, node: Node, width: int, value: int, code: str) -> int:
    """The width at which a covered load can be compared with a constant in memory, or 0."""
    if is_load(s, node, width):
        return width
    if not node.op.is_load or not s.covers_load(node):
        return 0
    rep = node.op.parameters.rep
    bits = int(node.op.parameters.width)
    if bits >= 32:
        return 0
    if rep.startswith("Uint") and code in _UNSIGNED and 0 <= value < 1 << bits:
        return bits
    if rep.startswith("Int") and code in _SIGNED and -(1 << bits - 1) <= value < 1 << bits - 1:
        return bits
    return 0


_UNSIGNED = ("E", "NE", "B", "BE", "A", "AE")
_SIGNED = ("E", "NE", "L", "LE", "G", "GE")


def _same_narrow_loads(s: Selector, left: Node, right: Node, code: str) -> bool:
    """Do both extend bytes or half words in the same way, so that these can be compared as they are? Covers `left`."""
    if not left.op.is_load or not right.op.is_load:
        return False
    access = left.op.parameters
    if access.width >= 32 or access.rep != right.op.parameters.rep:
        return False
    return code in (_UNSIGNED if access.rep.startswith("Uint") else _SIGNED) and s.covers_load(left)


def _compare_with_zero(s: Selector, node: Node, width: int, code: str) -> str:
    """Flags of a value against zero: left by the instruction that made it, or by TEST."""
    name = node.op.name
    if name == f"Word{width}And" and s.covers(node):
        return _test_bits(s, node, width, code)
    narrow = _narrow(s, node, width, 0, code)
    if narrow:
        uses: list[int] = []
        address = memory_operand(s, node, uses)
        s.emit(f"CMP_m{narrow}_i{min(narrow, 32)}", [], uses, (address, 0))
        return code
    if name == f"Int{width}Sub" and s.covers(node) and code in ("E", "NE"):
        left, right = node.inputs
        if word(left) is not None:
            left, right = right, left
        _compare_words(s, left, right, width, code)
        return code
    if _SETS_FLAGS.get(name) == width and _is_next(s, node):
        signed = {"L": "S", "GE": "NS"}.get(code, code)
        if name in _LOGIC or signed in ("E", "NE", "S", "NS"):
            s.flags_of = node.id
            s.vreg(node)
            return code if name in _LOGIC else signed
    s.emit(f"TEST_r{width}_r{width}", [], [s.use(node)])
    return code


def _test_bits(s: Selector, node: Node, width: int, code: str) -> str:
    left, right = node.inputs
    if word(left) is not None:
        left, right = right, left
    if code in ("E", "NE"):
        for shift, other in ((left, right), (right, left)):
            bit = _single_bit(s, shift, other, width)
            if bit is not None:
                s.emit(f"BT_r{width}_r{width}", [], [s.use(bit[0]), s.use(bit[1])])
                return "B" if code == "NE" else "AE"
    value = immediate(right)
    if width == 64 and word(right) == 0xFFFFFFFF and code in ("E", "NE"):
        s.emit("TEST_r32_r32", [], [s.use(left)])
    elif value is None:
        s.emit(f"TEST_r{width}_r{width}", [], [s.use(left), s.use(right)])
    elif is_load(s, left, width):
        uses: list[int] = []
        address = memory_operand(s, left, uses)
        s.emit(f"TEST_m{width}_i32", [], uses, (address, value))
    elif 0 <= value <= (255 if code in ("E", "NE") else 127) and _is_byte(s, left):
        uses = []
        address = memory_operand(s, left, uses)
        s.emit("TEST_m8_i8", [], uses, (address, value))
    elif 0 <= value <= 127:
        s.emit("TEST_r8_i8", [], [s.use(left)], value)
    elif width == 64 and value >= 0:
        s.emit("TEST_r32_i32", [], [s.use(left)], value)
    else:
        s.emit(f"TEST_r{width}_i32", [], [s.use(left)], value)
    return code


def _single_bit(s: Selector, shift: Node, other: Node, width: int) -> tuple[Node, Node] | None:
    """(value, index of the bit) if the conjunction is (value >> index) & 1 or (1 << index) & value."""
    name = shift.op.name
    if name == f"Word{width}Shr" and word(other) == 1 and word(shift.inputs[1]) is None and s.covers(shift):
        return shift.inputs[0], shift.inputs[1]
    if name == f"Word{width}Shl" and word(shift.inputs[0]) == 1 and s.covers(shift):
        return other, shift.inputs[1]
    return None


def _is_byte(s: Selector, node: Node) -> bool:
    return node.op.is_load and s.covers_load(node) and node.op.parameters.rep == "Uint8"


def _is_next(s: Selector, node: Node) -> bool:
    """Will the node's instruction stand right before the block's last one, which is being selected? Then its flags
    arrive there: what is between is covered or not used, or constants, which leave flags alone.
    """
    block = s.block
    if s.at is not block.control:
        return False
    for other in reversed(block.nodes):
        if other is node:
            return True
        op = other.op
        if op.is_constant or op.is_checkpoint or op.is_frame_state or op.is_state_values or op.is_object_state:
            continue
        if op.effect_out or s.is_used(other):
            return False
    return False


def _compare_floats(s: Selector, name: str, left: Node, right: Node) -> str:
    code, suffix = _FLOAT_COMPARISONS[name]
    mnemonic = ("VUCOMI" if s.features.avx else "UCOMI") + suffix
    width = 32 if suffix == "SS" else 64
    if code != "FE" or float_bytes(left) is not None:
        left, right = right, left
    uses = [s.use(left)]
    address = memory_or_constant(s, right, width, uses) if left is not right else None
    if address is not None:
        s.emit(f"{mnemonic}_x_m{width}", [], uses, address)
    else:
        s.emit(f"{mnemonic}_x_s{width}", [], [*uses, s.use_any(right)])
    return code


def visit_comparison(s: Selector, node: Node) -> None:
    """The comparison's value itself: 0 or 1."""
    code = compare(s, node)
    s.define(node, f"SET{code}", [])


def visit_stack_limit(s: Selector, node: Node) -> None:
    s.emit("CMP_STACK_LIMIT", [], [])
    s.define(node, "SETBE", [])


VISITORS: dict[str, Visitor] = dict.fromkeys([*_WORD_COMPARISONS, *_FLOAT_COMPARISONS], visit_comparison)
VISITORS["StackLimitReached"] = visit_stack_limit
