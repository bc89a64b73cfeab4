"""Modules as node has them, and `process`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import JavaScriptError, JavaScriptSyntaxError
from seaofnodes.javascript.engine.commonjs.modules import run_main
from seaofnodes.javascript.engine.commonjs.process_object import Exit


def run(folder: Path, files: dict[str, str], argv: tuple[str, ...] = (), **options: bool) -> Any:
    """Run main.js; what it exports, in Python."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    host = Engine(**options).javascript
    main = folder / "main.js"

    def inside() -> Any:
        return host.conversion.copied(run_main(host, main, ["node", str(main), *argv]))

    return host.run(inside)


@pytest.mark.parametrize("stress_gc", [False, True])
def test_requires(tmp_path: Path, stress_gc: bool) -> None:
    files = {
        "main.js": """
            const {twice} = require("./lib/twice"), data = require("./data");
            const same = require("./lib/twice") === require("./lib/twice.js");
            exports.all = [twice(21), data.a[1], same, this === exports];
            exports.names = [__filename === module.filename, __dirname === module.path, module.loaded, module.id,
                require.main === module, module.children.length, require.resolve("./data").slice(-10)];
        """,
        "lib/twice.js": "module.exports = {twice: x => 2 * x};",
        "data.json": '\ufeff{"a": [1, "two"]}',
    }
    found = run(tmp_path, files, stress_gc=stress_gc)
    assert found["all"] == [42, "two", True, True]
    assert found["names"] == [True, True, False, ".", True, 2, "/data.json"]


def test_a_cycle_sees_what_is_there_so_far(tmp_path: Path) -> None:
    files = {
        "main.js": "exports.early = 1; exports.other = require('./b').seen; exports.late = 2;",
        "b.js": "const main = require('./main'); exports.seen = [main.early, typeof main.late];",
    }
    assert run(tmp_path, files)["other"] == [1, "undefined"]


def test_what_is_not_there(tmp_path: Path) -> None:
    text = "try { require('./none'); } catch (e) { module.exports = [e.code, e.message, e.requireStack, e.name]; }"
    code, message, stack, name = run(tmp_path, {"main.js": text})
    main = str((tmp_path / "main.js").resolve())
    assert (code, name, stack) == ("MODULE_NOT_FOUND", "Error", [main])
    assert message == f"Cannot find module './none'\nRequire stack:\n- {main}"


@pytest.mark.parametrize(
    ("argument", "code"), [("5", "ERR_INVALID_ARG_TYPE"), ("", "ERR_INVALID_ARG_TYPE"), ("''", "ERR_INVALID_ARG_VALUE")]
)
def test_arguments_of_require(tmp_path: Path, argument: str, code: str) -> None:
    text = f"try {{ require({argument}); }} catch (e) {{ module.exports = [e.code, e instanceof TypeError]; }}"
    assert run(tmp_path, {"main.js": text}) == [code, True]


def test_a_module_that_throws_may_run_again(tmp_path: Path) -> None:
    files = {
        "main.js": """
            globalThis.count = 0;
            for (let i = 0; i < 3; i++) try { module.exports = require("./b"); } catch (e) { exports.message = e; }
        """,
        "b.js": "if (++count < 3) throw 'not yet'; module.exports = count;",
    }
    assert run(tmp_path, files) == 3


def test_errors_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(JavaScriptSyntaxError) as error:
        run(tmp_path, {"main.js": "#!/usr/bin/env node\nlet 1;\n"})
    assert (error.value.line, error.value.column) == (2, 5)
    files = {
        "main.js": """
            const error = file => { try { require(file); } catch (e) { return [e.name, e.message]; } };
            exports.all = ["./b", "./c"].map(error);
        """,
        "b.js": "}",
        "c.json": "[1,",
    }
    bad, json = run(tmp_path, files)["all"]
    assert bad == ["SyntaxError", "Unexpected token '}'"]
    assert json[0] == "SyntaxError" and json[1].startswith(f"{(tmp_path / 'c.json').resolve()}: ")


def test_an_uncaught_error_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(JavaScriptError, match="gone") as error:
        run(tmp_path, {"main.js": "throw new Error('gone');"})
    assert f"{(tmp_path / 'main.js').resolve()}:1:7" in str(error.value.stack)


def test_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
        const start = process.hrtime(), big = process.hrtime.bigint();
        process.stdout.write("out\\n"); process.stderr.write(`err ${1}`);
        const [seconds, rest] = process.hrtime(start);
        module.exports = [process.argv.slice(2), seconds, rest > 0 && rest < 1e9, process.hrtime.bigint() > big,
            typeof process.env.PATH, process.platform, String(process), process.cwd()];
    """
    found = run(tmp_path, {"main.js": text}, ("a", "\u00e9\U0001f98a"))
    assert found == [
        ["a", "\u00e9\U0001f98a"], 0, True, True, "string", "linux", "[object process]", str(Path.cwd())
    ]  # fmt: skip
    assert capsys.readouterr() == ("out\n", "err 1")


@pytest.mark.parametrize(("call", "code"), [("exit(3)", 3), ("exit()", 0), ("exitCode = 4, process.exit()", 4)])
def test_process_exit(tmp_path: Path, call: str, code: int) -> None:
    with pytest.raises(Exit) as end:
        run(tmp_path, {"main.js": f"try {{ process.{call}; }} finally {{ process.exit(9); }}"})
    assert end.value.code == code
