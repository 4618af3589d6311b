"""A sample is found by one name in a checkout and once installed."""

from pathlib import Path

import pytest

import cxlab as cx
from cxlab.show.words.wording import Wording, explain


def test_a_sample_and_its_files_are_found_from_anywhere(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    there = root / "data" / "quadrante"
    assert cx.exports.located("sample:quadrante") == there
    assert cx.exports.located(Path("sample:quadrante/truth.csv")) == there / "truth.csv"
    assert cx.read_study("sample:quadrante").client == cx.read_study(there).client
    assert cx.check_study("sample:quadrante").empty
    assert not cx.exports.guess_export("sample:quadrante/responses.csv").table.frame.empty


@pytest.mark.parametrize("path", ["data/aurora", "sample", Path("x/sample:aurora"), 7])
def test_any_other_path_stays_as_it_is(path):
    assert cx.exports.located(path) is path


@pytest.mark.parametrize("name", ["sample:", "sample:auroa", "sample:../secret"])
def test_a_sample_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(cx.StudyError) as refused:
        cx.read_study(name)
    (fault,) = refused.value.faults
    assert (fault.problem, fault.value) == ("no such sample", name)
    assert "one of sample:aurora, sample:ipe, " in fault.fix
    assert cx.check_study(name)["problem"].tolist() == ["no such sample"]
    assert "uma de sample:aurora, " in explain(refused.value, Wording("pt-BR"))
