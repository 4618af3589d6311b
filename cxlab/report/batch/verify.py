"""Is this folder of reports what its inputs give today? Everything is made again elsewhere, and
what differs is named.

A report that cannot be made again is a number that nobody can explain. Where inputs changed (data,
template, code, packages) they are named; where they did not and the bytes still differ, the first
line that does is.
"""

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ReportError
from cxlab.report.batch import journal, manifest, placing
from cxlab.report.batch.jobs import own_seed, slug, study_folder
from cxlab.report.batch.render import render_studies
from cxlab.report.messages import reason
from cxlab.report.run.fingerprints import digest, sha256
from cxlab.report.run.job import LANGUAGE_PARAMETER, SEED_PARAMETER, STUDY_PARAMETER, Limits

COLUMNS = ["client", "language", "status", "problem", "file"]
_COMPARED = ("study", "template", "page", "cxlab", "versions", "limits", "formats", "parameters")

Key = tuple[str, str]  # a report: name of the client's folder, language


def verify_reports(
    folder: Path | str,
    studies: Iterable[Path | str] | None = None,
    *,
    progress: Callable[[str], None] | bool | None = None,
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
            raise ReportError("{folder}: {why}", folder=folder.name, why=reason(error)) from error
    stand = {path.name: manifest.read(path) for path in manifest.folders(folder)}
    reports = {
        (name, language): entry["report"]
        for name, held in stand.items()
        for language, entry in held["languages"].items()
        if entry.get("report")
    }
    if not reports:
        raise ReportError(
            "{folder}: no report stands there; give the folder that --out named", folder=folder.name
        )
    clients = {name: held.get("client", name) for name, held in stand.items()}
    found = _studies(folder, studies or (), {name for name, _ in reports})
    parameters = settings.pop("parameters", None) or {}
    compared = {}
    with tempfile.TemporaryDirectory(prefix="cxlab-verify-") as elsewhere:
        batches = _batches(reports, clients)
        for number, (alike, names, languages) in enumerate(batches):
            again, problems = Path(elsewhere) / str(number), {}
            given = [study for name in names for study in found.get(name, ())]
            own = {**alike, **settings, "parameters": {**alike["parameters"], **parameters}}
            keys = [(name, language) for name in names for language in languages]
            try:
                if given:
                    made = render_studies(given, again, languages, progress=progress, **own)
                    failed = made[made["status"] == "failed"]
                    folders = failed["file"].str.split("/").str[0]
                    problems = dict(
                        zip(
                            zip(folders, failed["language"], strict=True),
                            failed["problem"],
                            strict=True,
                        )
                    )
            except ReportError as error:
                if len(batches) == 1:
                    raise
                problems = dict.fromkeys(keys, str(error))
            for key in keys:
                new = manifest.report_in(again / key[0], key[1])
                compared[key] = _compare(
                    folder / key[0], reports[key], again / key[0], new, problems.get(key)
                )
    rows = [
        (clients[name], language, *compared[name, language], f"{name}/report.{language}.html")
        for name, language in reports
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _batches(
    reports: Mapping[Key, Mapping[str, Any]], clients: Mapping[str, str]
) -> list[tuple[dict[str, Any], list[str], list[str]]]:
    """What can be made in one go: settings in common, the clients' folders, their languages."""
    settings = {}
    languages = {}
    for (name, language), report in reports.items():
        parameters = dict(report.get("parameters") or {})
        ours = {STUDY_PARAMETER, LANGUAGE_PARAMETER}
        if parameters.get(SEED_PARAMETER) == own_seed(name, clients[name]):
            ours.add(SEED_PARAMETER)
        limits = report.get("limits") or {}
        known = Limits.__dataclass_fields__.keys() & limits.keys()
        alike = {
            "limits": {key: limits[key] for key in known},
            "formats": report.get("formats") or ["html"],
            "parameters": {k: v for k, v in parameters.items() if k not in ours},
        }
        key = digest(alike)
        settings[key] = {**alike, "limits": Limits(**alike["limits"])}
        languages.setdefault((key, name), []).append(language)
    batches = {}
    for (key, name), wanted in languages.items():
        batches.setdefault((key, tuple(wanted)), []).append(name)
    return [(settings[key], names, list(wanted)) for (key, wanted), names in batches.items()]


def _studies(
    folder: Path, given: Iterable[Path | str], names: Collection[str]
) -> dict[str, list[Path | str]]:
    """The studies of the reports in these folders: as given, else as the journal says, whose last
    word counts.
    """
    lines = journal.Journal(folder).read()
    noted = [folder / study for line in lines for study in line.get("studies") or ()]
    by_folder = {}
    named = {}
    for studies, found in ((noted, by_folder), (given, named)):
        for study in studies:
            with contextlib.suppress(ReportError):
                found.setdefault(slug(study_folder(study).name), []).append(study)
    known = {**{name: [studies[-1]] for name, studies in by_folder.items()}, **named}
    if not known.keys() & names:
        raise ReportError(
            "{folder}: its journal does not say where the studies are; name them before --verify",
            folder=folder.name,
        )
    return known


def _compare(
    here: Path,
    report: Mapping[str, Any],
    there: Path,
    new: Mapping[str, Any],
    problem: str | None,
) -> tuple[str, str]:
    """The status of a report, and what differs from the one that was made again."""
    for name, fingerprint in report["files"].items():
        file = here / name
        if not file.is_file():
            return "missing", f"{name} is gone; run again with --resume"
        if sha256(file) != fingerprint:
            return "differs", f"{name} was changed after it was made; run again with --resume"
    if not new:
        return "failed", problem or "it was not made again; name its study before --verify"
    changed = ", ".join(_changed(report, new))
    names = [
        name
        for name in {**report["files"], **new["files"]}
        if report["files"].get(name) != new["files"].get(name)
    ]
    if not names:
        return "same", f"though these changed: {changed}" if changed else ""
    inputs = f"changed inputs: {changed}" if changed else "the inputs are the same"
    where = _first_line(here / names[0], there / names[0])
    return "differs", f"{', '.join(names)}{where}; {inputs}"


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    found = []
    for key in _COMPARED:
        before, now = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            names = sorted({*before, *now})
            found += [f"{key} {name}" for name in names if before.get(name) != now.get(name)]
        elif before != now:
            found.append(key)
    return found


def _first_line(old: Path, new: Path) -> str:
    """Where two texts part; a PDF, workbook or slides have no lines."""
    if old.suffix != ".html" or not (old.is_file() and new.is_file()):
        return ""
    texts = [path.read_text(encoding="utf-8").splitlines() for path in (old, new)]
    pairs = enumerate(zip(*texts, strict=False), 1)
    shorter = min(len(lines) for lines in texts)
    number = next((number for number, (one, other) in pairs if one != other), shorter + 1)
    return f" from line {number} on"
