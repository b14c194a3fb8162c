"""Personal data: what is in a text, and the text without it. Nothing of it is kept."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from assistant.http.deps import ApiPrincipal, ContainerDep
from guardrails.pii.labels import label_of

router = APIRouter(prefix="/api/v1", tags=["개인정보"])


class Text(BaseModel):
    """A text to look through."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(max_length=200_000)


@router.post("/redact", summary="개인정보 찾아 가리기")
def redact(container: ContainerDep, principal: ApiPrincipal, body: Text) -> dict[str, Any]:
    """Return the entities, by Python string offsets into the text as given, and the redacted text."""
    del principal  # signed in is enough
    text, entities = container.pii.redact(body.text)
    return {
        "entities": [
            {"type": one.type, "label": label_of(one.type), "start": one.start, "end": one.end, "score": one.score}
            for one in entities
        ],
        "text": text,
    }
