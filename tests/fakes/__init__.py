"""Stand-ins with the face of the real thing."""
