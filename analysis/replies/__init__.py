"""Whether an official reply answers what was asked."""
