"""Tests of links: when one is due, what came of it, and what that means."""
