"""Operators as text: `format_operator` and `parse_operator` are inverse to each other."""

from __future__ import annotations

import re
from collections.abc import Callable

from seaofnodes.errors import Error
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, wasm
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import TYPES, Type


class ParseError(Error):
    """Text that is not a graph; the message has the line."""


_PLAIN = {
    op.name: op
    for op in (
        common.BRANCH,
        common.IF_TRUE,
        common.IF_FALSE,
        common.IF_DEFAULT,
        common.IF_SUCCESS,
        common.IF_EXCEPTION,
        common.THROW,
        common.UNREACHABLE,
        common.TERMINATE,
        common.CHECKPOINT,
        common.STACK_LIMIT_REACHED,
        common.start(),
        common.null_constant(),
    )
} | MACHINE
_BRANCHES = {"likely": common.BRANCH_LIKELY, "unlikely": common.BRANCH_UNLIKELY}
_STACK_CHECKS = {"entry": common.STACK_CHECK_ENTRY, "loop": common.STACK_CHECK_LOOP, "slow": common.STACK_CHECK_SLOW}


def _type(text: str) -> Type:
    return TYPES[text]


def _types(text: str) -> tuple[Type, ...]:
    return tuple(TYPES[name] for name in text.split())


def _table_get(table: str, *more: str) -> Operator:
    minimum = more[0] if more and more[0] != "shared" else "0"
    return wasm.table_get(int(table), "shared" in more, int(minimum))


def _access(rep: str, type: str, memory: str, offset: str, *more: str) -> wasm.MemoryAccess:
    return wasm.MemoryAccess(int(memory), rep, _type(type), int(offset), "in bounds" not in more, "shared" in more)


def _frame(function: str, offset: str, mode: str, locals: str, types: str, outer: str = "") -> Operator:
    found = _types(types)
    count = int(locals)
    info = common.FrameInfo(int(function), int(offset), mode, count, len(found) - count, found, outer == "outer")
    return common.frame_state(info)


def _descriptor(what: str, parameters: str, results: str, site: str, *more: str) -> common.CallDescriptor:
    kind, _, name = what.partition(" ")
    return common.CallDescriptor(
        _types(parameters),
        _types(results),
        int(name) if kind == "function" else -1,
        int(site),
        name if kind == "builtin" else "",
        "frame" in more,
        "try" in more,
    )


def _speculation(reason: str, function: str, site: str, stress: str = "") -> common.Speculation:
    return common.Speculation(reason, int(function), int(site), stress == "stress")


_PARAMETRIC: dict[str, Callable[..., Operator]] = {
    "Branch": lambda hint: _BRANCHES[hint],
    "StackCheck": lambda kind: _STACK_CHECKS[kind],
    "End": lambda n: common.end(int(n)),
    "Merge": lambda n: common.merge(int(n)),
    "Loop": lambda n: common.loop(int(n)),
    "Phi": lambda type, n: common.phi(_type(type), int(n)),
    "EffectPhi": lambda n: common.effect_phi(int(n)),
    "Parameter": lambda i, type: common.parameter(int(i), _type(type)),
    "OsrValue": lambda i, type: common.osr_value(int(i), _type(type)),
    "Return": lambda n: common.return_(int(n)),
    "Switch": lambda n: common.switch(int(n)),
    "IfValue": lambda n: common.if_value(int(n)),
    "Projection": lambda i, type: common.projection(int(i), _type(type)),
    "Int32Constant": lambda n: common.int32_constant(int(n)),
    "Int64Constant": lambda n: common.int64_constant(int(n)),
    "Float32Constant": lambda n: common.float32_constant(int(n, 16)),
    "Float64Constant": lambda n: common.float64_constant(int(n, 16)),
    "TrapIf": lambda n: common.trap_if(int(n)),
    "TrapUnless": lambda n: common.trap_unless(int(n)),
    "FrameState": _frame,
    "OptimizedOut": lambda type: common.optimized_out(_type(type)),
    "DeoptimizeIf": lambda *texts: common.deoptimize_if(_speculation(*texts)),
    "DeoptimizeUnless": lambda *texts: common.deoptimize_unless(_speculation(*texts)),
    "Deoptimize": lambda *texts: common.deoptimize(_speculation(*texts)),
    "Call": lambda *texts: common.call(_descriptor(*texts)),
    "CallRef": lambda *texts: common.call_ref(_descriptor(*texts)),
    "TailCall": lambda *texts: common.tail_call(_descriptor(*texts)),
    "TailCallRef": lambda *texts: common.tail_call_ref(_descriptor(*texts)),
    "Load": lambda *texts: wasm.load(_access(*texts)),
    "Store": lambda *texts: wasm.store(_access(*texts)),
    "MemoryStart": lambda n: wasm.memory_start(int(n)),
    "MemorySize": lambda n: wasm.memory_size(int(n)),
    "GlobalGet": lambda i, type, alias: wasm.global_get(int(i), _type(type), alias),
    "GlobalSet": lambda i, type, alias: wasm.global_set(int(i), _type(type), alias),
    "ImmutableGlobal": lambda i, type: wasm.immutable_global(int(i), _type(type)),
    "TableSize": lambda n: wasm.table_size(int(n)),
    "TableGet": _table_get,
    "TableSet": lambda n, *more: wasm.table_set(int(n), "shared" in more),
    "CheckSignature": lambda n, *more: wasm.check_signature(int(n), "open" in more),
    "ImportRecord": lambda n: wasm.import_record(int(n)),
    "FunctionRecord": lambda n: wasm.function_record(int(n)),
    "NewException": lambda tag, types: wasm.new_exception(int(tag), _types(types)),
    "ExceptionHasTag": lambda tag: wasm.exception_has_tag(int(tag)),
    "ExceptionPayload": lambda i, type: wasm.exception_payload(int(i), _type(type)),
}


def operator_names() -> list[str]:
    """The names of all operators there are."""
    return sorted({*_PLAIN, *_PARAMETRIC})


def _words(types: tuple[Type, ...]) -> str:
    return " ".join(type.name for type in types)


def _parameter_texts(op: Operator) -> list[str]:
    parameters = op.parameters
    if isinstance(parameters, wasm.MemoryAccess):
        texts = [parameters.rep, parameters.type.name, str(parameters.memory), str(parameters.offset)]
        return texts + ["in bounds"] * (not parameters.trapping) + ["shared"] * parameters.shared
    if isinstance(parameters, common.FrameInfo):
        f = parameters
        texts = [str(f.function_index), str(f.bytecode_offset), f.mode, str(f.locals), _words(f.types)]
        return [*texts, "outer"] if f.has_outer else texts
    if isinstance(parameters, common.CallDescriptor):
        d = parameters
        what = (
            f"builtin {d.builtin}" if d.builtin else f"function {d.function_index}" if d.function_index >= 0 else "ref"
        )
        texts = [what, _words(d.parameters), _words(d.results), str(d.site)]
        return texts + ["frame"] * d.has_frame_state + ["try"] * d.in_try
    if op.name.startswith("Float") and op.name.endswith("Constant"):
        return [f"{parameters:#x}"]
    if parameters is None:
        return []
    if op.name == "NewException":
        return [str(parameters[0]), _words(parameters[1])]
    return [str(p) for p in (parameters if isinstance(parameters, tuple) else (parameters,))]


def format_operator(op: Operator) -> str:
    """`Name` or `Name[parameter, ...]`, in a form that `parse_operator` reads."""
    texts = _parameter_texts(op)
    return f"{op.name}[{', '.join(texts)}]" if texts else op.name


def parse_operator(text: str) -> Operator:
    """The operator that `format_operator` wrote. Raises ParseError."""
    match = re.fullmatch(r"(\w+)(?:\[(.*)\])?", text)
    if match is None:
        raise ParseError(f"not an operator: {text!r}")
    name, parameters = match.groups()
    try:
        if parameters is None:
            return _PLAIN[name]
        return _PARAMETRIC[name](*(part.strip() for part in parameters.split(",")))
    except KeyError as error:
        raise ParseError(f"unknown operator or word {error} in {text!r}") from None
    except (TypeError, ValueError) as error:
        raise ParseError(f"wrong parameters in {text!r}: {error}") from None
