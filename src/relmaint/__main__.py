"""How does `python -m relmaint` run the command line?"""

from __future__ import annotations

from relmaint.cli import main

main()
