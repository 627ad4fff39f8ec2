"""CAP messages and the schema of others, read where they lie beside the repository."""

from pathlib import Path


def shared_cap() -> Path | None:
    """Find `../shared/cap` from the repository's root; None where it is absent."""
    beside = (parent.parent / "shared" / "cap" for parent in Path(__file__).parents)
    return next((folder for folder in beside if folder.is_dir()), None)


def messages(*folders: str, most_bytes: int = 1_000_000) -> dict[str, bytes]:
    """Give the messages in folders of it, such as `valid` and `traps`, by folder and name."""
    root = shared_cap()
    files = [file for folder in folders if root for file in sorted((root / folder).iterdir())]
    return {
        f"{file.parent.name}/{file.name}": file.read_bytes()
        for file in files
        if file.stat().st_size <= most_bytes
    }
