"""Loads, stores and phis in rules.

    a = addresses("a")[0]
    o.Word32And(load("Uint8", a), 255)          ->  load("Uint8", a)
    store("Word8", a, o.Word32And(x, 255))      ->  store("Word8", a, x)
    phi(o.ChangeUint32ToUint64(each(x)))        ->  o.ChangeUint32ToUint64(phi(each(x)))

An address is what an access reads or writes first: start, index, offset and memory. All loads of a pattern, and the
store at its root, see one state of the memory; all phis of a rule stand at one merge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, overload

from seaofnodes.errors import PassError
from seaofnodes.ir.ops import common, memory
from seaofnodes.ir.ops.memory import MemoryAccess
from seaofnodes.ir.types import ANY, FLOAT32, FLOAT64, WORD32, WORD64, Type
from seaofnodes.passes.patterns.expressions import Apply, Constant, Expression, Variable, as_expression

# Representation -> types of values that it comes with, the usual one first.
_LOADS: Final[Mapping[str, tuple[Type, ...]]] = {
    "Int8": (WORD32, WORD64), "Uint8": (WORD32, WORD64), "Int16": (WORD32, WORD64), "Uint16": (WORD32, WORD64),
    "Int32": (WORD64,), "Uint32": (WORD64,), "Word32": (WORD32,), "Word64": (WORD64,), "Float32": (FLOAT32,),
    "Float64": (FLOAT64,),
}  # fmt: skip
_STORES: Final[Mapping[str, tuple[Type, ...]]] = {
    "Word8": (WORD32, WORD64), "Word16": (WORD32, WORD64), "Word32": (WORD32, WORD64), "Word64": (WORD64,),
    "Float32": (FLOAT32,), "Float64": (FLOAT64,),
}  # fmt: skip


class Address:
    """Where an access begins, by name, and a number of bytes that is added to it: `a`, `a + 4`."""

    __slots__ = ("displacement", "name")

    def __init__(self, name: str, displacement: int = 0) -> None:
        self.name = name
        self.displacement = displacement

    def __add__(self, bytes: int) -> Address:
        if not isinstance(bytes, int):
            raise PassError(f"only a number of bytes is added to an address, not {bytes!r}")
        return Address(self.name, self.displacement + bytes)

    def __repr__(self) -> str:
        return f"{self.name} + {self.displacement}" if self.displacement else self.name


class Access(Apply):
    """A load at an address, or a store of its one argument. Attributes: key: equal for accesses of the same bytes in
    the same way.
    """

    __slots__ = ("address", "key")

    def __init__(
        self, rep: str, type: Type, address: Address, arguments: tuple[Expression, ...], once: bool = False
    ) -> None:
        make = memory.store if arguments else memory.load
        super().__init__(make(MemoryAccess(0, rep, type, 0)), arguments, once)
        self.address = address
        self.key = (address.name, address.displacement, rep, type.name)

    @property
    def rep(self) -> str:
        """How the value stands in memory, as in `MemoryAccess`."""
        rep: str = self.op.parameters.rep
        return rep

    @property
    def value_type(self) -> Type:
        """Of what is loaded or stored."""
        type: Type = self.op.parameters.type
        return type

    @property
    def width(self) -> int:
        """In bytes."""
        width: int = self.op.parameters.width
        return width // 8

    @property
    def signature(self) -> tuple[Type, ...]:
        return (self.value_type,) if self.arguments else ()

    def with_arguments(self, arguments: tuple[Expression, ...]) -> Access:
        return Access(self.rep, self.value_type, self.address, arguments, self.once)

    def used_once(self) -> Access:
        return Access(self.rep, self.value_type, self.address, self.arguments, True)

    def __repr__(self) -> str:
        inputs = ", ".join(map(repr, (self.address, *self.arguments)))
        return self.marked(f"{self.op.name}[{self.rep}, {self.value_type}]({inputs})")


class Phi(Apply):
    """A phi: of one argument, which all inputs are like, or of an argument for each input. Attributes: loops: in a
    pattern: does it match those of loops, too?
    """

    __slots__ = ("loops",)

    def __init__(
        self, type: Type, arguments: tuple[Expression, ...], once: bool = False, *, loops: bool = True
    ) -> None:
        super().__init__(common.phi(type, len(arguments)), arguments, once)
        self.loops = loops

    def with_arguments(self, arguments: tuple[Expression, ...]) -> Phi:
        return Phi(self.op.type, arguments, self.once, loops=self.loops)

    def with_type(self, type: Type) -> Phi:
        """The same, if its type was not known."""
        return self if self.op.type is not ANY else Phi(type, self.arguments, self.once, loops=self.loops)

    def used_once(self) -> Phi:
        return Phi(self.op.type, self.arguments, True, loops=self.loops)

    def input(self, index: int) -> Expression:
        """What stands for that input."""
        return self.arguments[index] if len(self.arguments) > 1 else self.arguments[0]

    def __repr__(self) -> str:
        return self.marked(f"Phi({', '.join(map(repr, self.arguments))}{', loops=False' * (not self.loops)})")


class Nothing(Expression):
    """In place of a store."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "nothing"


class EachVariable(Variable):
    """A variable that is another value for each input of a phi."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"each({self.name})"


class EachConstant(Constant):
    """A constant that is another one for each input of a phi."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"each({self.name})"


nothing: Final = Nothing()


def addresses(names: str) -> list[Address]:
    """An address for each of the names, which blanks separate: `a, b = addresses("a b")`."""
    return [Address(name) for name in names.split()]


def load(rep: str, address: Address, type: Type | None = None) -> Access:
    """A load from a linear memory. rep: as in the text of graphs, `Int8 Uint8 Int16 Uint16 Int32 Uint32 Word32 Word64
    Float32 Float64`; type: of the value, Word32 where that can be, if None. Raises PassError.
    """
    return Access(rep, _type(rep, type, _LOADS, "load"), _address(address), ())


def store(rep: str, address: Address, value: Expression | float, type: Type | None = None) -> Access:
    """A store to a linear memory. rep: `Word8 Word16 Word32 Word64 Float32 Float64`; type: of the value, of which the
    low bits are stored, Word32 where that can be, if None. Raises PassError.
    """
    return Access(rep, _type(rep, type, _STORES, "store"), _address(address), (as_expression(value),))


def phi(*values: Expression | float, type: Type | None = None, loops: bool = True) -> Phi:
    """A phi. One value: what all inputs are like, however many there are; several: the inputs, in order. A variable is
    the same node in all inputs, `each(x)` one for each. type: where neither the values nor the place tell; loops: may
    it be a loop's, in a pattern? Raises PassError.
    """
    if not values:
        raise PassError("a phi has inputs: phi(each(x)), or phi(x, y)")
    arguments = tuple(map(as_expression, values))
    known = (argument.op.type for argument in arguments if isinstance(argument, Apply))
    found = type if type is not None else next((one for one in known if one is not ANY), ANY)
    return Phi(found, arguments, loops=loops)


@overload
def each(name: Variable) -> EachVariable: ...
@overload
def each(name: Constant) -> EachConstant: ...
def each(name: Variable | Constant) -> EachVariable | EachConstant:
    """A variable or constant that is another one for each input of a phi. Raises PassError for what is none."""
    if type(name) is Variable:
        return EachVariable(name.name)
    if type(name) is Constant:
        return EachConstant(name.name)
    raise PassError(f"each() is of a variable or a constant, not of {name!r}")


def _type(rep: str, type: Type | None, known: Mapping[str, tuple[Type, ...]], what: str) -> Type:
    types = known.get(rep)
    if types is None:
        raise PassError(f"no {what} is called {rep!r}: there are {', '.join(known)}")
    if type is None:
        return types[0]
    if type not in types:
        raise PassError(f"a {what} of {rep} has a value of type {' or '.join(one.name for one in types)}, not {type}")
    return type


def _address(found: object) -> Address:
    if not isinstance(found, Address):
        raise PassError(f'{found!r} is no address: a, b = addresses("a b")')
    return found


