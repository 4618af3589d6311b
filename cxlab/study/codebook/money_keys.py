"""The keys of a study that tell what loyalty may be worth: what customers spend, or how long they
stay, and what a better contact costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from cxlab.errors import said
from cxlab.study.codebook.declared import Declared, Id, Number, Texts

# What becomes of customers, and in which units its time may be counted.
MONEY_KINDS = ("amount", "binary", "duration")
PERIODS = ("day", "week", "month", "year")


class Money(Declared):
    """On which outcome money hangs, and how it is counted. `spend` is the amount that a customer
    spends in a unit of time, of which the share `margin` remains; `horizon` is the time over which
    it is counted; `cost_of` what one scale point more at a touchpoint costs for each customer who
    meets it, over that time.
    """

    outcome: Id
    spend: Id | None = None
    margin: Number | None = Field(None, gt=0, le=1)
    horizon: Number | None = Field(None, gt=0)
    controls: Texts = ()
    cost_of: dict[Id, Annotated[Number, Field(ge=0)]] = {}


def follow_up_problems(outcome: Any) -> Iterator[str]:
    """What an outcome may not say of how it was followed up."""
    lasting = outcome.kind == "duration"
    if lasting and outcome.event is None:
        yield said("a duration needs event:, the column that tells who left")
    if lasting and (len(outcome.columns) > 1 or outcome.unit not in PERIODS):
        yield said("a duration is one column, counted in unit: {units}", units=" or ".join(PERIODS))
    if lasting and outcome.scale is not None:
        yield said("a duration has no scale")
    if not lasting and (outcome.event or outcome.entry):
        yield said("event: and entry: belong to an outcome of kind duration")
    if outcome.measured and outcome.kind not in MONEY_KINDS:
        yield said("measured: belongs to an amount, a binary outcome or a duration")


def money_problems(book: Any) -> Iterator[str]:
    """Names under `money:` that are not declared or not of the kind; durations where an answer is
    meant.
    """
    kinds = {one.id: one.kind for one in book.outcomes}
    lasting = {name for name, kind in kinds.items() if kind == "duration"}
    answers = {f"targets.{name}": name for name in book.targets}
    answers |= {f"funnel.{name}": step.outcome for name, step in book.funnel.items()}
    answers |= {f"comments.{name}": one.about for name, one in book.comments.items()}
    answers |= {"report.outcome": book.report.outcome}
    answers |= {f"actions, metric {one.metric}": one.metric for one in book.actions}
    for key, name in answers.items():
        if name in lasting:
            yield said(
                "{key}: outcome {name!r} is a duration, which is no answer; name another",
                key=key,
                name=name,
            )
    if (money := book.money) is None:
        return
    for key, name, wanted in (
        ("outcome", money.outcome, MONEY_KINDS),
        ("spend", money.spend, MONEY_KINDS[:1]),
    ):
        if name is not None and kinds.get(name) not in wanted:
            yield said(
                "money.{key}: {name!r} is no outcome of kind {kinds}",
                key=key,
                name=name,
                kinds=" or ".join(wanted),
            )
    if money.outcome in lasting and money.horizon is None:
        yield said("money: a duration needs horizon:, the time over which it is counted")
    for name in money.cost_of:
        if name not in {point.id for point in book.touchpoints}:
            yield said("money.cost_of: {name!r} is no touchpoint of this study", name=name)
