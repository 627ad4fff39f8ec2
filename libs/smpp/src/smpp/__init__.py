"""SMPP 3.4 for asyncio, both sides of a session: fast, windowed, useful on its own."""
