"""Every process of a report, found and ended.

A notebook may start what it likes, and what it starts may leave its parent, its session and its
process group. On Linux the one who starts a job is made the adopter of everything below it (a
"subreaper"), so nothing below can escape by losing its parent; what is started dies with its
starter, however that one dies. Elsewhere, and where the starter itself was killed, a token in the
environment tells which processes belong to a job.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator

TOKEN = "CXLAB_JOB"  # environment variable that every process of one job carries
LINUX = sys.platform == "linux"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has but one way to end a process
_DIE_WITH_PARENT, _ADOPT = 1, 36  # prctl(2): PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def _prctl(option: int, value: int) -> bool:
    return LINUX and ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def adopt_descendants() -> bool:
    """Become the parent of every process below this one whose own parent ends. False where the
    system cannot.
    """
    return _prctl(_ADOPT, 1)


def die_with(parent: int) -> None:
    """Be killed when `parent`, which started this process, ends; at once if it has ended
    already.
    """
    if _prctl(_DIE_WITH_PARENT, signal.SIGKILL) and os.getppid() != parent:
        os._exit(1)


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`, zombies too. Linux only."""
    found = []
    with contextlib.suppress(OSError):  # it has ended
        for task in os.listdir(f"/proc/{pid}/task"):
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file,
            ):
                found += [int(child) for child in file.read().split()]
    return found


def descendants(pid: int, spare: Collection[int] = ()) -> list[int]:
    """Every process below `pid`, those of `spare` and below excepted, children after their
    parents.
    """
    if not LINUX:
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        return []
    found = [child for child in children(pid) if child not in spare]
    for child in found:
        found += children(child)
    return found


def collect() -> Iterator[tuple[int, int]]:
    """The (number, exit code) of every child that has ended since; a code is negative where a
    signal ended it.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def end_descendants(pid: int, spare: Collection[int] = (), seconds: float = 5.0) -> None:
    """Kill everything below `pid` (those of `spare` and below excepted) until nothing is left.

    Again and again, because what has been adopted shows only when its parent is dead. The dead
    children of this process are collected on the way if it is `pid` itself.
    """
    end, own = time.monotonic() + seconds, pid == os.getpid() and LINUX
    while time.monotonic() < end:
        left = descendants(pid, spare)
        if own:
            # A process of several threads looks dead before it is; only what has been collected is
            # gone for certain.
            for child in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, os.WNOHANG)
        else:
            left = [child for child in left if not _is_zombie(child)]
        if not left:
            return
        for child in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, KILL)
        time.sleep(0.002)


def _is_zombie(pid: int) -> bool:
    if not LINUX:
        import psutil

        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def end_carriers(token: str, spare: int | None = None) -> None:
    """Kill every process that carries this token in the environment it was started with, until none
    is left.

    `spare` is the process that asks, when it belongs to the job itself.
    """
    import psutil

    for _ in range(50):
        left = [p for p in psutil.process_iter() if p.pid != spare and _carries(p, token)]
        if not left:
            return
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=0.2)


def _carries(process: object, token: str) -> bool:
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(TOKEN) == token
    except (psutil.Error, OSError):
        return False  # it has ended, or belongs to someone else


def memory(pids: Collection[int], enough: int) -> int:
    """Bytes that these processes hold together; what they share is counted once for all of them.

    The exact count takes milliseconds a process, so it is made only where the plain sum, shared
    memory counted for each, is above `enough`. Linux only.
    """
    rough = sum(_resident(pid) for pid in pids)
    return rough if rough <= enough else sum(_proportional(pid) for pid in pids)


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(
                (int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:")), 0
            )
    except OSError:
        return 0


def limit_memory(megabytes: float) -> None:
    """Refuse this process and those it starts more than `megabytes` of memory of their own each:
    Python then raises MemoryError.

    RLIMIT_DATA, not RLIMIT_AS: Arrow's allocator and the stacks of threads reserve address space by
    the gigabyte that they never use, and the former counts only what can be written to (Linux 4.7
    and later). Where the system knows no such limit, nothing happens.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    size = int(megabytes * 2**20)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
