"""Understands: says of a text whether it is a transport risk, how grave, and which words say so.

Takes arguments, never settings. Knows nothing of crawlers, of tracker or of Django; others import only
`analysis.api` and `analysis.records`.
"""
