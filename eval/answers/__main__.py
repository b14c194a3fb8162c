"""``python -m eval.answers``."""

from eval.answers.run import main

main()
