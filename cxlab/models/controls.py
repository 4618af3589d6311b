"""What is held constant in a model: segments, the wave, problems, constructs."""

import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.study import Study


def controls_of(study: Study, controls: list[str], taken: list[str]) -> pd.DataFrame:
    """The declared columns behind `controls`, one each: numbers of a construct, text of a segment,
    of the wave or of problems.
    """
    constructs = [c.construct_id for c in study.codebook.constructs]
    splits = [
        one for one in study.codebook.splits if one != "account" or one in study.codebook.segments
    ]
    columns = {}
    for name in controls:
        if name in taken or name not in [*constructs, *splits, study.codebook.wave]:
            raise ModelError(
                "controls: {name!r} is no segment, wave or construct of this study; it has:"
                " {known}",
                name=name,
                known=", ".join([*splits, *constructs]) or "none",
            )
        columns[name] = study.source(name)[name] if name in constructs else study.group(name)
    return pd.DataFrame(columns, index=study.index)


def dummies(study: Study, held: pd.DataFrame) -> pd.DataFrame:
    """Controls as terms: a construct as it is, a split as one 0/1 column `name[level]` for each
    level there but the first.
    """
    columns = {}
    for name, column in held.items():
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = column
            continue
        levels = [level for level in study.levels(name) if (column == level).any()]
        if len(levels) < 2:
            raise ModelError(
                "controls: all {n} rows have {name} {level}; leave it out",
                n=len(column),
                name=name,
                level=levels[0],
            )
        columns |= {f"{name}[{level}]": (column == level).astype(float) for level in levels[1:]}
    return pd.DataFrame(columns, index=held.index)
