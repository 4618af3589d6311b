"""Two ways to start the process of a report: a fresh interpreter, or a copy of a warm one.

Both take a job's folder and environment and tell when it has ended; the report is the same. The
warm way is Linux's; everywhere else, where it fails to start and with `--cold` the plain one is
used.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cxlab.report.batch import jobs
from cxlab.report.run import processes

SERVER, WARM_SECONDS = "cxlab.report.run.forkserver", 120.0
CAN_FORK = processes.LINUX and hasattr(os, "fork")


class StarterGoneError(Exception):
    """The warm process has ended, and with it every job that it had started."""


class Cold:
    """Each job is a fresh interpreter, which leaves when the pipe to its standard input ends."""

    width = 0  # as many at a time as the batch says
    patience = 1.0  # times the report's limit until it is ended
    shares_token = False

    def __init__(self) -> None:
        self._running: dict[int, tuple[subprocess.Popen, str]] = {}
        self._next = 0

    def start(self, work: Path, environment: Mapping[str, str]) -> int:
        """Start the job described in `work/job.json`; returns its number."""
        with (work / "stderr.txt").open("wb") as said:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "cxlab.report.run.one_report",
                    str(work / jobs.DESCRIPTION),
                ],
                cwd=work,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._next += 1
        self._running[self._next] = (process, environment[processes.TOKEN])
        return self._next

    def ready(self) -> None:
        """Return when a job would start at once."""

    def ended(self, seconds: float) -> dict[int, int]:
        """The jobs that have ended, with their exit codes, when one has or these seconds are over.
        Nothing of them is left.
        """
        end = time.monotonic() + seconds
        while (
            not (
                done := {
                    n: p.returncode for n, (p, _) in self._running.items() if p.poll() is not None
                }
            )
            and time.monotonic() < end
        ):
            time.sleep(min(0.05, seconds))
        for number in done:
            process, token = self._running.pop(number)
            processes.end_carriers(token)
            if process.stdin:
                process.stdin.close()
        return done

    def end(self, number: int) -> None:
        """Kill a job; `ended` then tells of it."""
        process, token = self._running[number]
        process.kill()
        processes.end_carriers(token)

    def close(self) -> None:
        """Kill every job."""
        for number in list(self._running):
            self.end(number)
        while self._running:
            self.ended(0.05)


class Warm:
    """Each job is a copy of one warm process (`cxlab.report.run.forkserver`), which is started at
    once and warms up meanwhile.

    Every method may raise StarterGoneError.
    """

    width, patience = 0, 1.0
    shares_token = True  # of a copied process the system shows the environment of the original

    def __init__(self, environment: Mapping[str, str], errors: Path) -> None:
        self._token, self._errors = environment[processes.TOKEN], errors
        self._socket, there = socket.socketpair()
        with errors.open("wb") as said, there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", SERVER],
                cwd=errors.parent,
                env=dict(environment),
                stdin=there,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._held, self._next, self._warm = b"", 0, False

    def start(self, work: Path, environment: Mapping[str, str]) -> int:
        """As `Cold.start`."""
        self._next += 1
        self._order(fork=self._next, work=str(work), environment=dict(environment))
        return self._next

    def ready(self) -> None:
        """As `Cold.ready`."""
        end = time.monotonic() + WARM_SECONDS
        while not self._warm and not any("ready" in line for line in self._said(1.0)):
            if time.monotonic() > end:
                raise StarterGoneError(f"it was not warm after {WARM_SECONDS:g} s")
        self._warm = True

    def ended(self, seconds: float) -> dict[int, int]:
        """As `Cold.ended`."""
        return {line["ended"]: line["code"] for line in self._said(seconds) if "ended" in line}

    def _said(self, seconds: float) -> list[dict]:
        if not select.select([self._socket], [], [], seconds)[0]:
            return []
        try:
            data = self._socket.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise StarterGoneError(self._why())
        *lines, self._held = (self._held + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self, number: int) -> None:
        """As `Cold.end`."""
        self._order(end=number)

    def close(self) -> None:
        """Kill every job and the warm process."""
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

    def _order(self, **words: object) -> None:
        try:
            self._socket.sendall(json.dumps(words).encode() + b"\n")
        except OSError:
            raise StarterGoneError(self._why()) from None

    def _why(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""
