"""A report's page: its context is said once, what it shows is disclosed by the rule of its kind.

`page(estimator, …)` estimates with the page's outcome, seed and bootstrap samples, and gives a
`Shown`: the disclosed result, or the reason why there is none, which passes through whatever is
made of it. `page.section(name, *pieces)` words itself in every language of the report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

import pandas as pd

from cxlab.errors import ModelError, ReportError
from cxlab.show import kinds
from cxlab.show.benchmark import beside
from cxlab.show.disclosure import threshold
from cxlab.show.disclosure.register import Register, in_batches
from cxlab.show.page import cover, html, pieces
from cxlab.show.page.arrange import Arranged
from cxlab.show.page.html import Html
from cxlab.show.page.list_entry import ListEntry
from cxlab.show.page.notes import commentary
from cxlab.show.page.pieces import Piece, Sentences
from cxlab.show.page.sections import APPENDIX, known, place_of, section_faults
from cxlab.show.page.shown import Shown, present, value_of
from cxlab.show.page.since import Since, since
from cxlab.show.words import text
from cxlab.show.words.catalogue import LANGUAGES, N_, language_of, locale_of, translator
from cxlab.show.words.wording import Wording

# What a refusal names where a study has nothing of a kind.
_NOTHING = N_("none"), N_("no comments")
# What a study of waves pools in a section.
_POOLED = dict.fromkeys(
    ("journey", "segments", "profiles", "choices", "gaps", "experience", "gap_matters", "drivers"),
    N_("All waves are taken together here."),
) | {"bottom_line": N_("Headline figures: last wave. The rest of this page: all waves.")}


class Page(Arranged):
    """The context of a report, said once.

    Parameters
    ----------
    study : Study
    languages : sequence of str, optional
        The report's languages; those that the study declares unless given. Outside a batch the
        first one shows.
    seed, n_boot : int
        Given to every estimator that takes them.
    benchmark : str
        The text of a benchmark's file, where figures are set beside other clients'.

    Raises
    ------
    ModelError
        What is given is no study.
    ReportError
        A language in which no report is written.

    Examples
    --------
    >>> import cxlab as cx
    >>> page = cx.Page(cx.simulate_study(200, seed=1), seed=1, n_boot=200)
    >>> gaps = page(cx.gap_scores)
    >>> bool(gaps), len(gaps.frame)
    (True, 5)
    """

    def __init__(
        self,
        study: Any,
        languages: Sequence[str] = (),
        *,
        seed: int = 0,
        n_boot: int = 2000,
        benchmark: str = "",
    ) -> None:
        if not hasattr(study, "codebook"):
            raise ModelError(
                "Page takes a study first, not {kind}; write Page(study, …) with what read_study"
                " gives",
                kind=type(study).__name__,
            )
        if isinstance(languages, str):
            raise ReportError(
                "languages={language!r}: give a list, such as [{language!r}]", language=languages
            )
        report, study = study.codebook.report, in_batches(study)
        self.study, self.seed, self.n_boot = study, seed, n_boot
        self._benchmark = benchmark
        self.languages = tuple(map(language_of, languages or report.languages or LANGUAGES))
        for language in self.languages:
            locale_of(language)
        self.outcome, self.min_cell = study.codebook.main_outcome, report.min_cell
        # What a headline tells: the last of several waves.
        waves = study.wave_order
        self._now = waves[-1] if len(waves) > 1 else None
        self._told: dict[str, set[str]] = {}
        self._sources: list[Any] = [study]
        # The random groups of rows that bootstraps drew, where rows were too many.
        self._bags = 0
        for fault in section_faults(study.codebook):
            raise ReportError("report: {why}", why=str(fault.problem))
        # Whether what is shown now is of the appendix, and of a section that is left out.
        self.is_behind = self._left_out = False
        self._place = 0
        # Rows of each result that are not shown.
        self._hidden: dict[tuple, int] = {}
        self._register = Register(study)

    @property
    def splits(self) -> list[str]:
        """The segments by which the main outcome is looked at."""
        return list(self.study.codebook.segments) if self.outcome else []

    @property
    def rated(self) -> list[str]:
        """The outcomes that are answered on a scale."""
        kinds_of = self.study.outcomes.set_index("outcome")["kind"]
        return [*kinds_of.index[~kinds_of.isin(["binary", "amount"])]]

    @property
    def comments(self) -> list[str]:
        """The questions with comments; those about a touchpoint stand on its owner's page where it
        has one.
        """
        book = self.study.codebook
        apart = {one.id for one in book.touchpoints if "touchpoints" in book.report.owners}
        return [name for name, one in book.comments.items() if one.about not in apart]

    @property
    def questions(self) -> list[str]:
        """The questions of several answers."""
        return [one.id for one in self.study.codebook.multiple_response]

    # ---- results

    def __call__(self, estimator: Callable, *args: Any, **options: Any) -> Shown:
        """The estimator's result as it may be shown.

        The study, seed, n_boot, min_cell and an outcome without a default are the page's where the
        estimator takes them and nothing else is given. What was refused is passed on.
        """
        if not hasattr(estimator, "result_kind"):
            error = ModelError(
                "a page takes an estimator of cxlab first, such as page(cx.metrics, by='plan'), not"
                " {what}",
                what=getattr(estimator, "__name__", type(estimator).__name__),
            )
            return Shown(self, error=error)
        return self._estimated(estimator, args, options)

    def _estimated(self, estimator: Callable, args: Sequence, options: dict[str, Any]) -> Shown:
        for one in (*args, *options.values()):
            if isinstance(one, Shown) and one.refused:
                return one
        try:
            args, options = [value_of(one) for one in args], present(options)
            for one in (*args, *options.values()):
                self._own(one)
            self._complete(signature(estimator).parameters, args, options)
            return Shown(self, self._disclosed(estimator, args, options))
        except ModelError as error:
            return Shown(self, error=error)

    def _complete(self, takes: Mapping[str, Parameter], args: list, options: dict) -> None:
        """Give what the page knows and an estimator takes, where nothing else is given."""
        names = list(takes)
        fit_first = bool(args) and hasattr(args[0], "design")
        if names[0] == "study" and fit_first:
            args[:1] = [args[0].study, args[0]][: 1 + (names[1] == "fit")]
        elif "study" in names[0] and not (fit_first or (args and hasattr(args[0], "codebook"))):
            args.insert(0, self.study)
        context = {"seed": self.seed, "n_boot": self.n_boot, "wave": self._now}
        context["size"] = self.study.codebook.report.verbatims
        if "outcome" in takes and takes["outcome"].default is Parameter.empty:
            context["outcome"] = self.outcome
        given = {*names[: len(args)], *options}
        options |= {k: v for k, v in context.items() if k in takes and k not in given}
        if "min_cell" in takes:
            options["min_cell"] = self.min_cell
        if "among" in takes and "by" in options:
            outcome = options.get("outcome", args[1] if len(args) > 1 else None)
            options["among"] = self._register.table(outcome, options["by"])

    def _own(self, given: Any) -> None:
        """Raise ModelError for another study than the page's, a part of it, or a fit of one: what
        it tells beside the page's own results can be the answers of a few.
        """
        study = given.study if hasattr(given, "design") else given
        if hasattr(study, "codebook") and not any(study is one for one in self._sources):
            raise ModelError(
                "a page shows its own study only, no part of it and no other; write page(estimator)"
                " without a study, and make fits by page(…) too"
            )
        if study is not given:
            threshold.fit_at_least(given, self.min_cell)

    def _disclosed(self, estimator: Callable, args: list, options: dict[str, Any]) -> Any:
        """The result by the rule of its kind; of a fit, only whether it rests on enough."""
        if kinds.rests_on_experience(estimator) and args and hasattr(args[0], "codebook"):
            args = [self._register.on_one_base(args[0]), *args[1:]]
        value = estimator(*args, **options)
        if not isinstance(value, pd.DataFrame):
            if value.study is not self.study:
                self._sources.append(value.study)
            threshold.fit_at_least(value, self.min_cell)
            return value

        self._bags = max(self._bags, getattr(value, "settings", {}).get("bags", 0))
        return self._counted(value)

    def _counted(self, value: pd.DataFrame) -> pd.DataFrame:
        """What may be shown of a result; how much is not is remembered, once for each result."""
        about = [name for name in ("outcome", "group", "metric", "level") if name in value]
        rows = dict.fromkeys(zip(*(map(str, value[one]) for one in about), strict=True))
        kind = kinds.kind_of(value)
        key = (kind, *rows)
        self._hidden[key] = len(value)  # all of it, where the rule refuses
        shown = kinds.disclosed(value, self._register, kind)
        self._hidden[key] = threshold.suppressed(shown)
        return shown

    def latest(self, estimator: Callable, *args: Any, **options: Any) -> Shown:
        """Of a study of waves the rows of the last wave in which each outcome was asked; of any
        other, all.
        """
        if self._now is None:
            return self(estimator, *args, **options)
        return self(estimator, *args, by="wave", **options).last("outcome", "metric")

    @property
    def flow(self) -> Shown:
        """From the file to the report: how many are left after each step."""
        return self._estimated(lambda study: study.flow, (), {})

    def goals(self, targets: Callable) -> dict[str, Shown]:
        """What figures are set beside: `targets` estimates the study's own; the benchmark of other
        clients, where study.yml allows it (`report: {benchmark: true}`).
        """
        held = self._estimated(beside, [self._benchmark], {})
        return {"targets": self(targets), "benchmark": held}

    @property
    def missing(self) -> Shown:
        """How each experience question was answered that not everybody answered."""
        states = self._estimated(lambda study: study.missing(), (), {}).only(role="experience")
        if states:
            states.value = states.value[~(states.value["answered"] >= self.study.n)]
        return states

    # ---- words

    def words(self, language: str | None = None) -> Wording:
        """A reader's language (the first unless given), with the labels of the study and of its
        stages.
        """
        language = language or self.languages[0]
        labels = {one: translator(language)(one) for one in _NOTHING}
        for study in self._sources:
            labels = study.labels(language) | labels
        return Wording(language, labels)

    def reader(self, language: str) -> Wording:
        """The same for a whole report: a reason that was printed is not printed again."""
        return replace(self.words(language), told=self._told.setdefault(language, set()))

    def limits(self) -> Sentences:
        """Who is counted, what is missing, how much of all results of the page is hidden."""
        return kinds.piece_of_limits(self.study, sum(self._hidden.values()), self._register)

    def section(
        self, name: str, *given: Any, title: Mapping[str, str] | None = None, **headed: Any
    ) -> Piece:
        """A section of the page in every language of the report; nothing where nothing in it was
        asked. A piece is what `say`, `plot`, `table` or `cards` gave, or a whole result; None is
        left out; `headed` are parts below a question of that name. KeyError names the sections and
        the questions there are; a section of another name takes its `title` by language, and stays
        where it is put unless study.yml places it.
        """
        report, behind = self.study.codebook.report, self.is_behind
        told = known("sections", name) if title is None else {"why": ""}
        stays = self._place if title is not None else 0
        place = place_of(name, report, behind, stays)
        self._left_out = place is None
        if place is None:
            return Piece(lambda _: Html(), self)
        self._place = place
        pooled = _POOLED.get(name, "") if self._now else ""

        def titled(_: Wording) -> str:
            if title is None:
                return _(told["title"])
            return text.visible(title.get(_.language) or next(iter(title.values()), name))

        def heading(_: Wording) -> Html:
            why = " ".join(map(_, filter(None, [told["why"], pooled])))
            return html.section_heading(name, titled(_), why, place, behind)

        if name == APPENDIX:
            return Piece(heading, self)
        notes = report.notes.get(name, {})
        note = Piece(lambda _: commentary(_, titled(_), notes), self)
        return pieces.several(self, (note, *given, *self.headed(**headed)), heading)

    def more(self, *given: Any, **headed: Any) -> Piece:
        """Pieces that go on with the section before."""
        told = () if self._left_out else (*given, *self.headed(**headed))
        return pieces.several(self, told)

    def appendix(self) -> Piece:
        """The heading of the appendix: what rests below it a reader may leave out, and slides do;
        `report: {hide: [appendix]}` leaves it out everywhere.
        """
        self.is_behind = True
        return self.section(APPENDIX)

    def cover(self) -> Piece:
        """Client, title, dates and respondents."""
        return Piece(lambda _: cover.cover(_, self.study), self)

    def since(self, moves: Callable, *shown: Any) -> Since:
        """What changed since the last report that was sent, in a batch that finds one. `moves`
        estimates the changes of touchpoints between waves; then the page's metrics, those by wave
        and their changes of each outcome, experience scores and priorities. The next report looks
        back to them.
        """
        return since(self, moves, *shown)

    def provenance(self) -> Piece:
        """Files, versions and settings from which the report can be computed again."""

        def settings() -> dict[str, int]:
            drawn = {"bags": self._bags} if self._bags else {}
            return {"seed": self.seed, "n_boot": self.n_boot} | drawn

        told = Piece(lambda _: cover.provenance(_, self.study, settings()))
        return self.section("provenance", told)

    def list_entry(
        self, headline: Shown, gaps: Shown, priorities: Shown, changes: Shown | None = None
    ) -> ListEntry:
        """What the consultant's list of all clients says of this report; no page shows it."""
        frames = (headline.frame, gaps.frame, priorities.frame)
        readers = {one: self.words(one) for one in self.languages}
        moved = changes.frame if changes else None
        return ListEntry(*frames, readers, moved, codebook=self.study.codebook)
