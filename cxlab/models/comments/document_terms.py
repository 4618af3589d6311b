"""Who used which word, for models of topics: a table, and no result that a page shows."""

import pandas as pd

from cxlab.models.comments.terms import language_of, terms_of
from cxlab.models.comments.written import declared_comment, written
from cxlab.study.privacy.masking import Names
from cxlab.study.study import Study


def document_terms(
    study: Study, comment: str, *, language: str | None = None, min_cell: int = 10
) -> pd.DataFrame:
    """The words that each respondent used.

    Parameters
    ----------
    study : Study
    comment : str
        Id of the comment in study.yml.
    language : str, optional
        Of the comments, pt, en or es; what study.yml declares unless given.
    min_cell : int
        Fewest respondents that used a word.

    Returns
    -------
    DataFrame
        Respondents who wrote something × words, 1 or 0; words as in `keyness`.

    Raises
    ------
    NotAskedError
        An unknown comment, or one that nobody wrote.
    ModelError
        A language that is not declared or not known.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"why": ["one delay", "Delays!", "fine"] * 10})
    >>> why = {"why": {"column": "why", "language": "en"}}
    >>> study = cx.Study.from_frame(frame, {}, comments=why)
    >>> cx.comments.document_terms(study, "why").sum().to_dict()
    {'delays': 20, 'fine': 10}
    """
    texts = written(study, comment)
    language = language_of(language or declared_comment(study, comment).language, comment)
    terms = terms_of(texts, language, Names(study.personal_values()))
    often = terms.used.sum(axis=0) >= min_cell
    used = terms.used[:, often].toarray().astype(int)
    return pd.DataFrame(used, texts.index, terms.words[often])
