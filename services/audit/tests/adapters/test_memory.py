"""The ledger in memory keeps what every ledger promises."""

import pytest

from audit.adapters.memory import MemoryLedger
from testkit.contracts.ledger import LedgerContract


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()
