"""Providers at no latency that count everything they are given, each in a process of its own."""
