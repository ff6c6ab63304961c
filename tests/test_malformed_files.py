"""Files broken in ways that users' files are: refused by one clear error, or read exactly."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.mutations import bombs, malformed, published, written
from tests.soak.inputs import Found, try_files
from tests.strict_reader import RefusedError, read_strictly


def _faults(found: list[Found]) -> list[str]:
    return [f"{one.case.mutation} of {one.case.source}: {one.fault}" for one in found if one.fault]


def test_a_mutated_file_is_refused_with_its_line_or_read_as_the_strict_reader_reads_it() -> None:
    """The seed gives files of every class of mutation, loaded and refused ones."""
    found = try_files(islice(malformed(11, written()), 88))
    assert not _faults(found)
    assert sum(one.header_passed for one in found) > 0.3 * len(found)
    assert 10 < sum(one.loaded for one in found) < 78


def test_a_small_file_that_becomes_a_large_one_is_read_in_parts_or_refused() -> None:
    found = try_files(bombs(4 << 20), compare=False)
    assert not _faults(found)
    assert sum(one.loaded for one in found) == 5, "good rows, and rows without anything"


def test_the_beginning_of_a_published_file_is_read_by_the_strict_reader(real_data: Path) -> None:
    for source, data in published(real_data).items():
        assert len(read_strictly(data, Path(source).name.split(".")[0])) == data.count(b"\n") - 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("root_id\n1\n2.0\n", 3),
        ('root_id\n"1\n', 2),
        ('root_id\n1"\n', 2),
        ("root_id\n\n1,2\n", 3),
        ("root_id\n9223372036854775808\n", 2),
        ("root_id,pt_root_id\n1,1\n", None),
        ("colour\n1\n", None),
    ],
)
def test_the_strict_reader_refuses_what_the_rules_do(text: str, line: int | None) -> None:
    with pytest.raises(RefusedError) as caught:
        read_strictly(text.encode(), "target_neurons")
    assert caught.value.line == line


@pytest.mark.long
def test_a_thousand_mutated_files_and_decompression_bombs_within_a_gigabyte(tmp_path: Path) -> None:
    """In a process of its own, so that its memory is that of reading."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.inputs", "--seed", "3"],
        capture_output=True, text=True, check=False, timeout=1200, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
