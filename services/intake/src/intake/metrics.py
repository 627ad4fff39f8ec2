"""What intake measures, with labels from closed lists only."""

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Counter("kentongan_intake_accepted_total", "Submissions answered with 202", ["first"])
REFUSED = Counter("kentongan_intake_refused_total", "Submissions and questions refused", ["reason"])
JUDGING_SECONDS = Histogram(
    "kentongan_intake_judging_seconds", "From the first byte of a submission to its answer"
)
COMMIT_SECONDS = Histogram(
    "kentongan_journal_commit_seconds", "One commit of the journal, whatever it holds"
)
JOURNAL_UP = Gauge("kentongan_journal_up", "Whether the journal could commit when last tried")
BACKLOG = Gauge("kentongan_journal_backlog", "Accepted alerts that the bus does not have yet")
RELAY_LAG = Gauge("kentongan_relay_lag_seconds", "Age of the oldest alert the bus does not have")
FOLLOWED = Gauge("kentongan_journal_open", "Accepted alerts that are not closed yet")
RELAYED = Counter("kentongan_relayed_total", "Alerts given to the bus for the first time")
REPAIRS = Counter("kentongan_repairs_total", "Alerts said again, by what was missing", ["loss"])
CLOSED = Counter("kentongan_journal_closed_total", "Rows closed, by how they ended", ["closed"])
BUS_UP = Gauge("kentongan_intake_bus_up", "Whether intake has the bus at this moment")
