"""The file behind a store: a commit into a file that was deleted is no commit."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from intake.ports import JournalUnavailable


@dataclass(slots=True)
class StoreFile:
    """The file of a SQLite store, known by device and inode; a server's store has none."""

    path: Path | None
    identity: tuple[int, int] | None = None

    @classmethod
    def of(cls, url: str) -> "StoreFile":
        """Return the file that a URL names."""
        named = make_url(url)
        is_file = named.get_backend_name() == "sqlite" and named.database not in (None, ":memory:")
        return cls(Path(str(named.database)) if is_file else None)

    @property
    def is_known(self) -> bool:
        """Whether it was there once."""
        return self.identity is not None

    def know(self) -> None:
        """Remember which file it is."""
        self.identity = self._identity()

    def is_replaced(self) -> bool:
        """Whether another file lies there now, such as a restored one."""
        found = self._identity()
        return found is not None and found != self.identity

    def require_any(self) -> None:
        """Refuse to go on where there is no file at all."""
        if self.path is not None and self._identity() is None:
            raise JournalUnavailable("the file of the journal is gone")

    def require(self) -> None:
        """Refuse to go on unless the file is the one we know."""
        if self._identity() != self.identity:
            raise JournalUnavailable("the file of the journal is gone")

    def has_log(self) -> bool:
        """Whether its write-ahead log lies beside it, as it must while a connection is open."""
        return self.path is None or self.path.with_name(f"{self.path.name}-wal").exists()

    def _identity(self) -> tuple[int, int] | None:
        """Return device and inode of what lies there."""
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
