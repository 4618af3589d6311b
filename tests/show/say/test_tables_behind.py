"""What the workbook holds behind the sentences: the rows they were read from, and nothing that no
disclosure rule has seen.
"""

from __future__ import annotations

import math

import pandas as pd

from cxlab.show import kinds
from cxlab.show.say.behind import for_workbook
from cxlab.show.words.wording import Wording


def test_small_cells_do_not_come_back_behind_a_sentence():
    """Protects a handful of respondents: changes of an NPS to the digit, and counts that only the
    model's checks know, stay out.
    """
    change = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps", "nps_mean"],
            "group": "wave",
            "level": "W1 → W2",
            "estimate": [3.4567, 0.1234],
            "std_error": [1.2, 0.1],
            "statistic": [2.9, 1.2],
            "p_value": [0.004, 0.2],
            "conf_low": [1.1, -0.1],
            "conf_high": [5.8, 0.3],
            "n": [300, 300],
        }
    )
    table, title = kinds.behind(change, Wording(), "changes")
    assert title == "recommend: change from wave to wave"
    assert not {"std_error", "statistic", "p_value"} & set(table)
    first, second = table[["estimate", "conf_low", "conf_high"]].to_numpy().tolist()
    assert first == [3, 1, 6] and second[0] == 0.1234
    found = pd.DataFrame(
        {
            "check": ["rows_used", "users", "touchpoint_ceiling", "outcome_ceiling"],
            "touchpoint": ["", "web", "web", ""],
            "statistic": [100.0, 8.0, 0.9, 0.02],
            "p_value": math.nan,
            "verdict": ["ok", "caution", "caution", "ok"],
            "note": ["", "few_users", "ceiling", ""],
        }
    )
    table, title = kinds.behind(found, Wording(), "diagnose")
    assert table["check"].tolist() == ["rows_used"] and title == "Checks of the driver model"


def test_a_hidden_group_does_not_come_back_as_a_difference():
    """Protects a group whose result is blanked: its distance from a shown one, in the workbook,
    would be its result.
    """
    frame = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps"] * 3 + ["nps_mean"] * 3,
            "group": "plan",
            "level": ["Basic", "Gold", "Tiny"] * 2,
            "estimate": [10.0, 22.0, math.nan, 6.0, 7.0, 8.0],
            "conf_low": 1.0,
            "conf_high": 30.0,
            "n": [200, 150, math.nan] * 2,
        }
    )
    pairs = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps"] * 3 + ["nps_mean"],
            "group": "plan",
            "level": ["Basic → Gold", "Basic → Tiny", "Gold → Tiny", "Basic → Gold"],
            "estimate": [12.34, 50.5, 38.2, 1.0],
            "std_error": 3.3,
            "statistic": 3.7,
            "p_value": 0.0002,
            "conf_low": 5.9,
            "conf_high": 18.8,
            "n": 350,
            "p_holm": 0.0006,
        }
    )
    pairs[["lower", "higher"]] = pairs["level"].str.split(" → ", expand=True)
    table, title = kinds.behind(pairs, Wording(), "differences", frame=frame)
    assert title == "recommend: differences by “plan”"
    assert table.to_dict("records") == [
        {
            "outcome": "recommend",
            "metric": "nps",
            "group": "plan",
            "lower": "Basic",
            "higher": "Gold",
            "estimate": 12,
            "n": 350,
            "p_holm": 0,
        }
    ]


def test_no_message_of_a_model_reaches_the_clients_workbook():
    """Protects a Portuguese workbook from the English of an analyst's message; codes that have
    words stay, and terms are told by them.
    """
    frame = pd.DataFrame(
        {
            "term": ["gap", "plan[b]"],
            "note": ["unreliable", "touchpoint web: too few; leave it out"],
        }
    )
    _ = Wording("pt-BR", {"plan": "Plano", "plan[b]": "Básico"})
    table, title = kinds.behind(frame, _, "gap_reliability")
    assert title == "Confiabilidade da lacuna"
    shown = for_workbook(table, _)
    assert shown["note"].tolist() == ["unreliable", ""]
    assert shown["term"].tolist() == ["Lacuna", "Plano: Básico"]


def test_what_is_said_has_a_title_for_its_table():
    """Protects the workbook from a sheet without a name, when someone writes a new sentence."""
    assert [name for name, kind in kinds.KINDS.items() if not kind.title] == []
