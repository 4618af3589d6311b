"""What touchpoints carry: the numbers of two logs, whether the chain holds, and the bootstrap."""

import numpy as np
import pytest

import cxlab as cx
from cxlab.models.events.chosen import chosen
from cxlab.models.events.counts import counts_of
from tests.models.events.logs import bare, frame_of, read, walked

SHOP = {"payment_details": (0.335458, 0.5638), "cart": (0.395140, 0.7426)}
SHOP |= {"product_view": (0.720327, 0.8787)}
FINES = {"Send Fine": (0.255728, 0.2557), "Insert Fine Notification": (0.247202, 0.2473)}
FINES |= {"Add penalty": (0.242336, 0.2434), "Appeal to Judge": (0.000738, 0.0015)}


def log_of(shared, name, **keys):
    file = shared / "data" / "events" / f"{name}.csv.gz"
    return cx.events.read_events(bare(), file, time="timestamp", **keys)


@pytest.fixture(scope="module")
def shop(shared):
    keys = {"respondent": "session_id", "touchpoint": "event", "success": "purchase"}
    return log_of(shared, "ecom_events", **keys)


def held(table, wanted):
    for name, (removal, observed) in wanted.items():
        row = table.loc[name]
        assert row["removal"] == pytest.approx(removal, abs=5e-7), name
        assert row["success_share"] == pytest.approx(observed, abs=5e-5), name


def test_a_chain_further_off_than_the_margin_is_not_equivalent(shop):
    """Protects from calling shares alike that differ by more than what is said to matter."""
    table = cx.events.touchpoint_value(shop, margin=0.1, n_boot=200).set_index("touchpoint")
    assert (table.loc[[*SHOP], "chain"] == "contradicted").all()


def test_in_the_web_shop_the_chain_is_contradicted(shop):
    table = cx.events.touchpoint_value(shop, n_boot=500).set_index("touchpoint")
    held(table, SHOP)
    assert table["success"].iloc[0] == pytest.approx(0.130374, abs=5e-7)
    assert (table.loc[[*SHOP], "chain"] == "contradicted").all()
    said = str(cx.say(cx.events.touchpoint_value(shop, n_boot=500)))
    assert "product_view (88%)" in said and "only observed shares are used" in said
    assert "34%" not in said and "more probable" not in said


def test_of_the_fines_it_holds(shared):
    keys = {"respondent": "case_id", "touchpoint": "activity", "success": "Payment"}
    log = log_of(shared, "traffic_fines", margin=0.01, **keys)
    table = cx.events.touchpoint_value(log, n_boot=500).set_index("touchpoint")
    held(table, FINES)
    assert table["success"].iloc[0] == pytest.approx(0.4626)
    assert (table["chain"] == "equivalent").all()
    none = cx.events.touchpoint_value(log, margin=1e-9, n_boot=500).set_index("touchpoint")
    assert none.loc["Insert Fine Notification", "chain"] == "not_contradicted"
    assert cx.events.touchpoint_value(log, n_boot=500).settings["bags"] == 1000


def test_repeats_and_the_order_of_rows_change_nothing():
    paths = walked(400, 2)
    again = [[one for at in path for one in [at] * (2 if at == "b" else 1)] for path in paths]
    frame = frame_of(paths)
    tables = [
        cx.events.touchpoint_value(read(one, success="buy"), n_boot=50)
        for one in (frame, frame_of(again), frame.sample(frac=1, random_state=1))
    ]
    for column in ("used", "success_share", "removal", "onward"):
        for other in tables[1:]:
            np.testing.assert_allclose(tables[0][column], other[column], atol=1e-12)


def test_a_path_that_hangs_on_how_it_began_contradicts_the_chain():
    """b leads to the success of those who came from a, and of nobody else."""
    paths = [["a", "b", "buy"]] * 60 + [["c", "b"]] * 60 + [["a"]] * 20 + [["c"]] * 20
    table = cx.events.touchpoint_value(read(frame_of(paths), success="buy"), n_boot=400)
    row = table.set_index("touchpoint").loc["c"]
    assert row["success_share"] == 0 and row["removal"] > 0.4 and row["chain"] == "contradicted"


def test_the_sign_is_of_success_after_a_contact_against_that_of_all():
    table = cx.events.touchpoint_value(read(frame_of(walked(2000, 3)), success="buy"), n_boot=400)
    assert dict(zip(table["touchpoint"], table["sign"], strict=True))["c"] == "+"


def test_bags_of_customers_tell_the_same_as_customers():
    paths = walked(4_900, 4)
    few, many = (read(frame_of(one), success="buy") for one in (paths, paths + walked(200, 5)))
    one, other = (cx.events.touchpoint_value(x, n_boot=1000) for x in (few, many))
    assert "bags" not in one.settings and other.settings["bags"] == 1000
    widths = [(x["removal_high"] - x["removal_low"]).to_numpy() for x in (one, other)]
    np.testing.assert_allclose(*widths, rtol=0.12)


def test_touchpoints_beyond_one_word_of_bits_are_counted():
    names = [f"t{i:03}" for i in range(130)]
    paths = [[names[i % 130], names[(7 * i) % 130], *["buy"] * (i % 3 == 0)] for i in range(900)]
    log = read(frame_of(paths), success="buy")
    ((_, counts),) = counts_of(chosen(log))
    met = [sum(name in path for path in paths) for name in log.log.names]
    won = [sum(name in path for path in paths if "buy" in path) for name in log.log.names]
    assert counts.met.tolist() == met
    assert counts.met_and_won.sum(axis=0).tolist() == won and counts.won.sum() == 300


def test_few_successes_are_refused_and_left_out_of_a_split():
    paths = walked(60, 6)
    with pytest.raises(cx.ModelError, match=r"\d+ customers reached the success, and it takes 30"):
        cx.events.touchpoint_value(read(frame_of(paths), success="buy"))
    frame = frame_of(walked(400, 7)).assign(way="web")
    frame.loc[frame["id"].str.fullmatch("c[0-9]"), "way"] = "shop"
    split = cx.events.touchpoint_value(
        read(frame, success="buy", channel="way"), by="channel", n_boot=50
    )
    assert set(split["level"]) == {"web"}
