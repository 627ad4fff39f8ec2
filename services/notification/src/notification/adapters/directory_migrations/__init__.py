"""How the store of the directory came to be what it is."""
