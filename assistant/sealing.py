"""Encryption of what must not lie in clear (개인정보 보호법 24-2(2)), with one key per installation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE: Final = "secret.key"
_SHORTEST_KEY: Final = 32  # characters; a generated key has 43


class FernetSealer:
    """Seals texts with AES-128-CBC and HMAC-SHA256 (Fernet), and makes keyed digests.

    Both keys are derived from the one given (HKDF, RFC 5869), so the digest gives nothing away about the other.

    Args:
        key: at least 32 characters; any secret will do, a generated one is best.

    Raises:
        ValueError: the key is too short to be a secret.
    """

    def __init__(self, key: str) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"the key must have at least {_SHORTEST_KEY} characters")
        from cryptography.fernet import Fernet  # noqa: PLC0415 - a compiled library, loaded where it is used

        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(key, b"seal")))
        self._digest_key = _derive(key, b"digest")

    def seal(self, text: str) -> bytes:
        """Encrypt a text; the same text looks different every time."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass"))

    def open(self, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made.

        Raises:
            ValueError: another key sealed it, or it was altered.
        """
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as above

        try:
            return self._fernet.decrypt(sealed).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise ValueError("sealed with another key, or altered") from error

    def digest(self, text: str) -> str:
        """Return HMAC-SHA256 of the text in 64 hexadecimal digits; without the key nobody can try values."""
        return hmac.new(self._digest_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def load_or_create_key(home: Path) -> str:
    """Return the key of this home; the first caller makes it, in a file that only its owner may read.

    The file appears complete or not at all: it is written aside and linked into place, and of several processes that
    start at once one wins and the others read its key.

    Raises:
        Failure: ``home_not_writable``; ``settings_invalid`` when the file holds no usable key.
    """
    path = home / KEY_FILE
    try:
        if not path.exists():
            _create(path)
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Failure(ErrorCode.HOME_NOT_WRITABLE, detail=KEY_FILE) from error
    except UnicodeDecodeError as error:
        raise Failure(ErrorCode.SETTINGS_INVALID, detail=KEY_FILE) from error
    if len(key) < _SHORTEST_KEY:
        raise Failure(ErrorCode.SETTINGS_INVALID, detail=KEY_FILE)
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            return  # another process was first; its key counts
        _sync_folder(path.parent)
    finally:
        aside.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _derive(key: str, purpose: bytes) -> bytes:
    """Return 32 bytes for one purpose: HKDF-SHA256 with a fixed salt, one block of output."""
    extracted = hmac.new(b"assistant/sealing/1", key.encode("utf-8"), hashlib.sha256).digest()
    return hmac.new(extracted, purpose + b"\x01", hashlib.sha256).digest()
