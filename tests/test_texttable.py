"""Rows as Arrow batches: every row exactly, or refused with its line."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import BadRow, DataError
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, arrow_schema
from graphkit.tables import open_table, textfiles, texttable
from graphkit.tables.texttable import TextTable

REQUIRED = ("pre_root_id", "post_root_id", "syn_count")
HEADER = "pre_root_id,post_root_id,neuropil,syn_count,nt_type"
GOOD = "720575940596125868,720575940597856265,AL_R,7,ACH"

Cells = list[tuple[int, int, str | None, int, str | None]]


def _connections(path: Path, content: str | bytes) -> TextTable:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path, CONNECTION_FILE_COLUMNS, required=REQUIRED)


def _cells(table: TextTable, refused: list[BadRow] | None = None) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for batch in table.batches(refused) for row in batch.to_pylist()]


@pytest.fixture(params=[(1 << 23, 1 << 16), (200, 100)], ids=["one block", "many blocks"])
def blocked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in blocks as published files are, and in tiny ones, so that each row meets a block's end."""
    block_bytes, exact_bytes = request.param
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(texttable, "EXACT_BYTES", exact_bytes)


def test_types_and_literals(tmp_path: Path) -> None:
    """Ids keep their digits; only an empty field is null; columns come in our order."""
    text = (
        "syn_count,nt_type,neuropil,pre_root_id,post_root_id,colour\n"
        '5,None,NA,9223372036854775807,9007199254740993,"red, or\nblue"\n'
        '3, ,"",1,2,\n'
        ' 4 ,"ACH"," AL_R ", 1 ,"2",\n'
    )
    table = _connections(tmp_path / "c.csv", text)
    batch = pa.Table.from_batches(table.batches())
    assert batch.schema == arrow_schema(CONNECTION_FILE_COLUMNS)
    assert [tuple(row.values()) for row in batch.to_pylist()] == [
        (2**63 - 1, 2**53 + 1, "NA", 5, "None"),
        (1, 2, None, 3, None),
        (1, 2, "AL_R", 4, "ACH"),
    ]
    assert table.ignored == ("colour",)


@pytest.mark.usefixtures("blocked")
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7.2E+17,2,AL_R,7,ACH", "pre_root_id 7.2E+17 was rounded"),
        ("9223372036854775808,2,AL_R,7,ACH", "does not fit in 64 bits"),
        ("-1,2,AL_R,7,ACH", "pre_root_id -1 is less than 0"),
        (",2,AL_R,7,ACH", "pre_root_id is empty"),
        ('"",2,AL_R,7,ACH', "pre_root_id is empty"),
        ("0x1F,2,AL_R,7,ACH", "pre_root_id '0x1F' is not a whole number"),
        ("1,2,AL_R,2.5,ACH", "syn_count 2.5 has a decimal point"),
        ("1.0,2,AL_R,5,ACH", "pre_root_id 1.0 has a decimal point"),
        ("1,2,AL_R,-7,ACH", "syn_count -7 is less than 1"),
        ("1,2,AL_R,0,ACH", "syn_count 0 is less than 1"),
        ("1,2,AL_R,720575940596125868,ACH", "syn_count 720575940596125868 is more than 2147483647"),
        ("1,2,AL_R,7", "too few fields: 4 where the first row has 5"),
        ("1,2,AL_R,7,ACH,", "too many fields: 6 where the first row has 5"),
        ("1;2;AL_R;7;ACH", "too few fields: 1 where the first row has 5"),
        ("\ufeff1,2,AL_R,7,ACH", "is not a whole number"),
        (HEADER, "pre_root_id 'pre_root_id' is not a whole number"),
        ('1,2,"AL_R,7,ACH', "a quotation mark is not closed"),
        ('1,2,5",7,ACH', "a quotation mark inside a field"),
        ("1,2,AL\0R,7,ACH", "a NUL byte, so not text"),
    ],
)
def test_bad_row(tmp_path: Path, row: str, reason: str) -> None:
    """Its line and text are shown; the rows around it are kept where it is to be left out."""
    lines = [HEADER, *[GOOD] * 20, '1,2,"AL\r\nR",7,ACH', "", row, *[GOOD] * 20]
    table = _connections(tmp_path / "c.csv", "\n".join(lines) + "\n")
    with pytest.raises(DataError, match=re.escape("1 of 42 rows cannot be read")) as caught:
        _cells(table)
    (bad,) = caught.value.rows
    assert (bad.line, bad.text) == (25, row)
    assert reason in bad.reason
    assert f"line 25: {bad.reason}" in str(caught.value)
    refused: list[BadRow] = []
    assert len(_cells(table, refused)) == 41
    assert refused == [bad]


@pytest.mark.usefixtures("blocked")
def test_counts_that_pandas_made_floats_are_the_whole_numbers_that_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a table that had gaps, of which some rows are left; where one is no whole number its line is told."""
    path = tmp_path / "c.csv"
    counts = np.arange(1, 301)
    pairs = pd.DataFrame(
        {"pre_root_id": counts, "post_root_id": 2**60 + counts, "neuropil": "AL_R", "syn_count": counts}
    )
    pairs.loc[300] = (1, 2, "AL_R", np.nan)
    pairs.dropna().to_csv(path, index=False)
    assert path.read_text().splitlines()[1].endswith(",1.0")
    data = path.read_bytes()
    with monkeypatch.context() as fast:
        fast.setattr(TextTable, "_read_exactly", None)
        for text in (
            data,
            data.replace(b",7.0\n", b",7\n").replace(b",9.0\n", b", 9.00 \n").replace(b",11.0\n", b',"11.0"\n'),
        ):
            cells = _cells(_connections(path, text))
            assert [(post, count) for _, post, _, count in cells] == [(2**60 + k, k) for k in range(1, 301)]
    with pytest.raises(DataError, match=r"syn_count 8\.5 has a decimal point") as caught:
        _cells(_connections(path, data.replace(b",8.0\n", b",8.5\n")))
    assert [row.line for row in caught.value.rows] == [9]


def test_names_in_place_of_ids_are_told_how_to_load(tmp_path: Path) -> None:
    table = _connections(tmp_path / "c.csv", "pre,post,weight\nAVAL,PVCL,21\nAVAL,VA08,9\n")
    with pytest.raises(DataError, match=r"2 of 2 rows .* are given numbers as ids, and the names as cell types\. The"):
        _cells(table)


@pytest.mark.usefixtures("blocked")
def test_many_bad_rows_are_counted_and_ten_shown(tmp_path: Path) -> None:
    """Lines are those of the decompressed file; all refused rows are kept on request."""
    lines = [HEADER, *[GOOD if place % 3 else "1,2,AL_R,-7,ACH" for place in range(300)]]
    table = _connections(tmp_path / "c.csv", gzip.compress("\r\n".join(lines).encode()))
    with pytest.raises(DataError, match="100 of 300 rows cannot be read") as caught:
        _cells(table)
    assert [row.line for row in caught.value.rows] == list(range(2, 32, 3))
    refused: list[BadRow] = []
    assert _cells(table, refused) == [(720575940596125868, 720575940597856265, "AL_R", 7, "ACH")] * 200
    assert [row.line for row in refused] == list(range(2, 302, 3))


def test_nothing_is_yielded_after_a_bad_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops at the first batch has at least no batch from beyond the bad row."""
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", 200)
    table = _connections(tmp_path / "c.csv", "\n".join([HEADER, *[GOOD] * 9, "1,2,AL_R,,ACH", *[GOOD] * 99]))
    batches: Iterator[pa.RecordBatch] = table.batches()
    rows = 0
    with pytest.raises(DataError):
        rows += sum(batch.num_rows for batch in batches)
    for batch in iter(lambda: next(batches, None), None):
        rows += batch.num_rows
    assert rows <= 9


@pytest.mark.parametrize("refused", [None, []], ids=["an error", "left out"])
def test_refused_rows_are_not_read_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: list[BadRow] | None
) -> None:
    """A file of another kind is an error, not a list of all its rows."""
    monkeypatch.setattr(texttable, "MAX_REFUSED_BYTES", 1000)
    table = _connections(tmp_path / "c.csv", "\n".join([HEADER, *["a,b,c,d,e"] * 100]))
    with pytest.raises(DataError, match="is it the right file") as caught:
        _cells(table, refused)
    assert [row.line for row in caught.value.rows] == list(range(2, 12))


def test_numbers_of_neurons(tmp_path: Path) -> None:
    """Scores are float64 as Python reads them; an empty one is null, a wrong one refused."""
    path = tmp_path / "neurons.csv"
    path.write_text("root_id,nt_type_score,da_avg\n1,0.57,\n2, 1e-3 ,0.1\n")
    table = open_table(path, NEURON_FILE_COLUMNS, required=("root_id",))
    assert _cells(table) == [(1, 0.57, None), (2, 0.001, 0.1)]
    for wrong in ("nan", "inf", "-0.5", "0,5", "1e999"):
        path.write_text(f'root_id,nt_type_score,da_avg\n1,"{wrong}",\n')
        with pytest.raises(DataError, match="nt_score"):
            _cells(open_table(path, NEURON_FILE_COLUMNS, required=("root_id",)))


def test_a_terminal_is_not_obeyed(tmp_path: Path) -> None:
    """Control characters of a refused row are shown, not sent; a long row is cut in the message only."""
    row = "1,2,\x1b[31mAL_R," + "x" * 500 + ",ACH"
    with pytest.raises(DataError, match=r"1,2,\\x1b\[31mAL_R,x{100,}…$") as caught:
        _cells(_connections(tmp_path / "c.csv", f"{HEADER}\n{row}\n"))
    assert caught.value.rows[0].text == row


def test_repeated_reading(tmp_path: Path) -> None:
    """A table can be read more than once."""
    table = _connections(tmp_path / "c.csv", f"{HEADER}\n1,2,,3,\n\n4,5,,x,\n7,8,,9,\n")
    assert _cells(table, []) == _cells(table, []) == [(1, 2, None, 3, None), (7, 8, None, 9, None)]


def test_conflicts(tmp_path: Path) -> None:
    """Rows that disagree with the first of their key; equal, bad and other rows do not."""
    lines = [
        "id,neuropil,weight,pre,post",
        "a,x,1,7,8",
        "b,x,1,7,8",
        "c,y,1,7,8",
        "d,y,0,7,8",
        "e,y,1,6,8",
        "f, x,01,7,8",
        "g,,1,7,8",
    ]
    table = _connections(tmp_path / "c.csv", "\n".join(lines))
    assert [(row.line, row.text, row.reason) for row in table.conflicts("pre_root_id", {7})] == [
        (4, "c,y,1,7,8", "disagrees with line 2 about 7"),
        (8, "g,,1,7,8", "disagrees with line 2 about 7"),
    ]


IDS = st.integers(0, 2**63 - 1)
#: What survives the removal of blanks around a field, and is not empty.
WORDS = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1, max_size=9).filter(
    lambda word: word.strip(" \t") == word
)
CONNECTIONS = st.lists(st.tuples(IDS, IDS, WORDS, st.integers(1, 10**9), WORDS), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    cells=CONNECTIONS,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
    packed=st.booleans(),
    block_bytes=st.sampled_from([50, 1 << 23]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    cells: Cells,
    delimiter: str,
    quoting: Any,
    end: str,
    bom: bool,
    packed: bool,
    block_bytes: int,
) -> None:
    """Any table, written by Python's csv module in any way that users' programs write, comes back equal."""
    if quoting == csv.QUOTE_MINIMAL:
        end = "\r\n"  # before Python 3.13 the writer quotes no other line ends than its own
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([HEADER.split(","), *cells])
    content = text.getvalue().encode("utf-8-sig" if bom else "utf-8")
    path = tmp_path_factory.mktemp("written") / "connections.csv"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(textfiles, "BLOCK_BYTES", block_bytes)
        assert _cells(_connections(path, gzip.compress(content) if packed else content)) == cells


def _strict_reading(content: bytes) -> list[tuple[object, ...] | None]:
    """Read connections with nothing but the csv module and int: each row's cells, or None where one is in doubt."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = content.decode("utf-8-sig", "surrogateescape")
    delimiter = max(",;\t", key=next(line for line in io.StringIO(text) if line.strip()).count)
    rows = [
        row
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if len(row) > 1 or "".join(row).strip(" \t")
    ]
    names = [name.strip(" \t").lower().replace("_", "").replace(" ", "") for name in rows[0]]
    places = {name: names.index(name.replace("_", "")) for name in HEADER.split(",") if name.replace("_", "") in names}

    def cells(row: list[str]) -> Iterator[object]:
        if len(row) != len(names) or re.search("[\0\udc80-\udcff]", "".join(row)):
            raise ValueError(row)
        for name, place in places.items():
            field = row[place].strip(" \t")
            if name == "syn_count":
                field = re.sub(r"\A([0-9]+)\.0+\Z", r"\1", field)
            if name not in REQUIRED:
                yield field or None
            elif re.fullmatch("-?[0-9]+", field) and (name == "syn_count") <= int(field) < 2**63:
                yield int(field)
            else:
                raise ValueError(field)

    found: list[tuple[object, ...] | None] = []
    for row in rows[1:]:
        try:
            found.append(tuple(cells(row)))
        except ValueError:
            found.append(None)
    return found


NUMBERS = ["-1", "2.5", "5.0", "0", "007", "-0", "+3", "0x10", "1_0", "1e3", "7.2E+17", "nan", "9" * 19, "٣", "½"]
QUOTES = ['"', '""', "'", '"a', '"a"b', 'a"b', '"7"']
TEXTS = ["", " ", "\t7", "7 8", "None", "=1", "é", "a\nb", "\0", "\x0b", "\x1a", "\ufeff", "\u2028", "x" * 5000]


def _mutated(chance: random.Random) -> bytes:
    """Return a connections file with a few mutations; one in five may touch the header."""
    delimiter = chance.choice([",", ";", "\t"])
    end = chance.choice(["\n", "\r\n"])
    names = HEADER.split(",")
    rows = [
        [str(chance.randrange(7 * 10**17, 8 * 10**17)), str(chance.randrange(10**18)), *chance.choice(
            [["AL_R", "7", "ACH"], ['"ME, L"', "12", "GABA"], ["", "5", ""], ['"a""b"', "3", '"GLUT"']]
        )]
        for _ in range(chance.randrange(1, 40))
    ]  # fmt: skip
    table = [names, *rows]
    for _ in range(chance.choice([1, 1, 2])):
        place = chance.randrange(0 if chance.random() < 0.2 else 1, len(table))
        row, field = table[place], chance.randrange(len(table[place]) or 1)
        match chance.randrange(8):
            case 0 | 1 | 2:
                row[field : field + 1] = [chance.choice(NUMBERS + QUOTES + TEXTS)]
            case 3:
                row.insert(field, chance.choice(["1", "", "pre_root_id", "7"]))
            case 4:
                del row[field : field + 1]
            case 5:
                table.insert(place, list(chance.choice(table)))
            case 6:
                row[:] = ["".join(row)] if chance.random() < 0.3 else [chance.choice(",;\t").join(row)]
            case 7:
                row[field : field + 1] = [f" {''.join(row[field : field + 1])}\t"]
    content = end.join(delimiter.join(row) for row in table).encode() + chance.choice([b"", end.encode()])
    first = content.index(b"\n") + 1 if b"\n" in content else 0
    for _ in range(chance.choice([0, 0, 0, 1])):
        place = chance.randrange(first, len(content) + 1)
        byte = chance.choice([bytes([chance.randrange(256)]), b'"', b"\n", b"\r", b",", b"\0"])
        content = content[:place] + byte + content[place + chance.randrange(3) :]
    if chance.random() < 0.1:
        content = content[: chance.randrange(len(content))]
    if chance.random() < 0.1:
        content = content.decode("utf-8", "replace").encode(chance.choice(["utf-8-sig", "utf-16", "utf-8"]))
    if chance.random() < 0.3:
        content = gzip.compress(content)
        if chance.random() < 0.2:
            place = chance.randrange(len(content))
            content = content[:place] + (b"" if chance.random() < 0.5 else b"\xa5" + content[place + 1 :])
    return content


@pytest.mark.usefixtures("blocked")
def test_mutated_files(tmp_path: Path) -> None:
    """Each of 400 is refused by one DataError, or gives exactly what the strict reading gives."""
    chance = random.Random(630)
    opened = read = mended = 0
    for number in range(400):
        content = _mutated(chance)
        try:
            table = _connections(tmp_path / "connections.csv", content)
            opened += 1
            refused: list[BadRow] = []
            kept = _cells(table, refused)
            # Where quotation marks do not pair, the two may differ about where the next row begins.
            if not any("quotation" in row.reason for row in refused):
                expected = _strict_reading(content)
                assert kept == [row for row in expected if row is not None], number
                assert len(refused) == expected.count(None), number
                mended += bool(refused)
            assert _cells(table) == kept, number
            read += 1
        except DataError:
            continue
    assert opened > 200
    assert read > 50
    assert mended > 80
