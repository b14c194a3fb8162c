"""What becomes of personal data in documents, by the policy of their collection."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from assistant.accounts.access import Reader
from assistant.db.models import ChunkRow, Collection, DocumentVersion, PiiPolicy, VersionText
from assistant.errors import ErrorCode, Failure
from assistant.library.documents import original
from assistant.library.indexing import Indexes
from assistant.library.vectors import embed_hash

TEXT = "# 민원 처리 결과\n\n성명: 홍길동 신청인이 주차 단속에 관하여 물었고 010-1234-5678 로 답하였다.\n"


@pytest.fixture
def shelf(library: Any) -> Any:
    library.shelf("cases", readers=[Reader("everyone", "*")])

    def set_policy(policy: PiiPolicy) -> None:
        with library.database.write() as session:
            session.execute(update(Collection).where(Collection.name == "cases").values(pii_policy=policy.value))

    return set_policy


def version(library: Any, version_id: str) -> DocumentVersion:
    with library.database.read() as session:
        return session.get_one(DocumentVersion, version_id)


def test_kept_and_counted(library: Any, shelf: Any) -> None:
    shelf(PiiPolicy.KEEP)
    added = library.add("a.md", TEXT, "cases")
    assert version(library, added.version_id).pii == {"PERSON": 1, "PHONE": 1}
    assert "010-1234-5678" in library.find("taeho", "주차 단속 민원")[0].text


def test_refused_with_a_reason_and_taken_in_once_the_policy_allows(library: Any, shelf: Any) -> None:
    shelf(PiiPolicy.REFUSE)
    added = library.add("a.md", TEXT, "cases")
    refused = version(library, added.version_id)
    assert (refused.state, refused.reason) == ("failed", ErrorCode.FILE_PERSONAL_DATA.value)
    with library.database.read() as session:
        assert session.scalars(select(ChunkRow)).first() is None
        assert session.scalars(select(VersionText)).first() is None
    shelf(PiiPolicy.KEEP)
    library.add("a.md", TEXT, "cases")
    assert library.find("mina", "주차 단속 민원")


def test_replaced_everywhere_and_the_original_for_those_who_answer_for_it(library: Any, shelf: Any) -> None:
    shelf(PiiPolicy.PSEUDONYMISE)
    added = library.add("a.md", TEXT, "cases")
    hit = library.find("taeho", "주차 단속 민원")[0]
    assert "[이름_1]" in hit.text
    assert "[전화번호_1]" in hit.text
    with library.database.read() as session:
        texts = [*session.scalars(select(VersionText.text)), *session.scalars(select(ChunkRow.text))]
        assert not any("홍길동" in text or "010-" in text for text in texts)
        for who in ("mina", "steward", "admin"):
            assert original(session, library.people[who], added.document_id, blobs=library.blobs).path.is_file()
        with pytest.raises(Failure) as refused:
            original(session, library.people["taeho"], added.document_id, blobs=library.blobs)
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert not any("010-1234" in text for text in library.embedder.texts)
    shelf(PiiPolicy.KEEP)  # for documents taken in from now on: what was replaced stays guarded
    with pytest.raises(Failure), library.database.read() as session:
        original(session, library.people["taeho"], added.document_id, blobs=library.blobs)


def test_another_policy_makes_another_version_of_the_same_file(library: Any, shelf: Any) -> None:
    shelf(PiiPolicy.KEEP)
    before = library.add("a.md", TEXT, "cases")
    shelf(PiiPolicy.PSEUDONYMISE)
    after = library.add("a.md", TEXT, "cases")
    assert after.document_id == before.document_id
    assert after.version_id != before.version_id
    assert {hit.version_id for hit in library.find("mina", "주차 단속 민원")} == {after.version_id}


def test_nothing_personal_travels_to_an_embedding_service(library: Any, shelf: Any) -> None:
    shelf(PiiPolicy.KEEP)
    masked = Indexes(
        library.words, library.near, library.embedder, redact=lambda text: text.replace("010-1234-5678", "[전화번호]")
    )
    library.runner._indexes = masked
    library.add("a.md", TEXT, "cases")
    sent = [text for text in library.embedder.texts if "주차 단속" in text]
    assert sent
    assert not any("010-" in text for text in sent)
    with library.database.read() as session:
        hashes = set(session.scalars(select(ChunkRow.embed_hash)))
    assert {embed_hash(text) for text in sent} <= hashes  # the key is of what was embedded
    assert "010-1234-5678" in library.find("mina", "주차 단속 민원")[0].text
