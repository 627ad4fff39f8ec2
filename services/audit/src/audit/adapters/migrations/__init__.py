"""How the store of the ledger came to be, revision by revision."""
