"""Units and the people who work in them: who may act, and for whom."""
