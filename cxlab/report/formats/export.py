"""From one executed notebook to the files that may leave the house: HTML, PDF, workbook, slides.

nbconvert's own page loads scripts from the network and shows whatever a cell printed. A client's
report asks nothing of the network, runs nothing, and names neither a respondent nor a folder of
ours. The page is made by nbconvert with our template; then what was made is read again as a browser
would read it (`checks`), and refused if it breaks one of these rules. The PDF is that page on
paper; workbook and slides are made from the parts that stand beside the HTML in the notebook.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cxlab.errors import ReportError
from cxlab.report.formats import pdf, slides, workbook
from cxlab.report.formats.checks import (
    EMAIL,
    part_problems,
    part_words,
    plain,
    problems,
    tellable,
    text_problems,
)
from cxlab.show.page import parts as page_parts
from cxlab.show.words import text
from cxlab.study.codebook.brand import Brand
from cxlab.study.privacy.masking import mask

__all__ = [
    "EMAIL",
    "FORMATS",
    "Made",
    "check_formats",
    "masked",
    "plain",
    "problems",
    "refuse_live_outputs",
    "take_warnings",
    "tellable",
    "text_problems",
    "to_html",
    "warm",
    "without_folders",
    "write_all",
]

FORMATS = ("html", "pdf", "xlsx", "pptx")
LONGEST_HEAD = 160  # characters of a name in a printed page's running head

# A report shows what cells return as HTML (escaped at its source), pictures and plain text.
# Markdown, LaTeX, JavaScript and widgets are live or empty in a file, so a cell that shows one is
# refused rather than shown half.
SHOWN = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
LIVE = (
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    "text/markdown",
    "text/latex",
    "text/vnd.mermaid",
)


@dataclass(frozen=True)
class Made:
    """What `write_all` wrote, for the manifest: file names, warnings for us (masked), and what is
    not shown: `{table, cells}` for a table with suppressed cells, `{section, refused}` for a result
    that was refused, with the reason that the page gives.
    """

    files: list[str]
    warnings: list[str] = field(default_factory=list)
    suppressed: list[dict[str, Any]] = field(default_factory=list)


def check_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """The formats in their order, each once, HTML among them. Raises ReportError for an unknown
    one, and for one that cannot be made here.
    """
    wanted = list(formats)
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise ReportError(
            "format {format!r}: reports are written as {known}",
            format=unknown[0],
            known=", ".join(FORMATS),
        )
    for name, room in (("pdf", pdf), ("pptx", slides)):
        if name in wanted:
            room.check()
    return tuple(name for name in FORMATS if name in wanted or name == "html")


def warm(formats: Iterable[str]) -> None:
    """Load the libraries that these formats need, so that a process forked later need not."""
    import nbconvert  # noqa: F401

    loaded = check_formats(formats)
    if "xlsx" in loaded:
        import openpyxl  # noqa: F401


def write_all(
    executed: Any,
    folder: Path,
    *,
    page: Path,
    title: str,
    language: str,
    formats: Sequence[str] = ("html",),
    brand: Brand | None = None,
    personal: Mapping[str, Iterable[object]] | None = None,
    folders: Iterable[str] = (),
    min_cell: int = 10,
) -> Made:
    """Write every format of one executed notebook into `folder`, as report.html, report.pdf,
    report.xlsx, report.pptx.

    page: the folder of the page's template. personal: what respondents answered in each personal
    column. folders: paths of this machine. Everything is checked before the first file is written;
    ReportError says what is wrong, and then nothing may be sent. The notebook is changed.
    """
    brand, formats, folders = brand or Brand(), check_formats(formats), list(folders)
    personal = {column: list(values) for column, values in (personal or {}).items()}
    title = text.visible(title)
    refuse_live_outputs(executed)
    number_styled_tables(executed)
    warnings = take_warnings(executed)
    parts = take_parts(executed)
    markup = to_html(executed, page, title, language, brand)
    noted, said = "\n".join(warnings), "\n".join(part_words(parts))
    found = problems(markup, personal, folders) + part_problems(parts, min_cell)
    found += text_problems(said, said, personal, folders) + text_problems(
        noted, noted, personal, folders
    )
    if "pptx" in formats:
        slides.check_pictures(parts)
    if found:
        raise ReportError(
            "the report was not written: {problems}", problems="; ".join(dict.fromkeys(found))
        )
    cover = next((part for part in parts if part["kind"] == "cover"), {})
    files = {name: folder / f"report.{name}" for name in formats}
    files["html"].write_text(markup, encoding="utf-8", newline="\n")
    if "pdf" in files:
        style = page / "print.css"
        head, _, tail = title.partition(" · ")
        pdf.write_pdf(
            markup,
            files["pdf"],
            style.read_text(encoding="utf-8") if style.is_file() else "",
            text.short(cover.get("client") or head, LONGEST_HEAD),
            text.short(cover.get("title") or tail, LONGEST_HEAD),
            language,
            brand,
        )
    if "xlsx" in files:
        workbook.write_workbook(parts, files["xlsx"], language, brand, min_cell)
    if "pptx" in files:
        slides.write_slides(parts, files["pptx"], language, brand)
    hidden = [
        {"table": table["title"], "cells": workbook.hidden(table)}
        for table in workbook.tables(parts)
    ]
    return Made(
        [file.name for file in files.values()],
        warnings,
        [one for one in hidden if one["cells"]] + refusals(parts),
    )


def refusals(parts: Iterable[Mapping]) -> list[dict[str, str]]:
    """What the page says it cannot show, with the heading it stands under; each once."""
    found, section = [], ""
    for part in parts:
        if part["kind"] in ("section", "heading"):
            section = part["title"]
        elif part.get("refused"):
            found += [{"section": section, "refused": sentence} for sentence in part["sentences"]]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def take_parts(notebook: Any) -> list[dict[str, Any]]:
    """The parts of every piece that the page shows, in order. They leave the notebook: every later
    step would copy them once more.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        for output in cell.outputs:
            data = output.get("data", {})
            if data.get("text/html", "").startswith('<div class="cx">'):
                found += data.pop(page_parts.MIME, [])
    return found


def masked(line: str) -> str:
    """A message as it may stand in a log: no folder, no personal data."""
    return without_folders(mask(line))


def _look(brand: Brand) -> Markup:
    """The brand as the page's own variables. Colours and fonts were checked when the brand was
    read.
    """
    lines = [f"--blue: {brand.colours.main};", f"--vermilion: {brand.colours.accent};"]
    lines += [f"--{role}: {stack};" for role in ("text", "head") if (stack := brand.stack(role))]
    return Markup("" if brand == Brand() else ":root { " + " ".join(lines) + " }")


@functools.cache  # a copy of a process that has written a page need not compile the template again
def _exporter(page: Path) -> Any:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.NbConvertBase.display_data_priority = list(SHOWN)
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell"}
    config.TagRemovePreprocessor.remove_input_tags = {"hide-input"}
    config.HTMLExporter.exclude_input = True
    config.HTMLExporter.exclude_input_prompt = True
    config.HTMLExporter.exclude_output_prompt = True
    config.HTMLExporter.exclude_anchor_links = True
    config.HTMLExporter.mathjax_url = ""
    config.HTMLExporter.require_js_url = ""
    config.HTMLExporter.optimistic_validation = True  # once at the end, not after each step
    return HTMLExporter(
        config=config, template_name=page.name, extra_template_basedirs=[str(page.parent)]
    )


def to_html(
    notebook: Any, page: Path, title: str, language: str, brand: Brand | None = None
) -> str:
    """One self-contained HTML page. `page` is the folder of the nbconvert template; code cells'
    sources are left out.

    The notebook is changed: what papermill and Jupyter wrote into its metadata goes, and cell ids
    are numbered, so that the same numbers give the same bytes.
    """
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        cell.metadata = type(cell.metadata)({"tags": tags})
        cell["id"] = f"cell-{number}"
    # An injected cell has no output of its own; its source, which the page leaves out anyway, holds
    # folders of this machine.
    notebook.cells = [
        cell for cell in notebook.cells if "injected-parameters" not in cell.metadata["tags"]
    ]
    notebook.metadata = type(notebook.metadata)({"language_info": {"name": "python"}})

    brand = brand or Brand()
    given = {
        "title": title,
        "language": language,
        "brand_css": _look(brand),
        "brand_name": brand.name,
        "logo": brand.logo.uri if brand.logo else "",
        "footer": brand.footer,
    }
    markup, _ = _exporter(page).from_notebook_node(notebook, resources={"cxlab": given})
    return markup


def take_warnings(notebook: Any) -> list[str]:
    """Remove what cells wrote to stderr, and return it as lines without folders: it is for us, not
    for the client.
    """
    lines: list[str] = []
    for cell in notebook.cells:
        kept = []
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                lines.extend(
                    masked(line.strip()) for line in output.text.splitlines() if line.strip()
                )
            else:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept
    return lines


_STYLED = re.compile(r'<table id="T_([0-9a-f]{1,32})"')


def number_styled_tables(notebook: Any) -> None:
    """Number the tables that a pandas Styler drew, in their order: each carries ids drawn anew
    (`T_5f3ab_row0_col1`), which its own styles name.
    """
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if '<table id="T_' in output.get("data", {}).get("text/html", "")
    ]
    drawn = dict.fromkeys(name for data in shown for name in _STYLED.findall(data["text/html"]))
    numbers = {name: str(number) for number, name in enumerate(drawn, 1)}
    for data in shown if numbers else ():
        ids = re.compile(rf"(?<=[\"#\s])T_({'|'.join(numbers)})(?=[\"_\s,{{.:>])")
        data["text/html"] = ids.sub(lambda found: f"T_{numbers[found[1]]}", data["text/html"])


def without_folders(text: str) -> str:
    """`/a/b/c.py:3: …` becomes `c.py:3: …`."""
    return re.sub(r"(?<![\w/:])(?:[A-Za-z]:)?(?:[/\\][\w.@ +~-]+)*[/\\](?=[\w.<])", "", text)


def refuse_live_outputs(notebook: Any) -> None:
    """Raise ReportError where a cell shows Markdown, LaTeX, JavaScript or a widget."""
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if live := sorted(kinds & set(LIVE)):
                if kinds & {"text/html", "image/svg+xml", "image/png", "image/jpeg"}:
                    # a table or a picture offers these beside its own form, and that form is what
                    # the page takes
                    continue
                raise ReportError(
                    "cell {cell} shows {kind}, which a report does not carry; show a table, a"
                    " picture or cx.prose(…) instead",
                    cell=number,
                    kind=", ".join(live),
                )
