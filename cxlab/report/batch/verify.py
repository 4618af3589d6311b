"""Is this folder of reports what its inputs give today? Everything is made again elsewhere, and
what differs is named.

A report that cannot be made again is a number that nobody can explain. Where inputs changed (data,
template, code, packages) they are named; where they did not and the bytes still differ, the first
line that does is.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ReportError
from cxlab.report.batch import jobs, journal, manifest, placing
from cxlab.report.batch.jobs import Limits
from cxlab.report.batch.render import render_studies
from cxlab.report.run import one_report

COLUMNS = ["client", "language", "status", "problem", "file"]
_COMPARED = ("study", "template", "page", "cxlab", "versions", "limits", "formats", "parameters")


def verify_reports(
    folder: Path | str,
    studies: Iterable[Path | str] | None = None,
    *,
    progress: Callable[[str], None] | bool | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Make every report of `folder` again in a temporary folder and compare. Nothing in `folder` is
    changed (only where a run was killed while it put a report in place, that is undone first).

    studies: those that the folder was made from, as far as its journal does not name them; it names
    those that lie near it, and the last of one folder's name counts. Each report is made with the
    limits, formats and parameters that its manifest names; `settings` are those of `render_studies`
    (template, page, jobs, cold, …) and go before them. A parameter that was an absolute path must
    be given again, for the manifest holds only its last part. Returns one row a report that stands:
    `client language status problem file`, status being same, differs, failed (it cannot be made
    again) or missing (a file that the manifest names is gone). Raises ReportError where it is not
    known what to make.
    """
    folder = Path(folder).absolute()
    if folder.is_dir() and placing.unfinished(folder):
        try:
            with journal.locked(folder):
                for half in placing.unfinished(folder):
                    placing.recover(half)
        except OSError as error:
            raise ReportError(
                "{folder}: {why}", folder=folder.name, why=one_report.disk_problem(error)
            ) from error
    stand = (
        {
            path.name: manifest.read(path)
            for path in sorted(folder.iterdir())
            if (path / manifest.NAME).is_file()
        }
        if folder.is_dir()
        else {}
    )
    reports = {
        (name, language): entry["report"]
        for name, held in stand.items()
        for language, entry in held.get("languages", {}).items()
        if entry.get("report")
    }
    if not reports:
        raise ReportError(
            "{folder}: no report stands there; give the folder that --out named", folder=folder.name
        )
    found = _studies(folder, studies or (), {name for name, _ in reports})
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="cxlab-verify-") as elsewhere:
        batches = _batches(reports, stand)
        for number, (alike, names, languages) in enumerate(batches):
            again, given = (
                Path(elsewhere) / str(number),
                [study for name in names for study in found.get(name, ())],
            )
            parameters = {**alike["parameters"], **(settings.get("parameters") or {})}
            problems: dict[tuple[str, str], str] = {}
            try:
                if given:
                    made = render_studies(
                        given,
                        again,
                        languages,
                        progress=progress,
                        **{**alike, **settings, "parameters": parameters},
                    )
                    problems = {
                        (row.file.split("/")[0], row.language): row.problem
                        for row in made.itertuples()
                        if row.status == "failed"
                    }
            except ReportError as error:
                if len(batches) == 1:
                    raise
                problems = {
                    (name, language): str(error) for name in names for language in languages
                }
            for name, language in ((name, language) for name in names for language in languages):
                new = (
                    manifest.read(again / name).get("languages", {}).get(language, {}).get("report")
                )
                status, problem = _compare(
                    folder / name,
                    reports[name, language],
                    again / name,
                    new,
                    problems.get((name, language)),
                )
                client = stand[name].get("client", name)
                rows[name, language] = {
                    "client": client,
                    "language": language,
                    "status": status,
                    "problem": problem,
                    "file": f"{name}/report.{language}.html",
                }
    return pd.DataFrame([rows[key] for key in reports], columns=COLUMNS)


def _batches(
    reports: Mapping[tuple[str, str], Mapping[str, Any]], stand: Mapping[str, Mapping[str, Any]]
) -> list[tuple[dict[str, Any], list[str], list[str]]]:
    """What can be made in one go: settings in common, the clients' folders, their languages."""
    settings: dict[str, dict[str, Any]] = {}
    languages: dict[tuple[str, str], list[str]] = {}
    for (name, language), report in reports.items():
        parameters = dict(report.get("parameters") or {})
        own = jobs.own_seed(name, stand[name].get("client", name))
        ours = {
            jobs.STUDY_PARAMETER,
            jobs.LANGUAGE_PARAMETER,
            *([jobs.SEED_PARAMETER] if parameters.get(jobs.SEED_PARAMETER) == own else []),
        }
        limits = {
            key: value
            for key, value in (report.get("limits") or {}).items()
            if key in Limits.__dataclass_fields__
        }
        alike = {
            "limits": Limits(**limits),
            "formats": report.get("formats") or ["html"],
            "parameters": {k: v for k, v in parameters.items() if k not in ours},
        }
        key = manifest.digest({**alike, "limits": limits})
        settings[key] = alike
        languages.setdefault((key, name), []).append(language)
    batches: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (key, name), wanted in languages.items():
        batches.setdefault((key, tuple(wanted)), []).append(name)
    return [(settings[key], names, list(wanted)) for (key, wanted), names in batches.items()]


def _studies(
    folder: Path, given: Iterable[Path | str], names: Collection[str]
) -> dict[str, list[Path | str]]:
    """The studies of the reports in these folders: as given, else as the journal says, whose last
    word counts.
    """
    told: dict[str, list[Path | str]] = {}
    for line in journal.Journal(folder).read():
        for study in line.get("studies") or () if line["event"] == "begin" else ():
            path = Path(os.path.normpath(folder / study))
            with contextlib.suppress(ReportError):
                told[jobs.slug(jobs.study_folder(path).name)] = [path]
    named: dict[str, list[Path | str]] = {}
    for study in given:
        with contextlib.suppress(ReportError):
            named.setdefault(
                jobs.slug(jobs.study_folder(Path(os.path.abspath(study))).name), []
            ).append(study)
    found = {name: studies for name, studies in {**told, **named}.items() if name in names}
    if not found:
        raise ReportError(
            "{folder}: its journal does not say where the studies are; name them before --verify",
            folder=folder.name,
        )
    return found


def _compare(
    here: Path,
    report: Mapping[str, Any],
    there: Path,
    new: Mapping[str, Any] | None,
    problem: str | None,
) -> tuple[str, str]:
    for name, fingerprint in report["files"].items():
        file = here / name
        if not file.is_file():
            return "missing", f"{name} is gone; run again with --resume"
        if manifest.sha256(file) != fingerprint:
            return "differs", f"{name} was changed after it was made; run again with --resume"
    if new is None:
        return "failed", problem or "it was not made again; name its study before --verify"
    changed = _changed(report, new)
    if report["files"] == new["files"]:
        return "same", f"though these changed: {changed}" if changed else ""
    names = [
        name
        for name in {**report["files"], **new["files"]}
        if report["files"].get(name) != new["files"].get(name)
    ]
    where = f"{', '.join(names)}{_first_line(here / names[0], there / names[0])}"
    return (
        "differs",
        f"{where}; changed inputs: {changed}" if changed else f"{where}; the inputs are the same",
    )


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    found = []
    for key in _COMPARED:
        before, now = old.get(key), new.get(key)
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            found += [
                f"{key} {name}"
                for name in sorted({*before, *now})
                if before.get(name) != now.get(name)
            ]
        else:
            found.append(key)
    return ", ".join(found)


def _first_line(old: Path, new: Path) -> str:
    """Where two texts part; a PDF, workbook or slides have no lines."""
    if old.suffix != ".html" or not (old.is_file() and new.is_file()):
        return ""
    one, other = (path.read_text(encoding="utf-8").splitlines() for path in (old, new))
    number = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b),
        min(len(one), len(other)) + 1,
    )
    return f" from line {number} on"
