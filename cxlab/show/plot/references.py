"""What a figure is set beside in a chart: the target of the client, the mean of other clients."""

from collections.abc import Callable, Mapping

import pandas as pd

from cxlab.show.plot.style import LETTER, SOFT, Sheet
from cxlab.show.say.metrics import benchmark_of, on
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Wording, metric_value

Lines = list[tuple[float, str]]
_APART = 0.17  # inches between two lines of words


def references(
    _: Wording, row: Mapping, targets: pd.DataFrame | None, benchmark: pd.DataFrame | None
) -> tuple[Lines, list[str]]:
    """Target and benchmark of a row's figure, each with its words; what the benchmark is of, as a
    note.
    """
    lines = [
        (one[column], _(template, value=metric_value(one, column)))
        for other, column, template in (
            (targets, "target", N_("Target: {value}")),
            (benchmark, "benchmark", N_("Benchmark: {value}")),
        )
        for one in on(other, row)
    ]
    return lines, [_("Benchmark: {of}.", of=benchmark_of(one)) for one in on(benchmark, row)]


def room(lines: Lines) -> float:
    """The inches that words at the right of a chart take."""
    return max((LETTER * len(words) + 0.12 for _, words in lines), default=0.0)


def across(sheet: Sheet, lines: Lines, left: float, right: float, down: Callable) -> None:
    """Lines across a chart, their words at the right, no one over another."""
    below = None
    for value, words in sorted(lines, reverse=True):
        y = down(value)
        sheet.line([left, right], y, SOFT, 0.9, zorder=2, dashes=(3, 2))
        below = y if below is None else max(y, below + _APART)
        sheet.small(right + 0.06, below, words)
