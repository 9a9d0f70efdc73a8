"""Views by desk: each reads, asks a service, and answers with a page or, to HTMX, with the part that changed."""
