"""Apprise says what happened in its log only; each thread hears its own."""

import logging
import threading

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, ReadTimeout
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from notification.chatting.fate import Fate, fate_of_what_is_said

APPRISE = logging.getLogger("apprise")


def test_a_status_and_an_error_are_kept_and_nothing_else() -> None:
    overdue = ReadTimeout("late")
    with fate_of_what_is_said() as fate:
        APPRISE.warning("Failed to send to %s: error=%d.", "somebody", 404)
        APPRISE.debug("Socket Exception: %s", overdue)
        APPRISE.info("Sent.")
    assert fate == Fate([404], [overdue])
    assert fate.was_overdue
    assert not fate.was_not_connected


def test_nobody_hears_what_another_thread_is_told() -> None:
    with fate_of_what_is_said() as fate:
        other = threading.Thread(target=APPRISE.warning, args=("error=500",))
        other.start()
        other.join()
    assert fate == Fate()
    APPRISE.warning("error=500")
    assert fate == Fate()


def test_a_connection_that_never_was_is_told_from_one_that_was_lost() -> None:
    pool = HTTPConnectionPool("127.0.0.1")
    never = MaxRetryError(pool, "/", NewConnectionError(pool, "refused"))  # type: ignore[arg-type] # as urllib3 nests them
    assert Fate(errors=[RequestsConnectionError(never)]).was_not_connected
    assert Fate(errors=[ConnectTimeout("late")]).was_not_connected
    assert not Fate(errors=[RequestsConnectionError("reset by peer")]).was_not_connected
    assert not Fate().was_not_connected
