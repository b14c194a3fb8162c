from __future__ import annotations

import numpy as np
import pytest
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from retrieval import langchain as bridge
from retrieval.errors import LoadError, LoadReason
from retrieval.hybrid import HybridSearcher
from retrieval.types import Chunk, ChunkKind, Locator, ScoredId


class Words:
    def search(self, query, *, scopes, limit, added=None):
        return [ScoredId("a", 2.0), ScoredId("b", 1.0)][:limit] if query == "민원" and scopes == ["s1"] else []

    def search_asked(self, query, *, scopes, limit, added=None):
        return []


class Lengths:
    fingerprint, dimension = "lengths", 2

    def embed_passages(self, texts):
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    def embed_query(self, text):
        return self.embed_passages([text])[0]


class Pages(BaseLoader):
    def __init__(self, *documents):
        self.documents = documents

    def lazy_load(self):
        yield from self.documents


def test_the_searcher_serves_a_chain():
    texts = {"a": "가", "b": "나"}
    retriever = bridge.as_langchain_retriever(
        HybridSearcher(Words(), Words(), None),
        lambda found: [Document(page_content=texts[one.chunk_id], metadata={"score": one.score}) for one in found],
        scopes=["s1"],
        limit=1,
    )
    assert retriever.invoke("민원") == [Document(page_content="가", metadata={"score": 1.0})]
    assert (retriever | RunnableLambda(len)).invoke("없는 말") == 0


def test_the_embedder_serves_a_chain():
    embeddings = bridge.as_langchain_embeddings(Lengths())
    assert embeddings.embed_documents(["가", "나나"]) == [[1.0, 1.0], [2.0, 1.0]]
    assert embeddings.embed_query("다다다") == [3.0, 1.0]


def test_a_loader_becomes_one_document_with_pages():
    loader = Pages(
        Document(page_content="첫째 쪽", metadata={"page": 0, "author": "총무과", "odd": {"a": 1}}),
        Document(page_content="  "),
        Document(page_content="둘째 쪽", metadata={"page": 2}),
    )
    parsed = bridge.from_langchain_loader(loader, title="계획", media_type="application/pdf")
    assert [parsed.text[block.start : block.end] for block in parsed.blocks] == ["첫째 쪽", "둘째 쪽"]
    assert [block.page for block in parsed.blocks] == [1, 3]
    assert (parsed.title, parsed.page_count, parsed.loader) == ("계획", 3, "langchain:Pages/1")
    assert parsed.metadata == {"page": 0, "author": "총무과", "odd": "{'a': 1}"}


def test_a_loader_without_text_is_an_error():
    with pytest.raises(LoadError) as caught:
        bridge.from_langchain_loader(Pages(Document(page_content=" ")), title="빈 문서")
    assert caught.value.reason is LoadReason.NO_TEXT


def test_chunks_become_documents():
    chunk = Chunk(3, 10, 14, "본문이다", ChunkKind.BODY, Locator("제12조의2", "목적", ("제1장", "제12조의2"), 4))
    (document,) = bridge.to_langchain_documents([chunk], metadata={"title": "법"})
    assert document.page_content == "본문이다"
    assert document.metadata == {
        "title": "법", "ordinal": 3, "start": 10, "end": 14, "kind": "body",
        "article": "제12조의2", "article_title": "목적", "heading": ["제1장", "제12조의2"], "page": 4,
    }  # fmt: skip
