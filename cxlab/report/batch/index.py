"""The consultant's way in: every client in one table, with what stands, what failed last and the
first facts of each.

It lies beside the reports and is never sent: it names every client. Its figures are those that the
reports' own cells told (`cxlab.report.run.list_entry`), taken from tables in which small cells are
blank already.
"""

import contextlib
import functools
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from cxlab.report.batch import manifest
from cxlab.report.batch.files import replace_text
from cxlab.report.run.job import Job, templates_folder
from cxlab.show.words import text

NAME = "index.html"
SELDOM = 20  # while a batch runs it is written for at most one part in twenty of the time


def near(studies: Iterable[str]) -> list[str]:
    """The studies as seen from the reports' folder, but for those so far off that the way there
    would tell this machine's folders.
    """
    paths = list(dict.fromkeys(Path(study).as_posix() for study in studies))
    return [path for path in paths if not path.startswith(("../../../", "/")) and ":" not in path]


class Index:
    """`out/index.html`, written again as the batch goes on, so that one that is interrupted leaves
    a list that can be used.
    """

    def __init__(self, out: Path, page: Path) -> None:
        self.out, self.last, self.cost, self.listed = out, 0.0, 0.0, -1
        style = page / "report.css"
        self.style = style.read_text(encoding="utf-8") if style.is_file() else ""

    def write(
        self, made: Iterable[Mapping[str, Any]], waiting: Iterable[Job], seldom: bool = False
    ) -> None:
        """List every client that has a folder here, and those whose report is still to come.
        `seldom`: only if there is news, and not if it was just written.
        """
        made, started = list(made), time.monotonic()
        if seldom and (len(made) == self.listed or started - self.last < SELDOM * self.cost):
            return
        self.listed = len(made)
        coming = {(job.slug, job.language): job.client for job in waiting}
        rows = []
        for folder in manifest.folders(self.out):
            held = manifest.read(folder)
            client = str(held.get("client", folder.name))
            for language, entry in held["languages"].items():
                waits = coming.pop((folder.name, language), None) is not None
                row = _row(folder, entry, waits)
                if row["kind"] != "old" or row["files"]:
                    rows.append({"client": client, "language": language, **row})
        rows += [
            {"client": client, "language": language, "status": "waiting", "kind": "waiting"}
            for (_, language), client in coming.items()
        ]
        rows.sort(key=lambda row: (row["client"].casefold(), row["language"]))
        with contextlib.suppress(OSError):  # a full disk costs the list, not the reports
            replace_text(self.out / NAME, page(rows, self.style))
        self.last = time.monotonic()
        self.cost = self.last - started


def _row(folder: Path, entry: Mapping[str, Any], waits: bool) -> dict[str, Any]:
    """What the list says of a report besides whose it is."""
    report, last = entry.get("report", {}), entry.get("last_run", {})
    files = [name for name in report.get("files", {}) if (folder / name).is_file()]
    kind = status = "done"
    if waits or last.get("outcome") == "failed":
        kind = "waiting" if waits else "failed"
        status = f"{kind}; an earlier report stands" if files else kind
    if entry.get(manifest.UNDECLARED) and not waits:
        kind = "old"
        status = "no longer declared; delete its files, or declare the language again"
    return {
        "files": [f"{folder.name}/{name}" for name in files],
        "status": status,
        "kind": kind,
        "problem": last.get("problem", "") if kind == "failed" else "",
        "facts": report.get("facts"),
        "suppressed": report.get("suppressed"),
        "seconds": last.get("timings", {}).get("seconds"),
    }


def page(rows: Iterable[Mapping[str, Any]], style: str = "") -> str:
    """The list: rows of `client`, `language`, `status`, `kind` (done, failed, waiting, old) and,
    where there are any, `files` (ways to the report's files, its page among them), `problem`,
    `facts`, `suppressed`, `seconds`.

    `style` is the reports' own style sheet, so that the list looks like what it lists.
    """
    return _template().render(rows=rows, style=Markup(style.replace("</", "<\\/")))


@functools.cache
def _template() -> jinja2.Template:
    source = (templates_folder() / "index.html.j2").read_text(encoding="utf-8")
    escaping = jinja2.Environment(autoescape=True, finalize=_seen, keep_trailing_newline=True)
    return escaping.from_string(source)


def _seen(value: Any) -> Any:
    """Words without marks that turn their neighbours round and without characters that nobody sees;
    nothing for what is not known.
    """
    if value is None:
        return ""
    return value if isinstance(value, Markup) or not isinstance(value, str) else text.visible(value)
