"""The bus in memory: a stream that can be away, forget, and give sequences out again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from common.messaging.topology import Consumer
from common.questions.audit import Counts, Timeline
from common.questions.triage import Decided, HeldList
from common.subjects import Priority, Stream
from intake.headway import Reach
from intake.journal import Saying, Spot
from intake.ports import BusSilent
from intake.reconciler import Found, Sums


class MemoryBus:
    """Keep what is said; `up` and `refuses` say how well it is.

    `heard` is how far triage is, unless that is `hidden`.
    """

    def __init__(self) -> None:
        self.up = True
        self.first = 1
        self.said: list[Saying] = []
        self.lost: set[int] = set()
        self.heard: int | None = None
        self.hidden = False
        self.refuses: set[str] = set()
        self.sums_of: dict[str, Sums] = {}
        self.held_alerts = HeldList(alerts=())
        self.decisions: list[tuple[str, str, str]] = []

    def is_up(self) -> bool:
        """Whether it is worth trying."""
        return self.up

    async def say(self, sayings: Sequence[Saying]) -> Mapping[int, Spot]:
        """Keep events in order, but for those that are refused."""
        self._require()
        spots = {}
        for saying in sayings:
            if saying.alert_id not in self.refuses:
                self.said.append(saying)
                spots[saying.number] = Spot(Stream.ALERTS, len(self.said))
        return spots

    async def read_back(self, spot: Spot, event_id: str) -> Found:
        """Compare by id."""
        self._require()
        if spot.sequence < self.first:
            return Found.AGED_OUT
        if spot.sequence in self.lost or spot.sequence > len(self.said):
            return Found.NOTHING
        same = self.said[spot.sequence - 1].event_id == event_id
        return Found.SAME if same else Found.OTHER

    async def reach(self, _: Consumer) -> Reach:
        """Return what was set; else all that was said has been heard."""
        self._require()
        if self.hidden:
            raise BusSilent("triage is out of sight")
        heard = len(self.said) if self.heard is None else self.heard
        return Reach(heard, heard)

    async def sums(self, alert_id: str) -> Sums:
        """Return what was set for an alert."""
        self._require()
        if alert_id not in self.sums_of:
            raise BusSilent("nobody counted")
        return self.sums_of[alert_id]

    async def timeline(self, alert_id: str) -> Timeline:
        """Return an empty timeline."""
        self._require()
        return Timeline(alert_id=alert_id, moments=(), counts=Counts(alert_id=alert_id))

    async def held(self, publisher: str | None) -> HeldList:
        """Return what was set, of one publisher or of all."""
        self._require()
        every = self.held_alerts.alerts
        own = tuple(each for each in every if publisher in (None, each.publisher))
        return HeldList(alerts=own)

    async def approve(self, alert_id: str, approver: str) -> Decided:
        """Note an approval."""
        return self._decide(alert_id, approver, "")

    async def reject(self, alert_id: str, approver: str, why: str) -> Decided:
        """Note a rejection."""
        return self._decide(alert_id, approver, why)

    def _decide(self, alert_id: str, approver: str, why: str) -> Decided:
        """Return what triage would."""
        self._require()
        self.decisions.append((alert_id, approver, why))
        return Decided(
            alert_id=alert_id,
            decision="rejected" if why else "approved",
            approver=approver,
            decided_at=datetime.fromisoformat("2026-03-11T05:00:00+00:00"),
            verdict="rejected" if why else "released",
            reason="rejected" if why else "approved",
            sentence=why,
            priority=Priority.IMMEDIATE,
        )

    def _require(self) -> None:
        """Be silent while it is away."""
        if not self.up:
            raise BusSilent("the bus is away")
