"""Whatever a room estimates can be put on a page: it is shown by the rule of its kind or refused
with a reason, and nothing breaks.
"""

from inspect import Parameter, signature

import pytest

import cxlab as cx
from cxlab.moved import ROOMS
from cxlab.show.kinds import KINDS

ESTIMATORS = {
    name: one
    for room in ROOMS
    for name in getattr(cx, room).__all__
    if hasattr(one := getattr(getattr(cx, room), name), "result_kind")
}
# What the page's own study and fit cannot answer for.
GIVEN = {"lmg", "fit_moments", "priorities", "what_if", "next_steps", "before_after"}
GIVEN |= {"segment_profile", "with_segments"}  # of what find_segments gives


@pytest.fixture(scope="module", params=["telecom", "learn"])
def page(request):
    study = cx.simulate_study(200, seed=1, design=request.param)
    return cx.Page(study, ["en"], seed=1, n_boot=50)


@pytest.mark.parametrize("name", sorted(ESTIMATORS.keys() - GIVEN))
def test_every_estimator_of_a_room_can_be_put_on_a_page(page, name):
    takes = signature(ESTIMATORS[name]).parameters
    given, options = [], {}
    if "fit" in takes:
        family = {"family": "ordinal"} if name == "parallel_lines" else {}
        of_gap = name in cx.gap.__all__
        given = [page(cx.fit_gap, form="quadratic") if of_gap else page(cx.fit_loyalty, **family)]
        assert given[0], given[0].reason
    if "by" in takes and takes["by"].default is Parameter.empty:
        options["by"] = page.splits[0]
        page(cx.metrics, page.outcome, by=page.splits[0])
    if "comment" in takes:
        options["comment"] = next(iter(page.study.codebook.comments), "why")
    if "touchpoint" in takes and takes["touchpoint"].default is Parameter.empty and not given:
        options["touchpoint"] = page.study.codebook.touchpoints[0].id
    shown = page(ESTIMATORS[name], *given, **options)
    assert shown or shown.reason.startswith("Not shown: ")
    if shown.frame is not None:
        assert KINDS[shown.frame.result_kind].title
        assert shown.table().worded(page.words())


def test_a_comparison_of_treatments_takes_the_pages_study_or_a_fit(page):
    """Protects a line of a notebook that names no fit."""
    named, of_fit = page(cx.compare_missing), page(cx.drivers.compare_missing, page(cx.fit_loyalty))
    assert named and of_fit and named.frame.equals(of_fit.frame)
