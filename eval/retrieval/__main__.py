"""``python -m eval.retrieval`` (ours alone) and ``python -m eval.retrieval compare`` (beside others)."""

import sys

if sys.argv[1:2] == ["compare"]:
    from eval.retrieval.comparing import main

    main(sys.argv[2:])
else:
    from eval.retrieval.run import main

    main()
