"""Jumps, loops, exceptions, the end."""

from __future__ import annotations

from seaofnodes.javascript.interpreter.frames import RETURN, Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects.words import is_smi, smi_value
from seaofnodes.javascript.operations.conversions import to_boolean


def _jump(p: Preparation, next: int, target: int) -> Operation:
    return lambda r: target


def _loop(p: Preparation, next: int, target: int, depth: int, slot: int) -> Operation:
    frames, held, state = p.iso.frames, p.iso.held, p.state

    def loop(r: list[int]) -> int:
        del held[frames[-1].mark :]
        state.ticks -= 1
        if state.ticks < 0:
            state.poll()
        return target

    return loop


def _jump_if(value: str, expected: bool = True) -> Maker:
    """A jump if the accumulator is, or is not, an oddball."""

    def make(p: Preparation, next: int, target: int) -> Operation:
        wanted = getattr(p.iso, value)
        there, here = (target, next) if expected else (next, target)
        return lambda r: there if r[0] == wanted else here

    return make


def _jump_if_truth(wanted: bool) -> Maker:
    def make(p: Preparation, next: int, target: int) -> Operation:
        iso = p.iso
        true, false = iso.true, iso.false
        if_true, if_false = (target, next) if wanted else (next, target)

        def jump(r: list[int]) -> int:
            value = r[0]
            if value == true:
                return if_true
            if value == false:
                return if_false
            return if_true if to_boolean(iso, value) else if_false

        return jump

    return make


def _jump_if_nil(p: Preparation, next: int, target: int) -> Operation:
    undefined, null = p.iso.undefined, p.iso.null
    return lambda r: target if r[0] == undefined or r[0] == null else next


def _jump_if_receiver(p: Preparation, next: int, target: int) -> Operation:
    is_object = p.iso.is_object
    return lambda r: target if is_object(r[0]) else next


def _switch(p: Preparation, next: int, first: int, count: int, base: int) -> Operation:
    targets = p.targets(first, count)

    def switch(r: list[int]) -> int:
        if is_smi(r[0]):
            case = smi_value(r[0]) - base
            if 0 <= case < count:
                return targets[case]
        return next

    return switch


def _return(p: Preparation, next: int) -> Operation:
    return lambda r: RETURN


def _throw(p: Preparation, next: int) -> Operation:
    iso = p.iso

    def throw(r: list[int]) -> int:
        iso.throw_word(r[0])

    return throw


def _rethrow(p: Preparation, next: int) -> Operation:
    iso, state = p.iso, p.state

    def rethrow(r: list[int]) -> int:
        caught = state.caught
        if caught is not None and caught.word == r[0]:
            raise caught.with_traceback(None)
        iso.throw_word(r[0])

    return rethrow


def _set_pending_message(p: Preparation, next: int) -> Operation:
    """Messages are made when an exception is reported, so that there is none that waits."""
    hole = p.iso.hole

    def set(r: list[int]) -> int:
        r[0] = hole
        return next

    return set


def _debugger(p: Preparation, next: int) -> Operation:
    return lambda r: next


MAKERS: dict[str, Maker] = {
    "JumpLoop": _loop,
    "Jump": _jump,
    "JumpIfToBooleanTrue": _jump_if_truth(True),
    "JumpIfToBooleanFalse": _jump_if_truth(False),
    "JumpIfTrue": _jump_if("true"),
    "JumpIfFalse": _jump_if("false"),
    "JumpIfNull": _jump_if("null"),
    "JumpIfNotNull": _jump_if("null", False),
    "JumpIfUndefined": _jump_if("undefined"),
    "JumpIfNotUndefined": _jump_if("undefined", False),
    "JumpIfUndefinedOrNull": _jump_if_nil,
    "JumpIfJSReceiver": _jump_if_receiver,
    "SwitchOnSmiNoFeedback": _switch,
    "Return": _return,
    "Throw": _throw,
    "ReThrow": _rethrow,
    "SetPendingMessage": _set_pending_message,
    "Debugger": _debugger,
}
