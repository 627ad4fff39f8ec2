"""Web Push: encryption (RFC 8188, RFC 8291), who we are (RFC 8292), and where it may go."""
