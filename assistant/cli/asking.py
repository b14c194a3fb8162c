"""``assistant search`` and ``assistant ask``."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import output

if TYPE_CHECKING:
    from assistant.accounts.identity import Principal
    from assistant.library.search import SearchResponse
    from assistant.wiring import Container

AsUser = Annotated[str | None, typer.Option("--as", metavar="USER", help="이 사용자의 권한으로")]
Collection = Annotated[str | None, typer.Option("--collection", metavar="NAME", help="이 문서 모음에서만")]
Batch = Annotated[str | None, typer.Option("--batch", metavar="FILE.jsonl", help="한 줄에 하나씩 (-: 표준 입력)")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="이 날의 법령으로 (없으면 오늘)")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON 하나로 출력")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="한 줄에 JSON 하나씩 출력")]


def search(
    *,
    query: Annotated[str | None, typer.Argument(help="찾을 말")] = None,
    batch: Batch = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="결과 수")] = 10,
    as_user: AsUser = None,
    collection: Collection = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
) -> None:
    """문서에서 찾습니다."""
    output.only_one(query, batch)
    day = output.day_option(as_of)
    container = output.open_container()
    try:
        principal = output.acting(container, as_user)
        container.searcher.search("준비", scopes=["준비"], limit=1)  # loads the models outside the first query's time

        def one(item: dict[str, Any]) -> dict[str, Any]:
            when = output.day(item["as_of"]) if item.get("as_of") is not None else day
            response = container.search.search(principal, item["query"], k=k, collection=collection, as_of=when)
            return _found(item["query"], response)

        if batch is not None:
            raise typer.Exit(output.batch(batch, "query", one))
        found = {"id": None, **one({"query": query})}
        if as_json or as_jsonl:
            output.emit(found)
        else:
            _print_hits(found)
    finally:
        container.close()


def _found(query: str, response: SearchResponse) -> dict[str, Any]:
    return {
        "query": query,
        "took_ms": response.took_ms,
        "degraded": list(response.degraded),
        "results": [
            {
                "document_id": hit.document_id,
                "title": hit.title,
                "collection": hit.collection,
                "locator": {
                    "article": hit.locator.article,
                    "page": hit.locator.page,
                    "heading": " › ".join(hit.locator.heading) or None,
                },
                "text": hit.text,
                "score": round(hit.score, 6),
                "legal_state": hit.legal_state.value,
                "effective_on": hit.effective_on.isoformat() if hit.effective_on else None,
            }
            for hit in response.results
        ],
    }


def _print_hits(found: dict[str, Any]) -> None:
    for number, hit in enumerate(found["results"], start=1):
        heading = hit["locator"]["heading"] or ""
        first = " ".join(hit["text"].split())[:160]
        output.say(f"{number}. {hit['title']} › {heading}  ({hit['collection']}, {hit['score']:.3f})\n   {first}")
    if found["degraded"]:
        output.say("(검색 색인 일부에 연결할 수 없어 일부만으로 찾았습니다.)")
    if not found["results"]:
        output.say("찾은 내용이 없습니다.")


def ask(
    *,
    question: Annotated[str | None, typer.Argument(help="질문")] = None,
    batch: Batch = None,
    as_user: AsUser = None,
    collection: Collection = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonl = False,
) -> None:
    """질문에 근거를 들어 답합니다."""
    output.only_one(question, batch)
    day = output.day_option(as_of)
    container = output.open_container()
    try:
        principal = output.acting(container, as_user)
        container.warm()
        with asyncio.Runner() as runner:

            def one(item: dict[str, Any]) -> dict[str, Any]:
                when = output.day(item["as_of"]) if item.get("as_of") is not None else day
                return runner.run(_ask(container, principal, item["question"], collection=collection, as_of=when))

            if batch is not None:
                code = output.batch(batch, "question", one)
                runner.run(container.answers.shutdown())
                raise typer.Exit(code)
            answer = one({"question": question})
            runner.run(container.answers.shutdown())
        if as_json or as_jsonl:
            output.emit(answer)
        else:
            _print_answer(answer)
        if answer["status"].startswith("error"):
            raise typer.Exit(1)
    finally:
        container.close()


async def _ask(container: Container, principal: Principal, question: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - as for the service
    started = time.perf_counter()
    turn = await container.answers.answer(principal, question, **how)
    return {
        "id": turn["id"],
        "status": turn["status"],
        "answer": turn["answer"],
        "citations": [_citation(source) for source in turn["citations"]],
        "findings": turn["findings"],
        "notices": turn["notices"],
        "model": turn["model"],
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
        **({"reason": turn["reason"]} if turn["reason"] else {}),
    }


def _citation(source: dict[str, Any]) -> dict[str, Any]:
    locator = source["locator"]
    return {
        "n": source["n"],
        "document_id": source["document_id"],
        "title": source["title"],
        "locator": {
            "article": locator.get("article"),
            "page": locator.get("page"),
            "heading": " › ".join(locator.get("heading") or []) or None,
        },
        "quote": source["quote"],
        "legal_state": source["legal_state"],
        "effective_on": source["effective_on"],
    }


def _print_answer(answer: dict[str, Any]) -> None:
    for notice in answer["notices"]:
        output.say(f"({notice['text']})")
    output.say(f"\n{answer['answer']}\n")
    for citation in answer["citations"]:
        article = citation["locator"]["article"] or ""
        since = citation["effective_on"] or "시행일 확인 못 함"
        output.say(f"[{citation['n']}] {citation['title']} {article} ({since})")
