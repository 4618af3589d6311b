"""A page for whoever answers for a touchpoint: its score and gap, how the ratings are spread, whose
they are, what a point is worth, what customers wrote, what was taken in hand. And one for whoever
answers for an account (B2B): its outcomes, and its scores beside those of all other customers.

They hold no figure that the report has not, or might not have, but of one touchpoint or account
together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from cxlab.glossary import GLOSSARY
from cxlab.show.page import html, tables
from cxlab.show.page.html import MARKUP, Html
from cxlab.show.page.pieces import Piece, Sentences, several
from cxlab.show.say.drivers import by_model
from cxlab.show.say.metrics import first_metric
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_, SECTIONS
from cxlab.show.words.wording import (
    LEVEL,
    Phrase,
    Phrases,
    Wording,
    as_is,
    in_brackets,
    is_clear,
    message,
    number,
    sentence,
    signed,
    span,
)

_BY = N_("By “{group}”")  # heads a table
PLACE = 900  # behind the body, before the appendix
_TITLE = N_("For the owner of this touchpoint")
_POOLED = N_("All waves together, unless a wave is named")
_BESIDE = N_("Experience at each touchpoint, beside the other customers")
ACCOUNT = "account"


def owner_pages(page: Any, figures: Mapping[str, Any], ask: Mapping[str, Callable]) -> Iterator:
    """A page for each touchpoint whose experience is asked, where study.yml asks for them.

    figures: what the page has of `experience_scores` (scores), `gap_scores` (gaps), `importance`
    (shares), `effects` (effects). ask: the estimators of the means by a split (by), of how ratings
    are spread (spread), and of comments (quotes).
    """
    book = page.study.codebook
    if "touchpoints" not in book.report.owners:
        return
    told = {name: one.frame for name, one in figures.items()}
    splits = [*["wave"] * (len(page.study.wave_order) > 1), *book.segments]
    by = [one for one in (page(ask["by"], by=split) for split in splits) if one]
    columns = ["level", ("experience", "conf_low", "conf_high"), "n"]
    for point in book.touchpoints:
        if point.experience:
            more = [page(ask["spread"], point.id).plot()]
            told_by = [one.only(touchpoint=point.id) for one in by]
            more += [one.table(columns, _BY) for one in told_by if one.frame["experience"].any()]
            if book.report.verbatims:
                about = [name for name, one in book.comments.items() if one.about == point.id]
                said = [page(ask["quotes"], name).plot() for name in about]
                more.append(several(page, said, _voices(point.id)))
            yield _owner_page(page, point, told, more)


def _voices(touchpoint: str) -> Callable[[Wording], Html]:
    """The heading of the comments on a touchpoint."""
    title = SECTIONS["sections"]["voices"]["title"]
    return lambda _: html.question_heading(f"voices_{touchpoint}", _(title))


def _owner_page(page: Any, point: Any, figures: Mapping[str, Any], more: list[Piece]) -> Piece:
    """The page of a touchpoint of the codebook; `more`: pieces on the touchpoint alone."""

    def heading(_: Wording) -> Html:
        said = _("Owner: {who}", who=text.visible(point.owner)) if point.owner else _(_TITLE)
        waves = [_(_POOLED)] * (len(page.study.wave_order) > 1)
        name, title = f"owner_{point.id}", _.name(point.id)
        return html.section_heading(name, title, ". ".join([said, *waves]), PLACE, appendix=True)

    def score(_: Wording) -> Html:
        each = [
            (_.heading(name), "", _.fill(figure), [_.fill(one) for one in rest])
            for name, figure, *rest in _facts(point.id, figures)
        ]
        facts = [[what, " ".join([figure, *rest])] for what, _kind, figure, rest in each]
        return Html(MARKUP.cards(each), [{"kind": "facts", "facts": facts}]) if each else Html()

    def actions(_: Wording) -> Html:
        taken = [one for one in page.study.codebook.actions if one.touchpoint == point.id]
        columns = ["what", "who", "due"]
        frame = pd.DataFrame([{key: getattr(one, key) for key in columns} for one in taken])
        return tables.table(_, frame, columns, _("Actions")) if taken else Html()

    pieces = [Piece(score, page), Piece(actions, page), *more]
    return several(page, [_of_one(point.id, one) for one in pieces], heading)


def _of_one(name: str, piece: Any) -> Piece:
    """A piece whose tables, in a workbook too, say what they are about."""

    def worded(_: Wording) -> Html:
        held = piece.worded(_)
        title = text.visible(_.labels.get(name, name))
        held.parts = [
            one | {"title": f"{title}: {one['title']}"}
            if one["kind"] in ("table", "cards")
            else one
            for one in held.parts
        ]
        return held

    return Piece(worded, piece.page)


def account_pages(page: Any, metrics: Callable, differences: Callable) -> Iterator[Piece]:
    """A page for each account of which figures may be shown, where study.yml asks for them, and
    how many there are of which none may be; `metrics` and `differences` estimate the outcomes of
    each account, and its scores beside those of all other customers.
    """
    study, few = page.study, 0
    if "accounts" not in study.codebook.report.owners:
        return
    told, cells = page(metrics, by=ACCOUNT), page(differences, ACCOUNT)
    for level in study.levels(ACCOUNT):
        mine = [_shown(told, level, "estimate"), _shown(cells, level, "experience")]
        if any(mine):
            yield _account_page(page, level, *mine)
        else:
            few += 1
    reasons = [one.why() for one in (told, cells)]
    left = message(
        N_(
            "{count} of {total} accounts have no page of their own: fewer than {cell} of their"
            " customers answered, or what so few answered could be computed."
        ),
        count=few,
        total=len(study.levels(ACCOUNT)),
        cell=page.min_cell,
    )

    def heading(_: Wording) -> Html:
        return html.section_heading("owner_accounts", _("Other accounts"), "", PLACE, appendix=True)

    yield several(page, [Sentences((left,), page=page) if few else None, reasons], heading)


def _shown(given: Any, level: str, figure: str) -> Any:
    """The rows of an account whose figure is shown; None where there are none."""
    if given.frame is None:
        return None
    rows = given.frame[(given.frame["level"] == level) & given.frame[figure].notna()]
    return replace(given, value=rows.reset_index(drop=True)) if len(rows) else None


def _account_page(page: Any, level: str, told: Any, cells: Any) -> Piece:
    def heading(_: Wording) -> Html:
        said, at = _("Beside all other customers"), [*page.study.levels(ACCOUNT)].index(level) + 1
        name = f"owner_account_{at}"
        return html.section_heading(name, text.visible(level), said, PLACE, appendix=True)

    pieces: list[Any] = []
    if told:
        pieces.append(replace(told, value=first_metric(told.value)).cards())
    if cells:
        figures = cells.value.assign(experience_beyond=cells.value["estimate"])
        columns = ["touchpoint", ("experience", "experience_low", "experience_high")]
        columns += [("experience_beyond", "conf_low", "conf_high"), "n"]
        pieces.append(Sentences((*_beyond(cells.value),), page=page))
        pieces.append(replace(cells, value=figures).table(columns, _BESIDE))
    return several(page, [_of_one(level, one) for one in pieces], heading)


def _beyond(cells: pd.DataFrame) -> Phrases:
    """At which touchpoints the scores of an account are not those of the others."""
    clear = cells[is_clear(cells)]
    items = [
        in_brackets(row["touchpoint"], signed(row["estimate"], 2))
        for row in clear.to_dict("records")
    ]
    template = N_(
        "Statistically significant differences from the other customers, adjusted for all"
        " comparisons: {items}. The table's intervals are not adjusted."
    )
    none = N_(
        "No touchpoint shows a statistically significant difference from the other customers,"
        " adjusted for all comparisons. The table's intervals are not adjusted."
    )
    yield message(template, items=items) if items else message(none)


def _facts(touchpoint: str, figures: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Column of the glossary, the figure, its interval and what it is counted in, as far as they
    are shown.
    """
    for row in _row(figures["scores"], touchpoint, "experience"):
        figure = number(row["experience"], 2)
        yield (
            "experience",
            figure,
            *_interval(row, number),
            message(N_("on a scale of {scale}"), scale=as_is(row["scale"])),
        )
    for row in _row(figures["gaps"], touchpoint, "estimate"):
        yield "gap", signed(row["estimate"], 2), *_interval(row, signed)
    for row in _row(figures["shares"], touchpoint, "rank"):
        rank = message(N_("{rank} of {total}"), rank=row["rank"], total=row["total"])
        yield "rank", rank, message(GLOSSARY["share_relative"].label)
    effects = figures["effects"]
    if effects is not None and effects["estimate"].notna().any():
        known, _others, style = by_model(effects)
        for row in _row(known, touchpoint, "estimate"):
            of = sentence("effect_axis", row["measure"], outcome=row["outcome"])
            yield "effect", style(row["estimate"]), *_interval(row, style), of


def _interval(row: Mapping, style: Any) -> list[Phrase]:
    """The interval of a figure in its style, nothing where it has none."""
    if pd.isna(row["conf_low"]):
        return []
    digits = () if style not in (number, signed) else (2,)
    ends = [style(row[one], *digits) for one in ("conf_low", "conf_high")]
    return [message(N_("{level} CI: {interval}"), level=LEVEL, interval=span(*ends))]


def _row(frame: pd.DataFrame | None, touchpoint: str, figure: str) -> list[Mapping]:
    """The row of a touchpoint, with how many there are; nothing where its figure is not shown."""
    if frame is None or figure not in frame:
        return []
    mine = frame[(frame["touchpoint"] == touchpoint) & frame[figure].notna()]
    return mine.assign(total=len(frame)).to_dict("records")
