"""Papers computed from the ledger: pure rows → paper, then renderers that know no database."""
