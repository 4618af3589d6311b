"""Every process of a report, found and ended.

A notebook may start what it likes, and what it starts may leave its parent, its session and its
process group. On Linux the one who starts a job is made the adopter of everything below it (a
"subreaper"), so nothing below can escape by losing its parent; what is started dies with its
starter, however that one dies. Elsewhere, and where the starter itself was killed, a token in the
environment tells which processes belong to a job.
"""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import psutil

from cxlab.errors import REPORTING as TOKEN  # a variable that every process of one job carries

try:
    import resource
except ImportError:  # Windows
    resource = None

LINUX = sys.platform == "linux"
KILL, NOTHING = 9, 0
STDERR = "stderr.txt"  # what a process says, in its folder
_DIE_WITH_PARENT, _ADOPT = 1, 36  # prctl(2): PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER
# What has been killed is gone at once; the system may take longer where it has much else to do.
END_SECONDS = 30.0


def _prctl(option: int, value: int) -> bool:
    return LINUX and ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def adopt_descendants() -> None:
    """Become the parent of every process below this one whose own parent ends, where the system
    can.
    """
    _prctl(_ADOPT, 1)


def die_with(parent: int, by: int = KILL) -> bool:
    """Get this signal when `parent`, which started this process, ends; at once if it has ended
    already. False where the system cannot tell.
    """
    can = _prctl(_DIE_WITH_PARENT, by)
    if can and os.getppid() != parent:
        os.kill(os.getpid(), by)
    return can


def enter(folder: str) -> None:
    """Work in a folder, which is made with those that the environment names in it; what this
    process says goes to a file there.
    """
    os.makedirs(folder, 0o700, exist_ok=True)
    os.chdir(folder)
    for value in os.environ.values():
        if value.startswith(folder + os.sep):
            os.makedirs(value, exist_ok=True)
    said = os.open(STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for end in (1, 2):
        os.dup2(said, end)
    os.close(said)


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`, zombies too. Linux only: read from /proc, a hundred times
    faster than psutil, which reads every process of the machine.
    """
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # its thread has ended
            found += map(int, file.read_text().split())
    return found


def descendants(pid: int, spare: Collection[int] = ()) -> list[int]:
    """Every process below `pid`, those of `spare` and below excepted, children after their
    parents.
    """
    if not LINUX:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    found = [child for child in children(pid) if child not in spare]
    for child in found:
        found += children(child)
    return found


def end_descendants(spare: Collection[int] = ()) -> None:
    """Kill everything below this process (those of `spare` and below excepted)."""
    _end(lambda: descendants(os.getpid(), spare))


def end_carriers(token: str, spare: int | None = None) -> None:
    """Kill every process that carries this token in the environment it was started with.

    `spare` is the process that asks, when it belongs to the job itself.
    """
    _end(
        lambda: [
            process.pid
            for process in psutil.process_iter(["environ"])  # None where it is not ours
            if process.pid != spare and (process.info["environ"] or {}).get(TOKEN) == token
        ]
    )


def _end(find: Callable[[], list[int]]) -> None:
    """Kill what is found until nothing is: what has been adopted shows only when its parent is
    dead.
    """
    end = time.monotonic() + END_SECONDS
    while (left := find()) and time.monotonic() < end:
        for pid in left:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                process.kill()
                # A process of several threads looks dead before it is; only what has been
                # collected is gone for certain.
                process.wait(0.02)


def memory(pids: Collection[int], enough: int) -> int:
    """Bytes that these processes hold together; what they share is counted once for all of them.

    The exact count takes milliseconds a process, so it is made only where the plain sum, shared
    memory counted for each, is above `enough`. Linux only.
    """
    for kind, field in (("memory_info", "rss"), ("memory_full_info", "pss")):
        held = 0
        for pid in pids:
            with contextlib.suppress(psutil.Error):  # it has ended
                held += getattr(getattr(psutil.Process(pid), kind)(), field)
        if held <= enough:
            break
    return held


def peak_mb() -> int | None:
    """The most memory, in MB, that a process started by this one held; what a forked kernel shares
    with the others is counted too.
    """
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most // (2**20 if sys.platform == "darwin" else 2**10)


def limit_memory(megabytes: float) -> None:
    """Refuse this process and those it starts more than `megabytes` of memory of their own each:
    Python then raises MemoryError.

    RLIMIT_DATA, not RLIMIT_AS: Arrow's allocator and the stacks of threads reserve address space by
    the gigabyte that they never use, and the former counts only what can be written to (Linux 4.7
    and later). Where the system knows no such limit, nothing happens.
    """
    size = int(megabytes * 2**20)
    with contextlib.suppress(ValueError, OSError, AttributeError):  # Windows has no such module
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
