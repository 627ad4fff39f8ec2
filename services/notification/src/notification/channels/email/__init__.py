"""Mail, plain text first."""

from typing import Final

from notification.ports import Capabilities

CAPABILITIES: Final = Capabilities(
    longest_text=50_000, receipts=False, window=200, batch=400, receipt_deadline_seconds=0
)
