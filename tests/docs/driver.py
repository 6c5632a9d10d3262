"""Run the Python blocks of one page in one namespace, as one script would.

Reads one JSON line a block ({"name", "code"}) and answers with one ({"output", "error"}). The namespace is that of
`__main__`, so that worker processes find the functions that a page defines.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback


def serve() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.path.insert(0, "")
    for line in sys.stdin:
        block = json.loads(line)
        output, error = io.StringIO(), None
        with contextlib.redirect_stdout(output):
            try:
                exec(compile(block["code"], block["name"], "exec"), globals())  # noqa: S102  # our own pages
            except Exception:  # noqa: BLE001  # told to the test, with its traceback
                error = traceback.format_exc()
        answers.write(json.dumps({"output": output.getvalue(), "error": error}) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
