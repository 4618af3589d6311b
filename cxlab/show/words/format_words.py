"""What a printed page, a workbook and slides say on their own account, in the reader's language."""

from cxlab.show.words import text
from cxlab.show.words.catalogue import WORDS, translator


def words(language: str) -> dict[str, str]:
    """The words by key; those with `{places}` are templates."""
    return {key: translator(language)(message) for key, message in WORDS["formats"].items()}


def suppressed_note(language: str, min_cell: int) -> str:
    """What a cell that says “suppressed” means."""
    _ = translator(language)
    return _(
        "Cells that say “{word}” are based on fewer than {cell} answers, or would reveal cells"
        " that are."
    ).format(word=words(language)["suppressed"], cell=text.number(min_cell, language, 0))
