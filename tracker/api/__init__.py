"""REST under /api/v1/: a thin door onto the same services and selectors as the pages. Loaded by its first request, not before."""
