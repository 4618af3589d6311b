"""The role of a question: what it asks of a touchpoint.

The field has several words for each (perception and performance are the experience, the desired
level is the expectation). They are understood wherever a role is written, from one table, and a
hint never proposes a word that names another role.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping

from cxlab.data_files import read_data

RATED_ROLES = ("expectation", "adequate", "experience", "importance", "emotion", "effort")
# The two questions of a Kano pair: five answers of their own (1 like, 2 expect, 3 neutral, 4 live
# with, 5 dislike), which are categories and no ratings.
KANO_ROLES, KANO_SCALE = ("functional", "dysfunctional"), "kano"
ROLES = RATED_ROLES + KANO_ROLES
# The role of each word that names one.
ROLE_WORDS: dict[str, str] = {
    word: role
    for role, words in read_data("study.codebook", "roles.yml").items()
    for word in (role, *words)
}


def role_of(word: str) -> str:
    """The role that a word of the field names; the word as it is where it names none.

    >>> role_of("Percepção"), role_of("desired level"), role_of("stage")
    ('experience', 'expectation', 'stage')
    """
    return ROLE_WORDS.get(_folded(word), word)


def nearest(word: str, known: Mapping[str, str], role: str = "", cutoff: float = 0.6) -> str | None:
    """What `known` gives for the word most like `word`, where one is. None of them names a role
    other than `word` does or than the `role` in which it stands.
    """
    wanted = _roles_in(word) | ({role} & set(ROLES))
    fit = [one for one in known if not wanted or _roles_in(one) <= wanted]
    close = difflib.get_close_matches(word, fit, n=1, cutoff=cutoff)
    return known[close[0]] if close else None


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFKD", str(word)).encode("ascii", "ignore").decode()
    return "_".join(re.findall("[a-z0-9]+", bare.casefold()))


def _roles_in(text: str) -> set[str]:
    """The roles whose words stand in a name of several words, such as `delivery_expected`."""
    parts = f"_{_folded(text)}_"
    return {role for word, role in ROLE_WORDS.items() if f"_{word}_" in parts}
