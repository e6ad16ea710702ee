"""Become a user that PostgreSQL accepts, ask to die with the launcher, and run a program.

Run as a script, in a fresh interpreter, so that nothing happens between fork and exec in a process with
threads:

    python -I -S unprivileged.py as-is|namespace|user:NAME  LAUNCHER_PID  PROGRAM ARGUMENT…

`namespace` puts the program in a user namespace that maps our uid 0 to an ordinary uid: PostgreSQL, which
refuses root, accepts it, and every file stays ours outside.
"""

import ctypes
import os
import pwd
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def enter_namespace() -> None:
    """Map our uid and gid to those of an ordinary account. Raises OSError if the kernel forbids it."""
    # initdb looks its own uid up by name, so the uid has to belong to an account that exists.
    account = next(entry for entry in sorted(pwd.getpwall(), key=lambda entry: entry.pw_uid) if entry.pw_uid)
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a user namespace")
    for name, line in [
        ("setgroups", "deny"),
        ("uid_map", f"{account.pw_uid} {uid} 1"),
        ("gid_map", f"{account.pw_gid} {gid} 1"),
    ]:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def become(name: str) -> None:
    """Drop root permanently, for the account `name`."""
    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def stop_with(launcher: int) -> None:
    """Receive SIGINT (PostgreSQL: fast shutdown; Valkey: shutdown) when the launcher dies, on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    # The launcher may have died before the request was in place.
    if os.getppid() != launcher:
        raise SystemExit("the launcher is gone")


def main() -> None:
    how, launcher, *command = sys.argv[1:]
    if how == "namespace":
        enter_namespace()
    elif how.startswith("user:"):
        become(how.removeprefix("user:"))
    stop_with(int(launcher))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
