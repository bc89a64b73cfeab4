"""What the interpreter needs to know of a body: where branches go, and how high the operand stack stands.

With that in a side table (Titzer, A Fast In-Place Interpreter for WebAssembly, 2022) the state of a frame is no more
than an instruction, its locals and its operands, so that execution can start anywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, Final, NamedTuple

from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.interpreter.values import default
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import FuncType, StructType


class Target(NamedTuple):
    """Where a branch goes: index of an instruction, number of operands taken along, height of the stack below them."""

    pc: int
    arity: int
    height: int


class Clause(NamedTuple):
    """How a handler catches an exception.

    Attributes: tag: index of the tag, None: every exception; pc, height: as of a Target; below, above: is the exception
    itself pushed, before or after its values?
    """

    tag: int | None
    pc: int
    height: int
    below: bool = False
    above: bool = False


class Handler(NamedTuple):
    """What happens to an exception thrown in a try_table or try. outer: the handler to ask if no clause catches it."""

    clauses: tuple[Clause, ...]
    outer: int


class Prepared(NamedTuple):
    """A body with its side table.

    Attributes: targets: index of an instruction that branches, or may, -> where it goes (an else or catch: behind the
    block; an if: where it goes if the condition is zero; a rethrow: the height says where the exception is); tables:
    index of a br_table -> its targets; heights: number of operands before each instruction, -1 in code that is skipped
    since it cannot be reached; defaults: what locals other than parameters are at first; handlers; handler_at: index of
    the innermost handler around each instruction, -1: none; empty if there are no handlers.

    The older proposal's catch has the exception, for rethrow, as an operand below its values, so that a frame's state
    is still an instruction, locals and operands.
    """

    body: Body
    signature: FuncType
    targets: dict[int, Target]
    tables: dict[int, list[Target]]
    heights: list[int]
    defaults: list[Any]
    handlers: list[Handler]
    handler_at: list[int]

    def index_of(self, offset: int) -> int:
        """Index of the instruction at a bytecode offset. Raises ValueError if there is none."""
        index = bisect_left(self.body.offsets, offset)
        if index == len(self.body.offsets) or self.body.offsets[index] != offset:
            raise ValueError(f"no instruction at offset {offset:#x}")
        return index


class _Label(NamedTuple):
    end: int
    otherwise: int  # index of the else of an if, or of a try's next catch; else -1
    target: Target  # of branches to it
    results: int
    height: int
    parameters: int
    handler: int  # in force inside


def prepare(module: Module, function_index: int) -> Prepared:
    """One pass over a body of the module's own functions."""
    return _Preparation(module, function_index).run()


class _Preparation:
    def __init__(self, module: Module, function_index: int) -> None:
        self.module = module
        self.body = body = module.body(function_index)
        self.signature = module.functions[function_index]
        last, results = len(body.opcodes) - 1, len(self.signature.results)
        self.labels = [_Label(last, -1, Target(last, results, 0), results, 0, 0, -1)]
        self.targets: dict[int, Target] = {}
        self.tables: dict[int, list[Target]] = {}
        self.handlers: list[Handler] = []

    def run(self) -> Prepared:
        body, labels, targets = self.body, self.labels, self.targets
        last = len(body.opcodes) - 1
        heights, handler_at = [-1] * (last + 1), [-1] * (last + 1)
        pc = height = 0
        while pc <= last:
            opcode, immediate = body.opcodes[pc], body.immediates[pc]
            label = labels[-1]
            reachable = opcode not in _ENDING
            handler_at[pc] = label.handler
            if opcode not in _ARMS:  # where an arm is reached from is the end of the one before: see below
                heights[pc] = height
            if opcode in w.BLOCKS:
                height -= opcode == w.IF
                label = self._open(pc, immediate.type if opcode == w.TRY_TABLE else immediate, height)
                labels.append(label)
                if opcode == w.IF:
                    behind = label.otherwise + 1 if label.otherwise >= 0 else label.end
                    targets[pc] = Target(behind, label.parameters, label.height)
            elif opcode in _ARMS:
                targets[pc] = Target(label.end, label.results, label.height)
                heights[pc] = label.height + label.results
                height = label.height + self._start_arm(pc, label)
            elif opcode in (w.END, w.DELEGATE):
                labels.pop()
                height = label.height + label.results
            elif opcode in (w.BR, w.BR_IF, w.BR_ON_NULL, w.BR_ON_NON_NULL):
                targets[pc] = labels[-1 - immediate].target
                height -= opcode != w.BR_ON_NULL
            elif opcode in (w.BR_ON_CAST, w.BR_ON_CAST_FAIL):
                targets[pc] = labels[-1 - immediate.depth].target
            elif opcode == w.RETURN:
                targets[pc] = labels[0].target
            elif opcode == w.BR_TABLE:
                self.tables[pc] = [labels[-1 - depth].target for depth in immediate]
            elif opcode == w.RETHROW:
                targets[pc] = Target(pc, 0, labels[-1 - immediate].height)
            elif reachable:
                height += _growth(self.module, opcode, immediate)
            if reachable:
                pc += 1
            else:  # go on at the else, catch or end of the innermost block
                pc = label.otherwise if pc < label.otherwise else label.end
                height = label.height + label.results
        defaults = [default(kind) for kind in body.locals[len(self.signature.params) :]]
        if not self.handlers:
            handler_at = []
        return Prepared(body, self.signature, targets, self.tables, heights, defaults, self.handlers, handler_at)

    def _open(self, pc: int, kind: FuncType, height: int) -> _Label:
        body = self.body
        parameters, results = len(kind.params), len(kind.results)
        below = height - parameters
        end = body.matches[pc]
        opcode = body.opcodes[pc]
        target = Target(pc, parameters, below) if opcode == w.LOOP else Target(end, results, below)
        handler = self.labels[-1].handler
        if opcode in (w.TRY, w.TRY_TABLE):
            self.handlers.append(self._try_table(pc) if opcode == w.TRY_TABLE else self._try(pc, end, below))
            handler = len(self.handlers) - 1
            if opcode == w.TRY and ~pc in body.matches:  # the end drops the exception that a catch keeps
                self.targets[end] = Target(end + 1, results, below)
        return _Label(end, body.matches.get(~pc, -1), target, results, below, parameters, handler)

    def _try_table(self, pc: int) -> Handler:
        clauses = []
        for catch in self.body.immediates[pc].catches:
            target = self.labels[-1 - catch.depth].target
            clauses.append(Clause(catch.tag, target.pc, target.height, above=catch.with_reference))
        return Handler(tuple(clauses), self.labels[-1].handler)

    def _try(self, pc: int, end: int, height: int) -> Handler:
        body = self.body
        if body.opcodes[end] == w.DELEGATE:
            return Handler((), self.labels[-1 - body.immediates[end]].handler)
        clauses = []
        arm = body.matches.get(~pc, -1)
        while arm >= 0:
            tag = body.immediates[arm] if body.opcodes[arm] == w.CATCH else None
            clauses.append(Clause(tag, arm + 1, height, below=True))
            arm = body.matches.get(~arm, -1)
        return Handler(tuple(clauses), self.labels[-1].handler)

    def _start_arm(self, pc: int, label: _Label) -> int:
        """Change the innermost label for an else, catch or catch_all; gives the number of operands it starts with."""
        opcode = self.body.opcodes[pc]
        if opcode == w.ELSE:
            return label.parameters
        following = self.body.matches.get(~pc, -1)
        self.labels[-1] = label._replace(otherwise=following, handler=self.labels[-2].handler)
        carried = 0 if opcode == w.CATCH_ALL else len(self.module.tags[self.body.immediates[pc]].type.params)
        return 1 + carried


def _growth(module: Module, opcode: int, immediate: Any) -> int:
    """By how much a simple instruction makes the stack grow."""
    if opcode in _GROWTH:
        return _GROWTH[opcode]
    if opcode == w.STRUCT_NEW:
        kind = module.types[immediate]
        return 1 - len(kind.fields) if isinstance(kind, StructType) else 1
    if opcode == w.ARRAY_NEW_FIXED:
        return 1 - int(immediate[1])
    if opcode in w.CALLS:
        direct = opcode == w.CALL
        through_table = opcode == w.CALL_INDIRECT
        index = immediate[0] if through_table else immediate
        callee = module.functions[index] if direct else module.function_type(index)
        return len(callee.results) - len(callee.params) - (not direct)
    facts = w.OPCODES[opcode]
    assert facts.params is not None and facts.results is not None, facts.name
    return len(facts.results) - len(facts.params)


_ARMS: Final = frozenset((w.ELSE, w.CATCH, w.CATCH_ALL))
_ENDING: Final = w.TAIL_CALLS | {w.BR, w.BR_TABLE, w.RETURN, w.UNREACHABLE, w.THROW, w.THROW_REF, w.RETHROW}
_GROWTH: Final = {
    w.NOP: 0,
    w.DROP: -1,
    w.SELECT: -2,
    w.SELECT_T: -2,
    w.LOCAL_GET: 1,
    w.LOCAL_SET: -1,
    w.LOCAL_TEE: 0,
    w.GLOBAL_GET: 1,
    w.GLOBAL_SET: -1,
    w.TABLE_GET: 0,
    w.TABLE_SET: -2,
    w.TABLE_SIZE: 1,
    w.TABLE_GROW: -1,
    w.TABLE_FILL: -3,
    w.REF_NULL: 1,
    w.REF_FUNC: 1,
    w.REF_IS_NULL: 0,
    w.REF_AS_NON_NULL: 0,
    w.STRUCT_NEW_DEFAULT: 1,
    w.STRUCT_GET: 0,
    w.STRUCT_GET_S: 0,
    w.STRUCT_GET_U: 0,
    w.STRUCT_SET: -2,
    w.ARRAY_NEW: -1,
    w.ARRAY_NEW_DEFAULT: 0,
    w.ARRAY_NEW_DATA: -1,
    w.ARRAY_NEW_ELEM: -1,
    w.ARRAY_GET: -1,
    w.ARRAY_GET_S: -1,
    w.ARRAY_GET_U: -1,
    w.ARRAY_SET: -3,
    w.ARRAY_FILL: -4,
    w.ARRAY_COPY: -5,
    w.ARRAY_INIT_DATA: -4,
    w.ARRAY_INIT_ELEM: -4,
    w.REF_TEST: 0,
    w.REF_TEST_NULL: 0,
    w.REF_CAST: 0,
    w.REF_CAST_NULL: 0,
    w.ANY_CONVERT_EXTERN: 0,
    w.EXTERN_CONVERT_ANY: 0,
}
