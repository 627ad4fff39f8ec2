"""Mail: the letter that a window's recipients share, kept connections, and servers' replies."""
