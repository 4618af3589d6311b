"""One command, many clients: each report whole or not written, and one client's failure never
another's.

Every (study, language) is one process in its own session and folder
(`cxlab.report.run.one_report`), started warm or cold (`cxlab.report.run.starters`) or on another
machine (`cxlab.report.run.dask_cluster`). What it makes is checked there, and only a finished
report is put in place, whole or not at all (`cxlab.report.batch.placing`), so that a client's last
good report stays until the next one is whole. However this process ends, the processes that it
started end with it.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError, ReportError
from cxlab.report.batch import jobs as planned
from cxlab.report.batch.journal import locked
from cxlab.report.batch.progress import line_writer
from cxlab.report.batch.records import WORK_PREFIX, Records, sweep
from cxlab.report.batch.stop_signals import Stops, stop_signals
from cxlab.report.formats.export import check_formats
from cxlab.report.messages import one_line, reason, written
from cxlab.report.run import starters
from cxlab.report.run.dask_cluster import Cluster
from cxlab.report.run.fingerprints import study_inputs
from cxlab.report.run.job import (
    STDERR,
    Job,
    Limits,
    Settings,
    read_result,
    templates_folder,
    took_too_long,
)

# s3://bucket, and what a Path makes of it; C:/ is a disk
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def render_studies(
    studies: Iterable[Path | str],
    out: Path | str,
    languages: Sequence[str] | None = None,
    jobs: int = 2,
    resume: bool = False,
    *,
    template: Path | str | None = None,
    page: Path | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),  # noqa: B008  frozen: one instance serves every call
    formats: Sequence[str] = ("html",),
    cold: bool = False,
    scheduler: str | None = None,
    progress: Callable[[str], None] | bool | None = None,
) -> pd.DataFrame:
    """Render a report of every study in every language, to `out/<client>/report.<language>.html`.

    Parameters
    ----------
    studies : iterable of path
        Folders with a study.yml, or the files.
    out : path
        The reports' folder; made where it is not there. Each client has a folder in it, named for
        the study's folder.
    languages : sequence of str, optional
        Instead of those that each study declares.
    jobs : int
        How many reports are made at a time.
    resume : bool
        Leave a report that stands and whose inputs (data, template, code, packages, settings) have
        not changed.
    template : path, optional
        A notebook that declares `study: str` and `language: str`, instead of
        templates/client_report.ipynb.
    page : path, optional
        The folder of the page's nbconvert template, instead of templates/page.
    parameters : mapping, optional
        Values of other parameters that the template declares.
    limits : Limits
        Seconds and MB that one report may take.
    formats : sequence of str
        html (always made), pdf, xlsx and pptx.
    cold : bool
        Start a fresh interpreter for each report instead of copying a warm one: the same report,
        slower.
    scheduler : str, optional
        The address of a Dask cluster that makes the reports.
    progress : callable or bool, optional
        Called with one line a finished report; True shows a bar with the time left, in a terminal
        or a notebook.

    Returns
    -------
    pandas.DataFrame
        One row a report, in the order given: `client`, `language`, `status` (done, unchanged or
        failed), `seconds` from its start to its end, `problem` (why it failed) and `file` (its page
        below `out`). Studies whose folders have one name in common fail, and no other; so does one
        in whose place another client's report stands.

    Raises
    ------
    ReportError
        Before anything is run, where the batch itself is wrong: an unknown language, a template
        that does not declare these parameters, an `out` that is an address, another run at work in
        `out`.

    Notes
    -----
    The same study gives the same bytes, whoever makes the report, warm, cold or on a cluster. What
    a report was made from stands beside it in manifest.json, what the batch did in
    `out/journal.jsonl`, and `out/index.html` lists every client.
    """
    if jobs < 1:
        raise ReportError("jobs={jobs}: at least one report must be made at a time", jobs=jobs)
    if _ADDRESS.match(str(out)):
        raise ReportError(
            "{out}: this is an address, and reports are written to a folder; give a folder as"
            " --out, and copy it there afterwards",
            out=str(out),
        )
    settings = Settings(
        Path(template or templates_folder() / "client_report.ipynb").absolute(),
        Path(page or templates_folder() / "page").absolute(),
        limits,
        check_formats(formats),
    )
    out = Path(out).absolute()
    queue = planned.plan(studies, languages, settings.template, parameters or {})
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out), line_writer(progress, len(queue)) as tell, stop_signals() as stops:
            batch = _Batch(Records(queue, out, settings, tell), stops, cold, scheduler)
            return batch.run(jobs, resume, declared=not languages)
    except OSError as error:
        raise ReportError("{folder}: {why}", folder=out.name, why=reason(error)) from error


@dataclass
class _Running:
    job: Job
    work: Path
    started: float
    late: bool = False


class _Batch:
    """The processes of one run over a queue of jobs."""

    def __init__(self, records: Records, stops: Stops, cold: bool, scheduler: str | None) -> None:
        self.records, self.stops, self.cold, self.scheduler = records, stops, cold, scheduler
        self.out, self.settings = records.out, records.settings
        self.common = self.settings.inputs()
        self.running: dict[int, _Running] = {}
        self.starter: Any = None

    def run(self, jobs: int, resume: bool, declared: bool) -> pd.DataFrame:
        undone, queue = sweep(self.out), self.records.queue
        if not resume:
            self._begin()  # it warms up while we look at the studies
        try:
            for job in queue:
                job.fingerprint(self.common)
            self.records.look(declared)
            self.records.begin(jobs, undone)
            waiting = [job for job in queue if not self.records.settled(job, resume)]
            self.records.list_clients(waiting)
            if waiting:
                self._begin()
                self._make(waiting, jobs)
        finally:
            # Leave nothing at work, and a list that can be used. Who wants it stopped gets that by
            # letting it end.
            self.stops.ending = True
            if self.starter:
                self.starter.close()
            sweep(self.out)
            self.records.end()
        return self.records.table()

    def _begin(self) -> None:
        if self.starter:
            return
        if self.scheduler:
            self.starter = Cluster(self.scheduler)
        elif self.cold or not starters.CAN_FORK:
            self.starter = starters.Cold()
        else:
            work = self.out / f"{WORK_PREFIX}warm"
            work.mkdir(mode=0o700)
            self.starter = starters.Warm(work, self.settings.formats)

    def _make(self, waiting: list[Job], jobs: int) -> None:
        ready = False
        while waiting or self.running:
            try:
                if not ready:
                    self.starter.ready()
                    jobs, ready = self.starter.width or jobs, True
                while waiting and len(self.running) < jobs:
                    self._start(waiting.pop(0))
                self._tend()
            except starters.StarterGoneError as gone:
                waiting = self._lost(gone) + waiting
            under_way = [run.job for run in self.running.values()]
            self.records.list_clients([*under_way, *waiting], seldom=True)

    def _lost(self, gone: starters.StarterGoneError) -> list[Job]:
        """The warm process is gone: what it was making is made again, cold, and so is the rest."""
        self.records.tell(f"{one_line(gone)}; the other reports are made cold")
        self.records.journal.note("cold", problem=one_line(gone.why))
        self.starter.close()
        self.starter = starters.Cold()
        lost = list(self.running.values())
        self.running.clear()
        for run in lost:
            shutil.rmtree(run.work, ignore_errors=True)
        return [run.job for run in lost]

    def _start(self, job: Job) -> None:
        work = None
        try:
            # What lies there now is what the report will be made from; when it is placed, that must
            # still be so.
            job.inputs["study"] = study_inputs(job.study)
            job.fingerprint(self.common)
            # In `out`, because only within one filesystem is putting a file in place one step.
            work = Path(tempfile.mkdtemp(dir=self.out, prefix=f"{WORK_PREFIX}{os.getpid()}-"))
            job.describe(work, self.out, self.settings)
            number = self.starter.start(work, self.settings.formats)
        except (OSError, CxlabError) as error:
            if work:
                shutil.rmtree(work, ignore_errors=True)
            self.records.fail(job, 0.0, reason(error))
            return
        except starters.StarterGoneError:
            self.running[-1] = _Running(job, work, 0.0)  # lost with the others
            raise
        self.running[number] = _Running(job, work, time.monotonic())
        self.records.start(job)

    def _tend(self) -> None:
        limit = self.settings.limits.report_seconds * self.starter.patience
        for number, code in self.starter.ended(0.2).items():
            self._finish(self.running.pop(number), code)
        for number, run in self.running.items():
            if not run.late and time.monotonic() - run.started > limit:
                run.late = True
                self.starter.end(number)

    def _finish(self, run: _Running, code: int) -> None:
        """Put the report in place if the job made one; in any case leave no temporary folder."""
        seconds = time.monotonic() - run.started
        try:
            made = self._result(run, code)
            problem = made["problem"]
            if not problem:
                self.records.place(run.job, run.work, made, seconds)
        except (OSError, CxlabError) as error:
            problem = reason(error)
        finally:
            shutil.rmtree(run.work, ignore_errors=True)
        if problem:
            self.records.fail(run.job, seconds, problem)

    def _result(self, run: _Running, code: int) -> dict[str, Any]:
        if run.late:
            return {"problem": took_too_long(vars(self.settings.limits))}
        if made := read_result(run.work):
            return made
        said = ""
        with contextlib.suppress(OSError):
            said = (run.work / STDERR).read_text(encoding="utf-8", errors="replace").strip()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        last = ": " + written(run.job.study, said.splitlines()[-1]) if said else ""
        return {"problem": f"the process that made it {how}{last}; run again with --resume"}
