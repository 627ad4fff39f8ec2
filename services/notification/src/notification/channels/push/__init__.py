"""Messages to browsers and phones."""

from typing import Final

from notification.ports import Capabilities

CAPABILITIES: Final = Capabilities(
    longest_text=900, receipts=False, window=250, batch=500, receipt_deadline_seconds=0
)
