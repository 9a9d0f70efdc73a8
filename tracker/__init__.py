"""Sees it through: the sheet, the four mechanisms, the ledger, and the four doors onto them."""
