"""A page for whoever answers for a touchpoint: its score and gap, how the ratings are spread, whose
they are, what a point is worth, what customers wrote, what was taken in hand.

It holds no figure that the report has not, but of one touchpoint together.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from cxlab.show.page import html, tables
from cxlab.show.page.html import MARKUP, Html
from cxlab.show.page.pieces import Piece, several
from cxlab.show.say.drivers import by_model
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import (
    LEVEL,
    Phrase,
    Wording,
    as_is,
    message,
    number,
    signed,
    span,
)

_BY = N_("By “{group}”")  # heads a table
PLACE = 900  # behind the body, before the appendix
_TITLE = N_("For the owner of this touchpoint")


def owner_pages(
    page: Any, scores: Callable, spread: Callable, figures: Mapping[str, Any]
) -> Iterator[Piece]:
    """A page for each touchpoint whose experience is asked, where study.yml asks for them; `scores`
    and `spread` estimate the means by each split and how the ratings are spread.
    """
    if not page.study.codebook.report.owners:
        return
    told = {name: one.frame for name, one in figures.items()}
    splits = [*["wave"] * (len(page.study.wave_order) > 1), *page.study.codebook.segments]
    by = [one for one in (page(scores, by=split) for split in splits) if one]
    columns = ["level", ("experience", "conf_low", "conf_high"), "n"]
    for point in page.study.codebook.touchpoints:
        if point.experience:
            mine = [one.only(touchpoint=point.id).table(columns, _BY) for one in by]
            yield _owner_page(page, point, told, [page(spread, point.id).plot(), *mine])


def _owner_page(page: Any, point: Any, figures: Mapping[str, Any], more: list[Piece]) -> Piece:
    """The page of a touchpoint of the codebook. `figures`: what the page has of `experience_scores`
    (scores), `gap_scores` (gaps), `importance` (shares), `effects` (effects); `more`: pieces on the
    touchpoint alone.
    """

    def heading(_: Wording) -> Html:
        said = _("Owner: {who}", who=text.visible(point.owner)) if point.owner else _(_TITLE)
        title = _.name(point.id)
        return html.section_heading(f"owner_{point.id}", title, said, PLACE, appendix=True)

    def score(_: Wording) -> Html:
        each = [
            (
                _.heading(name),
                _(kind) if kind else "",
                _.fill(figure),
                [_.fill(one) for one in rest],
            )
            for name, kind, figure, *rest in _facts(point.id, figures)
        ]
        told = {
            "kind": "facts",
            "facts": [[one[0], " ".join(one[2:3] + (*one[3],))] for one in each],
        }
        return Html(MARKUP.cards(each), [told]) if each else Html()

    def actions(_: Wording) -> Html:
        taken = [one for one in page.study.codebook.actions if one.touchpoint == point.id]
        columns = ["what", "who", "due"]
        frame = pd.DataFrame([{key: getattr(one, key) for key in columns} for one in taken])
        return tables.table(_, frame, columns, _("Actions")) if taken else Html()

    return several(page, [Piece(score, page), Piece(actions, page), *more], heading)


def _facts(touchpoint: str, figures: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Column of the glossary, what it is counted in, the figure and its interval, as far as they
    are shown.
    """
    for row in _row(figures["scores"], touchpoint, "experience"):
        figure = number(row["experience"], 2)
        yield (
            "experience",
            "",
            figure,
            *_interval(row, number),
            message(N_("on a scale of {scale}"), scale=as_is(row["scale"])),
        )
    for row in _row(figures["gaps"], touchpoint, "estimate"):
        yield "gap", "", signed(row["estimate"], 2), *_interval(row, signed)
    for row in _row(figures["shares"], touchpoint, "rank"):
        yield "rank", "", message(N_("{rank} of {total}"), rank=row["rank"], total=row["total"])
    effects = figures["effects"]
    if effects is not None and effects["estimate"].notna().any():
        known, _others, style = by_model(effects)
        for row in _row(known, touchpoint, "estimate"):
            kind = MESSAGES["effect_axis"][row["measure"]]
            yield "effect", kind, style(row["estimate"]), *_interval(row, style)


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
