"""The languages of reports. A language is a data file here and a catalogue of sentences in
show/words/locale/; nothing else names one.

`en.yml` says what each key is for.
"""

from pathlib import Path
from typing import Any

from cxlab.data_files import read_data

LANGUAGES: dict[str, dict[str, Any]] = {
    file.stem: read_data("languages", file.name)
    for file in sorted(Path(__file__).parent.glob("*.yml"))
}


def language_of(given: str) -> str:
    """The language that is meant, `pt` and `pt_br` for pt-BR; what is given where there is none.

    >>> language_of("pt"), language_of("PT_br"), language_of("fr")
    ('pt-BR', 'pt-BR', 'fr')
    """
    asked = str(given).replace("_", "-").lower()
    return next((one for one in LANGUAGES if asked in (one.lower(), one[:2])), given)


def in_each(key: str) -> dict[str, dict[str, str]]:
    """The words that every language has below a key, by language."""
    return {
        name: {tag: words[key][name] for tag, words in LANGUAGES.items()}
        for name in LANGUAGES["en"][key]
    }
