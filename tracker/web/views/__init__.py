"""Views by desk."""
