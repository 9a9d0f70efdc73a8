"""Everything an installation is, in one file, and back: taken while it works, checked by digests, refused where it would overwrite."""
