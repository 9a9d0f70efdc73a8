"""Listens: collects public posts politely, masks them and seals them into a spool.

Knows nothing of analysis, of tracker or of Django; others import only `crawlers.api` and `crawlers.records`.
"""
