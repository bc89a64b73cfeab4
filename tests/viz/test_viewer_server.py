"""The viewer live: on this machine only, to its own page only; it compiles on demand and notices changed files."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import Error
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.viewer.server import Subject, Viewer, serve
from tests.viz import browser
from tests.viz.test_viewer_page import data_of

WAT = '(module (func $f (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const {}))) (func $g))'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "module.wat"
    file.write_text(WAT.format(8))
    return file


@pytest.fixture
def viewer(file: Path) -> Iterator[Viewer]:
    def subject() -> Subject:
        engine = Engine(tier="baseline")
        module = engine.load(file)
        return Subject(0, [(0, "f"), (1, "g")], lambda index, text: engine.compile(module, index, text))

    with serve(subject, [file]) as found:
        yield found


def ask(viewer: Viewer, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(viewer.address).port or 0, timeout=60)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def test_the_page(viewer: Viewer) -> None:
    status, text = ask(viewer, "/")
    data = data_of(text)
    assert status == 200 and data["compilations"][0]["function"] == "f"
    assert data["live"]["functions"] == [[0, "f"], [1, "g"]]
    assert "connect-src 'self'" in text
    assert data_of(ask(viewer, "/?function=1")[1])["compilations"][0]["function"] == "g"


def test_other_hosts_are_refused(viewer: Viewer) -> None:
    port = urlsplit(viewer.address).port
    assert viewer.address.startswith("http://127.0.0.1:")
    strange = f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"
    for host in (*strange, "evil.example", "127.0.0.1", "127.0.0.1:1", ""):
        status, text = ask(viewer, "/", Host=host)
        assert status == 403 and "compilations" not in text, host
    assert ask(viewer, "/", Host=f"localhost:{port}")[0] == 200


def test_only_the_page_may_ask(viewer: Viewer) -> None:
    assert ask(viewer, "/compile?function=0&pipeline=none", "POST")[0] == 403
    assert ask(viewer, "/compile?function=0&pipeline=none&token=wrong", "POST")[0] == 403
    assert ask(viewer, "/events?token=%C3%A9")[0] == 403
    assert ask(viewer, "/../../etc/passwd")[0] == 404


def test_another_pipeline(viewer: Viewer) -> None:
    status, text = ask(viewer, f"/compile?function=0&pipeline=simplify&token={viewer.token}", "POST")
    found = json.loads(text)
    assert status == 200 and [phase["name"] for phase in found["phases"]] == ["lift", "simplify"]
    for query in ("function=0&pipeline=nonsense", "function=77&pipeline=none", "function=x&pipeline=none", ""):
        assert "error" in json.loads(ask(viewer, f"/compile?{query}&token={viewer.token}", "POST")[1])


def test_changed_files_are_told(viewer: Viewer, file: Path) -> None:
    answers: list[str] = []
    path = f"/events?version={viewer.version}&token={viewer.token}"
    waiting = threading.Thread(target=lambda: answers.append(ask(viewer, path)[1]))
    waiting.start()
    file.write_text(WAT.format(1024))
    waiting.join(60)
    assert answers and "event: changed" in answers[0]
    assert "Int32Constant[10]" in json.dumps(data_of(ask(viewer, "/")[1])["compilations"][0]["operators"])
    file.write_text("(module (func $broken")
    status, text = ask(viewer, "/")
    assert status == 422 and "EventSource" in text and "<script nonce" in text


def test_what_does_not_load_at_first_is_an_error(tmp_path: Path) -> None:
    def subject() -> Any:
        raise Error("no such module")

    with pytest.raises(Error, match="no such module"), serve(subject, [tmp_path / "x"]):
        pass


def test_the_command(root: Path, file: Path) -> None:
    command = [sys.executable, "-m", "seaofnodes.cli.main", "view", str(file), "--no-open", "-f", "g"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        assert data_of(connection.getresponse().read().decode())["compilations"][0]["function"] == "g"
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 130 and "Traceback" not in rest


def test_a_changed_rule_shows(root: Path, file: Path, tmp_path: Path) -> None:
    """What `--load` names is watched as well, and read anew."""
    rules = tmp_path / "my_rules.py"
    text = """
from seaofnodes.passes.patterns import Operators, variables
from seaofnodes.passes.rules.declare import RuleSet
RULES = RuleSet("mine")
(x,) = variables("x")
o = Operators()
@RULES.rule(o.Int32Mul(x, 8))
def times_eight():
    '''Eight is two cubed.'''
    return o.Word32Shl(x, 3)
"""
    rules.write_text(text)
    command = [sys.executable, "-m", "seaofnodes.cli.main", "view", str(file), "--no-open", "-f", "f"]
    options = ["--load", str(rules), "--pipeline", "simplify{rules=mine}"]
    with subprocess.Popen([*command, *options], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())[0])

        def get(path: str) -> str:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            return connection.getresponse().read().decode()

        before = data_of(get("/"))
        assert before["compilations"][0]["rules"]["times_eight"]["doc"] == "Eight is two cubed."
        rules.write_text(text.replace("Eight is two cubed", "2 * 2 * 2 is 8"))
        live = before["live"]
        assert "event: changed" in get(f"/events?token={live['token']}&version={live['version']}")
        after = data_of(get("/"))["compilations"][0]["rules"]["times_eight"]
        assert after["doc"] == "2 * 2 * 2 is 8." and "2 * 2 * 2 is 8" in after["source"]
        process.terminate()


def test_in_a_browser(viewer: Viewer, file: Path) -> None:
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = started.new_page()
        page.set_default_timeout(browser.PATIENCE)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.goto(viewer.address)
        page.wait_for_selector("html[data-ready]")
        page.fill("#live input", "none")
        page.press("#live input", "Enter")
        browser.until(page, "seaofnodes.app.compilations.length === 2")
        last = page.evaluate("seaofnodes.app.compilations[0].last")
        assert page.evaluate("seaofnodes.app.state.against") == {"compilation": 0, "phase": last}
        named = "seaofnodes.app.compilations[0].phases.find((phase) => phase.name === 'simplify')"
        simplify = page.evaluate(f"{named}.index")
        page.evaluate(f"seaofnodes.app.set({{ against: {{ compilation: 0, phase: {simplify} }}, view: 'sea' }})")
        with page.expect_event("load"):
            file.write_text(WAT.format(16))
        page.wait_for_selector("html[data-ready]")
        operators = "seaofnodes.app.compilations[{}].operators.map((op) => op.text).join()"
        assert "Int32Constant[4]" in page.evaluate(operators.format(0)), "the new file"
        assert "Int32Constant[16]" in page.evaluate(operators.format(1)), "what was compared is compiled again"
        state = page.evaluate("seaofnodes.app.state")
        assert (state["compilation"], state["view"]) == (1, "sea")
        assert state["against"] == {"compilation": 0, "phase": simplify}
        assert page.locator(".notice").count() == 0
        started.close()
    assert not problems


def test_what_cannot_be_compared_any_more_is_said(file: Path) -> None:
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    usual = ["simplify,gvn"]

    def subject() -> Subject:
        engine = Engine(tier="baseline")
        module = engine.load(file)

        def compile_it(index: int, text: str | None) -> Any:
            if text == "mine" and usual[0] != "simplify,gvn":
                raise Error("unknown pass 'mine'")
            return engine.compile(module, index, usual[0] if text is None else "none" if text == "mine" else text)

        return Subject(0, [(0, "f")], compile_it)

    with sync_playwright() as playwright, serve(subject, [file]) as viewer:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = started.new_page()
        page.set_default_timeout(browser.PATIENCE)
        page.goto(viewer.address)
        page.wait_for_selector("html[data-ready]")
        for number, pipeline in enumerate(("mine", "simplify"), 2):
            page.fill("#live input", pipeline)
            page.press("#live input", "Enter")
            browser.until(page, f"seaofnodes.app.compilations.length === {number}")
        page.evaluate("seaofnodes.app.set({ compilation: 0, phase: 2, against: { compilation: 1, phase: 0 } })")
        usual[0] = "gvn"
        with page.expect_event("load"):
            file.write_text(WAT.format(16))
        page.wait_for_selector("html[data-ready]")
        notice = page.inner_text(".notice")
        assert "the comparison with mine is gone: unknown pass 'mine'" in notice
        assert page.evaluate("seaofnodes.app.compilations.map((one) => one.pipeline)") == ["gvn", "simplify"]
        assert page.evaluate("seaofnodes.app.state.against") is None
        assert page.evaluate("seaofnodes.app.compilation.phases[seaofnodes.app.state.phase].name") == "gvn"
        page.evaluate("seaofnodes.app.set({ compilation: 1, phase: 1, against: { compilation: 0, phase: 1 } })")
        usual[0] = "none"
        with page.expect_event("load"):
            file.write_text(WAT.format(8))
        page.wait_for_selector("html[data-ready]")
        assert "gvn, is not there any more: there is no diff" in page.inner_text(".notice")
        page.click(".notice button")
        assert page.locator(".notice").count() == 0
        started.close()


def test_a_new_server_at_the_same_port_is_noticed(file: Path) -> None:
    """Somebody starts it again with other options: the page that is open shows what they give."""
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    def subject(pipeline: str) -> Subject:
        engine = Engine(tier="baseline")
        module = engine.load(file)
        return Subject(0, [(0, "f")], lambda index, text: engine.compile(module, index, text or pipeline))

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = started.new_page()
        page.set_default_timeout(browser.PATIENCE)
        with serve(lambda: subject("none"), [file]) as first:
            port = urlsplit(first.address).port or 0
            page.goto(first.address)
            page.wait_for_selector("html[data-ready]")
            assert page.evaluate("seaofnodes.app.compilation.phases.length") == 1
        browser.until(page, "document.getElementById('status').textContent.includes('server has gone')")
        page.fill("#live input", "simplify")
        page.press("#live input", "Enter")
        browser.until(page, "document.getElementById('status').textContent.includes('does not answer')")
        with serve(lambda: subject("simplify,gvn"), [file], port), page.expect_event("load"):
            pass
        started.close()


def test_a_port_that_is_taken_is_named(viewer: Viewer) -> None:
    port = urlsplit(viewer.address).port or 0
    with pytest.raises(Error, match=f"port {port} of 127.0.0.1"), serve(viewer.load, viewer.files, port):
        pass


def test_a_pass_that_crashes_is_an_error_on_the_page(tmp_path: Path, file: Path, root: Path) -> None:
    rules = tmp_path / "crashing.py"
    rules.write_text(
        "from dataclasses import dataclass\nfrom seaofnodes.passes.base import Pass\n@dataclass(frozen=True)\n"
        "class Crash(Pass):\n    '''Crashes.'''\n    name = 'crash'\n"
        "    def run(self, graph, context):\n        1 / 0\n"
    )
    command = [sys.executable, "-m", "seaofnodes.cli.main", "view", str(file), "--no-open", "--load", str(rules)]
    with subprocess.Popen([*command, "--pipeline", "crash"], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.status == 422 and "division by zero" in response.read().decode()
        process.terminate()


def test_a_pass_that_hangs_is_an_error_on_the_page_and_the_server_lives_on(tmp_path: Path, file: Path) -> None:
    rules = tmp_path / "hanging.py"
    text = (
        "from dataclasses import dataclass\nfrom seaofnodes.passes.base import Pass, PassResult\n"
        "@dataclass(frozen=True)\nclass Hang(Pass):\n    name = 'hang'\n"
        "    def run(self, graph, context):\n        while True: pass\n        return PassResult(False)\n"
    )
    rules.write_text(text)

    def subject() -> Subject:
        engine = Engine(tier="baseline", compile_limit=0.2)
        module = engine.load(file)
        registry = PassRegistry()
        registry.load(rules)

        def compile(index: int, text: str | None) -> Compilation:
            return engine.compile(module, index, Pipeline.parse(text or "hang", registry))

        return Subject(0, [(0, "f")], compile)

    with serve(subject, [file, rules]) as viewer:
        status, page = ask(viewer, "/")
        assert status == 422 and "the compilation was stopped after 0.2 s" in page
        assert f"in pass hang ({rules}:7): while True: pass" in page
        status, answer = ask(viewer, f"/compile?function=0&pipeline=hang&token={viewer.token}", "POST")
        assert f"in pass hang ({rules}:7)" in json.loads(answer)["error"]
        status, answer = ask(viewer, f"/compile?function=0&pipeline=gvn&token={viewer.token}", "POST")
        assert "error" not in json.loads(answer)
        rules.write_text(text.replace("while True: pass", "pass"))
        assert ask(viewer, "/")[0] == 200


@pytest.mark.parametrize("options", [["--pipeline", "nonsense"], ["--load", "missing.py"], ["--load", "broken.py"]])
def test_what_is_wrong_at_the_start_ends_it(root: Path, file: Path, tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "broken.py").write_text("def broken(:\n")
    command = [sys.executable, "-m", "seaofnodes.cli.main", "view", str(file), "--no-open", *options]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1 and ran.stderr.startswith("error: ") and not ran.stdout
