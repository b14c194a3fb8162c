"""What people handed in, so that the list of their files survives a reload of the page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from assistant.db.models.base import Base, new_id, now


class Upload(Base):
    """A file that a person handed in through the page or the API, let in or turned away.

    Shown to that person only. ``reason`` is the error code of a file that was not let in; how far the others are stands
    with their version. Rows go after some days, or when their owner clears the list; documents stay.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_username_created_at", "username", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str]
    filename: Mapped[str]
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"), index=True)
    duplicate: Mapped[bool] = mapped_column(default=False)  # the same content was there already
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
