"""CAP alerts of our own, of a made-up village on a bay: to read from tests and to try out."""

from importlib.resources import files

NAMES = ("tsunami_warning", "tsunami_update", "tsunami_cancel", "flood_exercise")


def sample(name: str) -> bytes:
    """Give the XML of one of `NAMES`."""
    return files(__name__).joinpath(f"{name}.xml").read_bytes()
