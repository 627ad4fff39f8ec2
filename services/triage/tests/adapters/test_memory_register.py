"""The register in memory keeps the promises of every register."""

from testkit.contracts.register import RegisterContract


class TestMemoryRegister(RegisterContract):
    """The contract suite, on dictionaries."""
