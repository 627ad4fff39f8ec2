"""Teluk Harapan, a made-up coastal village to practise with."""
