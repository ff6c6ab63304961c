"""Steps on Neo4j that are disturbed in their midst."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import neo4j.exceptions
import pytest

from graphkit.connectome import Connectome, connect
from graphkit.errors import BackendError, GraphStateError, ServerUnavailableError
from graphkit.graph import Graph
from graphkit.steps import Steps
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.connectomes import BASE, fill, tiny
from tests.neo4j_server import Neo4jServer, server_of_its_own
from tests.soak.checksums import checksums
from tests.soak.server_kills import STEPS, Kill, Trial, kill_and_repeat, prepare

#: The message of Bolt that commits: chunk of two bytes, structure without fields, 0x12, end.
COMMIT = b"\x00\x02\xb0\x12\x00\x00"


# ---------------------------------------------------------------------------------------------- kills


@pytest.fixture(scope="module")
def trial(neo4j_server: Neo4jServer, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    neo4j_server.clear()
    folder = tmp_path_factory.mktemp("killed")
    return prepare(Trial(neo4j_server.uri, neo4j_server.password, folder), neurons=300, edges=2500)


def test_a_killed_client_is_recognised_and_its_step_repeated(trial: Trial) -> None:
    assert trial.transactions is not None
    for step in STEPS:
        found = kill_and_repeat(trial, step, Kill("client", len(trial.transactions[step]) // 2))
        assert not found.faults, found
        assert found.state == "interrupted", found


@pytest.mark.long
def test_a_killed_server_loses_nothing_and_its_step_is_finished(tmp_path: Path) -> None:
    with server_of_its_own(tmp_path / "server") as process:
        trial = Trial(process.uri, process.password, tmp_path / "files", process)
        trial = prepare(trial, neurons=300, edges=2500)
        assert trial.transactions is not None
        for step in STEPS:
            found = kill_and_repeat(trial, step, Kill("server", len(trial.transactions[step]) // 2))
            assert not found.faults, found
            assert found.inside, found


@pytest.mark.filterwarnings("ignore:load is unfinished")
def test_a_load_that_was_stopped_half_way_is_repeated_whole(empty_neo4j: Neo4jServer, tmp_path: Path) -> None:
    path = tmp_path / "connections.csv"
    rows = "".join(f"{1 + k % 7},{8 + k % 11},AL_R,5,ACH\n" for k in range(60_000))
    path.write_text("pre_root_id,post_root_id,neuropil,syn_count,nt_type\n" + rows)

    def stop(done: int, total: int | None, unit: str) -> None:
        if total is not None and unit == "rows" and 0 < done < total:
            raise KeyboardInterrupt

    with connect(empty_neo4j.uri, user=empty_neo4j.user, password=empty_neo4j.password) as connectome:
        with pytest.raises(KeyboardInterrupt):
            connectome.load(FlyWire(path), progress=stop)
        assert connectome.steps()["load"].state == "interrupted"
        assert 0 < count(connectome) < 60_000
        with pytest.raises(GraphStateError, match="load was interrupted"):
            connectome.predict_transmitters()
        connectome.load(FlyWire(path))
        assert count(connectome) == 60_000
        path.write_text(path.read_text() + "1,2,AL_R,5,ACH\n")
        with pytest.raises(KeyboardInterrupt):
            connectome.load(FlyWire(path), add=True, progress=stop)
        with pytest.raises(GraphStateError, match="Load all files again with --replace"):
            connectome.load(FlyWire(path), add=True)
        connectome.load(FlyWire(path), replace=True)
        assert count(connectome) == 60_001


def count(connectome: Connectome) -> int:
    return int(connectome.cypher("MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron) RETURN count(s) AS n")["n"].iloc[0])


# ---------------------------------------------------------------------------------------------- connections


def shut_down(*ends: socket.socket) -> None:
    """End connections at both sides, and what waits for them: closing one that a thread reads from tells nobody."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Gate:
    """A way to a server that can be shut and cuts what goes through it."""

    def __init__(self, uri: str) -> None:
        host, port = uri.removeprefix("bolt://").split(":")
        self._server = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._committing: set[socket.socket] = set()
        self._changes = threading.Condition()
        self.shut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection that goes through now, once no commit is under way: that would not be sent again."""
        with self._changes:
            self._changes.wait_for(lambda: not self._committing, timeout=10)
            shut_down(*self._open)
            self._open.clear()

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.shut:
                client.close()
                continue
            server = socket.create_connection(self._server)
            self._open += [client, server]
            for pass_on in (self._ask, self._answer):
                threading.Thread(target=pass_on, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if COMMIT in data:
                    with self._changes:
                        self._committing.add(server)
                server.sendall(data)
        self._ended(client, server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
                self._answered(server)
        self._ended(client, server)

    def _ended(self, client: socket.socket, server: socket.socket) -> None:
        shut_down(client, server)
        client.close()
        server.close()
        self._answered(server)

    def _answered(self, server: socket.socket) -> None:
        with self._changes:
            self._committing.discard(server)
            self._changes.notify_all()


@pytest.fixture
def gate(empty_neo4j: Neo4jServer) -> Iterator[Gate]:
    gate = Gate(empty_neo4j.uri)
    yield gate
    gate.close()


def test_a_step_goes_on_over_dropped_connections(
    gate: Gate, empty_neo4j: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path, neurons=300, edges=3000, seed=4)
    monkeypatch.setattr("graphkit.backends.neo4j.ROWS_PER_TRANSACTION", 500)
    monkeypatch.setattr("graphkit.backends.neo4j.Neo4jBackend.neurons_per_transaction", 50)
    cuts: list[int] = []

    def cut(done: int, total: int | None, unit: str) -> None:
        if unit != "rows read" and len(cuts) < 6:
            cuts.append(done)
            gate.cut()

    def to_its_end(step: Callable[..., object], *given: object) -> None:
        while True:
            try:
                step(*given, progress=cut)
            except ServerUnavailableError as error:
                # One of two sessions may just have been committing. That is not sent again, and the step is repeated.
                if "broke during a commit" not in str(error):
                    raise
            else:
                return

    with connect(gate.uri, password=empty_neo4j.password) as connectome:
        to_its_end(connectome.load, FlyWire(tmp_path))
        to_its_end(connectome.predict_transmitters)
        to_its_end(connectome.merge_connections)
        disturbed = checksums(connectome)
        assert len(cuts) == 6
        connectome.load(FlyWire(tmp_path), replace=True)
        connectome.predict_transmitters()
        connectome.merge_connections()
        undisturbed = checksums(connectome)
    for sums in (disturbed, undisturbed):
        del sums["Step"]  # one load was a replacement
    assert disturbed == undisturbed


def test_a_step_that_lost_its_server_is_repeated_in_the_same_session(
    gate: Gate, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphkit.backends.neo4j.RETRY_S", 0.2)
    with connect(gate.uri, password=empty_neo4j.password) as connectome:
        fill(connectome)
        whole = checksums(connectome)

        def lose(done: int, total: int | None, unit: str) -> None:
            gate.shut = True
            gate.cut()

        with pytest.raises(ServerUnavailableError):
            connectome.merge_connections(progress=lose)
        gate.shut = False
        assert connectome.steps()["merge"].state == "interrupted"
        with pytest.raises(GraphStateError, match=r"merge was interrupted: process \d+ on .* began it at 20.* Repeat"):
            connectome.circuit()
        connectome.merge_connections()
        connectome.mark_downstream([BASE + 1, BASE + 2], depth=2, functional_nuclei=[BASE + 8])
        assert checksums(connectome) == whole


# ---------------------------------------------------------------------------------------------- two clients


def test_a_second_client_is_told_who_is_at_it(empty_neo4j: Neo4jServer) -> None:
    script = f"""
        import os, signal
        from graphkit import connect
        def stop(done, total, unit):
            os.kill(os.getpid(), signal.SIGSTOP)
        with connect({empty_neo4j.uri!r}, password=os.environ["NEO4J_PASSWORD"]) as connectome:
            connectome.predict_transmitters(progress=stop)
    """
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        with pytest.warns(match="1 of 9"):
            connectome.load(tiny())
        environment = os.environ | {"NEO4J_PASSWORD": empty_neo4j.password}
        command = [sys.executable, "-c", textwrap.dedent(script)]
        with subprocess.Popen(command, env=environment) as first, contextlib.ExitStack() as stopped:
            stopped.callback(first.kill)
            deadline = time.monotonic() + 60
            while connectome.steps()["predict"].state != "running":
                assert time.monotonic() < deadline
                time.sleep(0.05)
            told = rf"predict is being run by process {first.pid} on .* since 20.*Wait until it ends"
            with pytest.raises(GraphStateError, match=told):
                connectome.predict_transmitters()
            with pytest.raises(GraphStateError, match=told):
                connectome.load(tiny(), replace=True)
            with pytest.warns(match=rf"predict is unfinished \(begun 20.* by process {first.pid}"):
                connectome.cypher("MATCH (n:Neuron) RETURN count(*) AS n")
        connectome.predict_transmitters()
        assert connectome.steps()["predict"].state == "done"


def test_what_a_killed_client_had_sent_is_not_committed_into_the_step_that_is_repeated(
    empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphkit.backends.neo4j.RETRY_S", 1.0)
    gone = f"{platform.node()}/{2**22 + 1}/1.00"  # above the highest id of a process
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        with pytest.warns(match="1 of 9"):
            connectome.load(tiny())
        connectome.predict_transmitters()
        whole = checksums(connectome)
        release = "MATCH (s:Step {name: 'predict'}) SET s.state = 'running', s.token = $token"
        connectome.cypher(release, write=True, token=f"{gone}/1234abcd")
        auth = ("neo4j", empty_neo4j.password)
        with neo4j.GraphDatabase.driver(empty_neo4j.uri, auth=auth) as driver, driver.session() as session:
            late = session.begin_transaction(metadata={"graphkit": gone})
            late.run("CREATE (:Neuron {root_id: 1})").consume()
            assert connectome.steps()["predict"].state == "interrupted"
            connectome.predict_transmitters()
            with pytest.raises(neo4j.exceptions.Neo4jError, match="terminated"):
                late.commit()
        assert checksums(connectome) == whole


def test_of_clients_that_begin_at_the_same_moment_one_writes(empty_neo4j: Neo4jServer) -> None:
    graphs = [connect(empty_neo4j.uri, password=empty_neo4j.password).graph for _ in range(6)]
    graphs[0].create_schema()
    inside, most, refused, began = 0, 0, 0, 0
    counting = threading.Lock()

    def take_turns(graph: Graph, starting: threading.Barrier) -> None:
        nonlocal inside, most, refused, began
        for _ in range(8):
            starting.wait()
            try:
                with Steps(graph).run("load", {"mode": "new"}):
                    with counting:
                        inside, began = inside + 1, began + 1
                        most = max(most, inside)
                    time.sleep(0.05)
                    with counting:
                        inside -= 1
            except GraphStateError:
                with counting:
                    refused += 1

    starting = threading.Barrier(len(graphs))
    threads = [threading.Thread(target=take_turns, args=(graph, starting)) for graph in graphs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for graph in graphs:
        graph.close()

    assert most == 1
    assert began >= 8
    assert refused + began == 6 * 8


# ---------------------------------------------------------------------------------------------- full


def predict_for_ever(connectome: Connectome) -> None:
    while True:
        connectome.predict_transmitters()


@pytest.mark.long
def test_a_full_disk_is_told_and_afterwards_nothing_is_lost(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "graphkit-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of limited size needs root and mount")
    try:
        with server_of_its_own(disk) as process:
            with connect(process.uri, password=process.password) as connectome:
                fill(connectome)
                whole = checksums(connectome)
                ballast = disk / "ballast"
                with ballast.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - 50_000)
                with pytest.raises(BackendError, match=r"cannot write to its disk.*Make room, start the server again"):
                    predict_for_ever(connectome)
                ballast.unlink()
            process.kill()
            process.start()
            with connect(process.uri, password=process.password) as connectome:
                assert connectome.steps()["predict"].state in ("interrupted", "done")
                connectome.predict_transmitters()
                connectome.merge_connections()
                connectome.mark_downstream([BASE + 1, BASE + 2], depth=2, functional_nuclei=[BASE + 8])
                assert checksums(connectome) == whole
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


@pytest.mark.long
def test_a_statement_that_does_not_fit_into_memory_says_so_and_is_undone(empty_neo4j: Neo4jServer) -> None:
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        fill(connectome)
        whole = checksums(connectome)
        with pytest.raises(BackendError, match=r"the server's memory does not hold this.*NEO4J_HEAP"):
            connectome.cypher(
                "UNWIND range(1, 3000000) AS i CREATE (:Neuron {root_id: -i, cell_type: toString(i) + $long})",
                write=True, timeout_s=None, long="x" * 200,
            )  # fmt: skip
        assert checksums(connectome) == whole
