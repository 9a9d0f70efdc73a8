"""One spider per family of boards, none per site: what differs between sites stands in the catalogue."""
