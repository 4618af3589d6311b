"""Netnography: posts with consent only, no handle anywhere, an author counted once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

posts = cx.comments.posts


def made(n: int = 400) -> pd.DataFrame:
    """Posts of two communities; every author wrote two in one of them, one in four disagreed."""
    at, author = np.arange(n), np.arange(n) // 2
    text = np.where(author % 4 == 0, "great battery @maria_k", "delivery was late")
    text = np.where(author % 5 == 0, "ask nick77 or see https://x.example/nick77", text)
    handles = [f"@user_{one}" if one % 3 else f"nick{one}" for one in author]
    communities = np.where(author % 2, "forum", "group")
    frame = pd.DataFrame({"text": text, "author": handles, "community": communities})
    return frame.assign(consent=(author % 4 != 3).astype(int)).set_index(at + 1000)


def test_only_posts_with_consent_are_in_the_study():
    study = posts(made(), language="en")
    assert study.n == 300 and {*study.responses["id"].astype(int)} <= {
        *made().query("consent == 1").index
    }


def test_no_handle_is_left():
    """Protects authors, also those whom others name in their posts and who did not consent."""
    frame = made()
    frame.loc[1002, "text"] = "thanks user_8 and @user_7, www.site.example/user_7"
    held = posts(frame, language="en").responses
    text = held.astype(str).to_csv()
    for handle in frame["author"].str.lstrip("@").unique():
        assert not pd.Series(text).str.contains(rf"\b{handle}\b").any(), handle
    assert "maria_k" not in text and "example" not in text
    assert held["post"].iloc[2] == "thanks [handle] and [handle], [link]"


def test_an_author_counts_once_and_makes_posts_dependent():
    study = posts(made(), language="en")
    found = cx.comments.keyness(study, "post", by="community").set_index("word")
    authors = made().query("consent == 1").groupby("community")["author"].nunique()
    assert (found["n"].iloc[0], found["n_against"].iloc[0]) == (authors["forum"], authors["group"])
    assert study.clusters is not None and study.clusters.nunique() == authors.sum()


def test_numbers_of_authors_do_not_tell_the_order_of_posts():
    one, other = (posts(frame, language="en").responses for frame in (made(), made()[::-1]))
    pairs = [dict(zip(held["id"], held["author"], strict=True)) for held in (one, other)]
    assert pairs[0] == pairs[1] and one["author"].iloc[0] != "A1"


def test_posts_may_be_coded():
    frame = made()
    coded = pd.DataFrame(
        [
            (one, who, "late" if "late" in text else "")
            for one, text in frame["text"].items()
            for who in "ab"
        ],
        columns=["respondent", "coder", "code"],
    )
    coded = coded[coded["respondent"].isin(frame.query("consent == 1").index)]
    study = posts(frame, language="en", coded=coded, codebook={"late": {}})
    row = cx.comments.codes(study, "post").iloc[0]
    assert row["n_before"] == 300 and row["verdict"] == "agreed"
    assert 0 < row["used_low"] < row["used"] < row["used_high"] < 1


def test_posts_without_consent_or_columns_are_refused():
    with pytest.raises(cx.ModelError, match="of 400 posts none has consent"):
        posts(made(), language="en", yes="yes")
    with pytest.raises(cx.ModelError, match="there is no column consent"):
        posts(made().drop(columns="consent"), language="en")
