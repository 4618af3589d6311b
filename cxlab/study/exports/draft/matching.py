"""Which column of an earlier file is which of the latest one: `rename:` of several waves."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from cxlab.study.exports.draft.guesses import Seen, folded

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
    kept = {one.name for one in new}
    left = [one for one in old if one.name not in kept]
    free = [one for one in new if one.name not in {each.name for each in old}]
    found: dict[str, str] = {}
    near = sorted(
        ((_likeness(one, other), one.name, other.name) for one in left for other in free),
        key=lambda each: -each[0],
    )
    for likeness, name, other in near:
        if likeness >= _ENOUGH and name not in found and other not in found.values():
            found[name] = other
    return found


def _likeness(one: Seen, other: Seen) -> float:
    names = [re.sub(r"[\W_]+", "", folded(each.name)) for each in (one, other)]
    texts = [each.column.text and each.words for each in (one, other)]
    if names[0] == names[1] or texts[0] and texts[0] == texts[1]:
        return 1.0
    # Of Q8COM2 and Q8COM3 the number is all that differs.
    numbers = [re.findall(r"\d+", name) for name in names]
    words = [re.sub(r"\d+", "", name) for name in names]
    like = difflib.SequenceMatcher(None, *words).ratio()
    if all(texts):
        like = max(like, difflib.SequenceMatcher(None, *texts).ratio())
    elif numbers[0] != numbers[1]:
        like -= 0.1 if words[0] == words[1] and len(words[0]) > 3 else 0.3
    fewer = min(len(one.counts), len(other.counts))
    return like - 0.1 * (fewer < 60 and len({*one.counts} & {*other.counts}) < fewer / 2)
