"""Two ways to start the process of a report: a fresh interpreter, or a copy of a warm one.

Both take a job's folder and tell when the job has ended; the report is the same. The warm way is
Linux's; everywhere else, where it fails to start and with `--cold` the plain one is used. A third
way, a cluster's, is in `cxlab.report.run.dask_cluster`.
"""

import contextlib
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from cxlab.report.run import processes
from cxlab.report.run.job import DESCRIPTION, STDERR, environment

SERVER, WARM_SECONDS = "cxlab.report.run.forkserver", 120.0
CAN_FORK = processes.LINUX and hasattr(os, "fork")


class StarterGoneError(Exception):
    """The warm process has ended, and with it every job that it had started."""

    def __init__(self, why: str = "") -> None:
        super().__init__(f"the warm process ended{f': {why}' if why else ''}")
        self.why = why


class Cold:
    """Each job is a fresh interpreter, which leaves when the pipe to its standard input ends."""

    width = 0  # jobs at a time; 0: as many as the batch says
    patience = 1.0  # times the report's limit until a job is ended

    def __init__(self) -> None:
        self._running: dict[int, tuple[subprocess.Popen, str]] = {}
        self._numbers = itertools.count(1)

    def ready(self) -> None:
        """Return when a job would start at once."""

    def start(self, work: Path, formats: Iterable[str]) -> int:
        """Start the job described in `work`; returns its number."""
        token, number = uuid.uuid4().hex, next(self._numbers)
        arguments = ("cxlab.report.run.one_report", str(work / DESCRIPTION))
        process = _started(work, environment(work, token, formats), subprocess.PIPE, *arguments)
        self._running[number] = (process, token)
        return number

    def ended(self, seconds: float) -> dict[int, int]:
        """The jobs that have ended, with their exit codes, when one has or these seconds are over.
        Nothing of them is left.
        """
        codes = wait_for(
            lambda: {
                n: p.returncode for n, (p, _) in self._running.items() if p.poll() is not None
            },
            seconds,
        )
        for number in codes:
            process, token = self._running.pop(number)
            processes.end_carriers(token)
            process.stdin.close()
        return codes

    def end(self, number: int) -> None:
        """Kill a job; `ended` then tells of it."""
        process, token = self._running[number]
        process.kill()
        processes.end_carriers(token)

    def close(self) -> None:
        """Kill every job, and leave nothing at work."""
        for number in self._running:
            self.end(number)
        while self._running:
            self.ended(0.05)


class Warm:
    """As `Cold`, but each job is a copy of one warm process (`cxlab.report.run.forkserver`), which
    is started at once in `folder` and warms up meanwhile.

    Every method may raise StarterGoneError.
    """

    width, patience = 0, 1.0

    def __init__(self, folder: Path, formats: Iterable[str]) -> None:
        # of a copied process the system shows the environment of the original, so all have its
        # token
        self._token, self._errors = uuid.uuid4().hex, folder / STDERR
        self._socket, there = socket.socketpair()
        with there:
            held = environment(folder, self._token, formats)
            self._process = _started(folder, held, there, SERVER)
        self._held, self._warm, self._numbers = b"", False, itertools.count(1)

    def ready(self) -> None:
        end = time.monotonic() + WARM_SECONDS
        while not self._warm:
            self._warm = any("ready" in line for line in self._said(1.0))
            if not self._warm and time.monotonic() > end:
                raise StarterGoneError(f"it was not warm after {WARM_SECONDS:g} s")

    def start(self, work: Path, formats: Iterable[str]) -> int:
        number, held = next(self._numbers), environment(work, self._token, formats)
        self._order(fork=number, work=str(work), environment=held)
        return number

    def ended(self, seconds: float) -> dict[int, int]:
        return {line["ended"]: line["code"] for line in self._said(seconds) if "ended" in line}

    def end(self, number: int) -> None:
        self._order(end=number)

    def close(self) -> None:
        self._socket.close()
        try:
            # while it warms up it has no job and does not listen
            self._process.wait(10 if self._warm else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # What a job had started carries the token too; the warm process has ended it already unless
        # it was killed itself.
        if self._process.returncode != 0:
            processes.end_carriers(self._token)

    def _said(self, seconds: float) -> list[dict]:
        if not select.select([self._socket], [], [], seconds)[0]:
            return []
        data = b""
        with contextlib.suppress(OSError):
            data = self._socket.recv(1 << 16)
        if not data:
            raise self._gone()
        *lines, self._held = (self._held + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def _order(self, **words: object) -> None:
        try:
            self._socket.sendall(json.dumps(words).encode() + b"\n")
        except OSError:
            raise self._gone() from None

    def _gone(self) -> StarterGoneError:
        """With the last line that the warm process said of its end."""
        lines = []
        with contextlib.suppress(OSError):
            lines = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return StarterGoneError(*lines[-1:])


def _started(
    folder: Path, environment: Mapping[str, str], stdin: Any, *module: str
) -> subprocess.Popen:
    """A module run in a session of its own, its words going to a file in the folder."""
    with (folder / STDERR).open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *module],
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def wait_for(poll: Callable[[], Any], seconds: float) -> Any:
    """What `poll` gives, when it gives something or these seconds are over."""
    end = time.monotonic() + seconds
    while not (found := poll()) and time.monotonic() < end:
        time.sleep(0.05)
    return found
