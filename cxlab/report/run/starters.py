"""Two ways to start the process of a report: a fresh interpreter, or a copy of a warm one.

Both take a job's folder and tell when the job has ended; the report is the same. The warm way is
Linux's; everywhere else, where it fails to start and with `--cold` the plain one is used. A third
way, a cluster's, is in `cxlab.report.run.dask_cluster`.
"""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlab.report.run import processes
from cxlab.report.run.job import DESCRIPTION, environment, last_line

SERVER, WARM_SECONDS = "cxlab.report.run.forkserver", 120.0
CAN_FORK = processes.LINUX and hasattr(os, "pidfd_open")


class StarterGoneError(Exception):
    """The warm process has ended, and with it every job that it had started; says why."""


class Cold:
    """Each job is a fresh interpreter."""

    width = 0  # jobs at a time; 0: as many as the batch says
    patience = 1.0  # times the report's limit until a job is ended

    def __init__(self) -> None:
        self._running = {}  # folder of the job → process, token

    def ready(self) -> None:
        """Return when a job would start at once."""

    def start(self, work: Path) -> None:
        """Start the job described in the folder `work`."""
        token, maker = uuid.uuid4().hex, "cxlab.report.run.one_report"
        process = _started(work, token, subprocess.DEVNULL, maker, str(work / DESCRIPTION))
        self._running[work] = process, token

    def ended(self) -> dict[Path, int]:
        """The jobs that have ended meanwhile, with their exit codes, after waiting a moment.
        Nothing of them is left.
        """
        time.sleep(0.05)
        codes = {}
        for work, (process, token) in list(self._running.items()):
            if process.poll() is not None:
                del self._running[work]
                processes.end_carriers(token)
                codes[work] = process.returncode
        return codes

    def end(self, work: Path) -> None:
        """Kill a job; `ended` then tells of it."""
        process, token = self._running[work]
        process.kill()
        processes.end_carriers(token)

    def close(self) -> None:
        """Kill every job, and leave nothing at work."""
        for work in self._running:
            self.end(work)
        while self._running:
            self.ended()


class Warm:
    """As `Cold`, but each job is a copy of one warm process (`cxlab.report.run.forkserver`), which
    is started at once in `folder` and warms up meanwhile.

    Every method may raise StarterGoneError.
    """

    width, patience = 0, 1.0

    def __init__(self, folder: Path) -> None:
        # of a copied process the system shows the environment of the original, so all have its
        # token
        self._token, self._folder = uuid.uuid4().hex, folder
        self._pipe, there = multiprocessing.Pipe()
        with there:
            self._process = _started(folder, self._token, there, SERVER)
        self._warm = False

    def ready(self) -> None:
        with self._speaking():
            if not self._warm and not self._pipe.poll(WARM_SECONDS):
                raise StarterGoneError(f"it was not warm after {WARM_SECONDS:g} s")
            self._warm = self._warm or self._pipe.recv()

    def start(self, work: Path) -> None:
        held = environment(work, self._token)
        with self._speaking():
            self._pipe.send(("fork", work, held))

    def ended(self) -> dict[Path, int]:
        with self._speaking():
            return dict([self._pipe.recv()] if self._pipe.poll(0.2) else [])

    def end(self, work: Path) -> None:
        with self._speaking():
            self._pipe.send(("end", work))

    def close(self) -> None:
        self._pipe.close()
        try:
            # while it warms up it has no job and does not listen
            self._process.wait(10 if self._warm else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # What a job had started carries the token too; the warm process has ended it already unless
        # it was killed itself.
        if self._process.returncode:
            processes.end_carriers(self._token)

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        """Raise StarterGoneError where nobody is there, with the last line that it said."""
        try:
            yield
        except (EOFError, OSError):
            raise StarterGoneError(last_line(self._folder)) from None


def _started(folder: Path, token: str, stdin: Any, *module: str) -> subprocess.Popen:
    """A module run in a session of its own, which ends with this process, its words going to a file
    in the folder.
    """
    start = "cxlab.report.run.start", str(os.getpid()), str(folder)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *start, *module],
        cwd=folder.parent,
        env=environment(folder, token),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
