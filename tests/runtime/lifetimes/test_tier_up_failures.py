"""A call that only became hot does not fail because the optimizing compiler cannot do its work."""

from __future__ import annotations

import pytest

from tests.runtime.lifetimes.scripts import said

CALLS = """
def calls(exports):
    for n in (10, 1000, 2000, 100000):
        for name in ("count", "many"):
            found = exports[name](n)
            assert found == n, (name, n, found)
"""
READY = """
make(background=False, tier_up_budget=10)["count"](1000)  # what is imported late is there
"""
NO_THREADS = {
    "refused": """
import _thread
def refuse(*arguments):
    raise RuntimeError("can't start new thread")
threading._start_new_thread = refuse
""",
    "limited": """
if os.getuid() == 0:
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    threading.Thread(target=print).start()
    raise AssertionError("threads can be made")
except RuntimeError:
    pass
""",
}


@pytest.mark.parametrize("how", NO_THREADS)
def test_no_threads(how: str) -> None:
    said(CALLS + READY + 'exports = make(tier_up_budget=50)\nassert exports["id"](1) == 1\n' + NO_THREADS[how] + """
calls(exports)
calls(exports)
calls(make(tier_up_budget=50))
""")


def test_no_threads_for_a_time() -> None:
    """Later calls are optimized when threads can be had again."""
    said(CALLS + READY + """
start = threading._start_new_thread
engine = seaofnodes.Engine(tier_up_budget=50)
exports = engine.instantiate(DATA, {"env": {"host": lambda x: x}}).exports
def refuse(*arguments):
    raise RuntimeError("can't start new thread")
threading._start_new_thread = refuse
calls(exports)
threading._start_new_thread = start
for _ in range(50):
    calls(exports)
    engine.wait_for_compiler(5)
""")


@pytest.mark.parametrize("background", [True, False])
def test_no_descriptors(background: bool) -> None:
    """What is imported late cannot be opened."""
    said(CALLS + f"""
exports = make(tier_up_budget=50, background={background})
assert exports["count"](1) == 1 and exports["many"](1) == 1 and exports["id"](1) == 1
assert "seaofnodes.passes.simplify" not in sys.modules  # else there is nothing to import
resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
calls(exports)
time.sleep(0.5)
calls(exports)
""")


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("tier", ["auto", "optimized"])
def test_full_code_space(background: bool, tier: str) -> None:
    """3,000 small functions, for whose baseline code there is room."""
    said(f"""
from tests.support import wat
count = 3000
functions = " ".join(
    f'(func (export "f{{i}}") (param i32) (result i32) (i32.add (local.get 0) (i32.const {{i}})))' for i in range(count)
)
data = wat(f"(module {{functions}})")
engine = seaofnodes.Engine(tier={tier!r}, code_space=1 << 20, tier_up_budget=1, background={background})
exports = engine.instantiate(data).exports
for turn in range(4):
    for i in range(count):
        found = exports[f"f{{i}}"](turn)
        assert found == turn + i, (turn, i, found)
engine.wait_for_compiler(30)
for i in range(count):
    assert exports[f"f{{i}}"](5) == 5 + i
""", seconds=100)


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("leave", ["sys.exit(0)", "os._exit(0)"])
def test_forked_child(background: bool, leave: str) -> None:
    """Its calls become hot there; the parent's code stays as it is."""
    said(CALLS + READY + f"""
exports = make(tier_up_budget=50, background={background})
assert exports["count"](1) == 1 and exports["many"](1) == 1
child = os.fork()
if not child:
    calls(exports)
    calls(exports)
    {leave}
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
calls(exports)
child = os.fork()
if not child:  # with optimized code
    calls(exports)
    calls(make(tier_up_budget=50))
    {leave}
calls(exports)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""")


def test_errors_of_the_compiler() -> None:
    """The collector is on afterwards, and calls go on."""
    assert said(CALLS + READY + """
import seaofnodes.runtime.tiers.optimize as optimize
def case(error, background):
    def broken(*arguments, **named):
        raise error("broken")
    optimize.optimize = broken
    engine = seaofnodes.Engine(tier_up_budget=50, background=background)
    exports = engine.instantiate(DATA, {"env": {"host": lambda x: x}}).exports
    calls(exports)
    engine.wait_for_compiler(5)
    calls(exports)
    assert gc.isenabled() and not engine.runtime.entry.running
each(case, *[(error, background) for error in (RuntimeError, MemoryError, RecursionError, OSError)
             for background in (True, False)])
""") == ""
