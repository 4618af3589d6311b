"""The consultant's way in: every client in one table, with what stands, what failed last and what
its report says first (`cxlab.report.batch.portfolio`), and the same as a workbook.

They lie beside the reports and are never sent: they name every client. Their figures are those that
the reports' own cells told (`cxlab.report.formats.outputs`), taken from tables in which small cells
are blank already.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from cxlab.report import Record
from cxlab.report.batch import manifest, portfolio
from cxlab.report.batch.files import PREFIX, SUFFIX, place, replace_text
from cxlab.report.run.job import Job, templates_folder
from cxlab.show.words import text
from cxlab.study.codebook.brand import Brand

NAME = "index.html"


@dataclass(frozen=True)
class Look:
    """How the list is shown: the reports' own style sheet, so that it looks like what it lists, the
    reader's language, the consultancy's brand.
    """

    style: str = ""
    language: str = "en"
    brand: Brand = Brand()


def near(studies: Iterable[str]) -> list[str]:
    """The studies as seen from the reports' folder, but for those so far off that the way there
    would tell this machine's folders.
    """
    paths = list(dict.fromkeys(Path(study).as_posix() for study in studies))
    return [path for path in paths if not path.startswith(("../../../", "/")) and ":" not in path]


def write(out: Path, look: Look, waiting: Iterable[Job], workbook: bool = False) -> None:
    """Write `out/index.html`: every client that has a folder here, and those whose report is still
    to come. `workbook`: and portfolio.xlsx.
    """
    found = {
        (folder.name, language): (client, entry)
        for folder, client, language, entry in manifest.entries(out)
    }
    coming = {(job.slug, one): (job.client, {}) for job in waiting for one in job.languages}
    rows = []
    for key, (client, entry) in (coming | found).items():
        row = _row(out / key[0], entry, key in coming)
        if row["kind"] != "old" or row["files"]:
            rows.append({"client": client, "language": key[1], **row})
    rows.sort(key=lambda row: (row["client"].casefold(), row["folder"], row["language"]))
    with contextlib.suppress(OSError):  # a full disk costs the list, not the reports
        if workbook:
            _write_workbook(out / portfolio.NAME, rows, look)
        replace_text(out / NAME, page(rows, look))


def _write_workbook(file: Path, rows: Iterable[Record], look: Look) -> None:
    """No workbook where no report has told anything."""
    known = [one for one in portfolio.clients(rows, look.language) if one["facts"]]
    if not known:
        file.unlink(missing_ok=True)
        return
    draft = file.with_name(f"{PREFIX}{file.name}{SUFFIX}")
    portfolio.write(draft, known, look.language, look.brand)
    place(draft, file)


def _row(folder: Path, entry: Record, waits: bool) -> Record:
    """What the list says of a report besides whose it is."""
    report, last = entry.get("report", {}), entry.get("last_run", {})
    files = manifest.standing(folder, entry)
    kind = "waiting" if waits else "failed" if last.get("outcome") == "failed" else "done"
    status = [kind, *["stands"] * bool(files and kind != "done")]
    if entry.get(manifest.UNDECLARED) and not waits:
        kind, status = "old", ["old"]
    return {
        "folder": folder.name,
        "files": [f"{folder.name}/{name}" for name in files],
        "status": status,
        "kind": kind,
        "problem": last.get("problem") if kind == "failed" else "",
        "facts": report.get("facts"),
        "suppressed": report.get("suppressed"),
    }


def page(rows: Iterable[Record], look: Look = Look()) -> str:  # noqa: B008  frozen
    """The list: rows of `client`, `language`, `status` (keys of its words), `kind` (done, failed,
    waiting, old) and, where there are any, `files` (ways to the report's files, its page among
    them), `problem`, `facts`, `suppressed`.
    """
    loader = jinja2.FileSystemLoader(templates_folder())
    shown = jinja2.Environment(
        loader=loader, autoescape=True, finalize=_seen, keep_trailing_newline=True
    )
    told = [
        one
        | {"said": portfolio.said(one, look.language), "reports": [*map(_state, one["reports"])]}
        for one in portfolio.clients(rows, look.language)
    ]
    words, style = portfolio.words(look.language), Markup(look.style.replace("</", "<\\/"))
    given = {"clients": told, "words": words, "language": look.language, "brand": look.brand}
    if any(one["said"] for one in told):
        given["book"] = portfolio.NAME
    return shown.get_template("index.html.j2").render(style=style, **given)


def _state(report: Record) -> Record:
    """A report with the key by which those of a client that stand alike are told at once."""
    hidden = sum(one.get("cells", 0) for one in report.get("suppressed") or ())
    held = (report["kind"], *report["status"], report.get("problem") or "", hidden)
    return report | {"hidden": hidden, "state": repr(held)}


def _seen(value: Any) -> Any:
    """Words without marks that turn their neighbours round and without characters that nobody sees;
    nothing for what is not known.
    """
    if value is None:
        return ""
    return text.visible(value) if type(value) is str else value  # markup is of a kind of its own
