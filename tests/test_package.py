"""What the repository says of itself in several places is one thing."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

import graphkit
from graphkit import errors, schema
from graphkit.cli import cli
from graphkit.queries import Queries, packaged_folder
from graphkit.reference import query_reference

CHECKOUT = Path(__file__).parent.parent
MODULES = {
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
    for folder in ("graphkit", "loaders")
    for path in (CHECKOUT / folder).rglob("*.py")
}
TYPES = {"int": "INT64", "float": "DOUBLE", "str": "STRING", "bool": "BOOL", "list[int]": "INT64[]",
         "list[float]": "DOUBLE[]"}  # fmt: skip


def test_public_names_are_listed_once_and_there() -> None:
    assert len(set(graphkit.__all__)) == len(graphkit.__all__)
    assert all(hasattr(graphkit, name) for name in graphkit.__all__)


def test_make_says_so_where_python_cannot_be_started(tmp_path: Path) -> None:
    command = ["make", "-s", "test", "PYTHON=python3.99", f"VENV={tmp_path / 'venv'}"]
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60).stderr
    assert "needs Python 3.11 or newer; python3.99 is not one: it cannot be started. Try: make PYTHON=" in told


def test_the_error_tree_in_words_is_the_tree_in_code() -> None:
    told = re.findall(r"[├└]── (\w+) \((\w+)\)", errors.__doc__ or "")
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GraphkitError)]
    assert {name for name, _ in told} == {kind.__name__ for kind in tree} - {"GraphkitError"}
    for name, builtin in told:
        assert builtin in {base.__name__ for base in getattr(errors, name).__mro__}


@pytest.mark.parametrize("table", [*schema.NODE_TABLES, *schema.RELATIONSHIP_TABLES], ids=lambda table: table.name)
def test_the_embedded_tables_are_those_of_the_schema(table: schema.Table) -> None:
    name = table.name.lower() if table.ends is None else f"to_{table.name.lower()}"
    text = Queries("ladybug")[f"schema/{name}"].text
    assert f"TABLE IF NOT EXISTS {table.name} (" in text
    columns = re.findall(r"^  (\w+) ([A-Z0-9]+(?:\[\])?)", text, flags=re.MULTILINE)
    assert [column for column in columns if column[0] != "FROM"] == [(c.name, TYPES[c.type]) for c in table.columns]
    if table.ends is not None:
        assert f"FROM {table.ends[0]} TO {table.ends[1]}" in text


def test_the_readme_lists_every_command_and_every_command_has_help() -> None:
    told = set(re.findall(r"^\| `graphkit ([\w-]+)", (CHECKOUT / "README.md").read_text(), flags=re.MULTILINE))
    assert told == set(cli.commands)
    for name, command in cli.commands.items():
        assert command.help, name
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help or parameter.type.name == "choice", (
                name, parameter.name,
            )  # fmt: skip


def test_the_queries_are_found_in_the_checkout() -> None:
    assert packaged_folder() == CHECKOUT / "cypher"


def test_the_reference_of_queries_is_what_their_headers_say() -> None:
    written = (CHECKOUT / "docs" / "queries.md").read_text(encoding="utf-8")
    assert written == query_reference(Queries("ladybug")), "run: graphkit queries --reference > docs/queries.md"


def test_the_changelog_has_this_version_and_so_has_the_citation() -> None:
    assert f"## {graphkit.__version__}" in (CHECKOUT / "CHANGELOG.md").read_text()
    assert f"version: {graphkit.__version__}" in (CHECKOUT / "CITATION.cff").read_text()


def test_every_dependency_has_its_reason_and_licence() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["exports"]]
    page = (CHECKOUT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| ([\w-]+) \| [^|]{6,} \| [^|]{3,} \|$", page, flags=re.MULTILINE)
    assert sorted(told) == sorted({re.split(r"[^\w-]", one)[0] for one in wanted})


def test_the_architecture_names_every_room_and_no_other() -> None:
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| (`.*?`) \|", page, flags=re.MULTILINE)
    told = {name.removeprefix("graphkit/") for room in rooms for name in re.findall(r"`([^`]+)`", room)}
    modules = [path.name for path in (CHECKOUT / "graphkit").glob("*.py") if not path.stem.endswith("__")]
    packages = [f"{path.parent.name}/" for path in (CHECKOUT / "graphkit").glob("*/__init__.py")]
    assert told == {*modules, *packages, "cypher/", "loaders/"} - {"version.py"}


def test_each_module_says_in_its_first_sentence_the_one_thing_that_it_is_for() -> None:
    for folder in ("graphkit", "loaders", "benchmarks", "docs", "tests"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = re.split(r"(?<=\.)\s|\n\n", told)[0]
            assert first.endswith("."), path
            assert " and " not in first.replace("\n", " "), f"{path}: two things are two modules"


def test_what_a_module_takes_of_another_is_in_its_all() -> None:
    for path in (path for folder in ("graphkit", "loaders") for path in (CHECKOUT / folder).rglob("*.py")):
        for taken in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(taken, ast.ImportFrom) and str(taken.module).startswith(("graphkit", "loaders")):
                names = {name.name for name in taken.names}
                submodules = {name for name in names if f"{taken.module}.{name}" in MODULES}
                offered = set(getattr(import_module(str(taken.module)), "__all__", ()))
                assert names - submodules <= offered, f"{path.relative_to(CHECKOUT)}, line {taken.lineno}"
