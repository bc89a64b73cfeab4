"""Python's signal handlers run while wasm does."""

from __future__ import annotations

from tests.runtime.lifetimes.scripts import said

SOON = 0.15  # seconds of processor time from the signal to Python's handler
TIMES = 3
HELPERS = f"""
SIGNALS = [signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1, signal.SIGINT]
class Stop(Exception):
    pass
def handler(number, frame):
    raise Stop
def stops(function, send=int, error=Stop):
    delays = []
    for _ in range({TIMES}):
        send()
        try:
            function()
        except error:
            delays.append(time.process_time() - SENT[-1])
    assert len(delays) == {TIMES} and min(delays) < {SOON}, delays
"""


def works(code: str) -> None:
    assert said(HELPERS + code) == ""


def test_handler_from_before() -> None:
    works("""
def case(number, tier):
    signal.signal(number, handler)
    exports = make(tier=tier)
    stops(lambda: exports["endless"](0), lambda: later(0.3, number))
each(case, *[(number, "baseline") for number in SIGNALS], (signal.SIGTERM, "optimized"), (signal.SIGTERM, "auto"))
""")


def test_handler_that_came_after_the_engine() -> None:
    works("""
def case(number):
    exports = make(tier="baseline")
    assert exports["id"](3) == 3
    signal.signal(number, handler)
    stops(lambda: exports["endless"](0), lambda: later(0.3, number))
each(case, *[(number,) for number in SIGNALS])
""")


def test_handler_that_a_host_function_installs() -> None:
    works("""
def case(number):
    def host(x):
        signal.signal(number, handler)
        later(0.1, number)
        return x
    stops(make(host, tier="baseline")["host_then_endless"])
each(case, *[(number,) for number in SIGNALS])
""")


def test_handler_that_returns() -> None:
    """Wasm goes on; the handler runs each time, also between two host calls."""
    works("""
def case(name):
    seen = []
    def handler(number, frame):
        seen.append(number)
        if len(seen) == 4:
            raise Stop
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, handler)
    exports = make(tier="baseline")
    later(0.1, signal.SIGTERM, signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR1)
    try:
        exports[name](*[0] * (name == "endless"))
    except Stop:
        assert seen == [signal.SIGTERM, signal.SIGUSR1] * 2
    assert exports["id"](5) == 5
each(case, ("endless",), ("calling",))
""")


def test_handler_that_calls_wasm() -> None:
    works("""
def case(name):
    seen = []
    def handler(number, frame):
        seen.append(exports["count"](3000))
        if len(seen) == 3:
            raise Stop
    signal.signal(signal.SIGUSR1, handler)
    exports = make(tier_up_budget=50)
    later(0.1, *[signal.SIGUSR1] * 3)
    try:
        exports[name](*[0] * (name == "endless"))
    except Stop:
        assert seen == [3000] * 3
each(case, ("endless",), ("calling",))
""")


def test_timer() -> None:
    works("""
def case():
    signal.signal(signal.SIGPROF, handler)
    exports = make(tier="baseline")
    def send():
        later(0)
        SENT.append(time.process_time() + 0.1)
        signal.setitimer(signal.ITIMER_PROF, 0.1)
    stops(lambda: exports["endless"](0), send)
each(case, ())
""")


def test_wasm_in_a_loop_of_asyncio() -> None:
    works("""
def case(number):
    signal.signal(number, handler)
    exports = make(tier="baseline")
    async def main():
        stops(lambda: exports["endless"](0), lambda: later(0.3, number))
    asyncio.run(main())
each(case, (signal.SIGUSR1,), (signal.SIGTERM,))
""")


def test_control_c_after_changes_in_a_host_function() -> None:
    works("""
async def nothing():
    await asyncio.sleep(0)
def run_asyncio():
    asyncio.run(nothing())
def ignore_for_a_moment():
    signal.signal(signal.SIGINT, signal.signal(signal.SIGINT, signal.SIG_IGN))
def install_again():
    signal.signal(signal.SIGINT, signal.default_int_handler)
def case(change):
    def host(x):
        globals()[change]()
        later(0.1, signal.SIGINT)
        return x
    stops(make(host, tier="baseline")["host_then_endless"], error=KeyboardInterrupt)
each(case, ("run_asyncio",), ("ignore_for_a_moment",), ("install_again",))
""")


def test_wakeup_descriptor() -> None:
    """What waits for signals by a descriptor hears of them, too."""
    works("""
def case():
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGUSR1, handler)
    exports = make(tier="baseline")
    stops(lambda: exports["endless"](0), lambda: later(0.3, signal.SIGUSR1))
    assert os.read(read, 100) == bytes([signal.SIGUSR1]) * len(SENT)
each(case, ())
""")


def test_other_threads_run_wasm() -> None:
    """Handlers run in the main thread, whatever others do; a wait for an engine that is busy ends by them, too."""
    works("""
def case(shared):
    signal.signal(signal.SIGTERM, handler)
    exports = make()
    threading.Thread(target=(exports if shared else make())["endless"], args=(0,), daemon=True).start()
    time.sleep(0.1)
    later(0.1, signal.SIGTERM)
    try:
        exports["id"](1) if shared else time.sleep(10)
    except Stop:
        os._exit(0)
each(case, (False,), (True,))
""")
