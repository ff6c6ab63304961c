"""A graph file in trouble: two processes, a full disk, a read-only folder, a file removed, damaged or foreign."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ladybug
import pytest

from graphkit.connectome import connect
from graphkit.errors import GraphFileError, GraphStateWarning, ParameterError
from graphkit.simulation import simulate
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.connectomes import TableLoader, fill
from tests.soak.checksums import checksums


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a graph file with the tiny connectome in it, closed."""
    with connect(tmp_path / "brain.graph") as connectome:
        fill(connectome)
    return tmp_path / "brain.graph"


def sums(path: Path) -> dict[str, str]:
    with connect(path, read_only=True) as connectome:
        return checksums(connectome)


@contextmanager
def another_process(path: Path, does: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python in another process, which says "ready" and waits for a line before it ends."""
    script = f"""
        import sys
        from graphkit import connect
        connectome = connect({str(path)!r})
        {does}
        print("ready", flush=True)
        sys.stdin.readline()
        connectome.close()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        if process.poll() is None:
            process.communicate("\n")


# ------------------------------------------------------------------------------------------------- two processes


@pytest.mark.parametrize("address", [None, 5])
def test_an_address_that_is_none_opens_no_graph_of_that_name(address: Any) -> None:
    with pytest.raises(ParameterError, match=f"the graph's address is {address}: give a file's path, or bolt://"):
        connect(address)


def test_a_second_writer_is_told_who_writes_and_readers_go_on(path: Path) -> None:
    before = sums(path)
    with another_process(path, "") as writer:
        with pytest.raises(GraphFileError, match=rf"open for writing: process {writer.pid} on .* since 20\d\d-"):
            connect(path)
        assert sums(path) == before
    with connect(path):  # and when it has ended, the next one may
        pass
    assert not list(path.parent.glob("*.writer"))


def test_a_writer_that_was_killed_keeps_nobody_out(path: Path) -> None:
    before = sums(path)
    with another_process(path, "") as writer:
        writer.kill()
        writer.wait()
    with connect(path) as connectome:
        assert checksums(connectome) == before


def test_the_same_process_cannot_write_twice(path: Path) -> None:
    with connect(path), pytest.raises(GraphFileError, match=rf"process {os.getpid()} \(this one\)"):
        connect(path)


def test_a_reader_sees_what_was_written_since_it_was_opened(path: Path) -> None:
    with connect(path, read_only=True) as reader:
        assert len(reader.runs()) == 2
        with another_process(path, "connectome.delete_run('first')"):
            assert reader.runs()["run_id"].tolist() == ["second"]


def test_readers_beside_a_busy_writer_see_whole_states_only(path: Path) -> None:
    with connect(path) as connectome:
        known = []
        for signed_by in ("row", "neuron"):
            connectome.merge_connections(signed_by=signed_by)
            known.append(checksums(connectome)["CONNECTS"])
    works = "for turn in range(8): connectome.merge_connections(signed_by=('row', 'neuron')[turn % 2])"
    seen = []
    stop = threading.Event()

    def read() -> None:
        with connect(path, read_only=True) as reader:
            while not stop.is_set():
                seen.append(checksums(reader)["CONNECTS"])

    thread = threading.Thread(target=read)
    thread.start()
    with another_process(path, works):
        stop.set()
    thread.join()
    assert len(seen) > 3
    assert set(seen) <= set(known)


# ------------------------------------------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("step", ["load --replace", "predict --policy ach_only", "merge"])
@pytest.mark.parametrize("moment", ["SET", "COMMIT"])
def test_ctrl_c_leaves_the_graph_as_it_was_or_lets_the_commit_end(
    path: Path, tmp_path: Path, step: str, moment: str
) -> None:
    before = sums(path)
    generate(tmp_path / "files", neurons=300, edges=5000)
    name, *more = step.split()
    given = [str(tmp_path / "files")] if name == "load" else []
    # The signal comes when the transaction has begun to write, as a key pressed at the terminal would.
    script = f"""
        import os, signal
        from graphkit.backends.ladybug import LadybugBackend
        from graphkit.cli import main
        run = LadybugBackend._run
        def interrupted(self, text, parameters):
            if (self._in_transaction or text == "COMMIT") and {moment!r} in text:
                os.kill(os.getpid(), signal.SIGINT)
            return run(self, text, parameters)
        LadybugBackend._run = interrupted
        main()
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), name, *given, *more, "--graph", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 130, ended.stderr
    assert "graphkit: stopped. What was finished is kept" in ended.stderr
    if moment == "SET":
        assert sums(path) == before
    else:
        with connect(path) as connectome:
            assert connectome.steps()[name].state == "done"
            assert not list(path.parent.glob("*.commit"))


# ------------------------------------------------------------------------------------------------- the disk


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    """Let no file grow beyond a limit, as on a disk that is full: writes fail with EFBIG."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("room", [0, 40_000, 400_000])
def test_a_full_disk_is_told_and_the_graph_is_as_it_was(tmp_path: Path, room: int) -> None:
    generate(tmp_path / "files", neurons=1000, edges=10_000)
    generate(tmp_path / "others", neurons=2000, edges=20_000)
    path = tmp_path / "brain.graph"
    with connect(path) as connectome:
        connectome.load(FlyWire(tmp_path / "files"))
        connectome.predict_transmitters()
        connectome.merge_connections()
        before = checksums(connectome)
    full = connect(path)
    with small_files(path.stat().st_size + room):
        with pytest.raises(GraphFileError, match="the disk is full, or a quota is reached"):
            full.load(FlyWire(tmp_path / "others"), replace=True)
        full.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphStateWarning)
        again = connect(path)
    with again:
        assert {**checksums(again), "Step": ""} == {**before, "Step": ""}
        again.load(FlyWire(tmp_path / "others"), replace=True)
        assert again.steps()["load"].state == "done"


def test_a_folder_that_is_read_only_can_be_read(path: Path) -> None:
    before = sums(path)
    # Permissions do not bind root: as somebody else, then.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        copy = Path(folder) / "brain.graph"
        shutil.copyfile(path, copy)
        Path(folder).chmod(0o555)
        copy.chmod(0o444)
        me = os.geteuid()
        try:
            if me == 0:
                os.seteuid(65534)
            assert sums(copy) == before
            with pytest.raises(GraphFileError, match=r"nothing can be written into the folder .*read_only=True"):
                connect(copy)
            with pytest.raises(GraphFileError, match="nothing can be written into the folder"):
                connect(Path(folder) / "new.graph")
        finally:
            os.seteuid(me)
            Path(folder).chmod(0o755)


def test_a_file_that_was_removed_while_open_is_noticed(path: Path) -> None:
    connectome, reader = connect(path), connect(path, read_only=True)
    path.rename(path.with_suffix(".kept"))
    with pytest.raises(GraphFileError, match="was removed, or another file put in its place"):
        connectome.predict_transmitters()
    with pytest.raises(GraphFileError, match="was removed, or another file put in its place"):
        reader.runs()
    path.write_bytes(b"another")
    with pytest.raises(GraphFileError, match="another file put in its place"):
        connectome.delete_run("first")
    connectome.close()
    reader.close()


# ------------------------------------------------------------------------------------------------- damaged, foreign


def test_a_truncated_file_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in (5, 5000, len(whole) // 2, len(whole) - 4096):
        path.write_bytes(whole[:length])
        for read_only in (True, False):
            with pytest.raises(
                GraphFileError, match=r"not a graph file|If it is damaged, remove it and what lies beside"
            ):
                connect(path, read_only=read_only)


def test_a_damaged_log_loses_what_it_held_and_nothing_else(path: Path) -> None:
    before = sums(path)
    with another_process(path, "connectome.cypher(\"CREATE (:Run {run_id: 'by hand'})\", write=True)") as writer:
        writer.kill()
        writer.wait()
    log = path.with_name(path.name + ".wal")
    content = bytearray(log.read_bytes())
    content[-20] ^= 255
    log.write_bytes(content)
    with pytest.warns(GraphStateWarning, match="its unfinished transaction was dropped"):
        connect(path).close()
    assert sums(path) == before


def test_a_graph_of_another_version_of_graphkit_is_refused(path: Path) -> None:
    with connect(path) as connectome:
        connectome.cypher("ALTER TABLE Neuron DROP upstream", write=True)
        connectome.cypher("MATCH (d:Dataset) SET d.graphkit_version = '0.0.9'", write=True)
    for read_only in (True, False):
        with pytest.raises(
            GraphFileError, match=r"made by graphkit 0\.0\.9.*Neuron\.upstream.*load the CSV files again"
        ):
            connect(path, read_only=read_only)


def test_a_graph_whose_numbers_are_compressed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = tmp_path / "old.graph", ladybug.Database.__init__
    with monkeypatch.context() as patched:
        patched.setattr(
            ladybug.Database, "__init__", lambda *args, **given: opened(*args, **{**given, "compression": True})
        )
        with connect(path) as connectome:
            connectome.load(TableLoader([(i // 50, i % 50, None, 1, "ACH") for i in range(2_500)]))
            connectome.predict_transmitters()
            connectome.merge_connections()
            connectome.write_back(simulate(connectome.circuit(), duration_ms=10, seed=1))
            connectome.cypher("MATCH (:Run)-[x:RECORDED]->(n) SET x.rate_hz = (n.root_id % 50) / 10.0", write=True)
            connectome.cypher("MATCH (d:Dataset) SET d.graphkit_version = '0.1.0'", write=True)
    for read_only in (True, False):
        with pytest.raises(GraphFileError, match=r"made by graphkit 0\.1\.0.*stores numbers uncompressed.*load"):
            connect(path, read_only=read_only)


def test_a_graph_of_another_version_of_the_engine_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4] += 1
    path.write_bytes(content)
    told = rf"written by another engine version \(storage format {content[4]}; .* remove it and load the CSV files"
    with pytest.raises(GraphFileError, match=told):
        connect(path)
    assert path.read_bytes() == content
