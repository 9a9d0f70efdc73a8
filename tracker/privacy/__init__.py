"""Respect for the public, enforced: how long words are kept, what is removed on request, and the proof on the live store."""
