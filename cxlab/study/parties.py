"""What the same respondents say of other parties: competitors that they rate too."""

from typing import Any

import pandas as pd


def keys_of(study: Any) -> pd.Series | None:
    """Who stands in a row: the respondent, in his wave; None where none is declared."""
    ids = study.respondents
    if ids is None or study.waves is None:
        return ids
    return ids + "\n" + study.waves.fillna("")


def rated_too(study: Any, touchpoint: str) -> pd.DataFrame:
    """The ratings that a study's respondents gave the touchpoint of each other party (respondents ×
    parties), NaN where they gave none; only parties that some of its respondents rate.
    """
    every, parties = study.of_all_parties, study.codebook.parties
    party, keys, mine = every.column(parties.column), keys_of(every), keys_of(study)
    if keys is None:
        return pd.DataFrame(index=study.index)
    rating, found = every.rating(touchpoint), {}
    for name in sorted({*party} - {parties.own}):
        theirs = party == name
        if keys[theirs].isin(mine).any():
            given = pd.Series(rating[theirs].to_numpy(), keys[theirs])
            found[name] = mine.map(given[given.index.notna()])
    return pd.DataFrame(found, index=study.index)
