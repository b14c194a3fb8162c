"""All tables of the product, in five modules by what they are about."""

from assistant.db.models.base import Base, derived_id, new_id, now
from assistant.db.models.conversations import (
    Conversation,
    ConversationShare,
    Feedback,
    PseudonymMap,
    TurnEvent,
    TurnRow,
    TurnSource,
)
from assistant.db.models.documents import (
    ChunkRow,
    Collection,
    CollectionReader,
    Document,
    DocumentVersion,
    IngestProgress,
    PiiPolicy,
    VectorRow,
    VersionState,
    VersionText,
)
from assistant.db.models.operations import AuditEvent, AuditHead, Job, JobState
from assistant.db.models.people import Department, Role, SignInSession, User, UserRole
from assistant.db.models.uploads import Upload

__all__ = [
    "AuditEvent",
    "AuditHead",
    "Base",
    "ChunkRow",
    "Collection",
    "CollectionReader",
    "Conversation",
    "ConversationShare",
    "Department",
    "Document",
    "DocumentVersion",
    "Feedback",
    "IngestProgress",
    "Job",
    "JobState",
    "PiiPolicy",
    "PseudonymMap",
    "Role",
    "SignInSession",
    "TurnEvent",
    "TurnRow",
    "TurnSource",
    "Upload",
    "User",
    "UserRole",
    "VectorRow",
    "VersionState",
    "VersionText",
    "derived_id",
    "new_id",
    "now",
]
