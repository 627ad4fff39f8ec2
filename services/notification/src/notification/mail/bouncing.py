"""A small mail server that takes reports about our mail, and nothing else."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from notification.mail.bounces import read_report
from notification.mail.return_path import ReturnPaths
from notification.ports import OnReceipt, Receipt

LARGEST_REPORT_OCTETS: Final = 400_000
MOST_CONNECTIONS: Final = 50
SILENCE_SECONDS: Final = 60.0
TAKEN: Final = "250 2.1.5 a report about our mail"
UNKNOWN: Final = "550 5.1.1 nobody here; only reports about our mail are taken"
ONE_AT_A_TIME: Final = "452 4.5.3 one recipient at a time"
NOTED: Final = "250 2.0.0 noted"
NOTHING_NOTED: Final = "250 2.0.0 nothing to note"
COME_AGAIN: Final = "451 4.3.0 not noted, come again"

log = structlog.get_logger()


class ReportServer:
    """Takes a report for a return path of ours, and answers 250 when its receipt is stored."""

    def __init__(self, paths: Sequence[ReturnPaths], on_receipt: OnReceipt, clock: Clock) -> None:
        self._paths = paths
        self._on_receipt = on_receipt
        self._clock = clock
        self._open: set[SMTP] = set()
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, beside the other processes of this machine that do; return the port."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._connection, host, port, reuse_port=True)
        number: int = self._listening.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Stop listening and close every connection; what is not answered comes again."""
        if self._listening is not None:
            self._listening.close()
        for connection in tuple(self._open):
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take a return path of ours."""
        del server, session, rcpt_options
        if self._about(address) is None:
            return UNKNOWN
        if envelope.rcpt_tos:
            return ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Store what a report says; a mail that is no report, or tells no end, is let go."""
        del server, session
        about = self._about(envelope.rcpt_tos[0])
        report = await asyncio.to_thread(read_report, envelope.original_content or b"")
        if about is None or report is None:
            log.info("mail_report_told_no_end")
            return NOTHING_NOTED
        receipt = Receipt(*about, report.outcome, report.reason, self._clock.now())
        try:
            await self._on_receipt(receipt)
        except TemporaryFailure:
            log.warning("mail_report_not_stored", provider=receipt.provider)
            return COME_AGAIN
        return NOTED

    async def handle_exception(self, error: Exception) -> str:
        """Let a report come again that something of ours failed at."""
        log.error("mail_report_failed", error=repr(error))
        return COME_AGAIN

    def _about(self, address: str) -> tuple[str, str] | None:
        """Return whose mail an address stands for, and its message id."""
        known = ((paths.provider, paths.message_id(address)) for paths in self._paths)
        return next(((who, mail) for who, mail in known if mail is not None), None)

    def _connection(self) -> asyncio.Protocol:
        if len(self._open) >= MOST_CONNECTIONS:
            return _Full()
        return _Connection(self, self._open)


class _Connection(SMTP):
    """One connection of a server that reports; it is counted while it is open."""

    def __init__(self, server: ReportServer, among: set[SMTP]) -> None:
        super().__init__(
            server,
            data_size_limit=LARGEST_REPORT_OCTETS,
            hostname="reports.invalid",
            ident="Kentongan",
            timeout=SILENCE_SECONDS,
        )
        self._among = among
        among.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave."""
        self._among.discard(self)
        super().connection_lost(error)


class _Full(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn it away for now."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.7.0 too many connections, come again later\r\n")
        transport.close()
