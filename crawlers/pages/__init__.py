"""Pure parsing: bytes or text and an address in, rows and parts of a post out; no request or response in sight."""
