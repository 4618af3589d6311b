"""The answers by which customers are put into classes, and classes as a segment of the study."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.study.codebook.normal import natural_key
from cxlab.study.codebook.row_keys import Segment
from cxlab.study.exports.headers import folded
from cxlab.study.labels import LABELS, THIRDS
from cxlab.study.sealed import FrozenDict

PROFILE = "profile"


@dataclass(frozen=True)
class Indicator:
    """One categorical answer: the code of each respondent (-1 where there is none) by its `levels`,
    pairs of a question and an answer; None stands for not having chosen one of several.
    """

    name: str
    levels: tuple[tuple[str, str] | None, ...]
    codes: np.ndarray


def indicators_of(study: Any, names: Iterable[str]) -> list[Indicator]:
    """The indicators of these names, or of those that the study declares under `classes:`. A
    touchpoint's rating is low, middle or high, by thirds of its scale; what was not met or not
    answered is none.

    NotAskedError where nothing is declared or given; ModelError for a name that is none.
    """
    book = study.codebook
    names = [*names] or [*(book.classes.indicators if book.classes else ())]
    if not names:
        raise NotAskedError("this study declares no classes; name their indicators under classes:")
    return [one for name in dict.fromkeys(names) for one in _of(study, name)]


def _of(study: Any, name: str) -> Iterator[Indicator]:
    book = study.codebook
    if name in {one.id for one in book.multiple_response}:
        for choice, hit in study.choices(name).items():
            codes = hit.fillna(-1).to_numpy(int)
            yield Indicator(f"{name}[{choice}]", (None, (name, choice)), codes)
    elif name in {one.id for one in book.touchpoints}:
        scale, rating = study.scale_of(name), study.rating(name)
        share = (rating - scale.min) / (scale.max - scale.min)
        codes = (share > 1 / 3).astype(int) + (share >= 2 / 3)
        yield _coded(name, THIRDS, codes.where(rating.notna(), -1))
    elif name in study.responses:
        cells = study.column(name)
        declared = book.classes.no_answer if book.classes else ()
        none = {*map(folded, (*book.no_answer_words, *declared))}
        cells = cells.mask(cells.map(lambda one: folded(str(one)) in none))
        listed = getattr(book.levelled.get(name), "levels", ())
        levels = [*listed, *sorted({*cells.dropna()} - {*listed}, key=natural_key)]
        codes = cells.map({one: i for i, one in enumerate(levels)})
        yield _coded(name, levels, codes.fillna(-1))
    else:
        raise ModelError(
            "indicators: {name!r} is no touchpoint, question of several answers or column of the"
            " answers",
            name=name,
        )


def _coded(name: str, levels: Iterable[str], codes: pd.Series) -> Indicator:
    """Without the levels that nobody answered."""
    codes, levels = codes.to_numpy(int), [*levels]
    there = [i for i in range(len(levels)) if (codes == i).any()]
    places = np.full(len(levels) + 1, -1)
    places[there] = np.arange(len(there))
    return Indicator(name, tuple((name, levels[i]) for i in there), places[codes])


def with_profiles(study: Any, profiles: pd.Series) -> Any:
    """The same study with a segment `profile`, None for whom none is known. Raises ModelError where
    that name is taken.
    """
    book = study.codebook
    if PROFILE in {*study.responses, *book.splits, *(one.id for one in book.asked)}:
        raise ModelError(
            "this study has a {name!r} already; rename it, or take the study without",
            name=PROFILE,
        )
    declared = book.classes
    names = declared.names if declared else {}
    levels = {
        one: names.get(one) or LABELS[f"{PROFILE}[{one}]"]
        for one in sorted(profiles.dropna().unique())
    }
    label = (declared.label if declared else {}) or LABELS[PROFILE]
    segments = book.segments | {PROFILE: Segment(label=label, levels=levels)}
    text = study._answers.text.assign(**{PROFILE: profiles.fillna("")})
    return replace(
        study,
        codebook=book.model_copy(update={"segments": FrozenDict(segments)}),
        _answers=replace(study._answers, text=text),
    )
