"""How results are arranged on a page: several in one list or one picture, by segment or by outcome,
below questions of their own, a page an owner. What may be shown of them `Page` has settled before.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from cxlab.show import kinds
from cxlab.show.page import html, pieces
from cxlab.show.page.html import Html
from cxlab.show.page.owners import account_pages, owner_pages
from cxlab.show.page.pieces import Piece, Sentences
from cxlab.show.page.sections import known
from cxlab.show.page.shown import Shown, present, value_of
from cxlab.show.words.catalogue import SECTIONS


class Arranged:
    """What a page does with its own results."""

    study: Any
    outcome: str | None
    splits: list[str]
    comments: list[str]
    rated: list[str]
    __call__: Callable[..., Shown]

    def by_segment(self, estimator: Callable, *args: Any) -> list[Shown]:
        """The estimator's result by each segment of the study."""
        return [self(estimator, *args, by=segment) for segment in self.splits]

    def by_outcome(self, estimator: Callable) -> dict[str, Shown]:
        """The estimator's result on each outcome of the study."""
        return {one: self(estimator, one) for one in self.study.outcomes["outcome"]}

    def say(self, kind: str, **results: Any) -> Sentences:
        """Sentences that several results make together; what was refused counts as absent."""
        return kinds.piece_of_several(kind, present(results))

    def points(self, *given: Any) -> Sentences:
        """Sentences of several results as one list."""
        said = [one.say() if isinstance(one, Shown) else one for one in given]
        return sum(pieces.flat(said), Sentences(layout="points", page=self))

    def plot(self, results: Sequence[Shown], kind: str | None = None, **options: Any) -> Piece:
        """One picture of several results of a kind; nothing where all were refused."""
        told = value_of([results] if isinstance(results, Shown) else list(results))
        given = present(options)
        return Piece(lambda _: kinds.picture(told, _, kind, given) if told else Html(), self)

    def segments(
        self, estimator: Callable, differences: Callable, **beside: Any
    ) -> list[Sentences | Piece]:
        """Which groups of customers differ in the main outcome, as one list, and all of them in one
        picture, with what they are set `beside`; of a segment whose groups cannot be compared,
        which are shown and why the others are not.
        """
        groups, pairs = (self.by_segment(one, self.outcome) for one in (estimator, differences))
        each = zip(groups, pairs, strict=True)
        said = [two.say(frame=one) if two else one.say() for one, two in each]
        beside |= {"pairs": pairs, "total": self(estimator, self.outcome)}
        return [self.points(said), self.plot(groups, **beside)]

    def voices(
        self, keyness: Callable, codes: Callable, quotes: Callable
    ) -> list[Sentences | Piece]:
        """What customers write: the words of detractors and promoters, and what comments are about,
        where study.yml declares these; and comments drawn by lot, where it asks for them.
        """
        book, told = self.study.codebook, []
        for name in self.comments:
            told += [self(keyness, name).say()] if book.comments[name].keyness else []
            told += self(codes, name).whole()
            told += [self(quotes, name).plot()] if book.report.verbatims else []
        return told

    def constructs(self, room: Any) -> tuple[list, list]:
        """What the study's path model says, with its picture, and for another place what it rests
        on; `room` is `cx.constructs`.
        """
        fit = self(room.fit_constructs)
        effects, ranked, *measured = (
            self(one, fit)
            for one in (
                *(room.construct_effects, room.importance_performance),
                *(room.construct_quality, room.htmt),
            )
        )
        direct = effects.only(route="direct")
        behind = [self.points(*measured), ranked.plot(), direct.table(), measured[0].table()]
        told = [self.question("constructs_measured", *behind)] if fit else []
        return [ranked.say(), effects.plot()], told

    def question(self, name: str, *given: Any) -> Piece:
        """A part of a section below a heading of its own; nothing where its pieces say nothing.
        KeyError names those there are.
        """
        title = known("questions", name)
        return pieces.several(self, given, lambda _: html.question_heading(name, _(title)))

    def headed(self, **told: Any) -> list[Piece]:
        """Parts of a section, each below its heading."""
        return [self.question(*one) for one in told.items()]

    def spreads(self, estimator: Callable, metrics: Shown) -> tuple[Piece | None, list[Piece]]:
        """How the answers are spread, drawn: those to the main outcome, and those to the others
        that are answered on a scale.
        """
        drawn = {
            one: self(estimator, one).plot(metric=metrics.only(outcome=one)) for one in self.rated
        }
        return drawn.pop(self.outcome, None), [*drawn.values()]

    def ask(self, *estimators: Callable, **options: Any) -> list[Piece]:
        """What each estimator says and draws, below its question; one without a question goes on
        with the one before. Options are those of the estimators that take them.
        """
        return [self.question(name, *told) for name, told in self._asked(estimators, options)]

    def apart(self, *estimators: Callable, **options: Any) -> tuple[list[Piece], list[Piece]]:
        """As `ask`, what they say and, for another place, what they draw."""
        asked = self._asked(estimators, options)
        said, drawn = (
            [
                self.question(name, *(one for one in told if isinstance(one, Sentences) is is_said))
                for name, told in asked
            ]
            for is_said in (True, False)
        )
        return said, drawn

    def _asked(self, estimators: Sequence[Callable], options: Mapping) -> list[tuple[str, list]]:
        asked: list[tuple[str, list]] = []
        for estimator in estimators:
            takes = signature(estimator).parameters
            found = self(estimator, **{k: v for k, v in options.items() if k in takes})
            name = estimator.__name__
            if name in SECTIONS["questions"] or not asked:
                asked.append((name, []))
            asked[-1][1].extend(found.whole())
        return asked

    def owners(
        self,
        scores: Shown,
        gaps: Shown,
        shares: Shown,
        effects: Shown,
        by: Callable,
        spread: Callable,
        quotes: Callable,
        metrics: Callable,
        differences: Callable,
    ) -> Piece:
        """A page for whoever answers for each touchpoint, and for each account, where study.yml
        asks for them (`report: {owners: [touchpoints, accounts]}`): of the report's figures, and of
        estimators of the means by a split, of how ratings are spread, of comments, of outcomes, and
        of each account beside the others.
        """
        figures = {"scores": scores, "gaps": gaps, "shares": shares, "effects": effects}
        ask = {"by": by, "spread": spread, "quotes": quotes}
        accounts = account_pages(self, metrics, differences)
        return pieces.several(self, [*owner_pages(self, figures, ask), *accounts])
