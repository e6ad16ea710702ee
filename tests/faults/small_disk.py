"""A small disk of memory in a folder, which only PostgreSQL sees: to run full, and to be made larger.

Two uses of this file, each as a script in a fresh interpreter:

    python -I -S small_disk.py keep HOW FOLDER BYTES     holds the disk until its input ends
    python -I -S small_disk.py HOW LAUNCHER_PID PROGRAM ARGUMENT…

The first mounts the disk in a mount namespace of its own, so that nobody else sees it and it is gone with its
keeper. It says `ready`, and again for each line it reads: a number makes the disk that many bytes large,
`in FOLDER` and `out FOLDER` copy what a folder holds onto the disk, and what the disk holds into a folder. It
ends with 77 where this kernel lets nobody mount. The second stands in for `devtools/embedded/launch.py`:
it joins the namespace of the process `SMALL_DISK_KEEPER` and hands over to `SMALL_DISK_LAUNCH`. Neither needs
a privilege where the kernel lets anybody have a user namespace.
"""

import ctypes
import os
import pwd
import resource
import shutil
import subprocess
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REMOUNT, MS_REC, MS_PRIVATE = 0x20, 0x4000, 0x40000
IMPOSSIBLE = 77


class Keeper:
    """The process that holds the disk. `with Keeper(how, folder, size) as keeper:`; raises OSError."""

    def __init__(self, how: str, folder: Path, size: int) -> None:
        self.folder = folder
        folder.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, "keep", how, str(folder), str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if not self._is_ready():
            self.end()
            raise OSError("this kernel lets nobody mount a disk of their own")

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, order: str) -> None:
        """Have it done: a size in bytes, `in FOLDER` or `out FOLDER`. Raises OSError."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        if not self._is_ready():
            raise OSError(f"the small disk is gone at: {order}")

    def end(self) -> None:
        """Let go of the disk, once nobody uses it any more."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self.folder.rmdir()

    def _is_ready(self) -> bool:
        assert self._process.stdout is not None
        return self._process.stdout.readline() == "ready\n"


def mount(source: bytes, target: bytes, kind: bytes, flags: int, options: bytes) -> None:
    if ctypes.CDLL(None, use_errno=True).mount(source, target, kind, flags, options) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses the mount")


def own_namespace() -> None:
    """Leave the mounts of everybody else. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) == 0:
        return
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a namespace")
    for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(line)


def join(keeper: int) -> None:
    """See the mounts that the keeper sees. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    for name in ("user", "mnt"):
        theirs = f"/proc/{keeper}/ns/{name}"
        if os.readlink(theirs) == os.readlink(f"/proc/self/ns/{name}"):
            continue
        with open(theirs) as file:
            if libc.setns(file.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), f"the kernel refuses the keeper's {name} namespace")


def keep(how: str, folder: str, size: str) -> None:
    account = pwd.getpwnam(how.removeprefix("user:")) if how.startswith("user:") else None
    try:
        own_namespace()
        mount(b"none", b"/", b"", MS_REC | MS_PRIVATE, b"")
        mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size},mode=0700".encode())
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
    except OSError:
        raise SystemExit(IMPOSSIBLE) from None
    print("ready", flush=True)
    for line in sys.stdin:
        order, _, other = line.strip().partition(" ")
        if order == "in":
            copy(other, folder)
        elif order == "out":
            copy(folder, other)
        else:
            mount(b"tmpfs", os.fsencode(folder), b"tmpfs", MS_REMOUNT, f"size={order},mode=0700".encode())
        print("ready", flush=True)


def copy(source: str, target: str) -> None:
    """Copy everything in a folder into another, with its owners."""

    def with_owner(one: str, other: str) -> str:
        shutil.copy2(one, other)
        status = os.stat(one)
        os.chown(other, status.st_uid, status.st_gid)
        return other

    shutil.copytree(source, target, copy_function=with_owner, dirs_exist_ok=True)
    for found, folders, _files in os.walk(source):
        for name in folders:
            status = os.stat(os.path.join(found, name))
            os.chown(os.path.join(target, os.path.relpath(found, source), name), status.st_uid, status.st_gid)


def main() -> None:
    if sys.argv[1] == "keep":
        keep(*sys.argv[2:])
        return
    join(int(os.environ["SMALL_DISK_KEEPER"]))
    # PostgreSQL that finds no room for its log aborts: without leaving a picture of its memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    launch = os.environ["SMALL_DISK_LAUNCH"]
    os.execv(sys.executable, [sys.executable, "-I", "-S", launch, *sys.argv[1:]])


if __name__ == "__main__":
    main()
