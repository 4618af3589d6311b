"""What a respondent answered taken out of a message that stays on a disk.

A cell that fails quotes what it failed on (`cannot parse Maria Quintana`), and its message goes to
the manifest, the journal and the list of clients. The study itself says which words those are: its
personal columns, and whatever stands where an answer of another kind was asked (a name that slid
into a column of ratings). Without the study nothing can be told apart, so there is no redaction
without it.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from cxlab.data_files import read_data
from cxlab.errors import tells
from cxlab.study.codebook.declaration import strings
from cxlab.study.privacy.masking import Names, mask

ANSWER = "[answer]"
MOST_READ = 20_000  # characters of a message that are looked at; far fewer are kept
# What is written where a name is not given; to mask its first word would take it out of our own
# sentences.
_NO_NAME = set(read_data("study.privacy", "names.yml")["no_name"])
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|(?:\\u[0-9a-fA-F]{4})+")
# b'José' is no name with an apostrophe
_PREFIX = re.compile(r"\b[bru]{1,2}(?=['\"])", re.IGNORECASE)


class Redaction:
    """The words of one study's respondents, looked for in messages."""

    def __init__(self, path: Path | str) -> None:
        """Raises StudyError where a file cannot be read or lacks a personal column: then nobody can
        tell what to hide.
        """
        from cxlab.study.read_study import read_answers

        codebook, answers = read_answers(path)
        # The columns in which a number was asked, or the words that the codebook declares for one.
        asked = {*codebook.rated, *([codebook.weight.column] if codebook.weight else ())}
        own = set(map(_bare, strings(codebook.model_dump(), keys=True)))
        personal, others = set(), set()
        for column in answers:
            counts = answers[column].dropna().astype(str).map(_bare).value_counts()
            if column in codebook.personal_data:
                personal |= {value for value in counts.index if len(value) > 2}
                continue
            # One word that few have said is a name only where numbers were asked; several are
            # somebody's.
            rare = counts.index[counts < codebook.report.min_cell]
            others |= {
                value
                for value in rare
                if tells(value) and len(value) > 3 and (" " in value or column in asked)
            } - own
        self._names = Names(value for value in personal if _is_name(value))
        # in a comment half of the surnames are words; in a message none is missed
        self._names.first |= self._names.later
        self._personal, self._others = (
            sorted(values, key=lambda value: (-len(value), value)) for values in (personal, others)
        )
        self._longest = max(map(len, personal | others), default=0)

    def mask(self, text: str) -> str:
        """`text` as one line, without names and other answers of the respondents."""
        most = MOST_READ + self._longest
        text, is_cut = str(text)[:most], len(text) > most
        text = _without(self._others, _bare(_PREFIX.sub(" ", _ESCAPED.sub(_unescaped, text))))
        text = _without(self._personal, mask(text, self._names))
        # half of an answer at the end would not be known as one
        return text[: -self._longest or None] + "…" if is_cut else text


# The Redaction of the study at a path, which is read once. Raises StudyError as that does.
redaction = functools.lru_cache(maxsize=2)(Redaction)


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_name(value: str) -> bool:
    words = value.split()
    return len(words) < 8 and words[0].casefold() not in _NO_NAME and not re.search(r"[\d@]", value)


def _without(values: Iterable[str], text: str) -> str:
    folded = text.casefold()
    for value in values:
        if value.casefold() in folded:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", ANSWER, text, flags=re.IGNORECASE)
    return text


def _unescaped(found: re.Match) -> str:
    r"""`Jos\xe9`, `Jos\u00e9` and `Jos\xc3\xa9` as José: a name is no less one for the way in which
    it is quoted.
    """
    text = found[0].encode().decode("unicode_escape")
    if found[0].startswith(r"\u"):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
