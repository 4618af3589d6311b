"""Headings, prose, tables and the cover as HTML, because whatever a survey says must reach the page
as text and never as markup.

Everything is escaped where it enters a piece of HTML (markupsafe); `Html` is the only kind of
object that counts as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

import pandas as pd
from markupsafe import Markup

from cxlab.errors import ModelError
from cxlab.glossary import GLOSSARY
from cxlab.show.page import parts as page_parts
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator


class Html:
    """A piece of a page. `str()` gives its markup; Jupyter shows it as HTML. The class of the outer
    div is how the page knows it.

    `parts` says the same as data (`cxlab.show.page.parts`), for the formats that are not HTML.
    """

    def __init__(self, markup: str, parts: Iterable[Mapping] = ()) -> None:
        self.markup = Markup(markup)
        self.parts = list(parts)

    def __html__(self) -> Markup:
        return self.markup

    def __str__(self) -> str:
        return str(self.markup)

    def __repr__(self) -> str:
        return f"Html({self.markup.striptags()[:60]!r})"

    def _repr_html_(self) -> str:
        return f'<div class="cx">{self.markup}</div>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, list]:
        return {page_parts.MIME: self.parts} if self.parts else {}


class Reason(str):
    """The sentence that says why something is not shown; prose and lists set it apart from what
    is.
    """


class Refusal:
    """What `attempt` gives in place of a result that the data cannot carry. `error` says why."""

    def __init__(self, error: ModelError) -> None:
        self.error = error

    def __repr__(self) -> str:
        return f"Refusal({str(self.error)!r})"


def attempt(function: Callable, *args, **kwargs):
    """`function(*args, **kwargs)`, or a `Refusal` if it raised ModelError. A Refusal among the
    arguments is passed on unchanged.

    A report on few answers must say what it could not compute, and go on. Every show function takes
    a Refusal and prints its reason.
    """
    for value in (*args, *kwargs.values()):
        if isinstance(value, Refusal):
            return value
    try:
        return function(*args, **kwargs)
    except ModelError as error:
        return Refusal(error)


def refused(
    error: Exception | Refusal, language: str = "en", labels: Mapping | None = None
) -> Html:
    """The reason why something is not shown, as a paragraph."""
    why = reason(error, language, labels)
    return Html(_markup(why), _parts(why))


def reason(
    error: Exception | Refusal, language: str = "en", labels: Mapping | None = None
) -> Reason:
    """The reason why something is not shown, as a sentence."""
    error = error.error if isinstance(error, Refusal) else error
    _ = translator(language)
    opening = _("Not shown:")
    # What follows the first semicolon tells an analyst what to do; a client reads only why.
    why = text.explain(error, language, labels).split("; ")[0]
    return Reason(f"{opening} {why.rstrip('.')}.")


def refusable(show: Callable) -> Callable:
    """Make a show function answer a Refusal among its arguments with the Refusal's reason."""

    @wraps(show)
    def answer(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if isinstance(value, Refusal):
                return refused(value, kwargs.get("language", "en"), kwargs.get("labels"))
        return show(*args, **kwargs)

    return answer


def together(results: Iterable) -> pd.DataFrame | Refusal:
    """Results of one kind under each other. Refusals are left out; when nothing else is there, the
    first is the answer.
    """
    results = list(results)
    frames = [one for one in results if isinstance(one, pd.DataFrame)]
    if frames:
        return pd.concat(frames, ignore_index=True)
    return (
        results[0] if results else Refusal(ModelError(N_("the study has no outcome of this kind")))
    )


def parts(frame: pd.DataFrame | Refusal, by: str = "outcome") -> list:
    """A result cut into one frame for each value of `by`, in the order met; a Refusal alone."""
    if isinstance(frame, Refusal):
        return [frame]
    return [rows.reset_index(drop=True) for _value, rows in frame.groupby(by, sort=False)]


def block(*pieces: object) -> Html:
    """Pieces of a page one after the other; None is skipped, plain text becomes a paragraph, and
    nothing is said twice.
    """
    once: dict[Markup, object] = {}
    for piece in pieces:
        if piece is not None:
            once.setdefault(_markup(piece), piece)
    parts = [part for piece in once.values() for part in _parts(piece)]
    # a list of sentences repeats the table behind them
    return Html(Markup("\n").join(once), {id(part): part for part in parts}.values())


def _markup(piece: object) -> Markup:
    if isinstance(piece, Reason):
        return Markup('<p class="refused">{}</p>').format(text.visible(piece))
    if isinstance(piece, str):
        return Markup("<p>{}</p>").format(text.visible(piece))
    if isinstance(piece, (list, tuple)):
        return Markup("\n").join(_markup(one) for one in piece)
    if isinstance(piece, Html):
        return piece.markup
    if hasattr(piece, "html"):
        return Markup(piece.html())
    raise TypeError(f"a page is made of text, tables and pictures, not of {type(piece).__name__}")


def _parts(piece: object) -> list[Mapping]:
    """The same piece as data."""
    if isinstance(piece, str):
        return [
            page_parts.sentences([piece], refused=isinstance(piece, Reason)),
            *page_parts.tables_of([piece]),
        ]
    if isinstance(piece, (list, tuple)):
        return [part for one in piece for part in _parts(one)]
    return list(getattr(piece, "parts", ()))


def _flat(sentences: Iterable) -> Iterable:
    for one in sentences:
        if one is None:
            continue
        if isinstance(one, (list, tuple)):
            yield from _flat(one)
        else:
            yield one


def prose(*sentences: object) -> Html:
    """Sentences (text, or lists of text) as one paragraph; a Html piece among them stands by
    itself.
    """
    pieces, parts, run = [], [], []
    for one in [*_flat(sentences), None]:
        if isinstance(one, str) and not isinstance(one, Reason):
            run.append(one)
            continue
        if run:
            pieces.append(Markup("<p>{}</p>").format(" ".join(text.visible(said) for said in run)))
            parts += [page_parts.sentences(run), *page_parts.tables_of(run)]
            run = []
        if one is not None:
            pieces.append(_markup(one))
            parts += _parts(one)
    return Html(Markup("\n").join(pieces), parts)


def footnote(*sentences: object) -> Html:
    """Sentences (text, or lists of text) in the small type of a note: what an expert looks for and
    nobody else needs.
    """
    told = list(_flat(sentences))
    words = [text.visible(one) for one in told]
    reasons = [one for one in told if isinstance(one, Reason)]
    said = [one for one in told if not isinstance(one, Reason)]
    parts = [page_parts.sentences(said)] if said else []
    return Html(
        Markup('<p class="note">{}</p>').format(" ".join(words)),
        [*parts, *page_parts.tables_of(told), *_parts(reasons)],
    )


def points(*sentences: object) -> Html:
    """Sentences (text only) as a list, one point each; the reason of a refusal stands below the
    list.
    """
    said = list(_flat(sentences))
    told, reasons = (
        [one for one in said if not isinstance(one, Reason)],
        list(dict.fromkeys(one for one in said if isinstance(one, Reason))),
    )
    items = Markup("").join(Markup("<li>{}</li>").format(text.visible(one)) for one in told)
    listed = [Markup('<ul class="points">{}</ul>').format(items)] if items else []
    parts = [page_parts.sentences(told, listed=True), *page_parts.tables_of(told)] if told else []
    return Html(
        Markup("\n").join([*listed, *(_markup(one) for one in reasons)]), [*parts, *_parts(reasons)]
    )


def subheading(words: str, anchor: str) -> Html:
    """A smaller heading. `anchor` names its place in the page."""
    words = text.visible(words)
    return Html(
        Markup('<h3 id="{}">{}</h3>').format(anchor, words), [{"kind": "heading", "title": words}]
    )


def cover(study, language: str = "en") -> Html:
    """Client, title, dates, respondents. A simulated study says so before anything else is read."""
    _ = translator(language)
    start, end = study.fieldwork.start, study.fieldwork.end
    facts = [_("{n} respondents").format(n=text.number(study.n, language, 0))]
    if start and end:
        facts.append(
            _("Fieldwork from {start} to {end}").format(
                start=text.day(start, language), end=text.day(end, language)
            )
        )
    elif start or end:
        facts.append(_("Fieldwork: {date}").format(date=text.day(start or end, language)))
    count = len(study.touchpoints)
    facts.append(_("{n} touchpoints").format(n=text.number(count, language, 0)))
    if study.weights is not None:
        facts.append(_("Weighted"))
    warned = [
        _("Simulated data."),
        _(
            "The answers in this report were generated by a program with known effects. They"
            " describe no real customer."
        ),
    ]
    made_up = (
        Markup('<p class="simulated"><strong>{}</strong> {}</p>').format(*warned)
        if study.simulated
        else Markup("")
    )
    items = Markup("").join(Markup("<li>{}</li>").format(fact) for fact in facts)
    client, title = text.visible(study.client), text.visible(study.title(language))
    part = {
        "kind": "cover",
        "client": client,
        "title": title,
        "facts": facts,
        "simulated": warned if study.simulated else [],
    }
    return Html(
        Markup(
            '<header class="cover"><p class="client">{}</p><h1>{}</h1><ul'
            ' class="facts">{}</ul>{}</header>'
        ).format(client, title, items, made_up),
        [part],
    )


def measure(row: Mapping, column: str, language: str, sign: bool = False) -> str:
    """A metric's value in its own unit: NPS points, a percentage, an amount in its currency or
    declared unit, or a mean on the scale.
    """
    value, metric = row[column], str(row.get("metric", ""))
    if metric == "nps":
        return text.number(value, language, 0)
    if metric.endswith(("_top2", "_share")):
        return text.percent(value, language)
    if isinstance(unit := row.get("unit"), str) and not sign:
        return text.amount(value, unit, language)
    return (text.signed if sign else text.number)(value, language, 2)


def measure_interval(row: Mapping, language: str) -> str:
    """A metric's interval in its own unit."""
    _ = translator(language)
    if pd.isna(row["conf_low"]):
        return text.NOTHING
    return _("{low} to {high}").format(
        low=measure(row, "conf_low", language), high=measure(row, "conf_high", language)
    )


@refusable
def cards(
    metrics: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Html:
    """The headline figures side by side: the number, its interval, how many answered. One card a
    row of `metrics`.
    """
    _ = translator(language)
    each = []
    for row in metrics.to_dict("records"):
        title = text.name_of(row["outcome"], labels, language)
        kind = text.name_of(row["metric"], None, language)
        shown = pd.notna(row["estimate"])
        span = ""
        if pd.notna(row["conf_low"]):
            span = _("{level} interval {interval}").format(
                level=text.percent(conf_level, language), interval=measure_interval(row, language)
            )
        each.append(
            Markup(
                '<li><span class="what">{}</span><span class="kind">{}</span><span'
                ' class="figure">{}</span><span class="span">{}</span><span'
                ' class="span">{}</span></li>'
            ).format(
                title,
                kind,
                measure(row, "estimate", language) if shown else text.NOTHING,
                span if shown else _("too few answers to show"),
                _("n = {n}").format(n=text.number(row["n"], language, 0)),
            )
        )
    columns = [
        "outcome",
        "metric",
        "group",
        "level",
        "estimate",
        "conf_low",
        "conf_high",
        "n",
        "n_eff",
        "promoters",
        "passives",
        "detractors",
    ]
    data = page_parts.of_table(
        metrics,
        [name for name in columns if name in metrics],
        language,
        labels,
        _("Headline figures"),
    )
    return Html(
        Markup('<ul class="cards">{}</ul>').format(Markup("").join(each)),
        [data | {"kind": "cards"}],
    )


CAPTIONS = {
    "scores": N_("Experience by touchpoint, with 95% intervals"),
    "gaps": N_("Expectation, experience and gap by touchpoint, with the 95% interval of the gap"),
    "forms": N_("The contest of forms"),
    "priorities": N_("Touchpoints by priority"),
    "flow": N_("From the file to the report"),
    "missing": N_("How each experience question was answered"),
    "left_out": N_("Left out of the driver model, by reason"),
    "surface": N_("The surface in numbers"),
}
_RIGHT = {"int", "number", "share", "percent", "points", "pvalue"}


def table(
    frame: pd.DataFrame,
    columns: Sequence | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    caption: str | None = None,
    digits: int = 2,
) -> Html:
    """A result as a table: headings and formats from the glossary, ids as words, numbers
    right-aligned. Without rows, nothing.

    columns: names in the order wanted (default: all). A tuple (estimate, low, high) is printed in
    one column as "4.2 (4.0 to 4.4)". Rows of metrics are printed in their own unit (NPS points, %).
    A blank number is "–". caption: a key of CAPTIONS, or words.
    """
    if isinstance(frame, Refusal):
        return refused(frame, language, labels)
    if frame.empty:
        return Html("")
    _ = translator(language)
    columns = list(frame.columns) if columns is None else list(columns)
    heads, rows = [], []
    for column in columns:
        name = column[0] if isinstance(column, tuple) else column
        words = text.heading(name, language)
        if isinstance(column, tuple):
            words = _("{name} (interval)").format(name=words)
        heads.append(Markup('<th scope="col"{}>{}</th>').format(_align(name), words))
    for row in frame.to_dict("records"):
        cells = [
            Markup("<td{}>{}</td>").format(
                _align(column[0] if isinstance(column, tuple) else column),
                _cell(row, column, language, labels, digits),
            )
            for column in columns
        ]
        rows.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    words = text.visible(_(CAPTIONS.get(caption, caption))) if caption else ""
    title = Markup("<caption>{}</caption>").format(words) if words else Markup("")
    return Html(
        Markup(
            '<div class="table"><table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        ).format(title, Markup("").join(heads), Markup("").join(rows)),
        [page_parts.of_table(frame, columns, language, labels, words)],
    )


def _align(column: str) -> Markup:
    entry = GLOSSARY.get(column)
    return Markup(' class="number"') if entry is not None and entry.format in _RIGHT else Markup("")


def _cell(row: Mapping, column, language: str, labels: Mapping | None, digits: int) -> str:
    _ = translator(language)
    if isinstance(column, tuple):
        value, low, high = (_cell(row, one, language, labels, digits) for one in column)
        if pd.isna(row[column[1]]):
            return value
        return _("{value} ({low} to {high})").format(value=value, low=low, high=high)
    value = row[column]
    entry = GLOSSARY.get(column)
    kind = entry.format if entry is not None else "text"
    if column in ("estimate", "conf_low", "conf_high", "std_error") and "metric" in row:
        return measure(row, column, language)
    if kind == "text" and isinstance(value, str):
        return (
            text.name_of(value, labels, language)
            if column not in ("file", "sha256", "column")
            else text.visible(value)
        )
    if pd.isna(value):
        return text.NOTHING
    if kind == "bool" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "pvalue":
        return text.p_value(value, language)
    if kind in ("share", "percent"):
        return text.percent(value, language)
    if kind == "text" and not isinstance(value, (int, float)):
        return text.name_of(value, labels, language)
    whole = kind in ("int", "points") or (kind == "text" and float(value).is_integer())
    return text.number(value, language, 0 if whole else digits)


def provenance(study, language: str = "en", **settings: object) -> Html:
    """The files with their fingerprints, the versions that computed, and the settings (seed=…,
    n_boot=…) of this report.
    """
    _ = translator(language)
    files = study.provenance()
    short = (
        files.assign(sha256=[str(digest)[:16] for digest in files["sha256"]])
        if "sha256" in files
        else files
    )
    versions = [
        (name, _version(name))
        for name in ("cxlab", "pandas", "numpy", "scipy", "statsmodels", "matplotlib")
    ]
    versions.append(("Python", python_version()))
    facts = [(_("Versions"), ", ".join(f"{name} {number}" for name, number in versions))]
    dates = [
        text.day(when, language) for when in (study.fieldwork.start, study.fieldwork.end) if when
    ]
    facts.append(
        (
            _("Fieldwork"),
            text.interval_words(dates, language) if dates else _("dates not declared in the study"),
        )
    )
    facts += [(_(_SETTINGS.get(key, key)), str(value)) for key, value in settings.items()]
    items = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*fact) for fact in facts)
    return block(
        table(
            short,
            language=language,
            caption=_("Files read (first 16 digits of each SHA-256 fingerprint)"),
        ),
        Html(
            Markup('<dl class="facts">{}</dl>').format(items),
            [{"kind": "facts", "facts": [list(fact) for fact in facts]}],
        ),
    )


_SETTINGS = {"seed": N_("Seed of the random numbers"), "n_boot": N_("Bootstrap samples")}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return text.NOTHING


def only(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows of a result whose columns have these values: `only(metrics,
    outcome="recommend")`.
    """
    for column, value in values.items():
        frame = frame[frame[column] == value]
    return frame.reset_index(drop=True)


def first_metric(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first metric in a frame that holds several (the share before the mean)."""
    return only(frame, metric=frame["metric"].iloc[0])


def look(fit, member: str) -> pd.DataFrame:
    """`fit.glance()`, `fit.dropped` and the like by name, so that `attempt` can pass a Refusal
    on.
    """
    found = getattr(fit, member)
    return found() if callable(found) else found


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a result that `suppress` did not blank."""
    return frame[frame["n"].notna()].reset_index(drop=True)
