from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.errors import IndexUnavailable
from retrieval.indexes.lexical import TantivyIndex
from retrieval.korean import tokens
from retrieval.types import IndexEntry

if TYPE_CHECKING:
    from pathlib import Path


def entry() -> IndexEntry:
    return IndexEntry("c1", "v1", "k1", "s1", "민원 처리에 관한 법률", "제19조", "처리기간은 첫날을 산입한다")


def test_an_index_whose_maker_was_killed_before_signing_is_signed_by_the_next_writer(tmp_path: Path) -> None:
    TantivyIndex(tmp_path).clear()
    (signature,) = [path for path in tmp_path.iterdir() if path.suffix == ".json" and path.name.startswith("words")]
    signature.unlink()  # as a kill between making and signing leaves it
    assert not TantivyIndex(tmp_path).is_current
    TantivyIndex(tmp_path).apply(upsert=[entry()])
    index = TantivyIndex(tmp_path)
    assert index.is_current
    assert [hit.chunk_id for hit in index.search("처리기간", scopes=["s1"], limit=5)] == ["c1"]


def test_an_index_with_content_and_no_signature_is_never_vouched_for(tmp_path: Path) -> None:
    TantivyIndex(tmp_path).apply(upsert=[entry()])
    (signature,) = [path for path in tmp_path.iterdir() if path.suffix == ".json" and path.name.startswith("words")]
    signature.unlink()
    TantivyIndex(tmp_path).apply(upsert=[entry()])
    assert not TantivyIndex(tmp_path).is_current


def test_an_index_of_an_older_schema_is_unavailable_and_no_crash(tmp_path: Path) -> None:
    import tantivy  # noqa: PLC0415 - heavy

    builder = tantivy.SchemaBuilder()  # as it was before everyday questions had a field
    for field in ("title", "heading", "body"):
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    for field in ("chunk_id", "version_id", "scope", "kind"):
        builder.add_text_field(field, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    index = tantivy.Index(builder.build(), path=str(tmp_path))
    writer = index.writer()
    words = " ".join(tokens("처리기간"))
    ids = {field: ["x"] for field in ("chunk_id", "version_id", "scope", "kind")}
    writer.add_document(tantivy.Document(title=[words], heading=[words], body=[words], **ids))
    writer.commit()
    writer.wait_merging_threads()
    with pytest.raises(IndexUnavailable):
        TantivyIndex(tmp_path).search("처리기간", scopes=["x"], limit=5)
    with pytest.raises(IndexUnavailable):
        TantivyIndex(tmp_path).search_asked("처리기간", scopes=["x"], limit=5)
