"""Puts the sample documents of the invented city into a fresh installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.wiring import Container


def submit_samples(container: Container) -> int:
    """Submit the samples that are not there yet and return how many were submitted.

    The second time nothing happens: the same content under the same key is known. A collection that
    somebody has changed since is left as it is.
    """
    from sqlalchemy import select

    from assistant.accounts.access import Reader, set_readers
    from assistant.accounts.demo import ensure_demo_departments
    from assistant.db.models import Collection, VersionState
    from assistant.library.collections import ensure_collection
    from assistant.samples.manifest import load

    samples = load()
    with container.database.write() as session:
        ensure_demo_departments(session)  # with sign-in elsewhere there are none yet
        for shelf in samples.collections:
            if session.scalar(select(Collection.id).where(Collection.name == shelf.name)) is not None:
                continue
            collection = ensure_collection(
                session,
                name=shelf.name,
                title=shelf.title,
                department=shelf.department,
                grade=shelf.grade,
                actor="system",
            )
            set_readers(session, collection, [Reader(kind, value) for kind, value in shelf.readers], actor="system")
    submitted = 0
    for document in samples.documents:
        submission = container.ingestion.submit_file(
            document.path,
            collection=document.collection,
            principal_name="system",
            source_key=f"sample:{document.path.name}",
        )
        submitted += submission.state is not VersionState.READY
    return submitted
