"""Fits what decides which sentence answers and whether the evidence is enough, on the tuning parts only."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.answers.logit import area, choice, logistic
from eval.answers.questions import DATASET, EVERYDAY, Question, load, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assistant.accounts.identity import Principal
    from assistant.answering.scoring import Candidate
    from assistant.wiring import Container

OVER_REFUSAL = 0.08  # of the answerable tuning questions; the aim is one in ten on questions never seen
SURE = 0.25  # of the answerable tuning questions may be answered with a word of caution
GATE = (
    "dense",
    "asked",
    "lexical",
    "coverage",
    "agreement",
    "both",
    "missing",
    "of_the_day",
    "of_the_place",
    "elsewhere",
    "of_taste",
)
RIDGE_GATE, RIDGE_CHOICE, FOLDS = 1.0, 0.003, 5


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what gate and sentence choice see of it."""

    question: Question
    gate: dict[str, float]
    candidates: list[dict[str, float]]
    right: list[bool]


def calibrate(container: Container, principal: Principal, *, collection: str | None, write: bool) -> None:
    """Gather features, fit, print how well it does on folds it was not fitted on, and write the weights if told to."""
    from assistant.answering.scoring import WEIGHTS, weights  # noqa: PLC0415 - heavy

    questions = [*load(DATASET, "tuning"), *load(EVERYDAY, "tuning")]
    cases = asyncio.run(gather(container, principal, questions, collection))
    made = dict(weights())
    made["sentences"] = {"weights": _sentences(cases)}
    made["gate"] = _gate(cases, GATE)
    made["recipe"] = f"python -m eval.answers --calibrate, {len(cases)} tuning questions"
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    sys.stdout.write(text)
    if write:
        WEIGHTS.write_text(text, encoding="utf-8")


async def gather(
    container: Container, principal: Principal, questions: Sequence[Question], collection: str | None
) -> list[Case]:
    """Put the questions to search and read the articles, as an answer does."""
    from assistant.answering.evidence import features  # noqa: PLC0415 - heavy
    from assistant.answering.scoring import prepared  # noqa: PLC0415
    from assistant.answering.steps.retrieve import WANTED, retrieve  # noqa: PLC0415

    cases = []
    for number, question in enumerate(questions, start=1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{len(questions)}")
        response = container.search.search(principal, question.text, k=WANTED, collection=collection)
        turn = _turn(principal, question.text, collection)
        await retrieve(turn, container.kit)
        found: list[Candidate] = []
        if question.gold:
            found = prepared(question.text, [s for s in turn.sources if not s.details], container.embedder)
        rights = right(question, found)
        cases.append(Case(question, features(question.text, response), [c.features for c in found], rights))
    return cases


def _turn(principal: Principal, question: str, collection: str | None) -> Any:  # noqa: ANN401 - built for one step
    from assistant.answering.turn import Turn  # noqa: PLC0415 - heavy

    return Turn(
        id="", conversation_id="", principal=principal, typed=question, collection=collection,
        pseudonyms=None,  # type: ignore[arg-type]  # the one step that is run uses none
        emit=lambda _type, _data: None, stopped=lambda: False, lost=lambda _sources: frozenset(),
        question=question, search_query=question,
    )  # fmt: skip


def right(question: Question, found: Sequence[Candidate]) -> list[bool]:
    """Say which sentences answer: those with the answer's words; where none is known to, all of the right articles."""
    gold = [(c.source.title, c.source.locator.get("article") or "") in question.gold for c in found]
    wanted = plain(question.answer or question.quote)
    holding = []
    for candidate, golden in zip(found, gold, strict=True):
        text = plain(candidate.node.sentence.text)
        holding.append(golden and (wanted in text or text in wanted or wanted[-20:] in text or wanted[:20] in text))
    return holding if any(holding) else gold


def _sentences(cases: Sequence[Case]) -> dict[str, float]:
    usable = [case for case in cases if any(case.right)]
    names = sorted({name for case in usable for features in case.candidates for name in features} - {"cosine"})
    choices = [(_matrix(case.candidates, names), np.array(case.right)) for case in usable]
    hits = 0
    for fold in range(FOLDS):
        fitted = choice([c for n, c in enumerate(choices) if n % FOLDS != fold], ridge=RIDGE_CHOICE)
        hits += sum(bool(r[int(np.argmax(f @ fitted))]) for n, (f, r) in enumerate(choices) if n % FOLDS == fold)
    sys.stdout.write(
        f"sentence choice: {len(usable)} questions with the right article among the sources, "
        f"right sentence first for {hits} of them (on {FOLDS} folds not fitted on)\n"
    )
    return {
        name: round(float(value), 3) for name, value in zip(names, choice(choices, ridge=RIDGE_CHOICE), strict=True)
    }


def _gate(cases: Sequence[Case], names: Sequence[str]) -> dict[str, Any]:
    matrix = _matrix([case.gate for case in cases], names)
    answerable = np.array([bool(case.question.gold) for case in cases])
    near = np.array([case.question.near for case in cases])
    weight = np.where(answerable, 0.5 / answerable.mean(), 0.5 / (1 - answerable.mean()))
    for name, column in zip(names, matrix.T, strict=True):
        sys.stdout.write(f"  {name:14} area {area(column[answerable], column[~answerable]):.3f}\n")
    held_out = np.zeros(len(cases))
    for fold in range(FOLDS):
        aside = np.arange(len(cases)) % FOLDS == fold
        fitted = logistic(matrix[~aside], answerable[~aside], weight[~aside], ridge=RIDGE_GATE)
        held_out[aside] = matrix[aside] @ fitted[:-1] + fitted[-1]
    _tell(held_out, answerable, near)
    fitted = logistic(matrix, answerable, weight, ridge=RIDGE_GATE)
    logits = matrix @ fitted[:-1]
    cut, sure = (float(np.quantile(logits[answerable], share)) for share in (OVER_REFUSAL, SURE))
    return {
        "weights": {name: round(float(value), 3) for name, value in zip(names, fitted, strict=False)},
        "intercept": round(-cut, 3),
        "sure": round(float(1 / (1 + np.exp(-(sure - cut)))), 3),
    }


def _tell(logits: NDArray[np.float64], answerable: NDArray[np.bool_], near: NDArray[np.bool_]) -> None:
    write = sys.stdout.write
    write(
        f"gate on folds not fitted on: area {area(logits[answerable], logits[~answerable]):.3f}, "
        f"near misses {area(logits[answerable], logits[near]):.3f}\n"
    )
    for share in (0.05, 0.08, 0.1):
        cut = np.quantile(logits[answerable], share)
        write(
            f"  over-refusal {share:.0%}: refused {(logits[~answerable] < cut).mean():.0%}, "
            f"near misses {(logits[near] < cut).mean():.0%}\n"
        )


def _matrix(rows: Sequence[dict[str, float]], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows], dtype=np.float64)
