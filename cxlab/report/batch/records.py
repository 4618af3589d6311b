"""What became of each report of a batch, written down as it happens: in the table that the batch
returns, in the journal, in the client's manifest and in the list of clients.

It also knows whose reports stand in the reports' folder, and what a run that was killed left there.
"""

import contextlib
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ReportError
from cxlab.report.batch import files, manifest, placing
from cxlab.report.batch.index import Index, near
from cxlab.report.batch.jobs import is_study
from cxlab.report.batch.journal import Journal
from cxlab.report.messages import one_line, reason
from cxlab.report.run.fingerprints import sha256, study_inputs
from cxlab.report.run.job import SEED_PARAMETER, Job, Settings

COLUMNS = ["client", "language", "status", "seconds", "problem", "file"]
WORK_PREFIX = ".cxlab-work-"


class Records:
    """The records of one batch, alone in its folder."""

    def __init__(
        self, queue: list[Job], out: Path, settings: Settings, tell: Callable[[str], None]
    ) -> None:
        self.queue, self.out, self.settings, self.tell = queue, out, settings, tell
        self.rows: list[dict[str, Any]] = []
        self.journal, self.index = Journal(out), Index(out, settings.page)
        self.others: set[str] = set()  # folders that hold another client's report

    def begin(self, jobs: int, undone: list[str]) -> None:
        """The batch begins, after what a run that was killed left `undone`."""
        # A study that is refused its folder is not what `--verify` shall make again.
        studies = near(
            os.path.relpath(job.study, self.out)
            for job in self.queue
            if job.slug not in self.others
        )
        words = {"undone": undone} if undone else {}
        self.journal.note(
            "begin",
            jobs=jobs,
            reports=len(self.queue),
            studies=studies,
            template=self.settings.template.name,
            **words,
        )

    def end(self) -> None:
        """The batch ends, however far it came."""
        made = {row["file"] for row in self.rows}
        self.list_clients(job for job in self.queue if job.slug and job.file not in made)
        counts = pd.Series([row["status"] for row in self.rows], dtype=str).value_counts()
        not_made = len(self.queue) - len(self.rows)
        self.journal.note("end", **counts.to_dict(), not_made=not_made)

    def list_clients(self, waiting: Iterable[Job], seldom: bool = False) -> None:
        """Write the list of clients."""
        self.index.write(self.rows, waiting, seldom)

    def table(self) -> pd.DataFrame:
        """One row a report, in the order given."""
        order = {job.file: number for number, job in enumerate(self.queue)}
        rows = sorted(self.rows, key=lambda row: order[row["file"]])
        return pd.DataFrame(rows, columns=COLUMNS)

    def folder(self, job: Job) -> Path:
        """The client's folder."""
        folder = self.out / job.slug
        if folder.resolve().parent != self.out.resolve():
            raise ReportError(
                "the folder {slug!r} is a link that leaves the reports' folder; remove it",
                slug=job.slug,
            )
        return folder

    def look(self, declared: bool) -> None:
        """Whose reports stand in the folders of this batch, and (where the languages are those that
        the studies declare) which is one too many.
        """
        batch = {}
        for job in self.queue:
            batch.setdefault(job.slug, []).append(job)
        for same in batch.values():
            if all(job.problem for job in same):
                continue  # a study that could not be read says nothing on whose it is
            try:
                folder = self.folder(same[0])
                placing.recover(folder)  # where the sweep could not, no report is made in vain
                self._refuse_another(folder, same[0])
                if declared:
                    with contextlib.suppress(OSError):  # a full disk costs the mark
                        manifest.declare(folder, {job.language for job in same})
            except (OSError, ReportError) as error:
                for job in same:
                    job.problem = reason(error)

    def _refuse_another(self, folder: Path, job: Job) -> None:
        held = manifest.read(folder)
        other = str(held.get("client") or "")
        if other and manifest.standing(folder, held) and _plain(other) != _plain(job.client):
            self.others.add(job.slug)
            raise ReportError(
                "in the folder {slug!r} stands a report of the client {other!r}, and this"
                " one is for {client!r}; choose another --out or, if the client was"
                " renamed, delete that folder",
                slug=job.slug,
                other=other,
                client=job.client,
            )

    def settled(self, job: Job, resume: bool) -> bool:
        """Whether nothing is to be made: the study cannot be read, or its report stands."""
        if job.problem:
            self.fail(job, 0.0, job.problem)
        elif resume and manifest.is_current(
            folder := self.folder(job), job.language, job.inputs["digest"]
        ):
            # A failure that has been undone is no longer the last word on this report.
            last = manifest.read(folder)["languages"][job.language].get("last_run", {})
            if last.get("outcome") == "failed":
                manifest.note(folder, job.client, job.language, {"outcome": "unchanged"}, None)
            self._report(job, "unchanged", 0.0)
        else:
            return False
        return True

    def start(self, job: Job) -> None:
        """A report is begun."""
        self.journal.note("start", report=job.name)

    def place(self, job: Job, work: Path, made: Mapping[str, Any], seconds: float) -> None:
        """Put a finished report in place. Raises ReportError where what it was made from has
        changed meanwhile, and OSError.
        """
        if changed := self._changed(job):
            raise ReportError(
                "{files} changed while the report was made; run again with --resume",
                files=" and ".join(changed),
            )
        folder = self.folder(job)
        folder.mkdir(exist_ok=True)
        drafts = {
            f"report.{job.language}{Path(name).suffix}": work / name for name in made["files"]
        }
        not_of_them = ("digest", "title", "language")
        report = {
            "files": {name: sha256(draft) for name, draft in drafts.items()},
            "inputs": job.inputs["digest"],
            **{key: value for key, value in job.inputs.items() if key not in not_of_them},
            "seed": job.parameters.get(SEED_PARAMETER),
            **{key: made[key] for key in ("warnings", "facts", "suppressed")},
        }
        run = {"outcome": "done", "timings": {"seconds": round(seconds, 2), **made["timings"]}}
        placing.put(folder, job.client, job.language, drafts, run, report)
        self._report(job, "done", seconds)

    def _changed(self, job: Job) -> list[str]:
        """What is no longer as it was when the report was begun."""
        names = {"template": self.settings.template.name, "page": "the page's template"}
        now, study, before = self.settings.files(), study_inputs(job.study), job.inputs["study"]
        return [names[key] for key in now if now[key] != job.inputs[key]] + sorted(
            name for name in {*study, *before} if study.get(name) != before.get(name)
        )

    def fail(self, job: Job, seconds: float, problem: str) -> None:
        """Write the failure down beside the report that still stands. The table says it too, so a
        disk that is full changes nothing.
        """
        job.problem = one_line(problem)
        # A mistyped name, or a README beside the studies, is no client; and another client's
        # manifest is not ours to write in.
        if job.slug and job.slug not in self.others and is_study(job.study):
            run = {
                "outcome": "failed",
                "problem": job.problem,
                "timings": {"seconds": round(seconds, 2)},
                "limits": asdict(self.settings.limits),
            }
            with contextlib.suppress(OSError, ReportError):
                folder = self.folder(job)
                folder.mkdir(exist_ok=True)
                placing.recover(folder)
                manifest.note(folder, job.client, job.language, run, None)
        self._report(job, "failed", seconds, job.problem)

    def _report(self, job: Job, status: str, seconds: float, problem: str = "") -> None:
        values = (job.client, job.language, status, round(seconds, 1), problem, job.file)
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))
        words = {"problem": problem} if problem else {}
        self.journal.note(status, report=job.name, seconds=round(seconds, 2), **words)
        clock = f"{seconds:6.1f} s" if status != "unchanged" else "        "
        self.tell(
            f"[{len(self.rows)}/{len(self.queue)}] {clock}  {status:<9} "
            f" {job.name}{': ' + problem if problem else ''}"
        )


def _plain(client: str) -> str:
    """A client's name however it is typed."""
    return " ".join(unicodedata.normalize("NFKC", client).casefold().split())


def sweep(out: Path) -> list[str]:
    """Undo what a run that was killed had put in place halfway (told as `folder language`), and
    remove its temporary folders; the lock says that no other run is at work.
    """
    undone = placing.recover_all(out)
    for work in out.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(work, ignore_errors=True)
    for draft in out.glob(f"**/{files.PREFIX}*{files.SUFFIX}"):
        draft.unlink(missing_ok=True)
    return undone
