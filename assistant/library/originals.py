"""Who is handed an original file: whoever may read the document, unless its text is kept with placeholders.

Then the original is the one place that still holds the values, and goes to those who answer for the documents only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assistant.db.models import PiiPolicy, Role

if TYPE_CHECKING:
    from assistant.accounts.identity import Principal
    from assistant.db.models import Collection, Document, DocumentVersion

PSEUDONYMISED: Final = "개인정보 처리"  # in the metadata of a version that is kept with placeholders


def may_have_original(
    principal: Principal, collection: Collection, document: Document, version: DocumentVersion
) -> bool:
    """Whether a reader of the document may have the original of this version.

    A collection that pseudonymises now is taken to mean its older versions too: why else was it made to.
    """
    open_to_all = collection.pii_policy != PiiPolicy.PSEUDONYMISE.value and PSEUDONYMISED not in version.meta
    return open_to_all or principal.username == document.created_by or principal.has(Role.STEWARD, Role.ADMIN)
