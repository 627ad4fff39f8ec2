"""The revisions of the ledger's store, in the order of their numbers."""
