"""One command, many clients: each report whole or not written, and one client's failure never
another's.

Every (study, language) is one process in its own session and folder
(`cxlab.report.run.one_report`), started warm or cold (`cxlab.report.run.starters`) or on another
machine (`cxlab.report.run.dask_cluster`). What it makes is checked there, and only a finished
report is put in place, whole or not at all (`cxlab.report.batch.placing`), so that a client's last
good report stays until the next one is whole. However this process ends, the processes that it
started end with it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shutil
import signal
import tempfile
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError, ReportError
from cxlab.report.batch import index, journal, manifest, placing
from cxlab.report.batch import jobs as planned
from cxlab.report.batch import progress as progress_
from cxlab.report.batch.jobs import SEED_PARAMETER, Job, Limits, slug, templates_folder
from cxlab.report.formats import export
from cxlab.report.run import one_report, starters

__all__ = ["COLUMNS", "Limits", "render_studies", "slug", "templates_folder"]

WORK_PREFIX = ".cxlab-work-"
STOP_SECONDS = 2.0  # a stop signal so soon after another is the same wish
COLUMNS = ["client", "language", "status", "seconds", "problem", "file"]
# s3://bucket, and what a Path makes of it; C:/ is a disk
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass
class _Running:
    job: Job
    work: Path
    started: float
    late: bool = False


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
    """Render every study in every language that it declares (or in `languages`) to
    `out/<client>/report.<language>.html`.

    `studies` are folders with a study.yml (or the files). `jobs` reports are made at a time;
    `resume` leaves a report that stands and whose inputs have not changed. `template` is a notebook
    that declares `study: str` and `language: str`; `parameters` are others that it declares.
    `formats` are html (always made), pdf, xlsx and pptx. `cold` starts a fresh interpreter for each
    report instead of copying a warm one (the same report, slower); `scheduler` is the address of a
    Dask cluster that makes them. `progress` is called with one line a finished report; True shows a
    bar with the time left, in a terminal or a notebook. Returns one row a report: `client language
    status seconds problem file`, status being done, unchanged or failed. Studies whose folders have
    one name in common fail, and no other; so does one in whose place another client's report
    stands. Raises ReportError before anything is run if the batch itself is wrong: an unknown
    language, a template that does not declare these parameters, an `out` that is an address,
    another run at work in `out`.
    """
    if jobs < 1:
        raise ReportError("jobs={jobs}: at least one report must be made at a time", jobs=jobs)
    if _ADDRESS.match(str(out)):
        raise ReportError(
            "{out}: this is an address, and reports are written to a folder; give a folder as"
            " --out, and copy it there afterwards",
            out=str(out),
        )
    template = Path(template).absolute() if template else templates_folder() / "client_report.ipynb"
    page = Path(page).absolute() if page else templates_folder() / "page"
    out, formats = Path(out).absolute(), export.check_formats(formats)
    queue = planned.plan(studies, languages, template, dict(parameters or {}))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (
            journal.locked(out),
            progress_.told(progress, len(queue)) as tell,
            _stop_signals() as stops,
        ):
            batch = _Batch(queue, out, template, page, limits, formats, tell, stops)
            return batch.run(jobs, resume, cold, scheduler, declared=not languages)
    except OSError as error:
        raise ReportError(
            "{folder}: {why}", folder=out.name, why=one_report.disk_problem(error)
        ) from error


class _Batch:
    """One run over a queue of jobs, alone in its folder."""

    def __init__(
        self,
        queue: list[Job],
        out: Path,
        template: Path,
        page: Path,
        limits: Limits,
        formats: Sequence[str],
        tell: Callable[[str], None],
        stops: _Stops,
    ) -> None:
        self.queue, self.out, self.template, self.page, self.limits, self.formats = (
            queue,
            out,
            template,
            page,
            limits,
            formats,
        )
        self.tell, self.stops = tell, stops
        self.others: set[str] = set()  # folders that hold another client's report
        self.token = uuid.uuid4().hex
        self.rows: list[dict[str, Any]] = []
        self.running: dict[int, _Running] = {}
        self.starter: Any = None
        self.journal = journal.Journal(out)
        self.index = index.Index(out, page)

    def run(
        self, jobs: int, resume: bool, cold: bool, scheduler: str | None, declared: bool
    ) -> pd.DataFrame:
        undone = _sweep(self.out)
        self.common = planned.common_inputs(self.template, self.page, self.limits, self.formats)
        if not resume:
            self._begin(cold, scheduler)  # it warms up while we look at the studies
        try:
            planned.fingerprint(self.queue, self.common)
            self._look(declared)
            # A study that is refused its folder is not what `--verify` shall make again.
            studies = index.near(
                os.path.relpath(job.study, self.out)
                for job in self.queue
                if job.slug not in self.others
            )
            self.journal.note(
                "begin",
                jobs=jobs,
                reports=len(self.queue),
                studies=studies,
                template=self.template.name,
                **({"undone": undone} if undone else {}),
            )
            waiting = [job for job in self.queue if not self._settled(job, resume)]
            self.index.write(self.rows, waiting)
            if waiting:
                self._begin(cold, scheduler)
                self._make(waiting, jobs)
        finally:
            self._end()
        order = {(job.slug, job.language): number for number, job in enumerate(self.queue)}
        self.rows.sort(key=lambda row: order[row["file"].rpartition("/")[0], row["language"]])
        return pd.DataFrame(self.rows, columns=COLUMNS)

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
                waiting = self._lost(one_report.one_line(str(gone))) + waiting
            self.index.write(
                self.rows, [*[run.job for run in self.running.values()], *waiting], seldom=True
            )

    def _end(self) -> None:
        """Leave nothing at work, and a list that can be used, however far it came. Who wants it
        stopped gets that by letting it end.
        """
        self.stops.ending = True
        if self.starter:
            self.starter.close()
        _sweep(self.out)
        made = {row["file"] for row in self.rows}
        self.index.write(
            self.rows, [job for job in self.queue if job.slug and job.file not in made]
        )
        counts = pd.Series([row["status"] for row in self.rows], dtype=str).value_counts().to_dict()
        self.journal.note("end", **counts, not_made=len(self.queue) - len(self.rows))

    def _begin(self, cold: bool, scheduler: str | None) -> None:
        if self.starter:
            return
        if scheduler:
            from cxlab.report.run.dask_cluster import Cluster

            self.starter = Cluster(scheduler)
        elif cold or not starters.CAN_FORK:
            self.starter = starters.Cold()
        else:
            work = self.out / f"{WORK_PREFIX}warm"
            work.mkdir(mode=0o700)
            self.starter = starters.Warm(
                planned.environment(work, self.token, self.formats), work / "stderr.txt"
            )

    def _lost(self, why: str) -> list[Job]:
        """The warm process is gone: what it was making is made again, cold, and so is the rest."""
        self.tell(
            f"the warm process ended{': ' + why if why else ''}; the other reports are made cold"
        )
        self.journal.note("cold", problem=why)
        self.starter.close()
        self.starter = starters.Cold()
        lost = list(self.running.values())
        self.running.clear()
        for run in lost:
            shutil.rmtree(run.work, ignore_errors=True)
        return [run.job for run in lost]

    def _look(self, declared: bool) -> None:
        """Whose reports stand in the folders of this batch, and (where the languages are those that
        the studies declare) which is one too many.
        """
        batch: dict[str, list[Job]] = {}
        for job in self.queue:
            batch.setdefault(job.slug, []).append(job)
        for name, same in batch.items():
            if all(job.problem for job in same):
                continue  # a study that could not be read says nothing on whose it is
            try:
                folder = self._folder(same[0])
                placing.recover(folder)  # where the sweep could not, no report is made in vain
                held = manifest.read(folder)
                other = str(held.get("client") or "")
                if other and manifest.standing(folder, held) and not _alike(other, same[0].client):
                    self.others.add(name)
                    raise ReportError(
                        "in the folder {slug!r} stands a report of the client {other!r}, and this"
                        " one is for {client!r}; choose another --out or, if the client was"
                        " renamed, delete that folder",
                        slug=name,
                        other=other,
                        client=same[0].client,
                    )
                if declared:
                    with contextlib.suppress(OSError):  # a full disk costs the mark
                        manifest.declare(folder, {job.language for job in same})
            except (OSError, ReportError) as error:
                for job in same:
                    job.problem = (
                        one_report.disk_problem(error) if isinstance(error, OSError) else str(error)
                    )

    def _settled(self, job: Job, resume: bool) -> bool:
        if job.problem:
            self._fail(job, 0.0, job.problem)
        elif resume and manifest.is_current(self._folder(job), job.language, job.inputs["digest"]):
            self._note_unchanged(job)
            self._report(job, "unchanged", 0.0)
        else:
            return False
        return True

    def _report(self, job: Job, status: str, seconds: float, problem: str = "") -> None:
        self.rows.append(
            {
                "client": job.client,
                "language": job.language,
                "status": status,
                "seconds": round(seconds, 1),
                "problem": problem,
                "file": job.file,
            }
        )
        self.journal.note(
            status,
            report=job.name,
            seconds=round(seconds, 2),
            **({"problem": problem} if problem else {}),
        )
        clock = f"{seconds:6.1f} s" if status != "unchanged" else "        "
        self.tell(
            f"[{len(self.rows)}/{len(self.queue)}] {clock}  {status:<9} "
            f" {job.name}{': ' + problem if problem else ''}"
        )

    # ---- one report

    def _folder(self, job: Job) -> Path:
        folder = self.out / job.slug
        if folder.resolve().parent != self.out.resolve():
            raise ReportError(
                "the folder {slug!r} is a link that leaves the reports' folder; remove it",
                slug=job.slug,
            )
        return folder

    def _start(self, job: Job) -> None:
        work = None
        try:
            # What lies there now is what the report will be made from; `_changed` sees to it that
            # this was so until the end.
            job.inputs["study"] = planned.study_inputs(job.study)
            planned.fingerprint([job], self.common)
            # In `out`, because only within one filesystem is putting a file in place one step.
            work = Path(tempfile.mkdtemp(dir=self.out, prefix=f"{WORK_PREFIX}{os.getpid()}-"))
            planned.describe(
                job, work, self.out, self.template, self.page, self.limits, self.formats
            )
            token = self.token if self.starter.shares_token else uuid.uuid4().hex
            number = self.starter.start(work, planned.environment(work, token, self.formats))
        except (OSError, CxlabError) as error:
            if work:
                shutil.rmtree(work, ignore_errors=True)
            self._fail(
                job,
                0.0,
                one_report.disk_problem(error) if isinstance(error, OSError) else str(error),
            )
            return
        except starters.StarterGoneError:
            shutil.rmtree(work, ignore_errors=True)
            self.running[-1] = _Running(job, work, 0.0)  # lost with the others
            raise
        self.running[number] = _Running(job, work, time.monotonic())
        self.journal.note("start", report=job.name)

    def _tend(self) -> None:
        for number, code in self.starter.ended(0.2).items():
            run = self.running.pop(number)
            self._finish(run, code, time.monotonic() - run.started)
        for number, run in self.running.items():
            if (
                not run.late
                and time.monotonic() - run.started
                > self.limits.report_seconds * self.starter.patience
            ):
                run.late = True
                self.starter.end(number)

    def _finish(self, run: _Running, code: int, seconds: float) -> None:
        """Put the report in place if the job made one; in any case leave no temporary folder."""
        job = run.job
        try:
            made = self._result(run, code)
            if not made["problem"]:
                self._place(job, run.work, made, seconds)
                self._report(job, "done", seconds)
                return
            problem = made["problem"]
        except OSError as error:
            problem = one_report.disk_problem(error)
        except CxlabError as error:
            problem = str(error)
        finally:
            shutil.rmtree(run.work, ignore_errors=True)
        self._fail(job, seconds, problem)

    def _result(self, run: _Running, code: int) -> dict[str, Any]:
        if run.late:
            return {
                "problem": (
                    f"the report took longer than {self.limits.report_seconds:g} s; make it faster,"
                    " or raise --report-limit"
                )
            }
        try:
            return json.loads((run.work / one_report.RESULT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = ""
            with contextlib.suppress(OSError):
                said = (
                    (run.work / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip()
                )
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            last = ": " + one_report.written(run.job.study, said.splitlines()[-1]) if said else ""
            return {"problem": f"the process that made it {how}{last}; run again with --resume"}

    def _changed(self, job: Job) -> list[str]:
        """What is no longer as it was when the report was begun."""
        now = {"template": manifest.sha256(self.template), "page": manifest.tree_sha256(self.page)}
        names = [
            {"template": self.template.name, "page": "the page's template"}[key]
            for key in now
            if now[key] != self.common[key]
        ]
        study, before = planned.study_inputs(job.study), job.inputs["study"]
        return names + sorted(
            name for name in {*study, *before} if study.get(name) != before.get(name)
        )

    def _place(self, job: Job, work: Path, made: Mapping[str, Any], seconds: float) -> None:
        if changed := self._changed(job):
            raise ReportError(
                "{files} changed while the report was made; run again with --resume",
                files=" and ".join(changed),
            )
        folder = self._folder(job)
        folder.mkdir(exist_ok=True)
        drafts = {
            f"report.{job.language}{Path(name).suffix}": work / name for name in made["files"]
        }
        report = {
            "files": {name: manifest.sha256(draft) for name, draft in drafts.items()},
            "inputs": job.inputs["digest"],
            **{
                key: value
                for key, value in job.inputs.items()
                if key not in ("digest", "title", "language")
            },
            "seed": job.parameters.get(SEED_PARAMETER),
            "warnings": made["warnings"],
            "facts": made["facts"],
            "suppressed": made["suppressed"],
        }
        run = {"outcome": "done", "timings": {"seconds": round(seconds, 2), **made["timings"]}}
        placing.put(folder, job.client, job.language, drafts, run, report)

    def _fail(self, job: Job, seconds: float, problem: str) -> None:
        """Write the failure down beside the report that still stands. The table says it too, so a
        disk that is full changes nothing.
        """
        job.problem = one_report.one_line(problem)
        # A mistyped name, or a README beside the studies, is no client; and another client's
        # manifest is not ours to write in.
        if job.slug and job.slug not in self.others and planned.is_study(job.study):
            with contextlib.suppress(OSError, ReportError):
                folder = self._folder(job)
                folder.mkdir(exist_ok=True)
                placing.recover(folder)
                run = {
                    "outcome": "failed",
                    "problem": job.problem,
                    "timings": {"seconds": round(seconds, 2)},
                    "limits": asdict(self.limits),
                }
                manifest.note(folder, job.client, job.language, run, None)
        self._report(job, "failed", seconds, job.problem)

    def _note_unchanged(self, job: Job) -> None:
        """A failure that has been undone is no longer the last word on this report."""
        folder = self._folder(job)
        if (
            manifest.read(folder)["languages"][job.language].get("last_run", {}).get("outcome")
            == "failed"
        ):
            manifest.note(folder, job.client, job.language, {"outcome": "unchanged"}, None)


def _alike(one: str, other: str) -> bool:
    """Whether two names are one client's, however they are typed."""
    return (
        len(
            {
                " ".join(unicodedata.normalize("NFKC", name).casefold().split())
                for name in (one, other)
            }
        )
        == 1
    )


@dataclass
class _Stops:
    ending: bool = False  # what is left at work is being ended: no signal interrupts that
    last: float = -math.inf


@contextlib.contextmanager
def _stop_signals() -> Iterator[_Stops]:
    """SIGTERM and SIGHUP leave by an exception, as SIGINT does, so that what was started is ended
    on the way out. Several in a row are one.
    """
    stops = _Stops()
    if threading.current_thread() is not threading.main_thread():
        # only the main thread may set handlers; the jobs then end when this process does
        yield stops
        return

    def stop(number: int, frame: Any) -> None:
        again, stops.last = time.monotonic() - stops.last < STOP_SECONDS, time.monotonic()
        if stops.ending or again:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        kinds.append(signal.SIGINT)
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield stops
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _sweep(out: Path) -> list[str]:
    """Undo what a run that was killed had put in place halfway (told as `folder language`), and
    remove its temporary folders; the lock says that no other run is at work.
    """
    undone = placing.recover_all(out)
    for work in out.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(work, ignore_errors=True)
    for draft in out.glob("**/.cxlab-*.part"):
        draft.unlink(missing_ok=True)
    return undone
