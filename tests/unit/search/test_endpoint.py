"""The endpoint embedder against a real little HTTP server on loopback."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from retrieval.embedders.endpoint import EndpointEmbedder
from retrieval.errors import IndexUnavailable


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers["Authorization"], body))
        status, reply = self.server.answer(body)
        raw = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """Keep test output clean."""


def vectors(body, *, dimension=3):
    rows = [
        {"object": "embedding", "index": number, "embedding": [float(len(text)), 1.0] + [0.0] * (dimension - 2)}
        for number, text in enumerate(body["input"])
    ]
    return {
        "object": "list",
        "model": body["model"],
        "data": rows[::-1],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.requests, made.answer = [], lambda body: (200, vectors(body))
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def make(server):
    made = []

    def build(**options):
        address = f"http://127.0.0.1:{server.server_port}/v1"
        made.append(EndpointEmbedder(base_url=address, model="m", max_retries=0, **options))
        return made[-1]

    yield build
    for embedder in made:
        embedder.close()


def test_asks_in_batches_and_keeps_the_order(server, make):
    embedder = make(api_key="key", batch_size=2, passage_prefix="passage: ")
    found = embedder.embed_passages(["가", "나나", "다다다"])
    lengths = np.array([10.0, 11.0, 12.0])
    assert found[:, 0] == pytest.approx(lengths / np.sqrt(lengths**2 + 1))
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))
    assert [len(body["input"]) for _, _, body in server.requests] == [2, 1]
    path, authorization, body = server.requests[0]
    assert (path, authorization, body["model"]) == ("/v1/embeddings", "Bearer key", "m")


def test_questions_take_their_own_prefix_and_nfkc(server, make):
    make(query_prefix="query: ").embed_query("\u1106\u1175\u11ab원")
    assert server.requests[0][2]["input"] == ["query: 민원"]


def test_dimension_is_asked_once_when_not_given(server, make):
    embedder = make()
    assert (embedder.dimension, embedder.dimension) == (3, 3)
    assert len(server.requests) == 1
    assert embedder.embed_passages([]).shape == (0, 3)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (500, {"error": {"message": "no"}}),
        lambda _: (401, {"error": {"message": "no"}}),
        lambda _: (200, {"data": []}),
        lambda _: (200, {"data": "?"}),
        lambda body: (200, vectors(body, dimension=4)),
        lambda _: (200, {"data": [{"index": 0, "embedding": [0.0, 0.0, 0.0]}]}),
        lambda _: (200, {"data": [{"index": 0, "embedding": [1.0, None, 0.0]}]}),
    ],
)
def test_any_bad_reply_is_a_side_that_is_down(server, make, answer):
    embedder = make(dimension=3)
    server.answer = answer
    with pytest.raises(IndexUnavailable, match="embedding endpoint"):
        embedder.embed_query("민원")


def test_an_address_nobody_listens_at(server):
    embedder = EndpointEmbedder(base_url="http://127.0.0.1:9/v1", model="m", max_retries=0, timeout=1)
    with pytest.raises(IndexUnavailable):
        embedder.embed_query("민원")
    embedder.close()


def test_the_environment_cannot_reroute_it(server, make, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert make().embed_query("민원").shape == (3,)


def test_fingerprint_tells_models_apart(make):
    assert make().fingerprint != make(query_prefix="query: ").fingerprint
    with pytest.raises(ValueError, match="model"):
        EndpointEmbedder(base_url="http://127.0.0.1:9/v1", model="")
