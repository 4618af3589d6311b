"""Executed notebooks without a kernel: the outputs that the pieces of a page would have left in
it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter

import cxlab as cx
from cxlab.report.formats import export
from cxlab.show.page import parts
from cxlab.study.codebook.brand import Brand

PAGE = Path(__file__).resolve().parents[2] / "templates" / "page"


def executed(*pieces: Any) -> nbformat.NotebookNode:
    """A notebook whose cells each showed one piece, as in a batch whose formats are those that the
    environment names.
    """
    shown, cells = DisplayFormatter(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, os.environ.get(parts.FORMATS, "html"))
        for number, piece in enumerate(pieces, 1):
            data, _ = shown.format(piece)
            output = nbformat.v4.new_output("execute_result", data, execution_count=number)
            cell = nbformat.v4.new_code_cell("x", execution_count=number, outputs=[output])
            cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def pieces(page: cx.Page, figures: bool = True) -> list[Any]:
    """A small report on a study: cover, headline, answers, gaps with their table, limits,
    provenance; figures=False: without pictures.
    """
    metrics, gaps = page(cx.metrics), page(cx.gap_scores)
    first = metrics.frame["outcome"].iloc[0]
    spread = page(cx.distribution, first).plot(metric=metrics.only(outcome=first))
    scores = page(cx.experience_scores)
    return [
        page.cover(),
        page.section("bottom_line", page.points([metrics.say()])),
        page.section("metrics", metrics.cards(), spread if figures else None),
        page.section("gaps", gaps.say(), gaps.plot() if figures else None),
        scores.table(),
        page.question("cost", page.limits()),
        page.provenance(),
    ]


def write(
    folder: Path,
    study: cx.Study,
    language: str = "en",
    formats: tuple[str, ...] = ("html",),
    **more: Any,
) -> SimpleNamespace:
    """The small report in these formats."""
    folder.mkdir(parents=True, exist_ok=True)
    title = f"{study.client} · {study.title(language)}"
    notebook = executed(*pieces(cx.Page(study, [language], seed=1)))
    return write_all(notebook, folder, title=title, language=language, formats=formats, **more)


def write_all(notebook: nbformat.NotebookNode, folder: Path, **more: Any) -> SimpleNamespace:
    """Every format of an executed notebook, checked before it is written."""
    usual = {"page": PAGE, "title": "x", "language": "en", "formats": ("html",)}
    usual |= {"brand": Brand(), "personal": {}, "folders": (), "min_cell": 10}
    return SimpleNamespace(**export.Face(**usual | more).check(notebook).write(folder))
