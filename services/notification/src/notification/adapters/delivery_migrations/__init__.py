"""How the store of delivery came to be what it is."""
