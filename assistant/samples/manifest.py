"""Reads ``manifest.yaml``: which collections and documents the samples are made of, and questions to ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import yaml

FOLDER = Path(__file__).parent
Grade = Literal["O", "S", "C"]


@dataclass(frozen=True, slots=True)
class SampleCollection:
    """A shelf with its owner, grade and readers; a reader is a (kind, value) pair as in ``collection_readers``."""

    name: str
    title: str
    department: str
    grade: Grade
    readers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """A file and the name of the collection it belongs to."""

    path: Path
    collection: str


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A question, the file and article that answer it, and words that a right answer holds."""

    text: str
    path: Path
    article: str | None
    says: str


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything that ships as samples."""

    collections: tuple[SampleCollection, ...]
    documents: tuple[SampleDocument, ...]
    questions: tuple[SampleQuestion, ...]


def load() -> Samples:
    """Return the samples that ship with the product. The file is ours, so a fault in it is a defect and raises."""
    raw = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))
    documents = FOLDER / "documents"
    return Samples(
        collections=tuple(
            SampleCollection(
                name=item["name"],
                title=item["title"],
                department=item["department"],
                grade=cast("Grade", item["grade"]),
                readers=tuple((line["kind"], line["value"]) for line in item["readers"]),
            )
            for item in raw["collections"]
        ),
        documents=tuple(SampleDocument(documents / d["file"], d["collection"]) for d in raw["documents"]),
        questions=tuple(
            SampleQuestion(q["text"], documents / q["file"], q.get("article"), q["says"]) for q in raw["questions"]
        ),
    )
