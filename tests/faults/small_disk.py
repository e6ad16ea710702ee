"""Mount a small disk of memory that only one program sees, then start that program.

Stands in for `pbplatform/embedded/launch.py` and hands over to it:

    SMALL_DISK=FOLDER SMALL_DISK_BYTES=N  python -I -S small_disk.py HOW LAUNCHER_PID PROGRAM ARGUMENT…

The mount is in a mount namespace of the program's own: nobody else sees it, and it is gone with the program.
Needs no privilege where the kernel lets anybody have a user namespace; ends with 77 where neither works.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
IMPOSSIBLE = 77


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


def main() -> None:
    folder, size = os.environ["SMALL_DISK"], os.environ["SMALL_DISK_BYTES"]
    how = sys.argv[1]
    try:
        own_namespace()
        mount(b"none", b"/", b"", MS_REC | MS_PRIVATE, b"")
        mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size},mode=0700".encode())
    except OSError:
        raise SystemExit(IMPOSSIBLE) from None
    if how.startswith("user:"):
        account = pwd.getpwnam(how.removeprefix("user:"))
        os.chown(folder, account.pw_uid, account.pw_gid)
    launch = os.environ["SMALL_DISK_LAUNCH"]
    os.execv(sys.executable, [sys.executable, "-I", "-S", launch, *sys.argv[1:]])


if __name__ == "__main__":
    main()
