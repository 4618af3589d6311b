"""What became of each report of a batch, written down as it happens: in the table that the batch
returns, in the journal, in the client's manifest and in the list of clients.

It also knows whose reports stand in the reports' folder, and what a run that was killed left there.
"""

import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from cxlab.report import Record
from cxlab.report.batch import files, index, journal, manifest, placing, portfolio
from cxlab.report.batch.jobs import is_study, slug
from cxlab.report.messages import one_line, reason, refusal
from cxlab.report.run.fingerprints import sha256, study_inputs
from cxlab.report.run.job import SEED_PARAMETER, Job, Settings

WORK_PREFIX = ".cxlab-work-"
SELDOM = 20  # while a batch runs, the list is written for at most one part in twenty of the time


@dataclass
class Records:
    """The records of one batch, alone in its folder."""

    queue: list[Job]
    out: Path
    settings: Settings
    tell: Callable[[str], None]
    list_look: index.Look = index.Look()
    rows: dict[tuple[Path, str], Record] = field(default_factory=dict)  # by study, language
    others: set[str] = field(default_factory=set)  # folders that are not ours to write in
    list_again: float = 0.0  # the time before which the list is not written again
    since: Path | None = None  # the reports that these look back to, where not those in `out`

    def __post_init__(self) -> None:
        self.total = sum(len(job.languages) for job in self.queue)  # reports

    def begin(self, jobs: int, undone: list[str]) -> None:
        """The batch begins, after what a run that was killed left `undone`."""
        # A study that is refused its folder is not what `--verify` shall make again.
        ours = [job.study for job in self.queue if job.slug not in self.others]
        journal.note(
            self.out,
            "begin",
            jobs=jobs,
            reports=self.total,
            studies=index.near(os.path.relpath(study, self.out) for study in ours),
            template=self.settings.template.name,
            undone=undone,
        )

    def end(self) -> None:
        """The batch ends, however far it came."""
        ended = {study for study, _ in self.rows}
        left = [job for job in self.queue if job.slug and job.study not in ended]
        self.list_clients(left, workbook=True)
        counts = Counter(row["status"] for row in self.rows.values())
        journal.note(self.out, "end", **counts, not_made=self.total - len(self.rows))

    def list_clients(
        self, waiting: Iterable[Job], seldom: bool = False, workbook: bool = False
    ) -> None:
        """Write the list of clients; `seldom`: not if it was just written."""
        started = time.monotonic()
        if not seldom or started > self.list_again:
            index.write(self.out, self.list_look, waiting, workbook)
            ended = time.monotonic()
            self.list_again = ended + SELDOM * (ended - started)

    def table(self) -> pd.DataFrame:
        """One row a report, in the order given."""
        return pd.DataFrame(
            [self.rows[job.study, one] for job in self.queue for one in job.languages]
        )

    def look(self, declared: bool) -> None:
        """Whose reports stand in the folders of this batch, and (where the languages are those that
        the studies declare) which is one too many.
        """
        for job in self.queue:
            folder = self.out / job.slug
            try:
                self._refuse_others(folder, job)
                before = self._before(job)
                job.inputs["since"] = manifest.since(before, job.names, job.inputs)
                if not job.problem:
                    placing.recover(folder)  # where the sweep could not, no report is made in vain
                    if declared:
                        with contextlib.suppress(OSError):  # a full disk costs the mark
                            manifest.declare(folder, job.languages)
            except (OSError, ValueError) as error:
                job.problem = job.problem or reason(error)

    def _before(self, job: Job) -> Path:
        """The folder of a client's last reports, which may have another name of the client."""
        folders = [(self.since or self.out) / name for name in (job.slug, *map(slug, job.formerly))]
        return next((one for one in folders if manifest.read(one)["languages"]), folders[0])

    def _refuse_others(self, folder: Path, job: Job) -> None:
        held, why = manifest.read(folder), ""
        if folder.resolve().parent != self.out.resolve():
            why = f"the folder {job.slug!r} is a link that leaves the reports' folder; remove it"
        # However the name is typed; a study that could not be read says nothing on whose it is.
        elif (
            not job.problem
            and any(manifest.standing(folder, entry) for entry in held["languages"].values())
            and not manifest.of_client(held, job.names)
        ):
            why = (
                f"in the folder {job.slug!r} stands a report of the client {held['client']!r}, and"
                f" this one is for {job.client!r}; choose another --out or, if the client was"
                f" renamed, write `formerly: [{held['client']}]` in study.yml"
            )
        if why:
            self.others.add(job.slug)
            raise refusal(why)

    def settled(self, job: Job, resume: bool) -> bool:
        """Whether nothing is to be made: the study cannot be read, or all its reports stand."""
        if job.problem:
            self.fail(job, 0.0, job.problem)
            return True
        folder = self.out / job.slug
        if not resume or not all(
            manifest.is_current(folder, language, job.made_from(language)["inputs"])
            for language in job.languages
        ):
            return False
        for language in job.languages:
            # A failure that has been undone is no longer the last word on this report.
            last = manifest.read(folder)["languages"][language].get("last_run", {})
            if last.get("outcome") == "failed":
                manifest.note(folder, job.client, language, {"outcome": "unchanged"}, None)
            moved = manifest.moved(manifest.report_in(folder, language))
            self._report(job, language, "unchanged", moved=moved)
        return True

    def place(self, job: Job, work: Path, made: Record, seconds: float) -> None:
        """Put a client's finished reports in place, each whole or not at all. Raises ReportError
        where what they were made from has changed meanwhile, and OSError.
        """
        if changed := self._changed(job):
            raise refusal(
                f"{' and '.join(changed)} changed while the report was made; run again with"
                " --resume"
            )
        folder = self.out / job.slug
        folder.mkdir(exist_ok=True)
        run = {"outcome": "done", "timings": {"seconds": round(seconds, 2), **made["timings"]}}
        for language in job.languages:
            own = made["reports"][language]
            drafts = {name: work / name for name in own["files"]}
            report = {
                **job.made_from(language),
                **own,
                "files": {name: sha256(draft) for name, draft in drafts.items()},
                "seed": job.parameters.get(SEED_PARAMETER),
            }
            old, moved = manifest.report_in(folder, language), manifest.moved(report)
            is_same = [old.get(one) == report[one] for one in ("edition", "answers")]
            if is_same == [True, False]:
                moved += "; of the same fieldwork as the report that stood: a correction"
            try:
                placing.put(folder, job.client, language, drafts, run, report)
            except OSError as error:  # of this report; the other languages have their own turn
                self._report(job, language, "failed", seconds, reason(error))
            else:
                self._report(job, language, "done", seconds, moved=moved)

    def _changed(self, job: Job) -> list[str]:
        """What is no longer as it was when the report was begun."""
        names = {"template": self.settings.template.name, "page": "the page's template"}
        now, before = self.settings.files() | study_inputs(job.study), job.inputs["study"]
        old = {**job.inputs, **before}
        return [names.get(one, one) for one in now | before if now.get(one) != old.get(one)]

    def fail(self, job: Job, seconds: float, problem: str) -> None:
        """None of a client's reports could be made."""
        for language in job.languages:
            self._report(job, language, "failed", seconds, problem)

    def _report(
        self,
        job: Job,
        language: str,
        status: str,
        seconds: float = 0.0,
        problem: str = "",
        moved: str = "",
    ) -> None:
        """Write down what became of a report. A failure stands beside the report that still stands,
        and the table says it too, so a disk that is full changes nothing.
        """
        problem, name = one_line(problem), f"{job.slug} {language}"
        # A mistyped name, or a README beside the studies, is no client.
        if problem and job.slug not in self.others and is_study(job.study):
            run = {
                "outcome": status,
                "problem": problem,
                "timings": {"seconds": round(seconds, 2)},
                "limits": asdict(self.settings.limits),
            }
            with contextlib.suppress(OSError):
                folder = self.out / job.slug
                folder.mkdir(exist_ok=True)
                placing.recover(folder)
                manifest.note(folder, job.client, language, run, None)
        self.rows[job.study, language] = {
            "client": job.client,
            "language": language,
            "status": status,
            "seconds": round(seconds, 1),
            "moved": moved,
            "problem": problem,
            "file": f"{job.slug}/report.{language}.html",
        }
        told = {"seconds": round(seconds, 2), "moved": moved, "problem": problem}
        journal.note(self.out, status, report=name, **told)
        clock = f"{seconds:6.1f} s" if status != "unchanged" else "        "
        self.tell(
            f"[{len(self.rows)}/{self.total}] {clock}  {status:<9} "
            f" {name}{': ' + problem if problem else ''}"
        )


def check_places(out: Path) -> None:
    """Raise ReportError where something else stands in the place of a file that a batch writes: it
    could say nothing of what it did.
    """
    for name in (index.NAME, portfolio.NAME, journal.NAME, journal.LOCK):
        if (out / name).exists() and not (out / name).is_file():
            raise refusal(
                f"{out.name}/{name}: a folder, or another thing that is no file, stands where the"
                " batch writes; move or remove it"
            )


def sweep(out: Path) -> list[str]:
    """Undo what a run that was killed had put in place halfway (told as `folder language`), and
    remove its temporary folders; the lock says that no other run is at work.
    """
    undone = []
    for folder in placing.unfinished(out):
        with contextlib.suppress(OSError):  # where it fails it waits for its own turn
            undone += [f"{folder.name} {language}" for language in placing.recover(folder)]
    for work in out.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(work, ignore_errors=True)
    for draft in out.glob(f"**/{files.PREFIX}*{files.SUFFIX}"):
        draft.unlink(missing_ok=True)
    return undone
