"""A real HTTP server on loopback that behaves as badly as model servers do."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = "data: [DONE]\n\n"


def chunk(text: str | None, finish: str | None = None) -> str:
    """One event of a chat stream."""
    delta = {} if text is None else {"content": text}
    event = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(event)}\n\n"


class Script:
    """What the server answers next, and what it was asked."""

    def __init__(self) -> None:
        self.mode = "well"
        self.text = "민원은 14일 안에 처리합니다 [1]."
        self.requests: list[dict[str, Any]] = []
        self.base_url = ""


@contextmanager
def serve() -> Iterator[Script]:  # noqa: C901 - the ways to misbehave stand together
    """Run the server for the length of the block."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _write(self, text: str) -> None:
            data = text.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.requests.append(json.loads(body))
            if script.mode in {"401", "500"}:
                self.send_response(int(script.mode))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._stream()

        def _stream(self) -> None:
            if script.mode == "html":
                self._write("<html>로그인하세요</html>")
            elif script.mode == "garbage":
                self._write("data: {not json\n\n")
            elif script.mode == "slow":
                time.sleep(3)
            else:
                for piece in (script.text[i : i + 7] for i in range(0, len(script.text), 7)):
                    self._write(chunk(piece))
                    if script.mode == "cut":
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                if script.mode == "unfinished":
                    self.wfile.write(b"0\r\n\r\n")
                    return
                self._write(chunk(None, "stop"))
                self._write(DONE)
            self.wfile.write(b"0\r\n\r\n")

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    script.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
