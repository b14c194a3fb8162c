"""Departments, users, roles and sign-in sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assistant.db.models.base import Base, new_id, now


class Role(StrEnum):
    """What a person may do beyond reading what they may see."""

    STAFF = "staff"  # 직원
    COMPLAINTS = "complaints"  # 민원 담당
    STEWARD = "steward"  # 데이터 담당
    GOVERNANCE = "governance"  # 거버넌스
    ADMIN = "admin"  # 운영자


class Department(Base):
    """A unit of the city; ``parent_code`` makes the tree (``None`` at the root)."""

    __tablename__ = "departments"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))


class User(Base):
    """A person (or the command line) who acts. ``username`` is what the city's sign-on calls them."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    department_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_roles"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class SignInSession(Base):
    """A browser session of a demo user. Only the hash of its token is kept; revoking is deleting the row."""

    __tablename__ = "sign_in_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
