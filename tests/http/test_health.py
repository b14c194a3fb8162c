"""For machines that watch: alive, ready, counters, the description of the interface."""

from __future__ import annotations

import re

import pytest

from assistant.http.app import create_app
from retrieval.errors import IndexUnavailable


@pytest.fixture
def app(container):
    """An application of this test alone, whose counters begin at nothing."""
    return create_app(container)


async def test_alive(visitor) -> None:
    assert (await visitor.get("/healthz")).json() == {"status": "ok"}


async def test_ready_names_what_is_missing(container, visitor) -> None:
    answer = await visitor.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "index": "ok", "worker": "down"}}
    container.vector.error = IndexUnavailable("down")
    answer = await visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["index"] == "index_unavailable"


async def test_counters_name_routes_and_never_paths(staff) -> None:
    await staff.get("/api/v1/turns/somebodys-turn-id")
    await staff.get("/somebodys-path")
    await staff.request("SOMEBODYS", "/")
    text = (await staff.get("/metrics")).text
    assert 'assistant_http_requests_total{method="GET",route="/api/v1/turns/{turn_id}",status="404"} 1' in text
    assert "somebodys" not in text.lower()
    assert re.search(r'assistant_http_request_duration_seconds_count\{route="/login"\} \d', text)
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.]+', line), line


async def test_buckets_grow_to_the_count(staff) -> None:
    text = (await staff.get("/metrics")).text
    found = re.findall(r'duration_seconds_bucket\{route="/login",le="([^"]+)"\} (\d+)', text)
    counts = [int(count) for _, count in found]
    assert counts == sorted(counts)
    assert found[-1][0] == "+Inf"
    assert counts[-1] == int(re.search(r'duration_seconds_count\{route="/login"\} (\d+)', text)[1])


def test_what_people_ask_is_recorded_by_nobody_else(container, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry import trace  # noqa: PLC0415 - comes with the framework

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setattr(trace, "get_tracer_provider", object)  # as if a library had set one up
    telemetry = create_app(container)._native_telemetry
    assert not telemetry.enabled()
    assert not telemetry.config["auto_configure"]


async def test_every_endpoint_is_described(app, visitor) -> None:
    schema = (await visitor.get("/openapi.json")).json()
    page = (await visitor.get("/docs")).text
    assert "/api/v1/turns/{turn_id}/events" in schema["paths"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert re.search("[가-힣]", operation["summary"]), (path, method)
            assert operation["summary"] in page, (path, method)
    assert "/ask" not in schema["paths"], "forms are not part of the interface"
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)
