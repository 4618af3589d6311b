"""What a page may show of a result: its disclosed rows, or the reason why there are none.

A `Shown` is no DataFrame, so that nothing is computed from it by the way; it gives pieces of a page
without a language, which print the reason where the data cannot carry the result and nothing where
the study did not ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cxlab.errors import ModelError, NotAskedError, refusal
from cxlab.result import Result
from cxlab.show import kinds
from cxlab.show.page import html, tables
from cxlab.show.page.html import Html
from cxlab.show.page.pieces import Piece, Sentences
from cxlab.show.words.wording import Wording, is_clear

# What a page may show of a fit.
MEMBERS = ("tidy", "glance", "dropped")


@dataclass(eq=False, repr=False)
class Shown:
    """A result as a page may show it. True where there is one.

    Attributes
    ----------
    value : Result or Fit
        What was estimated and disclosed; None where it was refused.
    error : ModelError or None
        Why there is nothing to show.
    """

    _page: Any
    value: Any = None
    error: ModelError | None = None

    def __bool__(self) -> bool:
        return self.error is None

    @property
    def refused(self) -> bool:
        """Whether there is nothing to show."""
        return self.error is not None

    @property
    def asked(self) -> bool:
        """Whether the study asks what this needs."""
        return not isinstance(self.error, NotAskedError)

    @property
    def reason(self) -> str:
        """Why there is nothing to show, in the page's first language; "" where there is."""
        return html.reason(self.error, self._page.words()) if self.refused else ""

    @property
    def frame(self) -> pd.DataFrame | None:
        """The disclosed result."""
        return self.value if isinstance(self.value, pd.DataFrame) else None

    def only(self, **values: object) -> "Shown":
        """The rows whose columns have these values."""
        if self.frame is None:
            return self
        rows = self.frame
        for column, value in values.items():
            rows = rows[rows[column] == value]
        return Shown(self._page, rows.reset_index(drop=True))

    def last(self, *keys: str) -> "Shown":
        """The last row of each combination of these columns."""
        if self.frame is None:
            return self
        rows = self.frame.groupby(list(keys), sort=False).tail(1)
        return Shown(self._page, rows.reset_index(drop=True))

    def then(self, made: Callable[[Any], Any]) -> Any:
        """What a function makes of the value, in a notebook; the reason where it is refused."""
        if self.refused:
            return self
        try:
            return made(self.value)
        except ModelError as error:
            return Shown(self._page, error=error)

    def each(self, column: str) -> list["Shown"]:
        """One for each value of a column, in the order met."""
        if self.frame is None:
            return [self] if self.asked else []
        return [self.only(**{column: value}) for value in self.frame[column].unique()]

    def of(self, member: str) -> "Shown":
        """What a fit tells: its "tidy", "glance" or "dropped"."""

        def told(fit: Any) -> Any:
            if member not in MEMBERS or not hasattr(fit, "design"):
                raise ModelError(
                    "of={member}: only a fit tells more, its {known}",
                    member=member,
                    known=", ".join(MEMBERS),
                )
            found = getattr(fit, member)
            return found() if callable(found) else found

        return self._page._estimated(told, (self,), {})

    def say(self, kind: str | None = None, **options: Any) -> Sentences:
        """The result in sentences. Options are those of its kind; what was refused counts as
        absent.
        """
        if self.refused:
            return Sentences((self.error,), page=self._page)
        said = kinds.piece_of_sentences(self.value, kind, present(options))
        return replace(said, page=self._page)

    def whole(self, **options: Any) -> list[Sentences | Piece]:
        """Its sentences and its picture (with options), as far as its kind has them and there is a
        finding to see; its table where that has a note, or where it has no picture but columns of
        its own, with sentences in small type below it; the reason where it was refused.
        """
        if self.refused:
            return [self.say()]
        found, drawn = kinds.entry(self.value), []
        if found.plots and (not found.finding or is_clear(self.value, found.finding).any()):
            drawn = [self.plot(**options)]
        listed = [self.table()] * bool(found.note or (found.columns and not found.plots))
        told = [[self.say()] if found.say else [], [*drawn, *listed]]
        return sum(reversed(told) if found.layout == "note" else told, [])

    def why(self) -> Sentences:
        """The reason why there is nothing to show, also where the study did not ask."""
        return Sentences((refusal(self.error),) if self.refused else (), page=self._page)

    def plot(self, kind: str | None = None, **options: Any) -> Piece:
        """The result as a picture; `kind` names one where there are several."""
        given = present(options)
        return self._piece(lambda _: kinds.picture(self.value, _, kind, given))

    def table(self, columns: Sequence | None = None, caption: str = "") -> Piece:
        """The result as a table; `columns` in the order wanted, (estimate, low, high) in one. The
        caption of its kind unless given, a message of the catalogue.
        """

        def worded(_: Wording) -> Html:
            found = kinds.entry(self.value)
            title = _(found.caption) if found.caption else kinds.title_of(_, found, self.value)
            if caption:
                title = _(caption, group=self.value["group"].iloc[0] if len(self.value) else "")
            rows = self._on_scale() if columns or found.columns else self.value
            shown = tables.table(_, rows, columns or found.columns, title)
            if "message" in found.says:
                said = _.say(kinds.phrases(self.value, "message", {}))
                shown.parts = [one | {"message": " ".join(said)} for one in shown.parts]
            return html.joined([shown, html.note([_(found.note)])]) if found.note else shown

        return self._piece(worded)

    def _on_scale(self) -> pd.DataFrame:
        """The rows with the scale on which each touchpoint was rated, where they tell no scale."""
        rows, study = self.frame, self._page.study
        points = {*rows["touchpoint"]} if {"touchpoint", "experience"} <= {*rows} else {None}
        if "scale" in rows or not points <= {*study.touchpoints["touchpoint"]}:
            return rows
        scales = map(study.scale_of, rows["touchpoint"])
        return rows.assign(scale=[f"{one.min:g}–{one.max:g}" for one in scales])

    def cards(
        self,
        changes: "Mapping[str, Shown] | Sequence[Shown]" = (),
        targets: "Shown | None" = None,
        benchmark: "Shown | None" = None,
        **choice: Any,
    ) -> Piece:
        """Headline figures side by side, each with its changes, target and benchmark where there
        are any; `most` figures, of each outcome the first, from the main outcome on, or those
        beyond so many.
        """
        each = changes.values() if isinstance(changes, Mapping) else changes
        beside = [value_of(one) for one in ([*each], targets, benchmark)]
        choice = {"first": self._page.outcome} | choice
        return self._piece(lambda _: tables.cards(_, tables.chosen(self.value, **choice), *beside))

    def _piece(self, worded: Any) -> Piece:
        if self:
            return Piece(lambda _: worded(_.about(self.value)), self._page)
        return Piece(Sentences((self.error,)).worded, self._page)

    def __repr__(self) -> str:
        return self.reason or repr(self.value)

    def _repr_html_(self) -> str:
        if self.refused:
            return f"<p>{self.reason}</p>"
        return self.value._repr_html_() if isinstance(self.value, Result) else repr(self.value)


def value_of(given: Any) -> Any:
    """What stands behind a Shown (None of a refused one), or the thing itself. Raises ModelError
    for a table, which no rule has disclosed.
    """
    if isinstance(given, pd.DataFrame):
        raise ModelError(
            "a page takes no table that was made beside it: its small groups are not hidden; give"
            " what page(…) gave"
        )
    if isinstance(given, Mapping) and Shown in map(type, given.values()):
        given = [*given.values()]
    if isinstance(given, (list, tuple)):
        return [value_of(one) for one in given if not (isinstance(one, Shown) and one.refused)]
    return given.value if isinstance(given, Shown) else given


def present(options: dict[str, Any]) -> dict[str, Any]:
    """Options with the values of what is shown."""
    return {name: value_of(one) for name, one in options.items()}
