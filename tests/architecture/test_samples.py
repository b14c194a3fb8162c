"""The samples are complete, say that they are invented, and hold the answers to the questions that come with them."""

from __future__ import annotations

import re

import pytest

from assistant.accounts.demo import DEMO_UNITS
from assistant.samples import manifest

SAMPLES = manifest.load()
# Formats people bring: one of the samples is in the encoding of older Korean office programs, on purpose.
OLD_ENCODING = "데이터-목록-안내.txt"


def _text(path) -> str:
    return path.read_text(encoding="cp949" if path.name == OLD_ENCODING else "utf-8")


def test_the_manifest_names_every_file_once() -> None:
    listed = [document.path.name for document in SAMPLES.documents]
    assert sorted(listed) == sorted(path.name for path in (manifest.FOLDER / "documents").iterdir())


def test_the_manifest_refers_only_to_what_it_defines() -> None:
    departments = {unit.code for unit in DEMO_UNITS}
    collections = {collection.name for collection in SAMPLES.collections}
    assert {collection.department for collection in SAMPLES.collections} <= departments
    assert {document.collection for document in SAMPLES.documents} == collections
    for collection in SAMPLES.collections:
        assert collection.grade in {"O", "S", "C"}
        for kind, value in collection.readers:
            assert (kind, value) == ("everyone", "*") or (kind == "department" and value in departments)


def test_one_collection_is_not_for_everyone() -> None:
    # Without one a newcomer could not see that reading is filtered.
    closed = [item for item in SAMPLES.collections if ("everyone", "*") not in item.readers]
    assert [(item.name, item.grade) for item in closed] == [("duty", "S")]


@pytest.mark.parametrize("document", SAMPLES.documents, ids=lambda document: document.path.name)
def test_each_sample_says_that_it_is_invented(document: manifest.SampleDocument) -> None:
    text = _text(document.path)
    assert "예시" in text
    assert "가온시" in text
    assert len(text) > 600
    # No number that a stranger's telephone could have: extensions only.
    assert not re.search(r"0\d{1,2}[-)]\s?\d{3,4}-\d{4}", text)


def test_one_sample_is_in_the_old_encoding() -> None:
    path = manifest.FOLDER / "documents" / OLD_ENCODING
    with pytest.raises(UnicodeDecodeError):
        path.read_text(encoding="utf-8")


@pytest.mark.parametrize("question", SAMPLES.questions, ids=lambda question: question.text)
def test_the_answers_stand_where_the_manifest_says(question: manifest.SampleQuestion) -> None:
    text = _text(question.path)
    if question.article:
        articles = re.split(r"(?m)^(?:#+ )?(?=제\d+조(?:의\d+)? ?\()", text)
        text = next(part for part in articles if re.match(rf"{question.article} ?\(", part))
    assert question.says in text
