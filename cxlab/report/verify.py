"""Is this folder of reports what its inputs give today? Everything is made again elsewhere, and what differs is named.

A report that cannot be made again is a number that nobody can explain. Where inputs changed (data, template, code, packages) they are
named; where they did not and the bytes still differ, the first line that does is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ReportError
from cxlab.report import journal, manifest
from cxlab.report.jobs import Limits
from cxlab.report.render import render_studies

COLUMNS = ["client", "language", "status", "problem", "file"]
_COMPARED = ("study", "template", "page", "cxlab", "versions", "limits", "formats", "parameters")


def verify_reports(
    folder: Path | str, studies: Iterable[Path | str] | None = None, *, progress: Callable[[str], None] | bool | None = None, **settings: Any
) -> pd.DataFrame:
    """Make every report of `folder` again in a temporary folder and compare. Nothing in `folder` is changed.

    studies: those that the folder was made from; None takes those that its journal names, if it names any. `settings` are
    those of `render_studies` (template, page, parameters, formats, jobs, cold …); limits and formats default to what the manifests say.
    Returns one row a report that stands: `client language status problem file`, status being same, differs, failed (it cannot be
    made again) or missing (a file that the manifest names is gone). Raises ReportError where it is not known what to make.
    """
    folder = Path(folder).absolute()
    stand = {path.name: manifest.read(path) for path in sorted(folder.iterdir()) if (path / manifest.NAME).is_file()} if folder.is_dir() else {}
    reports = {(name, language): entry["report"] for name, held in stand.items() for language, entry in held.get("languages", {}).items() if entry.get("report")}
    if not reports:
        raise ReportError("{folder}: no report stands there; give the folder that --out named", folder=folder.name)
    one = next(iter(reports.values()))
    settings = {"limits": Limits(**one["limits"]), "formats": one["formats"]} | settings
    with tempfile.TemporaryDirectory(prefix="cxlab-verify-") as elsewhere:
        again = Path(elsewhere) / "reports"
        made = render_studies(_studies(folder, studies), again, sorted({language for _, language in reports}), progress=progress, **settings)
        problems = {tuple(row.file.split("/")[:1]) + (row.language,): row.problem for row in made.itertuples() if row.status == "failed"}
        rows = []
        for (name, language), report in reports.items():
            new = manifest.read(again / name).get("languages", {}).get(language, {}).get("report")
            status, problem = _compare(folder / name, report, again / name, new, problems.get((name, language)))
            rows.append({"client": stand[name].get("client", name), "language": language, "status": status, "problem": problem, "file": f"{name}/report.{language}.html"})
    return pd.DataFrame(rows, columns=COLUMNS)


def _studies(folder: Path, studies: Iterable[Path | str] | None) -> list[Path | str]:
    if studies:
        return list(studies)
    named: dict[str, None] = {}
    for line in journal.Journal(folder).read():
        if line["event"] == "begin":
            named |= dict.fromkeys(line.get("studies") or ())
    found = [os.path.normpath(folder / study) for study in named]
    if not found:
        raise ReportError("{folder}: its journal does not say where the studies are; name them before --verify", folder=folder.name)
    return found


def _compare(here: Path, report: Mapping[str, Any], there: Path, new: Mapping[str, Any] | None, problem: str | None) -> tuple[str, str]:
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
    names = [name for name in {**report["files"], **new["files"]} if report["files"].get(name) != new["files"].get(name)]
    where = f"{', '.join(names)}{_first_line(here / names[0], there / names[0])}"
    return "differs", f"{where}; changed inputs: {changed}" if changed else f"{where}; the inputs are the same"


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    found = []
    for key in _COMPARED:
        before, now = old.get(key), new.get(key)
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            found += [f"{key} {name}" for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
        else:
            found.append(key)
    return ", ".join(found)


def _first_line(old: Path, new: Path) -> str:
    """Where two texts part; a PDF, workbook or slides have no lines."""
    if old.suffix != ".html" or not (old.is_file() and new.is_file()):
        return ""
    one, other = (path.read_text(encoding="utf-8").splitlines() for path in (old, new))
    number = next((i for i, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b), min(len(one), len(other)) + 1)
    return f" from line {number} on"
