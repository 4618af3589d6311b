"""Messages in the reader's language: English as written, others from their catalogue.

Sentences come through the catalogue as whole messages and named places, so that grammar can differ
between languages. The catalogue is the .po file itself, read at run time: there is no compiled copy
that could lag behind it. Words that stand alone (words.yml, sections.yml) are data beside it.
"""

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from babel.messages.pofile import read_po

from cxlab.data_files import read_data
from cxlab.errors import ReportError
from cxlab.languages import LANGUAGES as LANGUAGES, language_of as language_of

_FOLDER = resources.files("cxlab.show.words")


# English words and messages by section and key; words.yml says what each section is for.
WORDS: dict[str, dict[str, str]] = read_data("show.words", "words.yml")
# sections: title and why by key; questions: a heading by key.
SECTIONS: dict[str, dict[str, Any]] = read_data("show.words", "sections.yml")
# The words of each picture: title, axis, notes.
PICTURES: dict[str, dict[str, Any]] = read_data("show.words", "pictures.yml")
# Messages of which one is chosen, by the name of the choice.
MESSAGES: dict[str, dict[Any, Any]] = read_data("show.words", "messages.yml")


def N_(message: str) -> str:
    """Mark a message for the catalogue without translating it here."""
    return message


def locale_of(language: str) -> str:
    """Babel's name of a report language. Raises ReportError for a language without a data file."""
    if language not in LANGUAGES:
        raise ReportError(
            "a report in {language!r} cannot be written: choose one of {known}",
            language=language,
            known=", ".join(LANGUAGES),
        )
    return language.replace("-", "_")


@cache
def _catalogue(language: str) -> dict[str, str]:
    """The messages of a language by the English ones; none of English itself."""
    locale = locale_of(language)
    catalogue = _FOLDER / "locale" / locale / "LC_MESSAGES" / "cxlab.po"
    if not catalogue.is_file():
        return {}
    with catalogue.open("rb") as file:
        return {one.id: one.string for one in read_po(file, locale=locale) if one.id}


def catalogue_words(language: str) -> list[str]:
    """Everything that a report may say on its own account in `language`, whatever the survey:
    messages and column headings.
    """
    known = next(filter(None, map(_catalogue, (language, *LANGUAGES))))
    return [*map(translator(language), known)]


@cache
def translator(language: str) -> Callable[[str], str]:
    """The function that turns an English message into `language`. Raises ReportError for an unknown
    language.
    """
    known = _catalogue(language)
    return lambda message: known.get(message) or message
