"""Posts of communities as a study: netnography with the same estimators as comments.

Whoever posts in a community answers nobody's questionnaire. So a post counts only with consent, and
its author is a number: a handle, or a sentence that a search engine finds, tells who it was.
"""

import hashlib
import re

import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.privacy.masking import mask
from cxlab.study.study import Study

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
LINK = "[link]"
POST = "post"


def posts(
    frame: pd.DataFrame,
    *,
    language: str,
    text: str = "text",
    author: str = "author",
    community: str = "community",
    consent: str = "consent",
    yes: object = 1,
    coded: pd.DataFrame | None = None,
    codebook: dict | None = None,
    min_cell: int = 10,
) -> Study:
    """A study of the posts whose authors consent, without a handle in it.

    Parameters
    ----------
    frame : DataFrame
        One row a post; its index numbers the posts.
    language : {"pt", "en", "es"}
        In which they are written; pt-BR is pt.
    text, author, community, consent : str
        Columns. The author's handle is neither kept nor shown.
    yes : object
        The value of `consent` that means yes; any other, and none, means no.
    coded, codebook
        Codes as in `Study.from_frame`, `respondent` being the post's label in the index, and what
        they mean.
    min_cell : int
        Fewest authors on whom a figure may rest.

    Returns
    -------
    Study
        Its comment is "post", its segment "community", its accounts are the authors, who count once
        for a word however much they post. Handles and links in a text, and what `mask` finds, are
        words in brackets.

    Raises
    ------
    ModelError
        A column that is not there, and where nobody consents.

    Notes
    -----
    Kozinets (2020), Netnography, 3rd ed., on consent and on quoting. Authors are numbered in the
    order of the SHA-256 of their handles, which tells neither who posted first nor who most.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> made = pd.DataFrame({"text": ["thanks @ana_s", "no"], "author": ["bia", "leo"]})
    >>> study = cx.comments.posts(made.assign(community="forum", consent=[1, 0]), language="en")
    >>> study.responses[["author", "post"]].values.tolist()
    [['A2', 'thanks [handle]']]
    """
    columns = {"post": text, "author": author, "community": community, "consent": consent}
    lost = [one for one in columns.values() if one not in frame]
    if lost:
        raise ModelError(
            "posts: there is no column {names}; the frame has {known}",
            names=", ".join(lost),
            known=", ".join(map(str, frame.columns)),
        )
    agreed = frame[frame[consent] == yes]
    if agreed.empty:
        raise ModelError(
            "posts: of {n} posts none has consent; the column {column} holds no {yes}",
            n=len(frame),
            column=consent,
            yes=str(yes),
        )
    handles = frame[author].astype(str).str.strip().str.lstrip("@")
    lots = sorted(handles.unique(), key=lambda one: hashlib.sha256(one.encode()).digest())
    number = {handle: f"A{i}" for i, handle in enumerate(lots, 1)}
    # Handles of those who do not consent may stand in the posts of others.
    words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, lots))})(?!\w)", re.IGNORECASE)

    def without_names(post: object) -> str:
        return words.sub("[handle]", mask(_LINK.sub(LINK, str(post))))

    answers = pd.DataFrame(
        {
            "id": agreed.index.astype(str),
            POST: agreed[text].map(without_names),
            "author": handles[agreed.index].map(number),
            "community": agreed[community].astype(str),
        }
    )
    about = {"column": POST, "language": language, "writer": "account", "codebook": codebook or {}}
    return Study.from_frame(
        answers,
        {},
        client="posts",
        comments={POST: about},
        respondent="id",
        account="author",
        segments=["community"],
        report={"min_cell": min_cell},
        coded=None if coded is None else coded.assign(comment=POST),
    )
