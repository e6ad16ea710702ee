"""Reasons why the embedded servers could not start, worded for the person at the terminal."""

from pathlib import Path


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message says why and what to do."""


class AlreadyRunning(EmbeddedError):
    """Another launcher of the same folder is alive."""

    def __init__(self, home: Path, pid: str) -> None:
        self.pid = pid
        super().__init__(f"Servers under {home} are already run by process {pid}. Stop that one first.")
