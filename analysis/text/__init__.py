"""From a text as posted to words, with a way back to the characters as posted."""
