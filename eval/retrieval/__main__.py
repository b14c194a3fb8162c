"""``python -m eval.retrieval``: ours alone; ``… compare``: beside others; ``… kinds``: other texts than statutes."""

import sys

from eval.retrieval import comparing, kinds, run

_COMMANDS = {"compare": comparing.main, "kinds": kinds.main}

if sys.argv[1:2] and sys.argv[1] in _COMMANDS:
    _COMMANDS[sys.argv[1]](sys.argv[2:])
else:
    run.main()
