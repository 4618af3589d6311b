"""How a journey is cut in lines: whole stages side by side, one too long in parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from cxlab.show.words.wording import Wording

# Touchpoints in a line; a journey of more than so many is long.
IN_LINE, LONG = 10, 24


@dataclass(frozen=True)
class Line:
    """Stages side by side, each with the rows of its touchpoints; the level that they are of."""

    stages: list[tuple[Any, list[dict]]]
    level: str = ""

    @property
    def rows(self) -> list[dict]:
        return [row for _stage, rows in self.stages for row in rows]


def lines_of(_: Wording, frame: pd.DataFrame) -> Iterator[Line]:
    """The lines of each level: whole stages as long as they fit, one of too many cut in parts."""
    for _level, rows in frame.groupby("level", sort=False):
        level = _.level(rows.iloc[0]) if frame["level"].nunique() > 1 else ""
        line: list[tuple[Any, list[dict]]] = []
        for stage, met in groupby(rows.to_dict("records"), itemgetter("stage")):
            points = [*met]
            for part in np.array_split(points, ceil(len(points) / IN_LINE)):
                if line and sum(len(one) for _stage, one in line) + len(part) > IN_LINE:
                    yield Line(line, level)
                    line, level = [], ""
                line.append((stage, [*part]))
        yield Line(line, level)
