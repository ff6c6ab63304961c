"""A view comes back from its address as it was."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphkit.errors import ParameterError
from graphkit.explorer.view import View, id_texts

ID = "720575940610059726"  # above 2**53

ids = st.lists(st.integers(0, 2**63 - 1).map(str), max_size=4, unique=True)
picks = st.one_of(
    st.just({"by": "marks"}),
    st.builds(lambda level: {"by": "marks", "level": level}, st.integers(0, 9)),
    st.builds(lambda values: {"by": "annotation", "where": {"cell_type": values}}, st.lists(st.text(), max_size=3)),
    st.builds(lambda root_ids: {"by": "ids", "root_ids": root_ids}, ids),
    st.builds(lambda text: {"by": "cypher", "text": text}, st.text()),
)
steps = st.one_of(
    st.builds(
        lambda way, of, least: {"do": "partners", "direction": way, "of": of, "min_synapses": least, "most": 5},
        st.sampled_from(("downstream", "upstream", "both")), ids, st.integers(0, 99),
    ),
    st.builds(lambda of: {"do": "keep", "of": of}, ids),
)  # fmt: skip


@given(
    st.builds(
        View,
        panel=st.sampled_from(("circuit", "ask", "simulate", "take")),
        pick=picks,
        steps=st.lists(steps, max_size=3).map(tuple),
        min_synapses=st.none() | st.integers(0, 99),
        selected=ids.map(tuple),
        run=st.text(max_size=9),
        color_by=st.text(max_size=9),
    )
)
def test_every_view_comes_back_from_its_address_and_its_file(view: View) -> None:
    assert View.decode(f"#{view.encode()}") == view
    assert View.from_plain(json.loads(json.dumps(view.plain()))) == view


def test_a_new_page_has_a_short_address() -> None:
    assert View.decode("") == View() == View.decode("#")
    assert len(View().encode()) < 20


def test_an_address_holds_a_thousand_ids_without_losing_a_digit() -> None:
    many = [str(int(ID) + 7 * k) for k in range(1000)]
    view = View().with_pick(by="ids", root_ids=many)
    assert View.decode(view.encode()).pick["root_ids"] == many


@pytest.mark.parametrize("text", ["nonsense", "#eNq", "!!", base64.urlsafe_b64encode(zlib.compress(b"[1]")).decode()])
def test_an_address_that_is_no_view_is_told(text: str) -> None:
    with pytest.raises(ParameterError, match=r"no view|JSON object"):
        View.decode(text)


def test_an_address_that_would_unpack_to_gigabytes_is_refused() -> None:
    with pytest.raises(ParameterError, match="more than"):
        View.decode(base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode())


@pytest.mark.parametrize(
    "given",
    [
        {"panel": "admin"}, {"layout": "spiral"}, {"colour": "red"}, {"pick": {"by": "magic"}}, {"pick": []},
        {"pick": {"by": "ids", "root_ids": ["12; DROP"]}}, {"pick": {"by": "annotation", "where": {"root_id": ["1"]}}},
        {"steps": [{"do": "delete"}]}, {"steps": {"do": "keep"}}, {"min_synapses": -1}, {"min_synapses": True},
        {"max_connections": 1.5}, {"run": 5}, {"steps": [{"do": "partners", "direction": "sideways"}]},
        {"pick": {"by": "cypher", "text": 5}}, {"ask": "MATCH"}, [],
    ],
    ids=str,
)  # fmt: skip
def test_data_that_are_no_view_are_refused_with_a_reason(given: object) -> None:
    with pytest.raises(ParameterError):
        View.from_plain(given)


def test_no_view_asks_the_browser_to_draw_more_than_it_can() -> None:
    assert View.from_plain({"max_connections": 10**9}).max_connections == 20_000


def test_ids_are_taken_as_they_are_pasted() -> None:
    assert id_texts(f"[{ID}, 5]\n'7';8\t{ID}") == [ID, "5", "7", "8"]
    assert id_texts([ID, 5]) == [ID, "5"]
    assert id_texts("") == []
    for wrong in ("7.2e17", "-5", "DM1", "720575940610059726000000"):
        with pytest.raises(ParameterError, match="no neuron's id"):
            id_texts(wrong)
