"""What a notebook does with a result: say it, draw it, list it. Each looks up its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.extras import needed
from cxlab.glossary import GLOSSARY
from cxlab.result import in_reading_order, interval_of
from cxlab.show import kinds
from cxlab.show.page import html, parts, tables
from cxlab.show.words import text
from cxlab.show.words.catalogue import language_of, locale_of
from cxlab.show.words.wording import Wording, digits_for, term


class Said(list):
    """Sentences: a list of str that Jupyter shows as a paragraph."""

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, list]:
        return self._shown()._repr_mimebundle_()

    def _shown(self) -> html.Html:
        return html.paragraph(self) if self else html.Html()

    def __add__(self, other: list) -> "Said":
        return Said([*self, *other])

    def __str__(self) -> str:
        return " ".join(self)


def _wording(result: Any, language: str, labels: Mapping[str, str] | None) -> Wording:
    """The reader's language with the labels that a result (the first of several) holds."""
    language = language_of(language)
    locale_of(language)
    first = kinds.first_of(result)
    source = first if hasattr(first, "labels") else getattr(first, "study", None)
    known = getattr(source, "labels", {})
    known = known(language) if callable(known) else known.get(language, {})
    return Wording(language, {**known, **(labels or {})}).about(first)


def say(
    result: Any,
    kind: str | None = None,
    *,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
    **options: Any,
) -> Said:
    """What a result says, in sentences.

    Parameters
    ----------
    result : Result or Fit
        What an estimator gave.
    kind : str, optional
        Of several things that a kind of result says, the one wanted ("ranks" of `importance`); of a
        table that is no result any more, its kind.
    language : {"en", "es", "pt-BR"}
    labels : mapping of str to str, optional
        Words for ids, in place of the study's own.
    **options
        Other results that the sentences need (`forms=` of `disconfirmation`), or options of the
        kind (`top=` of `importance`).

    Returns
    -------
    list of str

    Raises
    ------
    ModelError
        What is given is no result, or was changed so that it is none any more.
    ReportError
        Another language.

    Examples
    --------
    >>> import cxlab as cx
    >>> scores = cx.nps(cx.simulate_study(200, seed=1))
    >>> cx.say(scores)[0]
    'The Net Promoter Score is −2 (95% interval −12 to 9, n = 200)...'
    """
    if isinstance(result, (list, tuple)):
        raise ModelError("say takes one result, not {what}; say each", what=type(result).__name__)
    said = _wording(result, language, labels).say(kinds.phrases(result, kind, options))
    if said or not hasattr(result, "design"):
        return Said(said)
    return say(result.glance(), language=language, labels=labels)


def plot(
    result: Any,
    kind: str | None = None,
    *,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """A result as a picture.

    Parameters
    ----------
    result : Result, or a sequence of them
        What an estimator gave.
    kind : str, optional
        Of several pictures of a kind of result, the one wanted ("ranks" of `importance`); of a
        table that is no result any more, its kind.
    ax : matplotlib Axes, optional
        Drawn into it; a figure of its own unless given.
    figsize : (float, float), optional
        Width and height in inches.
    title : str, optional
        In place of the picture's own.
    language, labels, **options
        As in `say`.

    Returns
    -------
    Picture
        `.figure` is one lasting matplotlib Figure, which can be changed and saved; `.save(path)`
        writes SVG, PNG or PDF.

    Raises
    ------
    ModelError
        What is given is no result, or has no such picture.

    Examples
    --------
    >>> import cxlab as cx
    >>> picture = cx.plot(cx.gap_scores(cx.simulate_study(100, seed=1)))
    >>> picture.figure is picture.figure
    True
    """
    picture = kinds.drawn(result, _wording(result, language, labels), kind, options)
    if picture is None or isinstance(picture, html.Html):
        return picture
    if title is not None:
        picture = picture.titled(title)
    if figsize is not None:
        picture = picture.resized(figsize)
    return picture if ax is None else picture.into(ax)


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """A result with headings and ids in words.

    Attributes
    ----------
    frame : DataFrame
        The result as a plain table: headings and ids in words, numbers as numbers.
    caption : str
    """

    frame: pd.DataFrame
    _shown: html.Html
    caption: str = ""
    _names: Sequence[str] = ()

    def to_excel(self, path: str | Path, **options: Any) -> None:
        """Write it as a workbook (pandas' own `to_excel`)."""
        self.frame.to_excel(path, **({"index": False} | options))

    def to_latex(
        self, path: str | Path | None = None, *, decimals: int | None = None, **options: Any
    ) -> str | None:
        """It as LaTeX (pandas' own `to_latex`). Numbers have digits by their size, or so many
        `decimals`; p values are written as .012 and < .001.
        """
        usual = {"index": False, "escape": True, "caption": self.caption}
        return self._printed(decimals).to_latex(path, **(usual | options))

    def to_markdown(
        self, path: str | Path | None = None, *, decimals: int | None = None, **options: Any
    ) -> str | None:
        """It as Markdown (pandas' own `to_markdown`), numbers as in `to_latex`."""
        with needed():
            import tabulate  # noqa: F401  pandas' own message names no extra
        usual = {"index": False, "disable_numparse": True}
        return self._printed(decimals).to_markdown(path, **(usual | options))

    def _printed(self, decimals: int | None) -> pd.DataFrame:
        """The numbers as they are printed in an article."""
        columns = zip(self._names, self.frame.items(), strict=False)
        printed = [[_in_print(one, name, decimals) for one in held] for name, (_, held) in columns]
        return pd.DataFrame(dict(enumerate(printed))).set_axis(self.frame.columns, axis=1)

    def _repr_html_(self) -> str:
        return self._shown._repr_html_()

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, list]:
        return self._shown._repr_mimebundle_()

    def __repr__(self) -> str:
        return repr(self.frame)


def _in_print(value: Any, name: str, decimals: int | None) -> Any:
    """A number in print: digits by its size unless told, p as APA has it."""
    if not isinstance(value, float):
        return value
    if np.isnan(value):
        return text.NOTHING
    form = GLOSSARY[name].format if name in GLOSSARY else ""
    if form == "pvalue":
        return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")
    if decimals is None or form == "int":
        decimals = 0 if form == "int" else digits_for(value)
    return f"{value:.{decimals}f}"


def table(
    result: Any,
    columns: Sequence | None = None,
    *,
    kind: str | None = None,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
) -> Table:
    """A result, or several fits side by side, as a table in words.

    Parameters
    ----------
    result : Result, or a sequence of fits
        Of fits: one row a term, one column a fit with estimate and interval, then n and R².
    columns : sequence, optional
        Names in the order wanted; (estimate, low, high) is printed in one column. Identity,
        estimate, interval and n come first unless given.
    kind : str, optional
        Of a table that is no result any more.
    language, labels
        As in `say`.

    Returns
    -------
    Table
        `.to_excel(path)`, `.to_latex()`, `.to_markdown()`, `.frame`.

    Raises
    ------
    ModelError
        What is given is no result.

    Examples
    --------
    >>> import cxlab as cx
    >>> gaps = cx.gap_scores(cx.simulate_study(100, seed=1))
    >>> list(cx.table(gaps, ["touchpoint", "estimate", "n"], language="pt-BR").frame)
    ['Ponto de contato', 'Estimativa', 'n']
    """
    _ = _wording(result, language, labels)
    if isinstance(result, (list, tuple)) and result and all(hasattr(x, "tidy") for x in result):
        return _side_by_side(_, result)
    if hasattr(result, "tidy"):
        result = result.tidy()
    if isinstance(result, (list, tuple)):
        raise ModelError(
            "table takes one result, or a list of fits, not {what}", what=type(result).__name__
        )
    entry = kinds.entry(result, kind)
    told = in_reading_order(result)
    columns = list(told) if columns is None else list(columns)
    caption = kinds.title_of(_, entry, result)
    rows, names = told.to_dict("records"), [*parts.names_in(columns)]
    heads = [tables.heading(_, name) for name in names]
    # Two intervals, each called Low and High, are told apart by what they belong to.
    twice = {head for head in heads if heads.count(head) > 1}
    for i, name in enumerate(names):
        if heads[i] in twice and (of := interval_of(name, names)):
            heads[i] = f"{tables.heading(_, of)}: {heads[i]}"
    cells = {i: [_in_words(_, row, name) for row in rows] for i, name in enumerate(names)}
    frame = pd.DataFrame(cells).set_axis(heads, axis=1)
    return Table(frame, tables.table(_, told, columns, caption), caption, names)


def _in_words(_: Wording, row: Mapping, name: str) -> Any:
    """A cell: words of what is text, numbers as they are."""
    known = GLOSSARY.get(name)
    return tables.cell(_, row, name) if known and known.format in ("text", "bool") else row[name]


def _side_by_side(_: Wording, fits: Sequence[Any]) -> Table:
    """Fits in columns: estimates with their intervals by term, n and R² below."""
    columns = {}
    for number, fit in enumerate(fits, 1):
        rows = {_.fill(term(row["term"])): _.ranged(row) for row in fit.tidy().to_dict("records")}
        name = f"({number}) {_.name(fit.outcome)}, {fit.family}"
        columns[name] = rows | {
            tables.heading(_, "n"): _.number(fit.n, 0),
            tables.heading(_, "r_squared"): _.number(fit.r_squared, 2),
        }
    frame = pd.DataFrame(columns).fillna("")
    last = [tables.heading(_, "n"), tables.heading(_, "r_squared")]
    frame = frame.reindex([*frame.index.drop(last), *last])
    frame = frame.rename_axis(tables.heading(_, "term")).reset_index()
    return Table(frame, tables.table(_, frame), "", list(frame))
