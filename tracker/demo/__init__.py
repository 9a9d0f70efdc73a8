"""The demo shows the whole loop on invented posts only, so that a newcomer needs no source, no key and nobody's words."""
