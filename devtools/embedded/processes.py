"""Finding, starting and stopping the server processes of one home."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from devtools.embedded.exceptions import EmbeddedError

LAUNCH = Path(__file__).with_name("launch.py")
# sockaddr_un holds 108 bytes, the last one zero, and 104 on macOS; PostgreSQL's file name is 14 of them.
LONGEST_FOLDER = 85
LOG_KEPT_BYTES = 5_000_000


def package_folder(package: str) -> Path:
    """The folder an installed package lives in, without importing it. Raises EmbeddedError."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package with the embedded server ({package}) is not installed. "
            "Run `make setup`, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def socket_folder(home: Path) -> Path:
    """Return the folder for the sockets of `home`: inside it, or a short one if its path does not work.

    Socket paths are limited to about 107 bytes, and not every client library accepts a space or a quote in
    one. The same home always gives the same folder.
    """
    inside = home / "run"
    if len(os.fsencode(inside)) <= LONGEST_FOLDER and re.fullmatch(r"[\w./-]+", str(inside), re.ASCII):
        return inside
    name = f"pbplatform-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    temporary = tempfile.gettempdir()
    if len(temporary) > 40 or not re.fullmatch(r"[\w./-]+", temporary, re.ASCII):
        temporary = "/tmp"  # noqa: S108 (the folder in it is made 0700 and its owner is checked)
    return Path(temporary) / name


def make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make `folder` accessible to its owner only. Raises EmbeddedError if it belongs to another user."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    wanted = owner.pw_uid if owner else os.geteuid()
    if folder.is_symlink() or status.st_uid not in {os.geteuid(), wanted}:
        raise EmbeddedError(
            f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of yours."
        )
    if owner and status.st_uid != owner.pw_uid:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700)


def _runs(how: str, command: Sequence[str]) -> bool:
    attempt = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCH), how, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return attempt.returncode == 0


@functools.cache
def identity(program: Path, home: Path) -> str:
    """Return how to run `program`, which refuses root: `as-is`, `namespace` or `user:NAME`.

    The account must be able to run the program and to enter `home`. Raises EmbeddedError, naming both, if
    root cannot drop its rights here.
    """
    if os.geteuid() != 0:
        return "as-is"
    version = [str(program), "--version"]
    if _runs("namespace", version):
        return "namespace"
    home.mkdir(parents=True, exist_ok=True)
    names = {entry.pw_name for entry in pwd.getpwall()}
    owner = home.parent.stat().st_uid
    wanted = [pwd.getpwuid(owner).pw_name] if owner else []
    for name in [*wanted, "postgres", "nobody"]:
        if name in names and _runs(f"user:{name}", version) and _runs(f"user:{name}", ["/bin/ls", str(home)]):
            return f"user:{name}"
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, this kernel forbids user namespaces, and none of the "
        f"unprivileged accounts can both run {program} and enter {home}. "
        "Run as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def account_of(how: str) -> pwd.struct_passwd | None:
    """The account that owns a server's files when it is not the launcher's own."""
    return pwd.getpwnam(how.removeprefix("user:")) if how.startswith("user:") else None


def spawn(
    how: str, command: Sequence[str], *, folder: Path, log: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in `folder`, in its own session, with its output appended to `log`.

    In its own session, because Ctrl-C in the terminal must reach only the launcher, which then stops the
    servers last. On Linux the program ends when the launcher dies.
    """
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCH), how, str(os.getpid()), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _folder_of(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _program_of(pid: int) -> str:
    try:
        return Path(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")).name
    except OSError:
        return ""


def left_behind(folder: Path, program: str) -> list[int]:
    """Process ids of servers still running in `folder`, also when the folder was removed under them.

    A server is known by its program's name and by its working folder, never by a number in a
    file, which may belong to another process by now. Children of a server are left to it.
    """
    names = {str(folder), f"{folder} (deleted)", f"{folder.resolve()}", f"{folder.resolve()} (deleted)"}
    if not Path("/proc/self/cwd").exists():
        return _left_behind_by_ps(folder, program)
    found = {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and _folder_of(int(entry.name)) in names
        and _program_of(int(entry.name)) == program
    }
    return sorted(pid for pid in found if _parent_of(pid) not in found)


def _parent_of(pid: int) -> int:
    try:
        # The second field is the program's name in brackets and may itself hold spaces and brackets.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _left_behind_by_ps(folder: Path, program: str) -> list[int]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,command="],  # noqa: S607 (ps stands in different places)
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = (line.strip().partition(" ") for line in listing.splitlines())
    return [int(pid) for pid, _, command in lines if f"/{program} " in command and str(folder) in command]


def is_running(pid: int) -> bool:
    """Return whether the process exists and is not just waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self/stat").exists()


def stop(pids: Iterable[int], signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to those still running, waiting up to its seconds for them to end."""
    remaining = set(pids)
    for number, patience in signals:
        for pid in remaining:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + patience
        while (remaining := {pid for pid in remaining if is_running(pid)}) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not remaining:
            return


class Server:
    """A server that runs in the folder `data`, holds its files there, and is found by it."""

    # The name of its program, and the signals that end it, each with the seconds it is given.
    PROGRAM: ClassVar[str]
    STOP: ClassVar[tuple[tuple[signal.Signals, float], ...]]

    def __init__(self, data: Path, log: Path) -> None:
        self.data = data
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Ask it to end in order, less and less gently, and wait. Does nothing if not running."""
        if self._process is None:
            return
        for number, patience in self.STOP:
            if self._process.poll() is None:
                self._process.send_signal(number)
                try:
                    self._process.wait(patience)
                except subprocess.TimeoutExpired:
                    continue
            break
        self._process = None

    def stop_left_behind(self) -> None:
        """Stop a server that outlived its launcher, found by the folder it runs in."""
        stop(left_behind(self.data, self.PROGRAM), self.STOP)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None


def end_of(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
