"""From one executed notebook to the files that may leave the house: HTML, PDF, workbook, slides.

nbconvert's own page loads scripts from the network and shows whatever a cell printed. A client's
report asks nothing of the network, runs nothing, and names neither a respondent nor a folder of
ours. The page is made by nbconvert with our template; then what was made is read again as a browser
would read it (`checks`), and refused if it breaks one of these rules. The PDF is that page on
paper; workbook and slides are made from the parts that stand beside the HTML in the notebook.
"""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cxlab.errors import ReportError
from cxlab.report.formats import checks, outputs, pdf, slides, tables
from cxlab.show.words import text
from cxlab.study.codebook.brand import Brand

FORMATS = ("html", "pdf", "xlsx", "pptx")
LONGEST_HEAD = 160  # characters of a name in a printed page's running head


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
    wanted = {"html", *formats}
    for name in formats:
        if name not in FORMATS:
            raise ReportError(
                "format {format!r}: reports are written as {known}",
                format=name,
                known=", ".join(FORMATS),
            )
    for name, room in {"pdf": pdf, "pptx": slides}.items():
        if name in wanted:
            room.check()
    return tuple(name for name in FORMATS if name in wanted)


def warm(formats: Iterable[str]) -> None:
    """Load the libraries that these formats need, so that a process forked later need not."""
    import nbconvert  # noqa: F401

    if "xlsx" in check_formats(formats):
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
    personal: Mapping[str, Collection[object]] | None = None,
    folders: Sequence[str] = (),
    min_cell: int = 10,
) -> Made:
    """Write every format of one executed notebook into `folder`, as report.html, report.pdf,
    report.xlsx, report.pptx. The notebook is changed.

    Parameters
    ----------
    executed : NotebookNode
        The notebook with its outputs.
    folder : Path
        Where the files go.
    page : Path
        The folder of the page's template.
    title, language, brand
        Of the report; without a brand it is cxlab's own.
    formats : sequence of str
        html (always made), pdf, xlsx and pptx.
    personal : mapping
        What respondents answered in each personal column.
    folders : sequence of str
        Paths of this machine, which may not stand in the report.
    min_cell : int
        The fewest respondents that a row may rest on.

    Raises
    ------
    ReportError
        Where the report may not be sent. Everything is checked before the first file is written.
    """
    brand, formats = brand or Brand(), check_formats(formats)
    title = text.visible(title)
    outputs.refuse_live_outputs(executed)
    outputs.number_styled_tables(executed)
    warnings = outputs.take_warnings(executed)
    parts = outputs.take_parts(executed)
    markup = to_html(executed, page, title, language, brand)
    found = checks.problems(markup, personal or {}, folders)
    found += checks.part_problems(parts, min_cell)
    for words in (checks.part_words(parts), warnings):
        found += checks.text_problems("\n".join(words), personal or {}, folders)
    if "pptx" in formats:
        slides.check_pictures(parts)
    if found:
        raise ReportError(
            "the report was not written: {problems}", problems="; ".join(dict.fromkeys(found))
        )
    files = {name: folder / f"report.{name}" for name in formats}
    files["html"].write_text(markup, encoding="utf-8", newline="\n")
    if "pdf" in files:
        style = page / "print.css"
        head, _, tail = title.partition(" · ")
        cover = tables.cover_of(parts)
        pdf.write_pdf(
            markup,
            files["pdf"],
            style.read_text(encoding="utf-8") if style.is_file() else "",
            text.short(cover["client"] or head, LONGEST_HEAD),
            text.short(cover["title"] or tail, LONGEST_HEAD),
            language,
            brand,
        )
    if "xlsx" in files:
        from cxlab.report.formats.workbook import write_workbook  # late: only here is openpyxl used

        write_workbook(parts, files["xlsx"], language, brand, min_cell)
    if "pptx" in files:
        slides.write_slides(parts, files["pptx"], language, brand)
    hidden = [
        {"table": table["title"], "cells": cells}
        for table in tables.tables(parts)
        if (cells := tables.hidden(table))
    ]
    return Made([file.name for file in files.values()], warnings, hidden + refusals(parts))


def refusals(parts: Iterable[Mapping]) -> list[dict[str, str]]:
    """What the page says it cannot show, with the heading it stands under; each once."""
    found, section = {}, ""
    for part in parts:
        if part["kind"] in ("section", "heading"):
            section = part["title"]
        elif part.get("refused"):
            found |= dict.fromkeys((section, sentence) for sentence in part["sentences"])
    return [{"section": section, "refused": sentence} for section, sentence in found]


def _style(brand: Brand) -> Markup:
    """The brand as the page's own variables. Colours and fonts were checked when the brand was
    read.
    """
    if brand == Brand():
        return Markup("")
    lines = [f"--blue: {brand.colours.main};", f"--vermilion: {brand.colours.accent};"]
    lines += [f"--{role}: {stack};" for role in ("text", "head") if (stack := brand.stack(role))]
    return Markup(":root { " + " ".join(lines) + " }")


@functools.cache  # a copy of a process that has written a page need not compile the template again
def _exporter(page: Path) -> Any:
    from nbconvert import HTMLExporter  # late, as `warm` says
    from traitlets.config import Config

    config = Config(
        NbConvertBase={"display_data_priority": list(outputs.SHOWN)},
        TagRemovePreprocessor={
            "enabled": True,
            "remove_cell_tags": {"remove-cell"},
            "remove_input_tags": {"hide-input"},
        },
        HTMLExporter={
            "exclude_input": True,
            "exclude_input_prompt": True,
            "exclude_output_prompt": True,
            "exclude_anchor_links": True,
            "mathjax_url": "",
            "require_js_url": "",
            "optimistic_validation": True,  # once at the end, not after each step
        },
    )
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
        cell.metadata = type(cell.metadata)({"tags": cell.metadata.get("tags", [])})
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
        "brand_css": _style(brand),
        "brand_name": brand.name,
        "logo": brand.logo.uri if brand.logo else "",
        "footer": brand.footer,
    }
    markup, _ = _exporter(page).from_notebook_node(notebook, resources={"cxlab": given})
    return markup
