"""Understanding a question before it is searched: law references, everyday words, numbers, spelling."""

from retrieval.query.titles import TitleBook
from retrieval.query.types import ActMention, Correction, Query, Rank, Reference, Term, Why
from retrieval.query.understand import QueryReader, understand

__all__ = [
    "ActMention",
    "Correction",
    "Query",
    "QueryReader",
    "Rank",
    "Reference",
    "Term",
    "TitleBook",
    "Why",
    "understand",
]
