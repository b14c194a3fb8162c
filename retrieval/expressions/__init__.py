"""Everyday expressions: what people ask in their own words, kept beside the article that answers it.

``Expressions`` gives the questions of an article to whoever indexes it; ``convert`` makes the shipped files.
"""

from retrieval.expressions.book import Expressions, shipped
from retrieval.expressions.table import Line, Problem, ProblemCode, read, write

__all__ = ["Expressions", "Line", "Problem", "ProblemCode", "read", "shipped", "write"]
