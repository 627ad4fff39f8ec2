"""How the store of the register came to be, revision by revision."""
