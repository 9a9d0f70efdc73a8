"""`python -m tracker.cli` is `yidan`."""

from tracker.cli import main

main()
