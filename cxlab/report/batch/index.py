"""The consultant's way in: every client in one table, with what stands, what failed last and the
first facts of each.

It lies beside the reports and is never sent: it names every client. Its figures are those that the
reports' own cells told (`cxlab.report.run.list_entry`), taken from tables in which small cells are
blank already.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from cxlab.report.batch import manifest
from cxlab.report.batch.jobs import Job
from cxlab.show.words import text

NAME = "index.html"
SELDOM = 20  # while a batch runs it is written for at most one part in twenty of the time
HEADS = (
    "Client",
    "Report",
    "Status",
    "Headline",
    "n",
    "Biggest gap",
    "First priority",
    "Suppressed",
    "Made",
)
_STYLE = """
main { max-width: 90rem; }
.failed, .old { color: #9a3d06; } .waiting { color: #555; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


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
        self.out, self.last, self.cost, self.told = out, 0.0, 0.0, -1
        style = page / "report.css"
        self.style = style.read_text(encoding="utf-8") if style.is_file() else ""

    def write(
        self, made: Iterable[Mapping[str, Any]], waiting: Iterable[Job], seldom: bool = False
    ) -> None:
        """List every client that has a folder here, and those whose report is still to come.
        `seldom`: only if there is news, and not if it was just written.
        """
        made, started = list(made), time.monotonic()
        if seldom and (len(made) == self.told or started - self.last < SELDOM * self.cost):
            return
        self.told = len(made)
        coming = {(job.slug, job.language): job.client for job in waiting}
        rows = []
        for folder in sorted(
            path for path in self.out.iterdir() if (path / manifest.NAME).is_file()
        ):
            held = manifest.read(folder)
            for language, entry in sorted(held.get("languages", {}).items()):
                row = _row(
                    folder,
                    str(held.get("client", folder.name)),
                    language,
                    entry,
                    coming.pop((folder.name, language), None) is not None,
                )
                if row["kind"] != "old" or row["files"]:
                    rows.append(row)
        rows += [
            {"client": client, "language": language, "status": "waiting", "kind": "waiting"}
            for (_, language), client in coming.items()
        ]
        rows.sort(key=lambda row: (row["client"].casefold(), row["language"]))
        with contextlib.suppress(OSError):  # a full disk costs the list, not the reports
            manifest.replace_text(self.out / NAME, page(rows, self.style))
        self.last = time.monotonic()
        self.cost = self.last - started


def _row(
    folder: Path, client: str, language: str, entry: Mapping[str, Any], waiting: bool
) -> dict[str, Any]:
    report, last = entry.get("report", {}), entry.get("last_run", {})
    files = [name for name in report.get("files", {}) if (folder / name).is_file()]
    kind = (
        "waiting"
        if waiting
        else (
            "old"
            if entry.get(manifest.UNDECLARED)
            else "failed"
            if last.get("outcome") == "failed"
            else "done"
        )
    )
    status = (
        f"{kind}; an earlier report stands" if files and kind in ("waiting", "failed") else kind
    )
    if kind == "old":
        status = "no longer declared; delete its files, or declare the language again"
    return {
        "client": client,
        "language": language,
        "files": [f"{folder.name}/{name}" for name in files],
        "status": status,
        "kind": kind,
        "problem": str(last.get("problem", "")) if kind == "failed" else "",
        "facts": report.get("facts") or {},
        "suppressed": report.get("suppressed"),
        "seconds": last.get("timings", {}).get("seconds"),
    }


def page(rows: Iterable[Mapping[str, Any]], style: str = "") -> str:
    """The list: rows of `client`, `language`, `status`, `kind` (done, failed, waiting, old) and,
    where there are any, `files` (ways to the report's files, its page among them), `problem`,
    `facts`, `suppressed`, `seconds`.

    `style` is the reports' own style sheet, so that the list looks like what it lists.
    """
    lines = [_line(row) for row in rows]
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in HEADS)
    return Markup(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
        " 'unsafe-inline'; base-uri 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>Client reports</title>\n<style>{}</style></head>\n<body><main><header"
        ' class="cover"><h1>Client reports</h1>'
        "<p>For the consultant alone: it names every client.</p></header>\n"
        '<div class="table"><table><thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody></table></div>'
        "</main></body></html>\n"
    ).format(Markup(style.replace("</", "<\\/") + _STYLE), heads, Markup("\n").join(lines))


def _seen(held: Mapping[str, Any]) -> dict[str, Any]:
    """The same words without marks that turn their neighbours round, and without characters that
    nobody sees.
    """
    return {
        key: text.visible(value) if isinstance(value, str) else value for key, value in held.items()
    }


def _line(row: Mapping[str, Any]) -> Markup:
    row = _seen(row)
    links = [
        Markup('<a href="{}">{}</a>').format(file, _link(file, row["language"]))
        for file in row.get("files", ())
    ]
    state = escape(row["status"]) + (
        Markup("<br>") + escape(row["problem"]) if row.get("problem") else ""
    )
    facts = _seen(row.get("facts") or {})
    headline = (
        f"{facts['outcome']}: {_number(facts.get('estimate'), facts.get('kind') == 'nps')}"
        if facts.get("outcome")
        else ""
    )
    gap = (
        f"{facts['gap_touchpoint']} ({_number(facts.get('gap'))})"
        if facts.get("gap_touchpoint")
        else ""
    )
    first = (
        f"{facts['priority']}{'' if facts.get('priority_clear') else ' (may be chance)'}"
        if facts.get("priority")
        else ""
    )
    hidden = sum(table.get("cells", 0) for table in row.get("suppressed") or ())
    cells = [
        Markup(" ").join(links) or row["language"],
        None,
        headline,
        facts.get("n"),
        gap,
        first,
        hidden or "",
        row.get("seconds"),
    ]
    shown = [
        Markup('<td class="{}">{}</td>').format(row["kind"], state) if i == 1 else _cell(cell)
        for i, cell in enumerate(cells)
    ]
    return Markup("<tr><td>{}</td>{}</tr>").format(row["client"], Markup("").join(shown))


def _link(file: str, language: str) -> str:
    kind = file.rpartition(".")[2]
    return language if kind == "html" else kind.upper()


def _cell(value: Any) -> Markup:
    if isinstance(value, float):
        return Markup('<td class="number">{} s</td>').format(f"{value:.1f}")
    return Markup('<td class="number">{}</td>' if isinstance(value, int) else "<td>{}</td>").format(
        "" if value is None else value
    )


def _number(value: float | None, whole: bool = False) -> str:
    return "suppressed" if value is None else f"{value:+.0f}" if whole else f"{value:.2f}"
