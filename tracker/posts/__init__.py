"""What the public said: posts, where each was seen, the events they belong to, and the analyst's verdicts."""
