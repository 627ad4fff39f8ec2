"""Short messages, to phones."""

from typing import Final

from notification.ports import Capabilities

CAPABILITIES: Final = Capabilities(
    longest_text=918,
    receipts=True,
    window=250,
    batch=500,
    receipt_deadline_seconds=6 * 3600,
)
