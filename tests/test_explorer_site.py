"""The server of the page: what it answers, to whom, how soon."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from plotly.offline import get_plotlyjs

from graphkit.connectome import connect
from graphkit.errors import BackendError, GraphkitError, QueryError, SelectionError, WriteRefusedError
from graphkit.explorer import Explorer, Site, View, application
from graphkit.explorer.figures import FIGURES, WIRING, shown_figure
from graphkit.explorer.graphs import Graphs
from graphkit.plots.style import THEMES, Theme
from graphkit.simulation import simulate
from tests.connectomes import BASE, fill


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "tiny.graph"
    with connect(path) as connectome:
        fill(connectome)
    return path


@pytest.fixture
def explorer(graph: Path, tmp_path: Path) -> Iterator[Explorer]:
    opened = Explorer(lambda write: connect(graph, read_only=not write), tmp_path / "runs")
    yield opened
    opened.close()


def asked(client: Any, **headers: str) -> int:
    return int(client.get("/", headers=headers).status_code)


def test_only_this_machine_and_this_page_are_answered(explorer: Explorer) -> None:
    client = application(explorer).server.test_client()
    assert asked(client, Host="127.0.0.1:8420") == 200
    assert asked(client, Host="localhost:8420") == asked(client, Host="[::1]:8420") == 200
    for host in (
        "evil.example",
        "evil.example:8420",
        "127.0.0.1.evil.example",
        "10.0.0.7:8420",
        "localhost.evil.example",
    ):
        assert asked(client, Host=host) == 403, host
    ours = {"Host": "127.0.0.1:8420"}
    assert asked(client, **ours, Origin="http://127.0.0.1:8420") == 200
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1:8420.evil.example"):
        assert asked(client, **ours, Origin=origin) == 403, origin
    crossed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert asked(client, **ours, **crossed) == 403
    refused = client.post("/_dash-update-component", data="{}", headers={**ours, "Origin": "http://evil.example"})
    assert refused.status_code == 403


def test_beyond_this_machine_a_token_is_asked_for_once(explorer: Explorer) -> None:
    server = application(explorer, host="0.0.0.0", token="let-me-in").server
    stranger, friend = server.test_client(), server.test_client()
    here = {"Host": "192.168.1.20:8420"}
    assert asked(stranger, **here) == 401
    assert stranger.get("/?token=guess", headers=here).status_code == 401
    assert stranger.get("/_dash-layout", headers=here).status_code == 401
    assert stranger.get("/", headers={"Host": "evil.example"}).status_code == 403
    moved = friend.get("/?token=let-me-in", headers=here)
    assert (moved.status_code, moved.headers["Location"]) == (303, "/")
    cookie = moved.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert friend.get("/", headers=here).status_code == 200


def test_a_token_is_drawn_where_one_is_needed(graph: Path, tmp_path: Path) -> None:
    with Site(lambda write: connect(graph, read_only=not write), tmp_path, host="0.0.0.0") as site:
        assert re.search(r"\?token=[\w-]{32}$", site.url)
    with Site(lambda write: connect(graph, read_only=not write), tmp_path) as site:
        assert "token" not in site.url


def test_everything_comes_from_this_server(explorer: Explorer) -> None:
    client = application(explorer).server.test_client()
    answer = client.get("/", headers={"Host": "127.0.0.1"})
    page = answer.get_data(as_text=True)
    linked = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert linked
    assert all(url.startswith("/") and not url.startswith("//") for url in linked), linked
    for url in linked:
        with client.get(url, headers={"Host": "127.0.0.1"}) as part:
            assert part.status_code == 200, url
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_plotly_is_sent_once_as_it_is_but_for_the_brackets_around_its_function(explorer: Explorer) -> None:
    client = application(explorer).server.test_client()
    page = client.get("/", headers={"Host": "127.0.0.1"}).get_data(as_text=True)
    (address,) = [url for url in re.findall(r'src="([^"]+)"', page) if "plotly" in url]
    answer = client.get(address, headers={"Host": "127.0.0.1"})
    assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"
    sent = answer.get_data(as_text=True)
    assert sent.replace("this, (() => {", "this, () => {").replace("Plotly;\n})));", "Plotly;\n}));") == get_plotlyjs()


def test_a_port_that_is_taken_and_a_graph_that_is_missing_are_told(graph: Path, tmp_path: Path) -> None:
    with Site(lambda write: connect(graph, read_only=not write), tmp_path) as site:
        port = int(site.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(GraphkitError, match=f"port {port} .* Choose another with --port"):
            Site(lambda write: connect(graph, read_only=not write), tmp_path, port=port)
    with pytest.raises(GraphkitError, match="no such graph"):
        Site(lambda write: connect(tmp_path / "none.graph", read_only=not write), tmp_path)


def test_a_page_that_only_reads_cannot_write(explorer: Explorer) -> None:
    with pytest.raises(WriteRefusedError, match="--write"), explorer.graphs.writing():
        pass
    for text in ("CREATE (n:Neuron {root_id: 1})", "MATCH (n:Neuron) SET n.side = 'x' RETURN n.root_id AS root_id"):
        with pytest.raises(WriteRefusedError):
            explorer.answer({"text": text})
    with pytest.raises(QueryError, match="writes"):
        explorer.answer({"name": "write/clear_marks"})


def test_answers_are_cut_at_their_limit_and_say_so(explorer: Explorer) -> None:
    text = "MATCH (n:Neuron) RETURN n.root_id AS root_id ORDER BY root_id"
    cut = explorer.answer({"text": text, "rows": 3})
    assert (len(cut.table), cut.cut) == (3, True)
    assert cut.root_ids() == [BASE + 1, BASE + 2, BASE + 3]
    whole = explorer.answer({"text": text, "rows": 10})
    assert (len(whole.table), whole.cut) == (10, False)
    with pytest.raises(QueryError, match="RETRN"):
        explorer.answer({"text": "MATCH (n:Neuron) RETRN n.root_id AS root_id"})


def test_values_are_parameters_whatever_stands_in_them(explorer: Explorer) -> None:
    text = "MATCH (n:Neuron) WHERE n.cell_type = $kind RETURN n.root_id AS root_id"
    assert explorer.answer({"text": text, "values": {"kind": "APL"}}).root_ids() == [BASE + 6]
    assert explorer.answer({"text": text, "values": {"kind": "APL' OR 1 = 1 //"}}).root_ids() == []
    by_id = {"text": "MATCH (n:Neuron) WHERE n.root_id IN $ids RETURN n.cell_type AS cell_type",
             "values": {"ids": [{"int": str(BASE + 6)}]}}  # fmt: skip
    assert explorer.answer(by_id).table["cell_type"].tolist() == ["APL"]


HUNG = (
    "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 3000) AS c WITH a, b, c "
    "WHERE a + b + c < 0 RETURN count(*) AS n"
)


def test_a_hung_question_leaves_the_others(explorer: Explorer) -> None:
    hung = {"text": HUNG, "seconds": 3}
    said: list[BaseException] = []

    def ask() -> None:
        try:
            explorer.answer(hung)
        except GraphkitError as error:
            said.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    answered = 0
    while thread.is_alive():
        explorer.answer({"text": f"MATCH (n:Neuron) WHERE n.root_id > {answered} RETURN count(*) AS n"})
        answered += 1
        time.sleep(0.02)
    assert answered > 5
    assert isinstance(said[0], BackendError)
    assert "time limit" in str(said[0])


def test_a_question_is_stopped_by_the_tab_that_asked(explorer: Explorer) -> None:
    said: list[str] = []

    def ask() -> None:
        with pytest.raises(BackendError) as told:
            explorer.answer({"text": HUNG, "seconds": 60}, "mine")
        said.append(str(told.value))

    thread = threading.Thread(target=ask)
    thread.start()
    explorer.stop("another")
    assert explorer.answer({"text": "RETURN 1 AS x"}).table["x"].tolist() == [1]
    assert not said
    explorer.stop("mine")  # once is enough
    thread.join(30)
    assert said == ["the query was stopped"]


def test_every_wiring_figure_is_drawn_in_both_themes_and_stacked_on_a_phone(explorer: Explorer) -> None:
    for name, (_, draw) in WIRING.items():
        for theme in get_args(Theme):
            figure, title, _ = shown_figure(draw(explorer, View(), theme), {"px": 350, "theme": theme})
            assert title, name
            assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].ground, name
            if "xaxis2" in figure.layout:
                assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1], name
            assert all(
                len(line) <= 40 for axis in figure.select_xaxes() for line in (axis.title.text or "").split("<br>")
            )
            # A flow has no axes: the room of the figure that stood there before must not stay.
            assert figure.layout.margin.autoexpand == (name not in ("flow", "senders")), name
    phone, _, _ = shown_figure(FIGURES["distributions"](explorer, View(), "light"), {"px": 350, "theme": "light"})
    assert [trace.name for trace in phone.data if trace.showlegend is False] == []
    network, _, _ = shown_figure(FIGURES["network"](explorer, View(), "light"), {"px": 350, "theme": "light"})
    keys = {trace.name: trace.showlegend for trace in network.data if trace.type == "scatter" and not trace.meta}
    assert {name for name, shown in keys.items() if shown is False} == {
        name for name in keys if name.endswith("synapses")
    }
    assert any(name.endswith("synapses") for name in keys)


def test_of_a_run_from_elsewhere_the_most_active_neurons_are_drawn(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    circuit = explorer.circuit(View())
    spikes = simulate(circuit, duration_ms=500, seed=1)
    spikes.save(tmp_path / "runs" / "mine")  # as the command line does: without its circuit
    monkeypatch.setattr("graphkit.explorer.explorer.FIRST_VIEW", 3)
    most = spikes.rates().sort_values("spike_count", ascending=False, kind="stable").head(3)
    assert set(explorer.run_circuit("mine", View()).root_ids) == set(most["root_id"])
    figure = FIGURES["activity"](explorer, View(run="mine"), "light")
    assert f"the 3 most active of the {len(circuit)} neurons of the run" in figure.layout.meta["caption"]


def test_two_requests_compute_a_view_once(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    reading = explorer.graphs.reading

    def counting() -> Any:
        counted.append(1)
        return reading()

    monkeypatch.setattr(explorer.graphs, "reading", counting)
    threads = [threading.Thread(target=lambda: explorer.circuit(View())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 1


def test_what_was_written_is_seen_by_every_connection(tmp_path: Path) -> None:
    path = tmp_path / "mine.graph"
    with connect(path) as connectome:
        fill(connectome)
    graphs = Graphs(lambda write: connect(path, read_only=not write), writable=True, readers=3)
    with graphs.reading() as one, graphs.reading() as two:
        assert one is not two
    with graphs.writing() as writer:
        writer.mark_downstream([BASE + 5], depth=1)
    for _ in range(4):
        with graphs.reading() as connectome:
            assert connectome.neurons(is_target=True)["root_id"].tolist() == [BASE + 5]
    assert graphs.generation == 1
    with pytest.raises(SelectionError), graphs.writing() as writer:
        writer.mark_downstream([5], depth=1)
    with graphs.reading() as connectome:
        assert connectome.neurons(is_target=True)["root_id"].tolist() == [BASE + 5]
    graphs.close()


def test_a_port_that_no_machine_has_is_refused(graph: Path) -> None:
    """The system would take 99999 for 34463."""
    command = [sys.executable, "-c", "from graphkit.cli import main; main()", "explore", "--graph", str(graph)]
    ended = subprocess.run([*command, "--port", "99999"], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "'--port': 99999 is not in the range 0<=x<=65535" in ended.stderr


def test_the_command_shows_the_page_and_ends_on_ctrl_c(graph: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from graphkit.cli import main; main()", "explore", "--graph", str(graph),
               "--port", "0", "--no-browser", "--runs", str(tmp_path / "runs")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert url
        connection = http.client.HTTPConnection("127.0.0.1", int(url[1]), timeout=20)
        connection.request("GET", "/_dash-layout")
        answer = connection.getresponse()
        assert answer.status == 200
        assert "panel-circuit" in json.dumps(json.loads(answer.read()))
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
