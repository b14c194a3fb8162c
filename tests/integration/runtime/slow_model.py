"""An OpenAI-compatible server on loopback that writes one sentence at a time, as slowly as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTENCES = ["사용허가가 취소되면 20일 이내에 원래 상태로 되돌려야 합니다 [1]. "] * 6


class Pen:
    """How the model writes; after the first sentence it waits until ``free`` is set."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.begun = threading.Event()
        self.base_url = ""


@contextmanager
def serve() -> Iterator[Pen]:
    """Run the server for the length of the block."""
    pen = Pen()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _write(self, text: str) -> None:
            data = text.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number, sentence in enumerate(SENTENCES):
                if number == 2:  # the gate lets a sentence through when the next one has begun
                    pen.begun.set()
                    pen.free.wait(300)
                self._write(event(sentence))
            self._write(event(None))
            self._write("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # the reader was killed on purpose

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    pen.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield pen
    finally:
        pen.free.set()
        server.shutdown()
        server.server_close()
        thread.join()


def event(text: str | None) -> str:
    """One event of a chat stream; ``None`` ends it."""
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": None if text else "stop"}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
