"""``python -m eval.chunking``."""

from eval.chunking.run import main

main()
