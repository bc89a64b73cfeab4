"""The viewer live, on the loopback interface: other functions and pipelines on demand, anew when files change.

Whatever else runs in the same browser must not get at it: a request has to name this very host and port (a name that
somebody points to 127.0.0.1 does not), and all but the first page has to bring the token that the page was given.
"""

from __future__ import annotations

import secrets
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from seaofnodes.errors import Error
from seaofnodes.passes.framework.failures import error_text, place_text
from seaofnodes.plain import json_text
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import printable
from seaofnodes.viz.viewer.data import compilation_data
from seaofnodes.viz.viewer.page import page

_LOOK: Final = 0.5  # seconds between looks at the files
_QUIET: Final = 15.0  # seconds without a message after which a comment shows whether the browser is still there


@dataclass(frozen=True)
class Subject:
    """What is viewed. function: index of the one to show first; functions: indices and names; compile: a function's
    index and a pipeline (None: the usual one) -> its traced compilation.
    """

    function: int
    functions: list[tuple[int, str]]
    compile: Callable[[int, str | None], Compilation]


class Viewer:
    """The subject as its files are now. Attributes: address: of the page; version: grows when a file changes."""

    def __init__(self, load: Callable[[], Subject], files: Iterable[str | Path]) -> None:
        self.load = load
        self.files = [Path(file) for file in files]
        self.token = secrets.token_urlsafe(16)
        self.address = ""
        self.version = 0
        self.changed = threading.Condition()
        self.stopped = threading.Event()
        self._lock = threading.Lock()  # an engine compiles one thing at a time
        self._stamps = self._look()  # first: what changes from here on is told
        self._subject = load()

    def _look(self) -> list[tuple[int, int]]:
        return [(found.st_mtime_ns, found.st_size) for file in self.files if (found := _stat(file)) is not None]

    def watch(self) -> None:
        """Until stopped: tell of changed files."""
        while not self.stopped.wait(_LOOK):
            stamps = self._look()
            if stamps != self._stamps:
                self._stamps = stamps
                with self.changed:
                    self.version += 1
                    self.changed.notify_all()

    def wait(self) -> None:
        """Until `stop`, or KeyboardInterrupt."""
        while not self.stopped.wait(3600):
            pass

    def stop(self) -> None:
        self.stopped.set()
        with self.changed:
            self.changed.notify_all()

    def page(self, function: int | None) -> str:
        """Raises Error if the module, or the function, does not compile."""
        with self._lock:
            version = self.version
            self._subject = subject = self.load()
            wanted = subject.function if function is None else function
            made = subject.compile(wanted, None)
        live = {
            "token": self.token,
            "version": version,
            "function": wanted,
            "functions": [[index, printable(name)] for index, name in subject.functions],
        }
        return page([made], live)

    def compile(self, function: int, pipeline: str) -> dict[str, Any]:
        """The data of one more compilation. Raises Error."""
        with self._lock:
            return compilation_data(self._subject.compile(function, pipeline))


def _told(error: Exception, brief: bool = False) -> str:
    """What is wrong with the files; of an error in a pass also where it is. brief: without Python's stack."""
    place = place_text(error)
    if brief or place:
        return (str(error) if isinstance(error, Error | OSError) else error_text(error)) + place
    if isinstance(error, (Error, OSError, ValueError)) and str(error):
        return str(error)
    return "".join(traceback.format_exception(error))


def _shown(message: str) -> str:
    """An error's lines, harmless."""
    return "\n".join(printable(line, 1000) for line in message.splitlines())


def _stat(file: Path) -> Any:
    try:
        return file.stat()
    except OSError:
        return None  # an editor may be just about to write it


@contextmanager
def serve(load: Callable[[], Subject], files: Iterable[str | Path], port: int = 0) -> Iterator[Viewer]:
    """Serve on 127.0.0.1 while the context lasts. Raises what `load` raises, Error for a port that is taken."""
    viewer = Viewer(load, files)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, viewer))
    except OSError as error:
        raise Error(f"port {port} of 127.0.0.1 cannot be had ({error.strerror}); port 0 is any that is free") from error
    server.daemon_threads = True
    viewer.address = f"http://127.0.0.1:{server.server_port}/"
    threads = [threading.Thread(target=work, daemon=True) for work in (server.serve_forever, viewer.watch)]
    for thread in threads:
        thread.start()
    try:
        yield viewer
    finally:
        viewer.stop()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, viewer: Viewer, *args: Any) -> None:
        self.viewer = viewer
        super().__init__(*args)

    def do_GET(self) -> None:
        """The page, or the stream of events."""
        path, query = self._asked()
        if path == "/":
            self._answer_page(query)
        elif path == "/events" and self._trusted(query):
            version = query.get("version", "")
            self._events(int(version) if version.isdecimal() else 0)

    def do_POST(self) -> None:
        """One more compilation."""
        path, query = self._asked()
        if path != "/compile" or not self._trusted(query):
            return
        try:
            data = self.viewer.compile(int(query.get("function", "")), query.get("pipeline", ""))
        except Exception as error:  # perhaps of a user's pass
            data = {"error": _told(error, brief=True)}
        self._send(HTTPStatus.OK, "application/json", json_text(data))

    def _asked(self) -> tuple[str, dict[str, str]]:
        """Path and query; the path is "" where the request is not for us, and that has been said."""
        host = self.headers.get("Host", "")
        here = self.viewer.address.removeprefix("http://").rstrip("/")
        if host not in (here, here.replace("127.0.0.1", "localhost")):
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "this server answers to 127.0.0.1 only")
            return "", {}
        parts = urlsplit(self.path)
        if parts.path not in ("/", "/events", "/compile"):
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "there is no such page")
            return "", {}
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _trusted(self, query: dict[str, str]) -> bool:
        if secrets.compare_digest(query.get("token", "").encode(), self.viewer.token.encode()):
            return True
        self._send(HTTPStatus.FORBIDDEN, "text/plain", "the token is wrong: reload the page")
        return False

    def _answer_page(self, query: dict[str, str]) -> None:
        version = self.viewer.version
        try:
            function = int(query["function"]) if "function" in query else None
            text, status = self.viewer.page(function), HTTPStatus.OK
        except Exception as error:  # of somebody's pass, perhaps
            self._send(HTTPStatus.UNPROCESSABLE_ENTITY, "text/html", self._broken(_told(error), version))
            return
        self._send(status, "text/html", text)

    def _broken(self, message: str, version: int) -> str:
        """A page that waits for the files, which were read at that version, to be mended."""
        viewer, nonce = self.viewer, secrets.token_urlsafe(12)
        query = f"token={viewer.token}&version={version}"
        return (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>seaofnodes</title>'
            f"<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; connect-src 'self'; "
            f"script-src 'nonce-{nonce}'\"></head><body><pre>{escape(_shown(message))}</pre><p>The page reloads when "
            f'a file changes.</p><script nonce="{nonce}">new EventSource("events?{query}").addEventListener("changed", '
            "() => location.reload());</script></body></html>"
        )

    def _events(self, version: int) -> None:
        """Until a file changes, the browser goes, or the server ends."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        viewer = self.viewer
        try:
            while not viewer.stopped.is_set():
                with viewer.changed:
                    new = viewer.changed.wait_for(lambda: viewer.version > version or viewer.stopped.is_set(), _QUIET)
                if viewer.version > version:
                    self.wfile.write(b"event: changed\ndata: \n\n")
                    return
                if not new:
                    self.wfile.write(b": still here\n\n")
                    self.wfile.flush()
        except ConnectionError:
            return  # the page was closed

    def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass  # the page was closed

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the terminal is the user's."""
