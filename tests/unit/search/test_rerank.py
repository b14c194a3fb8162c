"""The endpoint reranker and what search makes of it, against a real little HTTP server on loopback."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.library.legal import LegalState
from assistant.library.reranking import Reranking
from assistant.library.search import SearchHit
from retrieval.errors import IndexUnavailable
from retrieval.rerankers.endpoint import EndpointReranker
from retrieval.types import Locator


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers["Authorization"], body))
        status, reply = self.server.answer(body)
        raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """Keep test output clean."""


def by_length(body):
    """Score a passage by its length, best first as these endpoints answer."""
    rows = [{"index": n, "relevance_score": float(len(text))} for n, text in enumerate(body["documents"])]
    return {"results": sorted(rows, key=lambda row: -row["relevance_score"])}


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.requests, made.answer = [], lambda body: (200, by_length(body))
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def reranker(server):
    made = EndpointReranker(
        base_url=f"http://127.0.0.1:{server.server_port}/v1/", model="m", api_key="key", timeout=0.5
    )
    yield made
    made.close()


def hit(name, text, *, score=0.5, grade="O"):
    place = Locator("제1조", "목적")
    state = LegalState.IN_FORCE
    return SearchHit(name, "d", "v", "c", "모음", grade, "법", place, text, 0, 1, score, state, None, 0.0, 0.0)


def test_scores_come_back_in_the_order_of_the_passages(server, reranker):
    assert reranker.scores("질문", ["가나다", "가", "가나"]) == [3.0, 1.0, 2.0]
    path, key, body = server.requests[0]
    assert (path, key) == ("/v1/rerank", "Bearer key")
    assert body == {"model": "m", "query": "질문", "documents": ["가나다", "가", "가나"], "top_n": 3}
    assert reranker.scores("질문", []) == []


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (500, {}),
        (302, {}),
        (200, b"no json"),
        (200, {"results": [{"index": 0, "relevance_score": 1.0}]}),
        (200, {"results": [{"index": 0, "relevance_score": 1.0}, {"index": 5, "relevance_score": 1.0}]}),
        (200, b'{"results": [{"index": 0, "relevance_score": NaN}, {"index": 1, "relevance_score": 1}]}'),
        (200, {"results": None}),
        (200, []),
    ],
)
def test_anything_but_one_score_each_is_unavailable(server, reranker, status, reply):
    server.answer = lambda _: (status, reply)
    with pytest.raises(IndexUnavailable, match="rerank"):
        reranker.scores("질문", ["가", "나"])


def test_silence_ends_with_the_timeout(server, reranker):
    server.answer = lambda body: time.sleep(1.0) or (200, by_length(body))
    with pytest.raises(IndexUnavailable, match="Timeout"):
        reranker.scores("질문", ["가", "나"])


def test_hits_take_the_new_order_and_scores_stay_in_order(reranker):
    hits = [hit("a", "가", score=0.9), hit("b", "가나다", score=0.8), hit("c", "가나", score=0.7)]
    moved, answered = Reranking(reranker, "O", redact=str).apply("질문", hits)
    assert answered
    assert [(one.chunk_id, one.score) for one in moved] == [("b", 0.9), ("c", 0.8), ("a", 0.7)]


def test_what_may_not_be_sent_and_what_is_named_keep_their_places(server, reranker):
    hits = [hit("n", "가", score=1.0), hit("a", "가"), hit("s", "가나다라", grade="S"), hit("b", "가나다")]
    moved, _ = Reranking(reranker, "O", redact=lambda text: text.replace("질", "○")).apply("질문", hits)
    assert [one.chunk_id for one in moved] == ["n", "b", "s", "a"]
    (_, _, body) = server.requests[0]
    assert body["query"] == "○문"
    assert body["documents"] == ["법 제1조 목적\n가", "법 제1조 목적\n가나다"]


def test_the_order_stays_when_the_reranker_is_away(server, reranker):
    server.answer = lambda _: (503, {})
    hits = [hit("a", "가"), hit("b", "가나다")]
    assert Reranking(reranker, "O", redact=str).apply("질문", hits) == (hits, False)
    assert Reranking(reranker, "O", redact=str).apply("질문", [replace(hits[0])]) == (hits[:1], True)


@pytest.mark.parametrize("wrong", [{"base_url": "", "model": "m"}, {"base_url": "http://127.0.0.1", "model": ""}])
def test_an_address_without_a_model_is_refused(wrong):
    with pytest.raises(ValueError, match="model"):
        EndpointReranker(**wrong)
