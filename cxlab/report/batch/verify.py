"""Is this folder of reports what its inputs give today? Everything is made again elsewhere, and
what differs is named.

A report that cannot be made again is a number that nobody can explain. Where inputs changed (data,
template, code, packages) they are named; where they did not and the bytes still differ, the first
line that does is.
"""

import contextlib
import itertools
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ReportError
from cxlab.report import Record
from cxlab.report.batch import journal, manifest, placing
from cxlab.report.batch.jobs import own_seed, slug, study_folder
from cxlab.report.batch.progress import Progress
from cxlab.report.batch.render import render_studies
from cxlab.report.batch.stop_signals import stop_signals
from cxlab.report.messages import reason, refusal
from cxlab.report.run.job import LANGUAGES_PARAMETER, SEED_PARAMETER, STUDY_PARAMETER, Limits

COLUMNS = ["client", "language", "status", "problem", "file"]
_COMPARED = ("study", "template", "page", "cxlab", "versions", "limits", "formats", "parameters")

Key = tuple[str, str]  # a report: name of the client's folder, language


def verify_reports(
    folder: Path | str,
    studies: Iterable[Path | str] | None = None,
    *,
    progress: Progress = None,
    **settings: Any,
) -> pd.DataFrame:
    """Make every report of a folder again in a temporary folder and compare.

    Parameters
    ----------
    folder : path
        The folder that `out` of `render_studies` named. Nothing in it is changed (only where a run
        was killed while it put a report in place, that is undone first).
    studies : iterable of path, optional
        Those that the folder was made from, as far as its journal does not name them; it names
        those that lie near it, and the last of one folder's name counts.
    progress : callable or bool, optional
        As in `render_studies`.
    **settings
        Those of `render_studies` (template, page, jobs, cold, …). They go before the limits,
        formats and parameters that the manifest names for each report. A parameter that was an
        absolute path must be given again, for the manifest holds only its last part.

    Returns
    -------
    pandas.DataFrame
        One row a report that stands: `client`, `language`, `status`, `problem` and `file` (its page
        below `folder`). `status` is same, differs, failed (it cannot be made again) or missing (a
        file that the manifest names is gone); `problem` says what differs, and which inputs
        changed.

    Raises
    ------
    ReportError
        Where it is not known what to make.
    """
    folder = Path(folder).absolute()
    if placing.unfinished(folder):
        try:
            with journal.locked(folder):
                for half in placing.unfinished(folder):
                    placing.recover(half)
        except OSError as error:
            raise refusal(f"{folder.name}: {reason(error)}") from error
    reports, clients = {}, {}
    for path, client, language, entry in manifest.entries(folder):
        if entry.get("report"):
            reports[path.name, language], clients[path.name] = entry["report"], client
    if not reports:
        raise refusal(f"{folder.name}: no report stands there; give the folder that --out named")
    found = _studies(folder, studies or (), clients)
    parameters = settings.pop("parameters", None) or {}
    compared = {}
    with stop_signals() as stops, contextlib.ExitStack() as last:
        elsewhere = last.enter_context(tempfile.TemporaryDirectory(prefix="cxlab-verify-"))
        last.callback(setattr, stops, "ending", True)  # nothing interrupts its removal
        batches = _batches(reports, clients)
        for number, ((held, languages), names) in enumerate(batches.items()):
            again, problems = Path(elsewhere) / str(number), defaultdict(str)
            given = [study for name in names for study in found.get(name, ())]
            alike = json.loads(held)
            own = {**alike, "limits": Limits(**alike["limits"]), **settings}
            own["parameters"] = alike["parameters"] | parameters
            try:
                if given:
                    made = render_studies(
                        given, again, languages, since=folder, progress=progress, **own
                    )
                    problems |= made.set_index("file")["problem"]
            except ReportError as error:
                if len(batches) == 1:
                    raise
                problems = defaultdict(lambda why=str(error): why)
            for name, language in itertools.product(names, languages):
                page = f"{name}/report.{language}.html"
                new = manifest.report_in(again / name, language)
                told = _compare(
                    folder / name, reports[name, language], again / name, new, problems[page]
                )
                compared[name, language] = clients[name], language, *told, page
    return pd.DataFrame([compared[key] for key in reports], columns=COLUMNS)


def _batches(
    reports: Mapping[Key, Record], clients: Mapping[str, str]
) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """What can be made in one go: settings in common (as JSON) and languages → the clients'
    folders.
    """
    alike, batches = defaultdict(list), defaultdict(list)
    for (name, language), report in reports.items():
        ours, parameters = {STUDY_PARAMETER, LANGUAGES_PARAMETER}, report.get("parameters") or {}
        if parameters.get(SEED_PARAMETER) == own_seed(name, clients[name]):
            ours.add(SEED_PARAMETER)
        limits = report.get("limits") or {}
        known = Limits.__dataclass_fields__.keys() & limits.keys()
        settings = {
            "limits": {key: limits[key] for key in known},
            "formats": report.get("formats") or ["html"],
            "parameters": {k: v for k, v in parameters.items() if k not in ours},
        }
        alike[name, json.dumps(settings, sort_keys=True)].append(language)
    for (name, held), languages in alike.items():
        batches[held, tuple(languages)].append(name)
    return batches


def _studies(
    folder: Path, given: Iterable[Path | str], names: Collection[str]
) -> dict[str, list[Path | str]]:
    """The studies of the reports in these folders: as given, else as the journal says, whose last
    word counts.
    """
    lines = journal.read(folder)
    noted = [folder / study for line in lines for study in line.get("studies") or ()]
    known = {name: found[-1:] for name, found in _by_folder(noted).items()} | _by_folder(given)
    if not known.keys() & names:
        raise refusal(
            f"{folder.name}: its journal does not say where the studies are; name them before"
            " --verify"
        )
    return known


def _by_folder(studies: Iterable[Path | str]) -> dict[str, list[Path | str]]:
    found = defaultdict(list)
    for study in studies:
        with contextlib.suppress(ReportError):
            found[slug(study_folder(study).name)].append(study)
    return found


def _compare(here: Path, report: Record, there: Path, new: Record, problem: str) -> tuple[str, str]:
    """The status of a report, and what differs from the one that was made again."""
    if found := manifest.difference(here, report["files"]):
        return found[0], f"{found[1]}; run again with --resume"
    if not new:
        return "failed", problem or "it was not made again; name its study before --verify"
    changed = ", ".join(_differing(_inputs(report), _inputs(new)))
    names = _differing(report["files"], new["files"])
    if not names:
        return "same", f"though these changed: {changed}" if changed else ""
    inputs = f"changed inputs: {changed}" if changed else "the inputs are the same"
    where = _first_line(here / names[0], there / names[0])
    return "differs", f"{', '.join(names)}{where}; {inputs}"


def _differing(old: Record, new: Record) -> list[str]:
    return [name for name in old | new if old.get(name) != new.get(name)]


def _inputs(report: Record) -> Record:
    """What a report was made from: `study answers.csv`, `template`, …"""
    held = {key: report.get(key, "") for key in _COMPARED}
    return pd.json_normalize(held, sep=" ", max_level=1).iloc[0].to_dict()


def _first_line(old: Path, new: Path) -> str:
    """Where two texts part; a PDF, workbook or slides have no lines."""
    if old.suffix != ".html" or not (old.is_file() and new.is_file()):
        return ""
    texts = [path.read_text(encoding="utf-8") for path in (old, new)]
    number = os.path.commonprefix(texts).count("\n") + 1
    return f" from line {number} on"
