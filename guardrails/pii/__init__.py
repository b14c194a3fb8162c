"""Personal data: Korean recognizers under presidio-analyzer, redaction and reversible pseudonyms."""

from guardrails.pii.engine import PiiEngine
from guardrails.pii.labels import LABELS, label_of
from guardrails.pii.pseudonymise import Pseudonymiser, Restored

__all__ = ["LABELS", "PiiEngine", "Pseudonymiser", "Restored", "label_of"]
