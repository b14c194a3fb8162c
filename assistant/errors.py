"""Stable error codes and the one exception that carries them to a user.

::

    Failure                 anything a user is told about: code, HTTP status, Korean and English title
    └── (no subclasses)     callers tell failures apart by ``code``

A ``Failure`` never carries personal data: ``detail`` holds names of settings, limits and identifiers only.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Every code a caller can meet. Never rename one: scripts rely on them."""

    # bad input
    QUESTION_EMPTY = "question_empty"
    QUESTION_TOO_LONG = "question_too_long"
    INPUT_INVALID = "input_invalid"
    INPUT_NOT_JSON = "input_not_json"
    BODY_TOO_LARGE = "body_too_large"
    COLLECTION_NOT_FOUND = "collection_not_found"
    DOCUMENT_NOT_FOUND = "document_not_found"
    CONVERSATION_NOT_FOUND = "conversation_not_found"
    TURN_NOT_FOUND = "turn_not_found"
    JOB_NOT_FOUND = "job_not_found"
    USER_NOT_FOUND = "user_not_found"
    DEPARTMENT_NOT_FOUND = "department_not_found"
    PATH_NOT_FOUND = "path_not_found"
    NAME_TAKEN = "name_taken"
    GRADE_FORBIDS_EVERYONE = "grade_forbids_everyone"
    READERS_EXCLUDE_YOU = "readers_exclude_you"
    CONVERSATION_FILES_FULL = "conversation_files_full"
    PAGE_NOT_FOUND = "page_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CSRF_FAILED = "csrf_failed"
    # files
    FILE_UNSUPPORTED = "file_unsupported"
    FILE_EMPTY = "file_empty"
    FILE_NO_TEXT = "file_no_text"
    FILE_TOO_LARGE = "file_too_large"
    FILE_TOO_COMPLEX = "file_too_complex"
    FILE_DAMAGED = "file_damaged"
    FILE_TRUNCATED = "file_truncated"
    FILE_BOMB = "file_bomb"
    FILE_EXTERNAL_ENTITY = "file_external_entity"
    FILE_NESTED = "file_nested"
    FILE_ENCRYPTED = "file_encrypted"
    FILE_PASSWORD = "file_password"  # noqa: S105 - a code, not a password
    FILE_DRM = "file_drm"
    FILE_DISTRIBUTION_LOCKED = "file_distribution_locked"
    FILE_MACRO = "file_macro"
    FILE_PERSONAL_DATA = "file_personal_data"
    FILE_ENCODING = "file_encoding"
    FILE_MISSING = "file_missing"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_MEMORY = "parse_memory"
    PARSE_CRASHED = "parse_crashed"
    OCR_UNAVAILABLE = "ocr_unavailable"
    # people
    SIGN_IN_REQUIRED = "sign_in_required"
    FORBIDDEN = "forbidden"
    DEMO_NOT_LOCAL = "demo_not_local"
    # machine room
    SETTINGS_INVALID = "settings_invalid"
    HOME_NOT_WRITABLE = "home_not_writable"
    DISK_FULL = "disk_full"
    WATCH_RUNNING = "watch_running"
    PORT_BUSY = "port_busy"
    ALREADY_RUNNING = "already_running"
    PROCESS_FAILED = "process_failed"
    MODULE_MISSING = "module_missing"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DATABASE_OUTDATED = "database_outdated"
    INDEX_UNAVAILABLE = "index_unavailable"
    EMBEDDER_UNAVAILABLE = "embedder_unavailable"
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_TIMEOUT = "model_timeout"
    MODEL_CUT_OFF = "model_cut_off"
    MODEL_NONSENSE = "model_nonsense"
    MODEL_REFUSED_KEY = "model_refused_key"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_BUSY = "model_busy"
    MODEL_TOO_LONG = "model_too_long"
    MODEL_FILTERED = "model_filtered"
    MODEL_NOT_INSTALLED = "model_not_installed"
    JOB_ABANDONED = "job_abandoned"
    AUDIT_BROKEN = "audit_broken"
    INTERNAL = "internal"


class Failure(Exception):  # noqa: N818 - an ending a user is told about, not a defect
    """A request ends without what was asked for; ``code`` says why.

    Args:
        code: the stable code; HTTP status and texts come from ``assistant.messages``.
        detail: a short technical addition (a limit, a name); never text a person wrote.
    """

    def __init__(self, code: ErrorCode, *, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail
