"""Executed notebooks without a kernel: the outputs that the pieces of a page would have left in
it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

import cxlab as cx
from cxlab.report.formats.export import Made, write_all
from cxlab.show.page import parts

PAGE = Path(__file__).resolve().parents[2] / "templates" / "page"


def executed(*pieces: Any) -> nbformat.NotebookNode:
    """A notebook whose cells each returned one piece."""
    cells = []
    for number, piece in enumerate(pieces, 1):
        cell = nbformat.v4.new_code_cell("x", execution_count=number)
        data = {
            "text/html": piece._repr_html_(),
            "text/plain": "x",
            parts.MIME: piece._repr_mimebundle_().get(parts.MIME, []),
        }
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=number)]
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def pieces(study: cx.Study, language: str, min_cell: int = 10, figures: bool = True) -> list[Any]:
    """A small report on a study: cover, headline, answers, gaps with their table, limits,
    provenance; figures=False: without pictures.
    """
    words = {"language": language, "labels": study.labels(language)}
    metrics = cx.suppress(cx.metrics(study), min_cell)
    gaps = cx.suppress(cx.gap_scores(study), min_cell)
    outcome = metrics["outcome"].iloc[0]
    answers = cx.merge_small(cx.distribution(study, outcome), min_cell, (6, 8))
    drawn = cx.plot_gaps(gaps, stages=study.stage_labels(language), **words) if figures else None
    columns = ["touchpoint", ("experience", "experience_low", "experience_high"), "n"]
    return [
        cx.cover(study, language),
        cx.block(cx.section("bottom_line", language), cx.bullets(cx.say_metrics(metrics, **words))),
        cx.block(cx.section("metrics", language), cx.cards(metrics, **words)),
        *(
            [
                cx.block(
                    cx.plot_distribution(
                        answers, kind="nps", metric=cx.suppress(cx.nps(study), min_cell), **words
                    )
                )
            ]
            if figures
            else []
        ),
        cx.block(cx.section("gaps", language), cx.prose(cx.say_gaps(gaps, **words)), drawn),
        cx.table(gaps, columns, caption="scores", **words),
        cx.block(
            cx.question("cost", language),
            cx.prose(cx.say_limits(study, metrics, gaps, language=language)),
        ),
        cx.block(cx.section("provenance", language), cx.provenance(study, language, seed=1)),
    ]


def write(
    folder: Path,
    study: cx.Study,
    language: str = "en",
    formats: tuple[str, ...] = ("html",),
    **more: Any,
) -> Made:
    """The small report in these formats."""
    folder.mkdir(parents=True, exist_ok=True)
    title = f"{study.client} · {study.title(language)}"
    return write_all(
        executed(*pieces(study, language)),
        folder,
        page=PAGE,
        title=title,
        language=language,
        formats=formats,
        **more,
    )
