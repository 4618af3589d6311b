"""A page says its context once, discloses by kind and lets a refusal pass through all that is made
of it.
"""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError, NotAskedError, ReportError
from cxlab.models.estimator import estimator
from cxlab.show import kinds
from cxlab.show.disclosure.register import Register
from cxlab.show.page.parts import FORMATS
from cxlab.show.page.pieces import MIME
from cxlab.show.words.catalogue import SECTIONS
from tests.show.disclosure.attacks import small_group


@pytest.fixture(scope="module")
def study(root):
    return cx.read_study(root / "data" / "aurora")


@pytest.fixture
def page(study):
    return cx.Page(study, ["en", "pt-BR"], seed=1, n_boot=100)


@pytest.fixture
def few():
    """Nine respondents, and a least cell of ten."""
    frame = pd.DataFrame({"q": [7, 8, 9, 10, 3, 5, 6, 9, 9], "e": [5, 6, 7, 5, 4, 3, 6, 7, 5]})
    frame["plan"] = ["a", "b"] * 4 + ["a"]
    return cx.Study.from_frame(
        frame,
        touchpoints=[{"touchpoint": "web", "experience": "e", "scale": "agree7"}],
        outcomes={"recommend": {"kind": "nps", "column": "q"}},
        scales={"agree7": {"min": 1, "max": 7}},
    )


def html_of(section) -> str:
    return section._repr_mimebundle_()["text/html"]


def test_a_page_gives_its_study_outcome_seed_and_resamples(study, page):
    """Protects the one seed a client: the page's numbers are those of the plain call."""
    fit = page(cx.fit_loyalty)
    shares = page(cx.importance, fit)
    plain = cx.importance(cx.fit_loyalty(study), n_boot=100, seed=1)
    pd.testing.assert_frame_equal(pd.DataFrame(shares.frame), pd.DataFrame(plain))
    assert shares and shares.asked and not shares.refused and shares.reason == ""


def test_what_is_given_comes_before_the_page(page):
    assert (page(cx.distribution, "satisfaction").frame["outcome"] == "satisfaction").all()
    assert page(cx.importance, page(cx.fit_loyalty), n_boot=0).frame.get("p_top3") is None
    changed = page(cx.what_if, page(cx.fit_loyalty), {"network": 0.5})
    assert changed and "network" in set(changed.frame["touchpoint"])


def test_what_rests_on_few_is_refused_and_passes_through(few):
    page = cx.Page(few)
    fit = page(cx.fit_loyalty)
    assert fit.refused and not fit and fit.frame is None
    shares = page(cx.importance, fit)
    first = page(cx.priorities, shares, page(cx.experience_scores))
    assert first.reason == shares.reason == fit.reason
    assert fit.reason.startswith("Not shown: 9 respondents are too few")
    section = page.section("drivers", shares.say(), shares.plot(), first.table())
    assert html_of(section).count("Not shown") == 1
    assert page(cx.nps).frame["estimate"].isna().all()


def test_what_was_not_asked_prints_nothing(few):
    page = cx.Page(few)
    gaps = page(cx.gap_scores)
    assert gaps.refused and not gaps.asked and isinstance(gaps.error, NotAskedError)
    assert html_of(page.section("gaps", gaps.say(), gaps.plot(), gaps.table())) == ""
    assert not page.question("zone", gaps.plot()).worded(page.words())
    assert "Not shown" in html_of(page.section("experience", gaps.why()))


@pytest.mark.parametrize("made", ["say", "plot", "table"])
def test_who_looks_at_a_result_in_a_notebook_is_told_why_and_what_to_do(few, page, made):
    """Protects the analyst before an empty cell: no section holds it, so it is for him."""
    told = [
        getattr(one, made)()._repr_mimebundle_()["text/html"]
        for one in (cx.Page(few)(cx.gap_scores), page(cx.fit_loyalty, "delight"))
    ]
    assert "Not shown" in told[0] and "it has: " in told[1]


def test_a_section_words_itself_in_every_language_of_a_batch(page, monkeypatch):
    gaps = page(cx.gap_scores)
    section = page.section("gaps", gaps.say(), gaps.plot())
    assert "Not asked" not in html_of(section) and 'id="gaps"' in html_of(section)
    monkeypatch.setenv(FORMATS, "html")
    told = section._repr_mimebundle_()[MIME]
    assert list(told) == ["en", "pt-BR"]
    json.dumps(told)
    for language in told:
        title = told[language]["parts"][0]["title"]
        assert title in told[language]["html"]
    assert told["en"]["html"] != told["pt-BR"]["html"]


def test_sections_and_questions_are_known_in_both_languages(page):
    scores = page(cx.experience_scores)
    for name in SECTIONS["sections"]:
        section = page.section(name, scores.say())
        english, portuguese = (section.worded(page.words(one)) for one in ("en", "pt-BR"))
        assert str(english).startswith(f'<h2 id="{name}">') and str(english) != str(portuguese)
    for name in SECTIONS["questions"]:
        words = page.question(name, scores.say()).worded(page.words("pt-BR"))
        assert str(words).startswith(f'<h3 id="{name}">')
    with pytest.raises(KeyError, match="no 'x' among the sections"):
        page.section("x")
    with pytest.raises(KeyError, match="no 'x' among the questions"):
        page.question("x")


def test_a_kind_without_a_rule_cannot_be_shown(page, monkeypatch):
    without = kinds.KINDS["gap_scores"].model_copy(update={"rests": None})
    monkeypatch.setitem(kinds.KINDS, "gap_scores", without)
    gaps = page(cx.gap_scores)
    assert gaps.refused and "has no disclosure rule" in str(gaps.error)


def test_a_table_that_is_no_result_cannot_be_shown(page):
    gaps = cx.gap_scores(page.study)
    for changed in (pd.DataFrame(gaps), gaps.assign(n=1000)):
        with pytest.raises(ModelError, match="is no result of cxlab"):
            kinds.disclosed(changed, Register(page.study))


def test_a_page_takes_estimators(page):
    """Protects what a function of one's own would take of a part of the study."""
    part = page.study.where(page.study.group("plan") != "Controle")
    for function in (lambda study: cx.nps(part), partial(cx.nps, part), "nps", len, page):
        refused = page(function)
        assert refused.refused and "takes an estimator of cxlab first" in str(refused.error)


def test_a_page_shows_its_own_study_only(page):
    """Protects the three whom the difference of two results would tell."""
    part = page.study.where(np.arange(page.study.n) >= 3)
    for refused in (
        page(cx.nps, part),
        page(cx.nps, part, by="plan"),
        page(cx.fit_loyalty, part),
        page(cx.effects, cx.fit_loyalty(part)),
        page(cx.experience_scores, cx.fit_loyalty(part)),
    ):
        assert refused.refused and "shows its own study only" in str(refused.error)
    assert page(cx.nps, page.study) and page(cx.effects, cx.fit_loyalty(page.study))


def test_a_fit_of_few_tells_nothing_either_way(few):
    page, fit = cx.Page(few), cx.fit_loyalty(few)
    for telling in (cx.Fit.tidy, cx.diagnose):
        assert page(telling, fit).reason.startswith("Not shown: 9 respondents are too few")


def test_a_table_made_beside_the_page_is_not_taken(page):
    """Protects small groups that no rule has hidden."""
    raw = cx.nps(page.study.where(np.arange(page.study.n) < 4))
    shares, scores = (cx.importance(cx.fit_loyalty(page.study), n_boot=0), page(cx.metrics))
    assert "takes no table" in str(page(cx.priorities, shares, raw).error)
    for use in (
        lambda: page.say("messages", metrics=raw),
        lambda: scores.say(frame=raw),
        lambda: page(cx.distribution, "recommend").plot(metric=raw),
        lambda: page.plot([scores], total=raw),
        lambda: page.plot([raw]),
    ):
        with pytest.raises(ModelError, match="takes no table that was made beside it"):
            use()


def test_a_fit_tells_what_a_page_may_show(page):
    fit = page(cx.fit_loyalty)
    assert fit.of("tidy") and fit.of("glance") and fit.of("dropped")
    for refused in (fit.of("residuals"), fit.of("tidi"), page(cx.metrics).of("tidy")):
        assert refused.refused and "tidy, glance, dropped" in str(refused.error)


def test_the_wrong_kind_of_argument_says_what_to_write(study):
    with pytest.raises(ModelError, match=r"Page takes a study first, not DataFrame; write Page"):
        cx.Page(pd.DataFrame())
    with pytest.raises(ReportError, match=r"languages='en': give a list, such as \['en'\]"):
        cx.Page(study, "en")
    with pytest.raises(ReportError, match="a report in 'fr' cannot be written"):
        cx.Page(study, ["fr"])


def split_study(seed: int, n: int = 400) -> cx.Study:
    """Two segments of which the second tells on the first: all but a few of `x` are `a`."""
    draws = np.random.default_rng(seed)
    frame = pd.DataFrame({"q": draws.integers(0, 11, n), "r": draws.integers(1, 8, n)})
    frame["plan"] = np.where(np.arange(n) < n // 2, "a", "b")
    frame["region"] = frame["plan"].map({"a": "x", "b": "y"})
    frame.loc[:4, "region"] = "y"  # 5 of plan a
    frame["e"] = draws.integers(1, 8, n)
    return cx.Study.from_frame(
        frame,
        touchpoints=[{"touchpoint": "web", "experience": "e", "scale": "agree7"}],
        segments=["plan", "region"],
        outcomes={
            "recommend": {"kind": "nps", "column": "q"},
            "liking": {"kind": "score", "column": "r", "scale": "agree7"},
        },
        scales={"agree7": {"min": 1, "max": 7}},
    )


@pytest.mark.parametrize("outcome", ["recommend", "liking"])
def test_two_splits_of_the_same_people_are_disclosed_together(outcome):
    """Protects the five whom the difference of two tables would tell, in any order of lines."""
    page = cx.Page(split_study(3))
    plan, region = (page(cx.metrics, outcome, by=by) for by in ("plan", "region"))
    shown = [one.frame["estimate"].notna().all() for one in (plan, region)]
    assert plan and region and not all(shown)
    assert [one.frame["n"].tolist() for one in (plan, region)] == [[200, 200], [195, 205]]


def test_groups_of_other_respondents_are_not_taken(study):
    """Protects what an estimator of one's own would tell of a part of the study."""
    page = cx.Page(study)
    segment, few = page.splits[0], study.where(np.arange(study.n) >= 3)
    by_hand = {"metrics_by_group": cx.metrics, "experience_scores": cx.experience_scores}
    for kind, of in by_hand.items():
        part = page(estimator(kind)(lambda study, of=of: of(few, by=segment)))
        whole = page(estimator(kind)(lambda study, of=of: of(study, by=segment)))
        assert part.refused and "give page the estimator itself" in str(part.error)
        assert whole


def test_touchpoints_by_two_splits_are_disclosed_together():
    """Protects the five who are of plan a and not of region x, at a touchpoint too."""
    page = cx.Page(split_study(3))
    plan, region = (page(cx.experience_scores, by=by).frame for by in ("plan", "region"))
    assert plan["experience"].isna().any() or region["experience"].isna().any()


def test_groups_are_compared_only_where_they_are_shown():
    page = cx.Page(split_study(4))
    before = page(cx.differences, "recommend", by="plan")
    assert before.refused and "ask for metrics by='plan' first" in str(before.error)
    groups = page(cx.metrics, "recommend", by="plan")
    after = page(cx.differences, "recommend", by="plan")
    hidden = groups.frame["n"].isna().any()
    assert after.refused == hidden


def test_sentences_join_and_have_parts(page):
    forms, losses = page(cx.compare_gap_forms), page(cx.disconfirmation, n_boot=0)
    told = losses.say(forms=forms)
    words = page.words("en")
    both = told["cost"] + forms.say()["meaning"]
    assert len(words.say(both.said)) == 2 and len(both.behind) >= 2
    assert told["gain"].said == told.said[1:3]
    with pytest.raises(KeyError):
        told["unknown"]


def test_limits_count_what_is_hidden(few, study):
    page = cx.Page(few)
    page(cx.nps)
    hidden = html_of(page.section("limits", page.limits()))
    assert "1 row is not shown" in hidden
    page = cx.Page(study, ["en"])
    page(cx.nps), page(cx.nps)
    assert "No row had to be hidden" in html_of(page.section("limits", page.limits()))


def one_split_and_accounts(
    segments: tuple[str, ...] = ("plan",),
    account: str | None = "firm",
    n: int = 400,
    protect: str = "groups",
) -> cx.Study:
    """A declared split that is shown whole, regions that tell on five of plan a, and accounts of
    which either plan has enough for an interval.
    """
    draws = np.random.default_rng(3)
    frame = pd.DataFrame({"q": draws.integers(0, 11, n)})
    frame["plan"] = np.where(np.arange(n) < n // 2, "a", "b")
    frame["region"] = frame["plan"].map({"a": "x", "b": "y"})
    frame.loc[:4, "region"] = "y"
    frame["firm"] = frame["region"] + (np.arange(n) % 4).astype(str)
    frame["size"] = np.where(np.arange(n) < 4, "tiny", np.where(np.arange(n) % 2, "big", "small"))
    for column in ("e", "x"):
        frame[column] = draws.integers(1, 8, n)
    frame["again"] = frame["q"]
    return cx.Study.from_frame(
        frame,
        touchpoints=[
            {"touchpoint": "web", "expectation": "x", "experience": "e", "scale": "agree7"}
        ],
        segments=segments,
        account=account,
        outcomes={
            "recommend": {"kind": "nps", "column": "q"},
            "renew": {"kind": "nps", "column": "again"},
        },
        scales={"agree7": {"min": 1, "max": 7}},
        report={"protect": protect},
    )


@pytest.mark.parametrize(
    ("of", "split", "options"),
    [(cx.metrics, "region", {"outcome": "renew"}), (cx.gap_scores, "account", {})],
)
def test_a_table_that_is_shown_stays_and_what_tells_beside_it_is_hidden(of, split, options):
    """Protects the five who are of plan a and not of region x, nor of its firms."""
    study = (
        one_split_and_accounts()
        if split == "account"
        else one_split_and_accounts(("plan", "region"), account=None)
    )
    page = cx.Page(study)
    plan = page(of, by="plan", **options)
    other = page(of, by=split, **options)
    everybody, sets = np.ones(study.n, bool), []
    for by, shown in (("plan", plan), (split, other)):
        figure = shown.frame["estimate" if "estimate" in shown.frame else "experience"]
        for level, known in zip(shown.frame["level"], figure.notna(), strict=True):
            sets.append((known, (study.group(by) == level).to_numpy()))
    assert small_group(np.array([everybody, *(one for _, one in sets)])) is not None
    assert small_group(np.array([everybody, *(one for known, one in sets if known)])) is None
    assert split == "region" or plan.frame["n"].tolist() == [200, 200]
    again = page(of, by="plan", **options)
    pd.testing.assert_frame_equal(again.frame, plan.frame)


def test_a_table_has_the_options_it_was_asked_with(study):
    """Protects from a 95% interval that is called one of 50%."""
    page = cx.Page(study)
    segment = page.splits[0]
    wide, narrow = (page(cx.nps, by=segment, conf_level=one) for one in (0.95, 0.5))
    widths = [one.frame["conf_high"] - one.frame["conf_low"] for one in (wide, narrow)]
    assert (widths[0] > widths[1]).all() and narrow.frame.conf_level == 0.5


@pytest.mark.parametrize(
    ("make", "options"),
    [(cx.gap.expectation_sources, {"sources": ["size"]}), (cx.fit_loyalty, {"controls": ["size"]})],
)
def test_a_coefficient_of_few_is_not_shown(make, options):
    """Protects the four of one level, whose mean the coefficients add up to."""
    page = cx.Page(one_split_and_accounts(["plan", "size"], account=None))
    refused = page(make, **options)
    assert refused.reason.startswith("Not shown: 4 respondents are too few")
    name, (asked,) = next(iter(options)), options.values()
    assert page(make, **{name: ["plan"]}) and asked == ["size"]


def test_design_effects_do_not_tell_the_classes_of_an_nps(page):
    """Protects a few detractors, whom the error of a score beside its n counts."""
    effects = page(cx.describe.design_effects)
    assert effects and effects.frame["estimate"].eq(effects.frame["estimate"].round(2)).all()
    answers = cx.Page(one_split_and_accounts(protect="answers"))(cx.describe.design_effects)
    assert answers and "std_error" not in answers.frame


def test_kinds_without_an_n_rest_on_their_fit(page):
    fit = page(cx.fit_loyalty)
    assert page(cx.drivers.rank_distribution, fit) and page(cx.drivers.conditional_dominance, fit)


def test_a_page_takes_pieces_only(page):
    """Protects whoever forgets `.say()`, and the page from what no rule has disclosed."""
    gaps = page(cx.gap_scores)
    for one in ("words", cx.say(gaps.frame, "gap_scores"), cx.plot(gaps.frame, "gap_scores")):
        with pytest.raises(ModelError, match=r"a page is made of .* write gaps\.say\(\)"):
            page.section("gaps", one)
    words = page.words()
    whole = page.section("gaps", gaps).worded(words)
    assert str(whole) == str(page.section("gaps", gaps.say(), gaps.plot()).worded(words))


def test_a_section_of_ones_own_has_its_title_in_each_language(page):
    """Protects who adds a section: a name that nobody knows needs its title, which is text and no
    markup; a part is headed by a known question only.
    """
    gaps, title = page(cx.gap_scores), {"en": "Ours <b>", "pt-BR": "Nossa"}
    for language, want in {"en": "Ours &lt;b&gt;", "pt-BR": "Nossa"}.items():
        shown = str(page.section("ours", gaps.say(), title=title).worded(page.words(language)))
        assert f'<h2 id="ours">{want}</h2>' in shown
    headed = str(page.section("gaps", cost=gaps.say()).worded(page.words("en")))
    assert headed.count("<h3") == 1 and "cost us loyalty?" in headed
    with pytest.raises(KeyError, match="no 'ours' among the sections"):
        page.section("ours", gaps.say())
    with pytest.raises(KeyError, match="no 'ours' among the questions"):
        page.section("gaps", ours=gaps.say())


def test_a_question_is_answered_by_what_its_estimators_say_and_draw():
    """One without a question of its own goes on with the one before; what was not asked leaves no
    heading; an option goes to the estimators that take it.
    """
    page = cx.Page(cx.simulate_study(400, seed=3, design="telecom"), ["en"], seed=1, n_boot=0)
    way = cx.journey
    shown = str(page.more(page.ask(way.funnel, way.action_ratios)).worded(page.words()))
    assert shown.count("<h3") == 1 and "How far do customers get?" in shown
    assert "(PAR, n" in shown and "<figure" in shown
    none = page.more(page.ask(cx.waves.touchpoint_changes, cx.waves.against_targets, steps="whole"))
    assert not none.worded(page.words())
    retail = cx.Page(cx.simulate_study(800, seed=3, design="retail"), ["en"], seed=1, n_boot=0)
    moved = retail.more(retail.ask(cx.waves.touchpoint_changes, cx.metrics, steps="whole"))
    assert "(W1 → W4)" in str(moved.worded(retail.words()))


def test_a_result_without_a_finding_is_said_and_not_drawn():
    """Protects the length of a report from pictures of nothing."""
    page = cx.Page(cx.simulate_study(900, seed=3, design="retail"), ["en"], seed=1, n_boot=0)
    last, first = (page(cx.waves.touchpoint_changes, steps=one) for one in ("last", "whole"))
    assert (last.frame["p_holm"] > 0.05).all() and (first.frame["p_holm"] < 0.05).any()
    drawn = [
        str(page.more(one.whole()).worded(page.words())).count("<figure") for one in (last, first)
    ]
    assert drawn == [0, 1] and last.plot().worded(page.words())


def test_each_segment_has_its_result(page):
    found = page.by_segment(cx.metrics, page.outcome)
    assert [one.frame["group"].iloc[0] for one in found if one] == page.splits


def test_a_headline_of_waves_is_the_last_one_with_its_changes():
    """Protects from a figure of all waves under the last one's title: cards, spread, cover; and a
    panel's people from being counted once a wave.
    """
    study = cx.simulate_study(900, seed=2, design="panel")
    page = cx.Page(study, ["en", "pt-BR"], n_boot=50)
    now, moved = page.latest(cx.nps, "recommend"), page(cx.changes, "recommend")
    last = cx.nps(study, "recommend", by="wave").iloc[-1]
    assert now.frame["estimate"].tolist() == [round(last["estimate"])] and set(now.frame["n"]) == {
        300
    }
    assert page(cx.distribution, "recommend").frame["n"].sum() == 300
    for language in ("en", "pt-BR"):
        words = page.words(language)
        cards = str(now.cards(changes=[moved]).worded(words))
        assert "W2 → W3" in cards and "W1 → W3" not in cards and ", W3<" in cards
        cover = str(page.cover().worded(words))
        assert "<li>300 respond" in cover and "<li>900 " in cover and ", 300 " in cover
    first = page.section("bottom_line", page(cx.metrics).say())
    assert '<p class="why">Headline figures: last wave.' in html_of(first)
    pooled = page.section("drivers", page(cx.metrics).say())
    assert "All waves are taken together here." in html_of(pooled)
    alone = cx.Page(cx.simulate_study(90, seed=2), ["en"])
    assert "All waves" not in html_of(alone.section("drivers", alone(cx.metrics).say()))
    first = alone.section("bottom_line", alone(cx.metrics).say())
    assert "<h2" in html_of(first) and "why" not in html_of(first)
    assert alone.latest(cx.nps).frame["level"].tolist() == ["all"]


def test_a_reason_is_printed_once_in_a_report(monkeypatch):
    """Protects the reader from the same "Not shown" in three sections, each language from the
    other's, and a heading from standing over nothing.
    """
    monkeypatch.setenv(FORMATS, "html")
    page = cx.Page(cx.simulate_study(12, seed=1), ["en", "pt-BR"])
    refused = page(cx.compare_gap_forms)
    first, second = page.section("gaps", refused.say()), page.section("drivers", refused.plot())
    shown = [one._repr_mimebundle_()[MIME] for one in (first, second)]
    assert set(shown[0]) == {"en", "pt-BR"} and shown[1] == {}
