"""The common dialect: control, effects, phis, constants, frame states, guards, calls."""

from __future__ import annotations

from seaofnodes.ir.ops.calls import (
    IF_EXCEPTION as IF_EXCEPTION,
    IF_SUCCESS as IF_SUCCESS,
    call as call,
    call_ref as call_ref,
    tail_call as tail_call,
    tail_call_ref as tail_call_ref,
)
from seaofnodes.ir.ops.constants import (
    NULL_CONSTANT as NULL_CONSTANT,
    float32_constant as float32_constant,
    float64_constant as float64_constant,
    int32_constant as int32_constant,
    int64_constant as int64_constant,
)
from seaofnodes.ir.ops.control import (
    BRANCH as BRANCH,
    BRANCH_LIKELY as BRANCH_LIKELY,
    BRANCH_UNLIKELY as BRANCH_UNLIKELY,
    COMMON as COMMON,
    DEAD as DEAD,
    DEAD_CONTROL as DEAD_CONTROL,
    IF_DEFAULT as IF_DEFAULT,
    IF_FALSE as IF_FALSE,
    IF_TRUE as IF_TRUE,
    START as START,
    TERMINATE as TERMINATE,
    THROW as THROW,
    UNREACHABLE as UNREACHABLE,
    branch as branch,
    effect_phi as effect_phi,
    end as end,
    if_value as if_value,
    loop as loop,
    merge as merge,
    osr_value as osr_value,
    parameter as parameter,
    phi as phi,
    projection as projection,
    return_ as return_,
    switch as switch,
)
from seaofnodes.ir.ops.exits import (
    CHECKPOINT as CHECKPOINT,
    STACK_CHECK_ENTRY as STACK_CHECK_ENTRY,
    STACK_CHECK_LOOP as STACK_CHECK_LOOP,
    STACK_CHECK_SLOW as STACK_CHECK_SLOW,
    STACK_LIMIT_REACHED as STACK_LIMIT_REACHED,
    deoptimize as deoptimize,
    deoptimize_if as deoptimize_if,
    deoptimize_unless as deoptimize_unless,
    nothing as nothing,
    optimized_out as optimized_out,
    stack_check as stack_check,
    trap_if as trap_if,
    trap_unless as trap_unless,
)
from seaofnodes.ir.ops.frames import (
    frame_state as frame_state,
    objects_of as objects_of,
    state_values as state_values,
    values_of as values_of,
)
from seaofnodes.ir.ops.parameters import (
    CallDescriptor as CallDescriptor,
    FrameInfo as FrameInfo,
    Speculation as Speculation,
)
