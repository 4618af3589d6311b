"""From one executed notebook to the files that may leave the house: HTML, PDF, workbook, slides.

nbconvert's own page loads scripts from the network and shows whatever a cell printed. A client's
report asks nothing of the network, runs nothing, and names neither a respondent nor a folder of
ours. The page is made by nbconvert with our template; then what was made is read again as a browser
would read it (`checks`), and refused if it breaks one of these rules. The PDF is that page on
paper; workbook and slides are made from the parts that stand beside the HTML in the notebook.
"""

import functools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cxlab.data_files import read_data
from cxlab.report import Record
from cxlab.report.formats import checks, kit, outputs, pdf, slides, tables
from cxlab.report.messages import refusal
from cxlab.show.words import text
from cxlab.study.codebook.brand import Brand

FORMATS = ("html", "pdf", "xlsx", "pptx")
KIT = "zip"  # of all the others, with their figures and a mail
LONGEST_HEAD = 160  # characters of a name in a printed page's running head


def check_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """The formats in their order, each once, HTML among them. Raises ReportError for an unknown
    one, and for one that cannot be made here.
    """
    wanted = {"html", *formats}
    for name in formats:
        if name not in (*FORMATS, KIT):
            raise refusal(f"format {name!r}: reports are written as {', '.join(FORMATS)}")
    if "pdf" in wanted:
        pdf.check()
    return tuple(name for name in (*FORMATS, KIT) if name in wanted)


@dataclass(frozen=True)
class Face:
    """How a report is made in one language.

    Attributes
    ----------
    page : Path
        The folder of the page's template.
    title, language, brand
        Of the report.
    formats : sequence of str
        As `check_formats` gives them.
    personal : mapping
        What respondents answered in each personal column.
    folders : sequence of str
        Paths of this machine, which may not stand in the report.
    min_cell : int
        The fewest respondents that a row may rest on.
    protect : {"groups", "answers"}
        Whether counts may be exact.
    """

    page: Path
    title: str
    language: str
    formats: Sequence[str]
    brand: Brand
    personal: Mapping[str, Collection[object]]
    folders: Sequence[str]
    min_cell: int
    protect: str = "groups"

    def check(self, executed: Any, facts: Record | None = None) -> "Checked":
        """The report that an executed notebook and these facts are. Raises ReportError where it may
        not be sent.
        """
        notebook = outputs.in_language(executed, self.language)
        outputs.refuse_live_outputs(notebook)
        outputs.number_styled_tables(notebook)
        warnings, parts = outputs.take_warnings(notebook), outputs.take_parts(notebook)
        if {"pptx", KIT} & {*self.formats}:
            slides.check_pictures(parts)
        facts, markup = dict(facts or {}), self.html(notebook)
        found = checks.problems(markup, self.personal, self.folders)
        found += checks.part_problems(parts, self.min_cell, self.protect)
        for words in (checks.part_words(parts), warnings, [json.dumps(facts, ensure_ascii=False)]):
            found += checks.text_problems("\n".join(words), self.personal, self.folders)
        if found:
            raise refusal(f"the report was not written: {'; '.join(dict.fromkeys(found))}")
        return Checked(self, markup, parts, warnings, facts)

    def html(self, notebook: Any) -> str:
        """One self-contained HTML page; code cells' sources are left out.

        The notebook is changed: what papermill and Jupyter wrote into its metadata goes, and cell
        ids are numbered, so that the same numbers give the same bytes.
        """
        for number, cell in enumerate(notebook.cells, 1):
            cell.metadata = {"tags": cell.metadata.get("tags", [])}
            cell["id"] = f"cell-{number}"
        # An injected cell has no output of its own; its source, which the page leaves out anyway,
        # holds folders of this machine.
        notebook.cells = [
            cell
            for cell in notebook.cells
            if not {"injected-parameters", "remove-cell"} & {*cell.metadata["tags"]}
        ]
        notebook.metadata = {"language_info": {"name": "python"}}
        brand = self.brand
        given = {
            "title": text.visible(self.title),
            "language": self.language,
            "brand_css": _style(brand),
            "brand_name": brand.name,
            "logo": brand.logo.uri if brand.logo else "",
            "client_logo": brand.client_logo.uri if brand.client_logo else "",
            "client": text.visible(self.title.partition(" · ")[0]),
            "footer": brand.footer,
        }
        markup, _ = _exporter(self.page).from_notebook_node(notebook, resources={"cxlab": given})
        return markup


@dataclass(frozen=True)
class Checked:
    """A report in one language that may be sent, but is not written yet."""

    face: Face
    markup: str
    parts: list[Mapping]
    warnings: list[str]
    facts: Record

    def write(self, folder: Path) -> Record:
        """Write every format into `folder`, as report.<language>.html, .pdf, .xlsx, .pptx, .zip.

        Returns what the manifest says of it: the names of the `files`; `warnings` for us (masked);
        what is not shown (`suppressed`): `{table, cells}` for a table with suppressed cells,
        `{section, refused}` for a result that was refused, with the reason that the page gives; and
        the `facts` for the consultant's list.
        """
        face, parts = self.face, self.parts
        language, brand = face.language, face.brand
        files = {name: folder / f"report.{language}.{name}" for name in face.formats}
        files["html"].write_text(self.markup, encoding="utf-8", newline="\n")
        if "pdf" in files:
            style, cover = face.page / "print.css", tables.cover_of(parts)
            head, _, tail = face.title.partition(" · ")
            pdf.write_pdf(
                self.markup,
                files["pdf"],
                style.read_text(encoding="utf-8") if style.is_file() else "",
                text.short(cover["client"] or head, LONGEST_HEAD),
                text.short(cover["title"] or tail, LONGEST_HEAD),
                language,
                brand,
            )
        if "xlsx" in files:
            from cxlab.report.formats.workbook import write_workbook  # late: it needs XlsxWriter

            write_workbook(parts, files["xlsx"], language, brand, face.min_cell)
        if "pptx" in files:
            slides.write_slides(parts, files["pptx"], language, brand)
        if KIT in files:
            kit.write_kit(parts, [*files.values()][:-1], files[KIT], language)
        hidden = [
            {"table": table["title"], "cells": cells}
            for table in tables.tables(parts)
            if (cells := tables.hidden(table))
        ]
        return {
            "files": [file.name for file in files.values()],
            "warnings": self.warnings,
            "suppressed": hidden + refusals(parts),
            "facts": self.facts,
        }


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
    from nbconvert import HTMLExporter  # late: it takes a second
    from traitlets.config import Config

    return HTMLExporter(
        config=Config(NbConvertBase={"display_data_priority": list(outputs.SHOWN)}),
        template_name=page.name,
        extra_template_basedirs=[str(page.parent)],
        **read_data("report.formats", "markup.yml")["exporter"],
    )
