"""Programs beside node: what each prints is what node prints, which is kept in a text beside it.

`python -m tests.javascript.interpreter.test_programs NODE` writes the texts again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.engine import Engine
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.bytecode.opcodes import OPCODES
from seaofnodes.javascript.interpreter import prepare
from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Preparation

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.js"))
LONG = ("arithmetic", "messages")  # they make more than a test has time to collect at
NOT_EMITTED = {  # by our compiler
    "CallRuntimeForPair",
    "GetEnumeratedKeyedProperty",
    "GetSuperConstructor",
    "SetPrototypeProperties",
    "ToBoolean",
}
REFUSED = {
    "CreateRegExpLiteral",
    "LdaModuleVariable",
    "ResumeGenerator",
    "StaModuleVariable",
    "SuspendGenerator",
    "SwitchOnGeneratorState",
}


def expected(program: Path) -> str:
    return program.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_output(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Engine(jitless=True).load_javascript(program)
    assert capsys.readouterr().out == expected(program)


@pytest.mark.parametrize(
    "program", [found for found in PROGRAMS if found.stem not in LONG], ids=lambda found: found.stem
)
def test_output_while_every_allocation_collects(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Engine(jitless=True, stress_gc=True).load_javascript(program)
    assert capsys.readouterr().out == expected(program)


def test_every_opcode_is_executed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    executed = set()
    make = prepare.make_operation

    def watched(p: Preparation, instruction: Instruction, next: int) -> Operation:
        operation, name = make(p, instruction, next), instruction.opcode.name

        def run(r: list[int]) -> int:
            executed.add(name)
            return operation(r)

        return run

    monkeypatch.setattr(prepare, "make_operation", watched)
    for program in PROGRAMS:
        Engine(jitless=True).load_javascript(program)
    capsys.readouterr()
    assert set(OPCODES) - executed == NOT_EMITTED | REFUSED


def test_what_is_not_there_is_refused_by_name() -> None:
    assert {name for name in OPCODES if name not in prepare.MAKERS} == REFUSED | {
        "CallRuntimeForPair",
        "SetPrototypeProperties",
    }


_RUN = "require('vm').runInThisContext(require('fs').readFileSync(process.argv[1], 'utf8'))"

if __name__ == "__main__":
    for found in PROGRAMS:
        output = subprocess.run([sys.argv[1], "-e", _RUN, str(found)], capture_output=True, text=True, check=True)
        found.with_suffix(".txt").write_text(output.stdout, encoding="utf-8")
