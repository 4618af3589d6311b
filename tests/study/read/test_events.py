"""Logs of contacts: read alike from every source, checked like answers, an input of the report."""

import sys

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cxlab as cx
from cxlab.errors import StudyError
from cxlab.report.run.fingerprints import study_inputs
from cxlab.study.read_events import read_events

ROWS = [
    *(("r1", "shop", "2026-01-05 10:00:00", "web"), ("r1", "buy", "2026-01-06 10:00:00", "web")),
    *(("r2", "desk", "2026-01-05", "shop"), ("r2", "shop", "2026-01-05", "web")),
    *(("x9", "shop", "2026-01-07", "web"), ("x9", "shop", "2026-01-07", "web")),
]
LOG = pd.DataFrame(ROWS, columns=["who", "at", "when", "way"])
STUDY = """
client: Aurora
respondent: id
responses: {file: answers.csv}
scales: {s: {min: 1, max: 7}}
touchpoints: {shop: q, desk: p}
outcomes: {loyal: {kind: score, column: y, scale: s}}
events: {file: log.csv, respondent: who, touchpoint: at, time: when, channel: way, success: buy}
"""
KEYS = {"respondent": "who", "touchpoint": "at", "time": "when", "channel": "way"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY)
    answers = [f"r{i},{1 + i % 7},{2 + i % 6},{3 + i % 5}" for i in range(12)]
    (tmp_path / "answers.csv").write_text("\n".join(["id,q,p,y", *answers]) + "\n")
    LOG.to_csv(tmp_path / "log.csv", index=False)
    return tmp_path


def study_of(**keys):
    answers = pd.DataFrame({"id": [f"r{i}" for i in range(12)], "q": 5, "p": 4})
    points, scales = {"shop": "q", "desk": "p"}, {"s": {"min": 1, "max": 7}}
    return cx.Study.from_frame(answers, points, scales=scales, respondent="id", **keys)


def contacts(read):
    query = "select h, place, code, prev, wait, channel from contacts order by h, place"
    return read.log.sql(query)


def fault_of(log, study=None, **keys):
    with pytest.raises(StudyError) as caught:
        read_events(study or study_of(), log, **{**KEYS, "success": "buy", **keys})
    return caught.value.faults


def changed(row, column, value):
    frame = LOG.copy()
    frame.loc[row, column] = value
    return frame


def test_every_source_gives_the_same_paths(tmp_path):
    import duckdb

    typed = LOG.assign(when=pd.to_datetime(LOG["when"], format="ISO8601"))
    LOG.to_csv(tmp_path / "log[1].csv", index=False)
    LOG.to_csv(tmp_path / "log.csv.gz", index=False)
    typed.to_parquet(tmp_path / "log.parquet")
    relation = duckdb.connect().from_df(typed.assign(way=typed["way"].astype(object)))
    files = [tmp_path / one for one in ("log[1].csv", "log.csv.gz", "log.parquet")]
    sources = [LOG, typed, typed.astype({"at": "category"}), *files, str(files[0]), relation]
    found = [contacts(read_events(study_of(), one, success="buy", **KEYS)) for one in sources]
    for one in found[1:]:
        assert_frame_equal(found[0], one)


def test_paths_are_sorted_by_time_and_ties_keep_their_order():
    frame = pd.concat([LOG.iloc[::-1], LOG.iloc[:0]])
    read = read_events(study_of(), frame, success="buy", **KEYS)
    names = ["", *read.log.names]
    codes = contacts(read).groupby("h", sort=False)["code"].agg(list)
    told = sorted([names[code] or "buy" for code in one] for one in codes)
    # Of r2 the contact at the shop stands first now, at the same time.
    assert told == [["shop", "buy"], ["shop", "desk"], ["shop", "shop"]]
    notices = [str(one) for one in read.notices]
    assert any("1 events follow another at the same time" in one for one in notices)
    assert any("1 events repeat the one before them" in one for one in notices)


def test_a_time_zone_is_a_moment():
    frame = changed(0, "when", "2026-01-05 10:00:00")
    zones = frame.assign(when="2026-01-05T10:00:00Z")
    zones.loc[0, "when"], zones.loc[1, "when"] = "2026-01-05T23:30:00-03:00", "2026-01-06T02:00:00Z"
    read = read_events(study_of(), zones, success="buy", **KEYS)
    assert 0 in contacts(read).query("place == 1")["code"].tolist()  # 02:00 is before 02:30
    (fault,) = fault_of(changed(0, "when", "2026-01-05T10:00:00Z"))
    assert str(fault.problem) == "5 events have a time without a time zone, and others have one"
    assert fault.rows == (3, 4, 5, 6, 7) and fault.fix == "write all alike"


@pytest.mark.parametrize(
    "row, column, value, problem",
    [
        (2, "who", " ", "1 events have no respondent"),
        (2, "at", None, "1 events have no touchpoint"),
        (2, "when", "05/01/2026", "1 events have no time that can be read"),
        (2, "when", "1970-01-01", "1 events are before 1980: an empty or a counted date"),
        (2, "when", "2999-01-01", "1 events are yet to come"),
    ],
)
def test_a_row_that_is_wrong_is_named(row, column, value, problem):
    (fault,) = fault_of(changed(row, column, value))
    assert (str(fault.problem), fault.column, fault.rows) == (problem, column, (row + 2,))
    assert fault.value == (value or "").strip() and fault.fix


def test_numbers_are_no_times():
    (fault,) = fault_of(LOG.assign(when=1_767_607_200))
    assert str(fault.problem) == "6 events have no time that can be read"
    assert fault.value == "1767607200" and "YYYY-MM-DD" in fault.fix


def test_a_touchpoint_that_is_not_declared_is_refused():
    (fault,) = fault_of(changed(3, "at", "Shop"))
    assert str(fault.problem) == "touchpoints that the study does not declare: Shop"
    assert (fault.rows, fault.fix) == ((5,), "did you mean 'shop'?")
    (fault,) = fault_of(changed(3, "at", "newsletter"))
    assert fault.fix == "declare it under events: contacts:"
    read = read_events(
        study_of(),
        changed(3, "at", "newsletter"),
        success="buy",
        contacts={"newsletter": "N"},
        **KEYS,
    )
    assert read.log.names == ("shop", "desk", "newsletter")
    bare = cx.Study.from_frame(pd.DataFrame({"q": [1]}), {})
    assert read_events(bare, changed(3, "at", "x"), **KEYS).log.names == (
        "buy",
        "desk",
        "shop",
        "x",
    )
    many = pd.DataFrame({"who": "r1", "at": map(str, range(201)), "when": "2026-01-05", "way": ""})
    (fault,) = fault_of(many, bare)
    assert str(fault.problem) == "more than 200 touchpoints" and "recode them" in fault.fix


def test_names_are_compared_in_one_form():
    study = study_of(events={"contacts": {"ação": "x"}})
    decomposed = changed(3, "at", " ac\u0327a\u0303o ")
    assert "ação" in read_events(study, decomposed, success="buy", **KEYS).log.names


def test_ids_that_never_meet_the_survey_are_refused():
    strangers = LOG.assign(who="x" + LOG["who"])
    (fault,) = fault_of(strangers)
    assert str(fault.problem) == "no customer of the log is among the respondents"
    assert "anonymous: true" in fault.fix
    read = read_events(study_of(), strangers, success="buy", anonymous=True, **KEYS)
    assert read.log.n == 3 and read.log.n_matched == 0


def test_ids_that_are_numbers_meet_those_of_the_survey():
    answers = pd.DataFrame({"id": ["1", "2", "3"], "q": 5})
    study = cx.Study.from_frame(answers, {"shop": "q"}, scales={"s": {"min": 1, "max": 7}},
                                respondent="id")  # fmt: skip
    frame = pd.DataFrame({"who": [1, 2.0, 7], "at": "shop", "when": "2026-01-05", "way": "web"})
    for ids in (frame["who"], frame["who"].astype(int), frame["who"].astype(int).astype(str)):
        assert read_events(study, frame.assign(who=ids), **KEYS).log.n_matched == 2


def test_a_column_a_file_or_duckdb_that_is_not_there(folder, monkeypatch):
    (fault,) = fault_of(LOG, time="whenn")
    assert str(fault.problem) == "no such column (declared by events, time)"
    assert fault.fix == "did you mean 'when'?"
    assert fault_of(LOG, time="###")[0].fix == "its columns: who, at, when, way"
    with pytest.raises(StudyError, match="there is no such file"):
        read_events(study_of(), folder / "no.csv", **KEYS)
    with pytest.raises(cx.ModelError, match="a path, a DataFrame or a DuckDB relation"):
        read_events(study_of(), 7, **KEYS)
    (folder / "log.parquet").write_bytes(b"PAR1 no such thing")
    with pytest.raises(StudyError, match="not readable as a log"):
        read_events(study_of(), folder / "log.parquet", **KEYS)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    told = cx.check_study(folder)
    assert told["problem"].tolist() == [
        "a log of events needs duckdb, which is not installed; install it with: pip install"
        " 'cxlab[events]'"
    ]


def test_the_log_is_an_input_of_the_study(folder):
    study = cx.read_study(folder)
    assert study.events.log.n == 3 and study.events.log is study.events.log
    assert "log.csv" in study.provenance()["file"].tolist()
    before = study_inputs(folder)["log.csv"]
    changed(0, "way", "app").to_csv(folder / "log.csv", index=False)
    assert study_inputs(folder)["log.csv"] != before
    told = cx.check_study(folder)
    assert set(told["severity"]) == {"warning"} and set(told["file"]) == {"log.csv"}
    assert "1 of 3 customers of the log did not answer" in told["problem"].tolist()
    changed(2, "when", "soon").to_csv(folder / "log.csv", index=False)
    (row,) = cx.check_study(folder).to_dict("records")
    assert (row["severity"], row["column"], row["rows"], row["value"]) == (
        "error",
        "when",
        "4",
        "soon",
    )


@pytest.mark.parametrize(
    "declared, problem",
    [
        ("{file: gone.csv}", "there is no such file"),
        ("{file: ../log.csv}", "it lies outside the study's folder"),
        ("{respondent: who}", "no file is named"),
        ("{file: log.csv, time: who, respondent: who}", "the column 'who' is named twice"),
        ("{file: log.csv, wich: who}", "no such key"),
    ],
)
def test_a_log_that_is_declared_wrongly_is_said(folder, declared, problem):
    LOG.to_csv(folder.parent / "log.csv", index=False)
    text = STUDY.partition("events:")[0] + f"events: {declared}\n"
    (folder / "study.yml").write_text(text)
    told = cx.check_study(folder)
    assert any(problem in one for one in told["problem"]) and (told["severity"] == "error").all()
    with pytest.raises(StudyError, match=problem):
        cx.read_study(folder)


def test_what_is_declared_and_not_there_is_said(folder):
    text = STUDY.replace("success: buy", "success: [buy, bui]")
    (folder / "study.yml").write_text(text)
    told = cx.check_study(folder).set_index("problem")
    row = told.loc["declared under events, and no event is of it"]
    assert (row["value"], row["fix"]) == ("bui", "did you mean 'buy'?")


def test_a_part_of_a_study_has_the_contacts_of_its_respondents(folder):
    study = cx.read_study(folder)
    part = study.where(study.respondents == "r1")
    assert part.events.log.n == part.events.log.n_matched == 1 and study.events.log.n == 3


def test_a_simulated_log_is_written_and_read_again(tmp_path):
    made = cx.simulate_study(90, seed=4, design="panel")
    kept = cx.read_study(cx.write_study(made, tmp_path))
    assert_frame_equal(contacts(made.events), contacts(kept.events))
    assert kept.events.log.names == made.events.log.names


def test_a_log_is_read_once_for_a_study_and_never_for_its_stages(folder):
    study = cx.read_study(folder)
    again = study.unanswered({"shop": study.rating("shop").notna().to_numpy()})
    assert again.events.log is study.events.log
    staged = cx.simulate_study(60, seed=1, design="panel").by_stage()
    assert staged.events is None and cx.Page(staged, ["en"], n_boot=50)(cx.experience_scores)
