"""Which column of an earlier file is which of the latest one: `rename:` of several waves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from cxlab.study.exports.draft.guesses import Seen, words_of

_ENOUGH = 0.82


def renamed(old: Sequence[Seen], new: Sequence[Seen]) -> dict[str, str]:
    """Names of columns of `old` by what `new` calls them, where that is another name.

    Parameters
    ----------
    old, new : sequence of Seen
        The columns of two waves.

    Returns
    -------
    dict of str to str
        Only columns that have no namesake; a column is matched once, by the same words or else by
        the most alike name or question, if its answers are alike too.
    """
    before, after = ({one.name: one for one in wave} for wave in (old, new))
    near = {
        (name, other): _likeness(before[name], after[other])
        for name in before.keys() - after.keys()
        for other in after.keys() - before.keys()
    }
    found: dict[str, str] = {}
    for name, other in sorted(near, key=lambda pair: (-near[pair], pair)):
        if near[name, other] >= _ENOUGH and name not in found and other not in found.values():
            found[name] = other
    return found


def _likeness(one: Seen, other: Seen) -> float:
    names = [re.sub(r"[\W_]+", "", words_of(each.name)) for each in (one, other)]
    texts = [each.column.text and each.words for each in (one, other)]
    # Of Q8COM2 and Q8COM3 the number is all that differs.
    first, second = (re.sub(r"\D", "", name) for name in names)
    like = SequenceMatcher(None, *names).ratio() if first == second else 0
    if all(texts):
        like = max(like, SequenceMatcher(None, *texts).ratio())
    fewer = min(len(one.counts), len(other.counts))
    return like - 0.1 * (fewer < 60 and len(one.counts.keys() & other.counts.keys()) < fewer / 2)
