"""``python -m eval.documents``."""

from eval.documents.run import main

main()
