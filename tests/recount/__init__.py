"""A second, slow computation of every figure of every paper, from the raw rows of the store and nothing of `tracker.reports`.

It shares no code with what it checks: it reads tables by SQL, replays entries by its own few lines and counts with plain loops.
"""
