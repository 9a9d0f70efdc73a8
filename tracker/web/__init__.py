"""The desk: server-rendered pages over the services and selectors; no rule lives in a view."""
