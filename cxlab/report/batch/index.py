"""The consultant's way in: every client in one table, with what stands, what failed last and the
first facts of each.

It lies beside the reports and is never sent: it names every client. Its figures are those that the
reports' own cells told (`cxlab.report.formats.outputs`), taken from tables in which small cells are
blank already.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from cxlab.report import Record
from cxlab.report.batch import manifest
from cxlab.report.batch.files import replace_text
from cxlab.report.run.job import Job, templates_folder
from cxlab.show.words import text

NAME = "index.html"


def near(studies: Iterable[str]) -> list[str]:
    """The studies as seen from the reports' folder, but for those so far off that the way there
    would tell this machine's folders.
    """
    paths = list(dict.fromkeys(Path(study).as_posix() for study in studies))
    return [path for path in paths if not path.startswith(("../../../", "/")) and ":" not in path]


def write(out: Path, style: Path, waiting: Iterable[Job]) -> None:
    """Write `out/index.html`: every client that has a folder here, and those whose report is still
    to come. `style`: the folder of the page's template.
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
    rows.sort(key=lambda row: (row["client"].casefold(), row["language"]))
    sheet = style / "report.css"
    look = sheet.read_text(encoding="utf-8") if sheet.is_file() else ""
    with contextlib.suppress(OSError):  # a full disk costs the list, not the reports
        replace_text(out / NAME, page(rows, look))


def _row(folder: Path, entry: Record, waits: bool) -> Record:
    """What the list says of a report besides whose it is."""
    report, last = entry.get("report", {}), entry.get("last_run", {})
    files = manifest.standing(folder, entry)
    kind = "waiting" if waits else "failed" if last.get("outcome") == "failed" else "done"
    status = f"{kind}; an earlier report stands" if files and kind != "done" else kind
    if entry.get(manifest.UNDECLARED) and not waits:
        kind = "old"
        status = "no longer declared; delete its files, or declare the language again"
    return {
        "files": [f"{folder.name}/{name}" for name in files],
        "status": status,
        "kind": kind,
        "problem": last.get("problem") if kind == "failed" else "",
        "facts": report.get("facts"),
        "moved": manifest.moved(report) if report else "",
        "suppressed": report.get("suppressed"),
        "seconds": last.get("timings", {}).get("seconds"),
    }


def page(rows: Iterable[Record], style: str = "") -> str:
    """The list: rows of `client`, `language`, `status`, `kind` (done, failed, waiting, old) and,
    where there are any, `files` (ways to the report's files, its page among them), `problem`,
    `facts`, `suppressed`, `seconds`.

    `style` is the reports' own style sheet, so that the list looks like what it lists.
    """
    loader = jinja2.FileSystemLoader(templates_folder())
    shown = jinja2.Environment(
        loader=loader, autoescape=True, finalize=_seen, keep_trailing_newline=True
    )
    look = Markup(style.replace("</", "<\\/"))
    return shown.get_template("index.html.j2").render(rows=rows, style=look)


def _seen(value: Any) -> Any:
    """Words without marks that turn their neighbours round and without characters that nobody sees;
    nothing for what is not known.
    """
    if value is None:
        return ""
    return text.visible(value) if type(value) is str else value  # markup is of a kind of its own
