"""The figures of several clients that a client's own are set beside, so that no client's can be
told.

One set of clients, fixed on a day, gives one mean and one pair of quartiles for each metric, which
every report prints alike. Of an own outcome, or of a mean on a scale of one's own, there is none.

Why not over "the others", each client left out of its own: reports of one set would then print
different roundings of one sum, and whoever sees several would have the sum to a few points, and by
it the figure of whoever was left out. Printed alike, more reports tell nothing more. What that
costs is that a client weighs 1/N in what it is compared with.

Why whole points: the mean of N leaves the sum of N figures open by N points. A quartile that is a
client's figure would print it; these (Harrell & Davis 1982, Biometrika 69:635) are means of all
figures with weights, of which the largest is .27 at the least N. Nine clients are eight others for
each; thirteen are twelve.

What is told all the same, by attack (tests/report/batch/test_benchmark.py): who knows his own
figure places no other to within 20 points, who knows one more to within 10, and who knows all but
one to within a few. Of a client who joins a set of which all else stays as it was, two benchmarks
leave 15 points. So a set is named by its day and made once, and its file holds numbers, no names.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

import pandas as pd
import pydantic
from pydantic import BaseModel, Field

from cxlab.errors import NotAskedError
from cxlab.result import Result

LEAST, LEAST_OF_QUARTILES = 9, 13
# What is asked alike everywhere, by the kind of outcome: NPS in points, the others in per cent.
METRICS = {"nps": "nps", "csat": "csat_top2", "ces": "ces_share"}
Points = Annotated[int, Field(strict=True, ge=-100, le=100)]


class Figure(BaseModel, frozen=True, extra="forbid"):
    """A metric of several clients in whole points; no quartiles of fewer than 13."""

    clients: Annotated[int, Field(strict=True, ge=LEAST)]
    mean: Points
    quartiles: tuple[Points, Points] | None = None

    @pydantic.model_validator(mode="after")
    def _of_enough(self) -> Self:
        if self.quartiles and self.clients < LEAST_OF_QUARTILES:
            raise ValueError(f"{self.clients} clients have no quartiles")
        return self


class Benchmark(BaseModel, frozen=True, extra="forbid"):
    """What a file of `cxlab benchmark` holds: figures by metric, of a set fixed on a day."""

    date: date
    figures: dict[Literal["nps", "csat_top2", "ces_share"], Figure]


def beside(study: Any, held: str) -> Result:
    """The benchmark (the text of its file) of each outcome of a study that has one, in the units of
    `metrics`. Raises NotAskedError where the study does not allow its own figures to be counted,
    and where there is nothing.
    """
    rows = []
    if held and study.codebook.report.benchmark:
        given = Benchmark.model_validate_json(held)
        for outcome, kind in study.outcomes[["outcome", "kind"]].itertuples(index=False):
            if figure := given.figures.get(METRICS.get(kind)):
                unit = 1 if kind == "nps" else 100
                low, high = figure.quartiles or (float("nan"),) * 2
                told = {"outcome": outcome, "metric": METRICS[kind]}
                told |= {"benchmark": figure.mean / unit, "clients": figure.clients}
                told |= {"quartile_low": low / unit, "quartile_high": high / unit}
                rows.append(told | {"date": given.date})
    if not rows:
        raise NotAskedError("no benchmark is given for the outcomes of this study")
    return Result.of(pd.DataFrame(rows), "benchmark")
