"""What leaves the house: exports, each with its ledger entry; webhooks; what goes back to the hotline."""
