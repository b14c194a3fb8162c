"""What the steps of an answer work with, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.library.articles import ArticleReader
    from assistant.library.search import SearchService
    from assistant.ports import ChatModel, TokenCounter
    from assistant.settings import Settings
    from guardrails.engine import GuardEngine
    from guardrails.pii.engine import PiiEngine
    from prompts.registry import PromptRegistry
    from retrieval.ports import Embedder


@dataclass(frozen=True, slots=True)
class Kit:
    """The tools of a pipeline run; shared by all turns of a process.

    ``model`` is ``None`` when none is connected, ``embedder`` when meaning cannot be compared, ``articles``
    where answers are made of the passages alone.
    """

    settings: Settings
    search: SearchService
    guards: GuardEngine
    pii: PiiEngine
    prompts: PromptRegistry
    tokens: TokenCounter
    model: ChatModel | None
    embedder: Embedder | None
    articles: ArticleReader | None = None

    def short_answers(self, model: ChatModel) -> bool:
        """Whether this model is asked for a source's number and a few words instead of a whole answer."""
        style = self.settings.llm_style
        return style == "short" or (style == "auto" and model.small)
