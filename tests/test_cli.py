"""The command line as it is called: what it prints, writes, refuses."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphkit import SpikeTrains, connect
from graphkit.cli import main
from graphkit.cli.plotting import FIGURES
from graphkit.synthetic import generate

#: What a command ended with: its exit code, standard output and standard error.
Ended = tuple[int, str, str]
Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    generate(folder, neurons=300, edges=3000, seed=3)
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHKIT_GRAPH", str(tmp_path / "brain.graph"))
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)

    def command(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["graphkit", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return command


def done(ended: Ended) -> str:
    code, out, err = ended
    assert code == 0, err
    return out


def test_stimuli_silencing_and_recording(run: Run, folder: Path) -> None:
    for words in (("load", folder), ("predict",), ("merge",), ("mark", "--targets", folder / "target_neurons.csv")):
        done(run(*words))
    Path("stimuli.toml").write_text(
        'background = false\n[pulses]\ntype = "regular"\ngroup = "target"\nrate_hz = 100\namplitude_mv = 30\n'
    )
    Path("targets.toml").write_text("is_target = true\n")
    options = [
        "--duration-ms", 100, "--dt-ms", 0.2, "--seed", 1, "--stimuli", "stimuli.toml", "--silence", "targets.toml",
        "--silence-mode", "clamp", "--silence-start-ms", 40, "--silence-end-ms", 70, "--out", "results",
    ]  # fmt: skip
    done(run("simulate", *options, "--record", "targets.toml", "--record-every-ms", 2))
    spikes = SpikeTrains.load("results")
    stimuli: Any = spikes.run["stimuli"]
    assert [stimulus["name"] for stimulus in stimuli] == ["target", "downstream_1", "pulses"]
    times = spikes.t_ms[spikes.groups[spikes.index] == "target"]
    assert ((times < 40) | (times >= 70)).all()
    assert min(sum(times < 40), sum(times >= 70)) > 1
    assert spikes.run["dt_ms"] == 0.2
    assert spikes.states is not None
    assert spikes.states["v_mv"].shape == (1, sum(spikes.groups == "target"), 50)
    code, _, err = run("simulate", "--record-every-ms", 2, "--out", "results")
    assert (code, "name neurons with --record" in err) == (2, True)
    Path("stimuli.toml").write_text("pulses = 5\n")
    code, _, err = run("simulate", *options)
    assert (code != 0, "stimulus 'pulses': 5 is neither" in " ".join(err.split())) == (True, True)


@pytest.fixture
def loaded(run: Run, folder: Path) -> Run:
    done(run("load", folder))
    return run


def test_each_step_alone(run: Run, folder: Path) -> None:
    loaded = done(run("load", folder))
    assert f"rows kept {len(pd.read_csv(folder / 'connections.csv')):,}" in " ".join(loaded.split())
    assert "unchanged" in done(run("load", folder))
    done(run("predict"))
    done(run("merge"))
    done(run("mark", "--targets", folder / "target_neurons.csv", "--depth", 2,
             "--functional-nuclei", folder / "functional_nuclei.csv"))  # fmt: skip
    assert [line.split()[:2] for line in done(run("info")).splitlines()[-4:]] == [
        [name, "done"] for name in ("load", "predict", "merge", "mark")
    ]
    done(run("simulate", "--duration-ms", 100, "--seed", 1, "--out", "results"))
    assert {path.name for path in Path("results").iterdir()} >= {
        "target_spikes.csv", "downstream_1_spikes.csv", "downstream_2_spikes.csv", "spikes.parquet", "rates.csv",
        "run.json", "firing_activity.png", "network.html", "raster.html", "rates.html",
    }  # fmt: skip
    spikes = SpikeTrains.load("results")
    done(run("write-back", "results"))
    assert spikes.run_id in done(run("runs", "list"))

    top = json.loads(done(run("query", "activity/most_active", "--param", "limit=3", "--format", "json")))
    rates = spikes.rates().sort_values(["rate_hz", "root_id"], ascending=[False, True], kind="stable").head(3)
    assert [row["root_id"] for row in top] == [str(root_id) for root_id in rates["root_id"]]
    text = "MATCH (n:Neuron) WHERE n.rate_hz > $min RETURN n.root_id AS root_id ORDER BY root_id"
    done(run("cypher", text, "--param", "min=20", "--format", "csv", "--out", "fast.csv"))
    fast = spikes.rates().query("rate_hz > 20")["root_id"].sort_values()
    assert pd.read_csv("fast.csv")["root_id"].tolist() == fast.tolist()

    more: dict[str, list[object]] = {"comparison": ["--against", "results"], "volcano": ["--against", "results"]}
    with connect("brain.graph", read_only=True) as connectome:
        first = connectome.circuit(max_downstream=1)
        more["partners"] = ["--neuron", int(first.root_ids[first.post[0]]), "--by", "super_class"]
        more["paths"] = ["--neuron", int(first.root_ids[first.pre[0]]), "--neuron", int(first.root_ids[first.post[0]])]
    more["network"] = ["--layout", "neuropil", "--color-by", "transmitter", "--theme", "dark"]
    more["raster"] = ["--by", "super_class"]
    code, _, told = run("plot", "potentials", "--results", "results", "--out", "none.html")
    assert (code, "graphkit simulate --record FILE" in told) == (2, True)
    code, _, told = run("plot", "none", "--out", "none.html")
    assert "plot [OPTIONS] FIGURE\n" in told
    done(
        run(
            "simulate", "--duration-ms", 20, "--seed", 1, "--record", folder / "target_neurons.csv", "--out", "recorded"
        )
    )
    more["potentials"] = ["--results", "recorded"]
    for figure in FIGURES:
        done(run("plot", figure, *more.get(figure, []), "--out", f"{figure}.html"))
        assert "plotly" in Path(f"{figure}.html").read_text()
    for suffix in ("graphml", "gexf", "csv", "parquet"):
        done(run("export", f"circuit.{suffix}"))
        assert Path(f"circuit.{suffix}").stat().st_size > 0
    table = pd.DataFrame(json.loads(done(run("statistics", "results", "--by", "super_class", "--format", "json"))))
    assert table["neurons"].sum() == len(spikes.root_ids)
    assert {"rate_hz", "cv", "fano_factor", "correlation"} <= set(table)
    late = done(run("statistics", "--from-ms", 50, "--format", "csv"))
    assert "target" in late
    for suffix in ("parquet", "h5"):
        assert f"{len(spikes)} spikes" in done(run("export", f"spikes.{suffix}", "--results", "results"))
    assert len(pd.read_parquet("spikes.parquet")) == len(spikes)
    done(run("runs", "delete", spikes.run_id))
    assert "0 rows" in done(run("runs", "list"))


def test_the_whole_line_in_one(run: Run, folder: Path) -> None:
    done(run("run", folder, "--out", "results", "--duration-ms", 50, "--seed", 2))
    with connect("brain.graph", read_only=True) as connectome:
        assert {step.state for step in connectome.steps().values()} == {"done"}
        stored = connectome.spikes()
    np.testing.assert_array_equal(stored.t_ms, SpikeTrains.load("results").t_ms)


def test_generate_writes_a_folder_that_loads(run: Run) -> None:
    done(run("generate", "tiny", "--neurons", 50, "--edges", 200, "--seed", 1))
    done(run("load", "tiny"))
    code, _, err = run("generate", "tiny", "--neurons", 50, "--edges", 200)
    assert code == 2
    assert "overwrite" in err


def test_queries_are_listed_and_shown(run: Run) -> None:
    assert "activity/most_active" in done(run("queries"))
    assert "// :param limit: int = 10" in done(run("queries", "activity/most_active"))


def test_a_table_keeps_every_digit_in_a_pipe(loaded: Run, folder: Path) -> None:
    root_ids = pd.read_csv(folder / "classification.csv")["root_id"].sort_values()
    shown = done(loaded("query", "select/neurons", "--param", "limit=1"))
    assert str(root_ids.iloc[0]) in shown


BAD_USE: list[tuple[list[object], str]] = [
    (["query", "activity/most_activ"], "Did you mean activity/most_active"),
    (["query", "hubs2"], "no query is called 'hubs2'"),
    (["query", "analysis/hubs", "--param", "limit=many"], "limit=many, expected int"),
    (["query", "analysis/hubs", "--param", "lim=3"], "no parameter 'lim'. Did you mean limit?"),
    (["query", "analysis/hubs", "--param", "limit"], "--param limit is not NAME=VALUE"),
    (["query", "analysis/partners_downstream"], "root_ids: list[int] (on the command line: --param root_ids=…)"),
    (["cypher", "MATCH (n:Neuron) SET n.sign = 1"], "SET (line 1, column 18) writes"),
    (["cypher", "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row"], "LOAD (line 1, column 1)"),
    (["cypher", "MATCH (n:Neuron) RETURN n.root_id AS id", "--param", "x=1"], "no parameter x"),
    (["cypher", "MATCH (n:Neuron) WHERE n.sign = $s RETURN n.root_id AS id"], "uses $s without a value"),
    (["cypher", "MATCH (n:Neuron RETURN n"], "line"),
    (["cypher", "MATCH (n:Neuron) RETURN n.nothing AS x"], "nothing"),
    (["predict", "--policy", "shiu"], "known: shiu2024, monoamine_zero, ach_only. Did you mean shiu2024?"),
    (["load", "nowhere"], "nowhere"),
    (["runs", "delete", "run-1"], "no run is called 'run-1'"),
    (["write-back", "nowhere"], "no run.json here"),
    (["plot", "raster", "--out", "raster.html"], "no run was written back"),
    (["plot", "volcano", "--out", "volcano.html"], "name its folder with --against"),
    (["plot", "paths", "--neuron", 5, "--out", "paths.html"], "the figure is of two neurons"),
    (["plot", "partners", "--neuron", 5, "--out", "partners.html"], "neuron 5 is not in the graph"),
    (["plot", "boundary", "--by", "side", "--out", "boundary.html"], "boundary takes no --by"),
    (["plot", "raster", "--max-downstream", 1, "--out", "raster.html"], "raster takes no --max-downstream"),
    (["plot", "matrix", "--neuron", 5, "--out", "matrix.html"], "matrix takes no --neuron"),
    (["export", "spikes.h5", "--results", "results", "--min-synapses", 5], "leave out what chooses a circuit"),
    (["export", "circuit.doc"], ".graphml"),
    (["export", "circuit.csv", "--min-synapses", -1], "$min_synapses is -1; give 0 or more"),
    (["export", "circuit.csv", "--min-input-share", 2], "$min_input_share is 2.0; give 0 to 1"),
    (["check", "--limit", -1], "$limit is -1; give 0 or more"),
    (["cypher", "MATCH (n:Neuron) RETURN n.root_id AS id", "--limit", -1], "row_limit is -1; give 0 or more"),
    (["cypher", "MATCH (n:Neuron) RETURN n.root_id AS id", "--timeout", "inf"], "timeout_s is inf; give seconds above"),
]


@pytest.mark.parametrize(("words", "told"), BAD_USE, ids=lambda value: value[0] if isinstance(value, list) else "")
def test_bad_use_is_told_in_one_message(loaded: Run, words: list[object], told: str) -> None:
    if words[0] in ("export",) or words[1:2] == ["analysis/hubs"] or words[1:2] == ["analysis/partners_downstream"]:
        done(loaded("predict"))
        done(loaded("merge"))
    code, out, err = loaded(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") <= 12


def test_a_missing_step_is_a_failure_that_names_the_command(loaded: Run) -> None:
    code, _, err = loaded("merge")
    assert (code, err) == (1, "graphkit: predict has not been run on this graph. Run `graphkit predict`.\n")


def test_no_graph_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHKIT_GRAPH")
    code, _, err = run("info")
    assert code == 2
    assert "--graph FILE, or in the variable GRAPHKIT_GRAPH" in err


def test_a_graph_that_is_not_there(run: Run) -> None:
    code, _, err = run("query", "analysis/counts")
    assert code == 1
    assert "no such graph" in err
    assert not Path("brain.graph").exists()


def test_a_file_that_is_no_graph(run: Run) -> None:
    Path("brain.graph").write_text("root_id\n1\n")
    code, _, err = run("info")
    assert code == 1
    assert "is not a graph file" in err


def test_a_server_that_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "not-to-be-seen")
    code, out, err = run("info", "--graph", "bolt://127.0.0.1:9")
    assert code == 1
    assert "127.0.0.1:9" in err
    assert "not-to-be-seen" not in out + err


def test_a_server_without_a_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        code, _, err = run("info", "--graph", "bolt://127.0.0.1:9")
    assert code == 2
    assert "set NEO4J_PASSWORD, or name a file with --password-file" in err


def test_a_password_file_that_holds_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    code, _, err = run("info", "--graph", "bolt://127.0.0.1:9", "--password-file", str(tmp_path / "password"))
    assert code == 2
    assert "password is empty" in err


HEADER = "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n"
ROW = "720575940600000001,720575940600000002,AL_R,5,ACH\n"
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "missing column": (b"pre_root_id,neuropil,syn_count,nt_type\n1,AL_R,5,ACH\n", "post_root_id"),
    "unreadable number": ((HEADER + ROW + ROW.replace(",5,", ",five,")).encode(), "line 3"),
    "negative number": ((HEADER + ROW.replace(",5,", ",-5,")).encode(), "line 2"),
    "fractional number": ((HEADER + ROW.replace(",5,", ",5.5,")).encode(), "line 2"),
    "too many fields": ((HEADER + ROW.replace("ACH", "ACH,ACH")).encode(), "line 2"),
    "truncated gzip": (gzip.compress((HEADER + ROW * 500).encode())[:-30], "cut short"),
    "empty file": (b"", "empty"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_files_are_told_in_one_message_and_leave_the_graph(loaded: Run, kind: str) -> None:
    content, told = BAD_FILES[kind]
    Path("connections.csv").write_bytes(content)
    before = done(loaded("info"))
    code, out, err = loaded("load", "connections.csv", "--replace")
    assert (code, out) == (2, "")
    assert "connections.csv" in err
    assert told in err
    assert done(loaded("info")) == before


def test_a_folder_without_the_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    code, _, err = run("load", "none")
    assert code == 2
    assert "none" in err
    assert not Path("brain.graph").exists()


def test_targets_that_the_graph_does_not_know(loaded: Run) -> None:
    done(loaded("predict"))
    done(loaded("merge"))
    Path("targets.csv").write_text("root_id\n12345\n")
    code, _, err = loaded("mark", "--targets", "12345")
    assert (code, "12345: no such file. Neurons are named by a file with a column root_id" in err) == (2, True)
    code, _, err = loaded("mark", "--targets", "targets.csv")
    assert code == 2
    assert "1 of 1 target neurons are not in the graph: 12345" in err


def test_data_of_others_are_named_and_not_cited_as_flywires(run: Run) -> None:
    Path("wiring.csv").write_text(HEADER + ROW)
    done(run("load", "wiring.csv", "--name", "larva", "--release", "2023"))
    told = done(run("info"))
    assert "larva 2023, loaded" in told
    assert "cite: its authors  licence: not given" in told


def test_bad_rows_can_be_left_out(run: Run) -> None:
    Path("connections.csv").write_text(HEADER + ROW + ROW.replace(",5,", ",-5,") + ROW.replace("AL_R", "AL_L"))
    out = done(run("load", "connections.csv", "--skip-bad-rows"))
    assert "refused_rows.csv" in out
    refused = pd.read_csv("refused_rows.csv")
    assert refused["line"].tolist() == [3]
    assert "rows" in done(run("query", "analysis/counts"))


def test_writing_cypher_writes_only_when_asked(loaded: Run) -> None:
    done(loaded("cypher", "--write", "MATCH (n:Neuron) SET n.sign = 1"))
    counted = done(loaded("cypher", "MATCH (n:Neuron) WHERE n.sign = 1 RETURN count(*) AS n", "--format", "csv"))
    assert counted.splitlines() == ["n", "300"]


def test_plans_are_shown_instead_of_answers(loaded: Run) -> None:
    for asked in (("cypher", "MATCH (n:Neuron) RETURN count(*) AS n"), ("query", "analysis/class_counts")):
        plan, profile = done(loaded(*asked, "--explain")), done(loaded(*asked, "--profile"))
        assert "SCAN_NODE_TABLE" in plan
        assert "NumOutputTuples: 300 " in profile
        assert "NumOutputTuples: 300 " not in plan


def test_rows_left_out_are_announced(loaded: Run) -> None:
    code, out, err = loaded("cypher", "MATCH (n:Neuron) RETURN n.root_id AS id", "--limit", 7, "--format", "csv")
    assert code == 0
    assert len(out.splitlines()) == 8
    assert "only the first 7 rows are shown" in err


def test_what_a_simulation_will_lack_is_told_once(run: Run) -> None:
    Path("wiring.csv").write_text("pre_root_id,post_root_id,syn_count\n1,2,5\n2,3,5\n3,4,5\n")
    Path("targets.csv").write_text("root_id\n1\n")
    done(run("load", "wiring.csv"))
    code, _, told = run("predict")
    assert (code, "100% of all synapses have sign 0" in told) == (0, True)
    done(run("merge"))
    code, _, told = run("predict", "--unknown-sign", 1)
    assert (code, told) == (0, "")
    code, _, told = run("mark", "--targets", "targets.csv", "--depth", 1)
    assert (code, told.count("the result of merge is older")) == (0, 1)
    done(run("merge"))
    done(run("mark", "--targets", "targets.csv", "--depth", 1))
    code, _, told = run("export", "circuit.csv", "--max-downstream", 2)
    assert (code, "neurons are marked to level 1: deeper ones are not in the circuit" in told) == (0, True)
    code, _, told = run("export", "circuit.csv", "--max-downstream", 1)
    assert (code, told) == (0, "")


def test_work_goes_on_though_nobody_reads_what_came_out(run: Run, folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for words in (
        ("run", folder, "--duration-ms", 10, "--seed", 1, "--out", "results"),
        ("simulate", "--duration-ms", 10, "--seed", 2, "--out", "second", "--write-back"),
    ):
        command = [sys.executable, "-c", "from graphkit.cli import main; main()", *map(str, words)]
        ended = subprocess.run(command, stdout=writer, stderr=writer, check=False, timeout=120)
        assert ended.returncode == 0
    os.close(writer)
    first, second = (SpikeTrains.load(folder).run_id for folder in ("results", "second"))
    listed = json.loads(done(run("runs", "list", "--format", "json")))
    assert [one["run_id"] for one in listed] == [second, first]
