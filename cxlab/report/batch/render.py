"""One command, many clients: each report whole or not written, and one client's failure never
another's.

Every study is one process in its own session and folder (`cxlab.report.run.one_report`), started
warm or cold (`cxlab.report.run.starters`) or on another machine (`cxlab.report.run.dask_cluster`).
It runs the notebook once for all languages. What it makes is checked there, and only where all its
languages may be sent is each report put in place, whole or not at all
(`cxlab.report.batch.placing`), so that a client's last good report stays until the next one is
whole. However this process ends, the processes that it
started end with it.
"""

import re
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.extras import require
from cxlab.languages import LANGUAGES
from cxlab.report.batch import index, jobs as planned, journal
from cxlab.report.batch.benchmark import read_benchmark
from cxlab.report.batch.progress import Progress, line_writer
from cxlab.report.batch.records import WORK_PREFIX, Records, check_places, sweep
from cxlab.report.batch.stop_signals import Stops, stop_signals
from cxlab.report.formats.export import check_formats
from cxlab.report.messages import one_line, reason, refusal, written
from cxlab.report.run import starters
from cxlab.report.run.dask_cluster import Cluster
from cxlab.report.run.fingerprints import study_inputs
from cxlab.report.run.job import (
    BENCHMARK_PARAMETER,
    Job,
    Limits,
    Settings,
    last_line,
    read_result,
    templates_folder,
    took_too_long,
)
from cxlab.study import sizes
from cxlab.study.codebook.brand import Brand, read_brand_file
from cxlab.study.codebook.own_file import Folders, allowing


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
    benchmark: Path | str | None = None,
    brand: Path | str | None = None,
    limits: Limits = Limits(),  # noqa: B008  frozen: one instance serves every call
    formats: Sequence[str] = ("html",),
    cold: bool = False,
    scheduler: str | None = None,
    since: Path | str | None = None,
    allow_outside: Folders = (),
    progress: Progress = None,
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
        How many clients' reports are made at a time.
    resume : bool
        Leave a client whose reports stand in every language and whose inputs (data, template,
        code, packages, settings) have not changed.
    template : path, optional
        A notebook that declares `study: str` and `languages: list[str]`, instead of
        templates/client_report.ipynb. It runs once a client, for all languages.
    page : path, optional
        The folder of the page's nbconvert template, instead of templates/page.
    parameters : mapping, optional
        Values of other parameters that the template declares.
    benchmark : path, optional
        A file of `cxlab benchmark`, for the clients that allow it (`report: {benchmark: true}`).
    brand : path, optional
        The consultancy's own brand.yml, for the list of clients; a report has that of its study.
    limits : Limits
        Seconds and MB that one client's reports may take.
    formats : sequence of str
        html (always made), pdf, xlsx and pptx.
    cold : bool
        Start a fresh interpreter for each report instead of copying a warm one: the same report,
        slower.
    scheduler : str, optional
        The address of a Dask cluster that makes the reports.
    since : path, optional
        The folder of the last reports sent, which page one looks back to, where that is not `out`.
    allow_outside : path or list of path
        As in `read_study`: other folders in which files of the studies may lie.
    progress : callable or bool, optional
        Called with one line a finished report; True shows a bar with the time left, in a terminal
        or a notebook.

    Returns
    -------
    pandas.DataFrame
        One row a report, in the order given: `client`, `language`, `status` (done, unchanged or
        failed), `seconds` from the start of its client's job to the end, `moved` (how the headline
        figure moved since the last report, or why nothing is said of it), `problem` (why it failed)
        and `file` (its page below `out`). Where one language may not be sent, none of its client's
        is. Studies whose folders have one name in common fail, and no other; so does one
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
    `out/journal.jsonl`; `out/index.html` and `out/portfolio.xlsx` list every client, in the first
    language of the batch.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> table = cx.render_studies(["no_such_folder"], tempfile.mkdtemp(), ["en"])
    >>> table[["client", "language", "status"]].values.tolist()
    [['no-such-folder', 'en', 'failed']]
    """
    require("report")
    if jobs < 1:
        raise refusal(f"jobs={jobs}: at least one report must be made at a time")
    # s3://bucket, and what a Path makes of it; C:/ is a disk
    if re.match("[A-Za-z][A-Za-z0-9+.-]+:/", str(out)):
        raise refusal(
            f"{out}: this is an address, and reports are written to a folder; give a folder as"
            " --out, and copy it there afterwards"
        )
    settings = Settings(
        Path(template or templates_folder() / "client_report.ipynb").absolute(),
        Path(page or templates_folder() / "page").absolute(),
        limits,
        check_formats(formats),
    )
    out, parameters = Path(out).absolute(), dict(parameters or {})
    if benchmark is not None:
        parameters[BENCHMARK_PARAMETER] = read_benchmark(benchmark)
    with sizes.at_most(limits.file_mb), allowing(allow_outside):
        own = Brand() if brand is None else read_brand_file(Path(brand))
        queue = planned.plan(studies, languages, settings.template, parameters)
        language = _first_language(queue)
        look = index.Look(_style(settings.page), language, own.in_language(language))
        try:
            out.mkdir(parents=True, exist_ok=True)
            check_places(out)
            with (
                journal.locked(out),
                line_writer(progress, len(queue)) as tell,
                stop_signals() as stops,
            ):
                batch = _Batch(
                    queue, out, settings, tell, look, stops=stops, cold=cold, scheduler=scheduler
                )
                if benchmark is None and (missed := _benchmark_in(out, queue)):
                    tell(missed)
                batch.since = Path(since).absolute() if since else None
                return batch.run(jobs, resume, declared=not languages)
        except OSError as error:
            raise refusal(f"{out.name}: {reason(error)}") from error


def _benchmark_in(out: Path, queue: Iterable[Job]) -> str:
    """What is said where clients would be set beside a benchmark that lies there, unnamed."""
    files = sorted(out.glob("benchmark-*.json"))
    wished = [job.client for job in queue if job.wants_benchmark]
    if not files or not wished:
        return ""
    return (
        f"{', '.join(wished)}: `report: {{benchmark: true}}`, and no benchmark is shown; give"
        f" --benchmark {out.name}/{files[-1].name}"
    )


def _style(page: Path) -> str:
    sheet = page / "report.css"
    return sheet.read_text(encoding="utf-8") if sheet.is_file() else ""


def _first_language(queue: Iterable[Job]) -> str:
    known = (job.languages[0] for job in queue if not job.problem)
    return next(known, next(iter(LANGUAGES)))


@dataclass
class _Running:
    job: Job
    started: float
    late: bool = False


@dataclass(kw_only=True)
class _Batch(Records):
    """The records and the processes of one run over a queue of jobs."""

    stops: Stops
    cold: bool
    scheduler: str | None
    starter: Any = None
    running: dict[Path, _Running] = field(default_factory=dict)  # by the job's folder

    def run(self, jobs: int, resume: bool, declared: bool) -> pd.DataFrame:
        undone, queue = sweep(self.out), self.queue
        try:
            common = self.settings.inputs()
            for job in queue:
                job.inputs |= common
            self.look(declared)
            self.begin(jobs, undone)
            waiting = [job for job in queue if not self.settled(job, resume)]
            self.list_clients(waiting)
            if waiting:
                self.starter = self._begin()
                self._make(waiting, jobs)
        finally:
            # Leave nothing at work, and a list that can be used. Who wants it stopped gets that by
            # letting it end.
            self.stops.ending = True
            if self.starter:
                self.starter.close()
            sweep(self.out)
            self.end()
        return self.table()

    def _begin(self) -> Any:
        if self.scheduler:
            return Cluster(self.scheduler)
        if self.cold or not starters.CAN_FORK:
            return starters.Cold()
        return starters.Warm(self.out / f"{WORK_PREFIX}warm")

    def _make(self, waiting: list[Job], jobs: int) -> None:
        while waiting or self.running:
            try:
                self.starter.ready()
                while waiting and len(self.running) < (self.starter.width or jobs):
                    self._start(waiting.pop(0))
                if self._tend():
                    self.list_clients(self._under_way() + waiting, seldom=True)
            except starters.StarterGoneError as gone:
                # What it was making is made again, cold, and so is the rest.
                why = one_line(gone)
                said = f"the warm process ended{': ' if why else ''}{why}"
                self.tell(f"{said}; the other reports are made cold")
                journal.note(self.out, "cold", problem=why)
                self.starter.close()
                self.starter = starters.Cold()
                waiting = self._under_way() + waiting
                for work in list(self.running):
                    self._close(work)

    def _under_way(self) -> list[Job]:
        return [run.job for run in self.running.values()]

    def _start(self, job: Job) -> None:
        # In `out`, because only within one filesystem is putting a file in place one step.
        work = self.out / f"{WORK_PREFIX}{uuid.uuid4().hex}"
        self.running[work] = _Running(job, time.monotonic())
        try:
            # What lies there now is what the report will be made from; when it is placed, that must
            # still be so.
            job.inputs["study"] = study_inputs(job.study)
            work.mkdir(mode=0o700)
            job.describe(work, self.out, self.settings)
            self.starter.start(work)
            for language in job.languages:
                journal.note(self.out, "start", report=f"{job.slug} {language}")
        except (OSError, CxlabError) as error:
            self._close(work, reason(error))

    def _tend(self) -> bool:
        """Whether something has ended."""
        limit = self.settings.limits.report_seconds * self.starter.patience
        ended = self.starter.ended()
        for work, code in ended.items():
            self._finish(work, self.running[work], code)
        for work, run in self.running.items():
            if not run.late and time.monotonic() - run.started > limit:
                run.late = True
                self.starter.end(work)
        return bool(ended)

    def _finish(self, work: Path, run: _Running, code: int) -> None:
        """Put the report in place if the job made one."""
        made = {} if run.late else read_result(work)
        problem = made["problem"] if made else self._why(work, run, code)
        try:
            if not problem:
                self.place(run.job, work, made, time.monotonic() - run.started)
        except (OSError, CxlabError) as error:
            problem = reason(error)
        self._close(work, problem)

    def _close(self, work: Path, problem: str = "") -> None:
        """Leave no temporary folder."""
        run = self.running.pop(work)
        shutil.rmtree(work, ignore_errors=True)
        if problem:
            self.fail(run.job, time.monotonic() - run.started, problem)

    def _why(self, work: Path, run: _Running, code: int) -> str:
        """Why a job came to no result."""
        if run.late:
            return took_too_long(vars(self.settings.limits))
        said = last_line(work)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        last = f": {written(run.job.study, said)}" if said else ""
        return f"the process that made it {how}{last}; run again with --resume"
