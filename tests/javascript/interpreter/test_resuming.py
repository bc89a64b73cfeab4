"""A frame goes on at any instruction, with the registers that it had there."""

from __future__ import annotations

import pytest

from seaofnodes.engine import Engine
from seaofnodes.javascript.interpreter.frames import Frame, Operation
from seaofnodes.javascript.interpreter.interpreter import Interpreter
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.layout import FUNCTION_CONTEXT
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.conversions import to_text

PROGRAM = """
function work(limit, ...rest) {
  let text = "", sum = 0.5;
  const closures = [];
  for (let i = 0; i < limit; i++) {
    closures.push(() => i);
    try { if (i === 1) throw {code: i}; sum += i * 2; } catch ({code}) { text += "c" + code; } finally { text += "f"; }
    for (const [key, value] of Object.entries({a: i, b: [i]})) text += key + value;
    for (const name in {x: 1}) text += name;
  }
  return [text, sum, closures.map(f => f()).join(""), arguments.length, rest.join("|")].join();
}
work
"""
EXPECTED = "fa0b0xc1fa1b1xfa2b2x,4.5,012,3,7|8"


class Stopped(Exception):
    """The instruction that was waited for comes next."""


@pytest.mark.parametrize("every", [1, 7])
def test_go_on_after_each_instruction(every: int) -> None:
    javascript = Engine(jitless=True).javascript
    iso = javascript.iso
    interpreter = Interpreter(iso)
    work = iso.pin(javascript.scripts.run(javascript.scripts.compile(PROGRAM)))
    shared = iso.shared_of(work)
    code = interpreter.code_of(shared)
    left = 0

    def counted(operation: Operation) -> Operation:
        def run(r: list[int]) -> int:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stopped
            return operation(r)

        return run

    code.operations[:] = [counted(operation) for operation in code.operations]
    arguments = [iso.number(3), iso.number(7), iso.number(8)]
    context = iso.memory.load(work, FUNCTION_CONTEXT)
    frame = interpreter.frame(code, work, context, iso.undefined, arguments, iso.undefined)
    stops = 0
    while True:
        left = every
        try:
            result = interpreter.execute(frame)
            break
        except Stopped:
            stops += 1
            assert frame.offset == code.offsets[frame.index]
            frame = Frame(code, work, list(frame.registers), frame.arguments, frame.new_target, frame.index)
    assert to_text(iso, result) == EXPECTED
    assert stops > 300 // every


def test_positions() -> None:
    javascript = Engine(jitless=True).javascript
    iso = javascript.iso
    seen = []

    def note(iso: object, this: int, arguments: list[int], new_target: int) -> int:
        frame = javascript.iso.frames[-2]
        seen.append((frame.shared.name, text[frame.position() :].partition("(")[0]))
        return javascript.iso.undefined

    word = factory.new_builtin(iso, "note", 0, note)
    properties.define(iso, iso.realm.global_object, key_of_text(iso, "note"), word)
    text = "function f() { note(); const o = {note}; o.note(1); return note(2, 3); } f();"
    javascript.run(lambda: javascript.scripts.run(javascript.scripts.compile(text)))
    assert seen == [("f", "note"), ("f", "note"), ("f", "note")]
