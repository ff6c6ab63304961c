"""The graph's vocabulary: what is stored, under which names, with which type, unit, source.

One typed table drives everything: the loaders read files into these columns (by these header aliases), the
engines' tables under cypher/schema/ hold them (a test compares), and every answer that names one has its type.

=========  ==================================================  =====================================================
label      (:Neuron), (:Run), (:Dataset), (:Step)              node tables
type       [:SYNAPSES]  one row of the published file          kept as published: one per pair and neuropil
type       [:CONNECTS]  the merged connection                  one per ordered pair, signed
type       [:RECORDED]  one run's record of one neuron         (:Run)-[:RECORDED]->(:Neuron)
=========  ==================================================  =====================================================

Sources: column names of FlyWire Codex (codex.flywire.ai, downloads); aliases of CAVE, neuPrint, Shiu et al. 2024
(10.1038/s41586-024-07763-9) and the older two-file scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

__all__ = [
    "ARROW_TYPES",
    "CONNECTION_FILE_COLUMNS",
    "CONNECTS",
    "DATASET",
    "NEURON",
    "NEURON_FILE_COLUMNS",
    "NODE_TABLES",
    "RECORDED",
    "RELATIONSHIP_TABLES",
    "ROOT_ID",
    "RUN",
    "STEP",
    "SYNAPSES",
    "TRANSMITTERS",
    "TRANSMITTER_ALIASES",
    "Column",
    "Table",
    "arrow_schema",
    "canonical_name",
    "canonical_transmitter",
]

Type = Literal["int", "float", "str", "bool", "list[int]", "list[float]", "list[str]"]

ARROW_TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "bool": pa.bool_(),
    "list[int]": pa.list_(pa.int64()),
    "list[float]": pa.list_(pa.float64()),
    "list[str]": pa.list_(pa.string()),
}

#: The six classes that FlyWire's classifier knows (Eckstein, Bates et al. 2024, 10.1016/j.cell.2024.03.016).
TRANSMITTERS = ("ACH", "GABA", "GLUT", "DA", "SER", "OCT")

#: Names that other files use for the same transmitters, compared without regard to case.
TRANSMITTER_ALIASES = {
    "acetylcholine": "ACH",
    "gaba": "GABA",
    "glutamate": "GLUT",
    "dopamine": "DA",
    "serotonin": "SER",
    "5ht": "SER",
    "5-ht": "SER",
    "octopamine": "OCT",
    "histamine": "HIST",
}


@dataclass(frozen=True)
class Column:
    """One property of a node or relationship.

    Parameters
    ----------
    name
        The property's name in the graph and in every table.
    type
        One of the type words of a query header.
    unit
        The unit, or what is counted; empty for names and ids.
    description
        One line for people.
    aliases
        Header names in published files that mean this column, compared without case, blanks and underscores.
    minimum, maximum
        The smallest and the largest number that a file may hold here.
    """

    name: str
    type: Type
    unit: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of the column's values."""
        return ARROW_TYPES[self.type]

    @property
    def is_count(self) -> bool:
        """Whether a file's numbers are whole and small: floats hold them exactly, but not ids."""
        return self.type == "int" and self.maximum is not None and self.maximum < 2**53


@dataclass(frozen=True)
class Table:
    """A node label or relationship type with its columns; ``ends`` are the labels a relationship joins."""

    name: str
    columns: tuple[Column, ...]
    ends: tuple[str, str] | None = None


ROOT_ID = Column(
    "root_id", "int", "", "FlyWire root id, or any dataset's neuron id; unique",
    ("pt_root_id", "bodyId", "flywire_id", "neuron_id", "Neuron name"), 0,
)  # fmt: skip

#: What classification, cell type and neuron files may hold, in the order of the graph's table.
NEURON_FILE_COLUMNS: tuple[Column, ...] = (
    ROOT_ID,
    Column("flow", "str", "", "afferent, intrinsic or efferent"),
    Column("super_class", "str", "", "coarse class: optic, central, sensory, …", ("super_cls", "superclass")),
    Column("cell_class", "str", "", "class within the super class", ("class", "cls")),
    Column("sub_class", "str", "", "class within the class", ("sub_cls", "subclass")),
    Column("cell_type", "str", "", "cell type", ("primary_type", "type")),
    Column("additional_types", "str", "", "further cell types, comma separated", ("additional_type(s)",)),
    Column("hemilineage", "str", "", "hemilineage", ("ito_lee_hemilineage",)),
    Column("side", "str", "", "left, right or center", ("somaSide",)),
    Column("nerve", "str", "", "nerve of an afferent or efferent neuron"),
    Column("neuropil_group", "str", "", "neuropils of inputs and outputs, joined by a dot", ("group",)),
    Column("nt_type_published", "str", "", "transmitter given by the file", ("nt_type", "predictedNt")),
    Column("nt_score", "float", "share", "score of the published transmitter", ("nt_type_score",), 0),
    Column("da_avg", "float", "share", "mean synapse score, dopamine", (), 0),
    Column("ser_avg", "float", "share", "mean synapse score, serotonin", (), 0),
    Column("gaba_avg", "float", "share", "mean synapse score, GABA", (), 0),
    Column("glut_avg", "float", "share", "mean synapse score, glutamate", (), 0),
    Column("ach_avg", "float", "share", "mean synapse score, acetylcholine", (), 0),
    Column("oct_avg", "float", "share", "mean synapse score, octopamine", (), 0),
)

#: What a connections file may hold. The first two are the pair, the rest the properties of [:SYNAPSES].
CONNECTION_FILE_COLUMNS: tuple[Column, ...] = (
    Column("pre_root_id", "int", "", "presynaptic neuron",
           ("pre_pt_root_id", "bodyId_pre", "pre", "source", "Presynaptic_ID", "Source neuron", "pre_id"), 0),
    Column("post_root_id", "int", "", "postsynaptic neuron",
           ("post_pt_root_id", "bodyId_post", "post", "target", "Postsynaptic_ID", "Target neuron", "post_id"), 0),
    Column("neuropil", "str", "", "neuropil code; UNASGD is unassigned", ("roi",)),
    Column("syn_count", "int", "synapses", "synapses of the row", ("weight", "count", "Connectivity", "n_syn"),
           1, 2**31 - 1),
    Column("nt_type", "str", "", "transmitter of the row's synapses", ("transmitter", "neurotransmitter", "nt")),
)  # fmt: skip

_ACTIVITY = (
    Column("run_id", "str", "", "latest run written back; null outside its circuit"),
    Column("spike_count", "int", "spikes", "spikes of all trials of the latest run"),
    Column("rate_hz", "float", "Hz", "mean rate over the trials of the latest run"),
    Column("spike_times_ms", "list[float]", "ms", "spike times of the first trial of the latest run"),
)

NEURON = Table(
    "Neuron",
    (
        *NEURON_FILE_COLUMNS,
        Column("input_synapses", "int", "synapses", "all input synapses in the loaded rows"),
        Column("output_synapses", "int", "synapses", "all output synapses in the loaded rows"),
        Column("nt_type", "str", "", "transmitter decided by predict"),
        Column("nt_confidence", "float", "share", "the winner's share of the labelled synapses, or its score"),
        Column(
            "nt_known_share",
            "float",
            "share",
            "share of the output synapses in rows that name one of the six transmitters",
        ),
        Column("nt_tied", "bool", "", "two transmitters had equal votes"),
        Column("nt_source", "str", "", "vote, scores, override or none"),
        Column("sign", "int", "", "+1 excitatory, -1 inhibitory, 0 no effect or unknown"),
        Column("is_target", "bool", "", "a target neuron of the last mark"),
        Column("downstream", "int", "connections", "shortest path length from a target neuron"),
        Column("upstream", "int", "connections", "shortest path length to a target neuron"),
        Column("functional_nucleus", "bool", "", "named in functional_nuclei.csv"),
        *_ACTIVITY,
    ),
)

SYNAPSES = Table("SYNAPSES", CONNECTION_FILE_COLUMNS[2:], ("Neuron", "Neuron"))

CONNECTS = Table(
    "CONNECTS",
    (
        Column("syn_count", "int", "synapses", "synapses of the pair"),
        Column("weight_signed", "int", "synapses", "signed sum of the pair's synapses"),
        Column("weight", "int", "synapses", "magnitude of weight_signed"),
        Column("n_rows", "int", "rows", "published rows merged into the pair"),
    ),
    ("Neuron", "Neuron"),
)

RUN = Table(
    "Run",
    (
        Column("run_id", "str", "", "unique name of the run"),
        Column("created", "str", "", "UTC time, ISO 8601"),
        Column("model", "str", "", "preset or model name"),
        Column("engine", "str", "", "simulator that ran it"),
        Column("parameters", "str", "", "everything needed to repeat the run, as JSON"),
        Column("seed", "int", "", "random seed"),
        Column("trials", "int", "trials", "number of trials"),
        Column("duration_ms", "float", "ms", "simulated time of one trial"),
        Column("neurons", "int", "neurons", "neurons in the circuit"),
        Column("spikes", "int", "spikes", "spikes of all trials"),
        Column("dataset", "str", "", "dataset name and version"),
        Column("graphkit_version", "str", "", "version of graphkit that ran it"),
    ),
)

RECORDED = Table(
    "RECORDED",
    (
        Column("spike_count", "int", "spikes", "spikes of all trials"),
        Column("rate_hz", "float", "Hz", "mean rate over the trials"),
        Column("rate_sd_hz", "float", "Hz", "standard deviation of the rate over the trials (ddof 0)"),
        Column("first_spike_ms", "float", "ms", "first spike of the first trial that has one"),
        Column("spike_times_ms", "list[float]", "ms", "spike times, trial after trial; null unless asked for"),
        Column("spike_trials", "list[int]", "", "trial of each spike time; null unless asked for"),
    ),
    ("Run", "Neuron"),
)

DATASET = Table(
    "Dataset",
    (
        Column("name", "str", "", "dataset name"),
        Column("version", "str", "", "release of the dataset"),
        Column("citation", "str", "", "what to cite"),
        Column("licence", "str", "", "licence of the data"),
        Column("files", "str", "", "file names, roles, sizes and sha256, as JSON"),
        Column("rows", "int", "rows", "rows of connections loaded"),
        Column("neurons", "int", "neurons", "neurons in the graph after loading"),
        Column("synapses", "int", "synapses", "synapses loaded"),
        Column("min_syn_count", "int", "synapses", "smallest pair in the loaded files: their own threshold"),
        Column("loaded", "str", "", "UTC time, ISO 8601"),
        Column("graphkit_version", "str", "", "version of graphkit that loaded it"),
        Column("engine_version", "str", "", "version of the engine that wrote the graph"),
    ),
)

STEP = Table(
    "Step",
    (
        Column("name", "str", "", "load, predict, merge, mark, write_back or restore"),
        Column("state", "str", "", "running, interrupted or done"),
        Column("parameters", "str", "", "what the step was asked to do, as JSON"),
        Column("started", "str", "", "UTC time, ISO 8601"),
        Column("finished", "str", "", "UTC time, ISO 8601"),
        Column("token", "str", "", "host, process and its start: who ran it"),
        Column("input_token", "str", "", "token of the predecessor's run that this run was built on"),
        Column("report", "str", "", "what the step did, as JSON"),
    ),
)

NODE_TABLES = (NEURON, RUN, DATASET, STEP)
RELATIONSHIP_TABLES = (SYNAPSES, CONNECTS, RECORDED)


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of some columns.

    Examples
    --------
    >>> from graphkit.schema import CONNECTION_FILE_COLUMNS, arrow_schema
    >>> arrow_schema(CONNECTION_FILE_COLUMNS).field("pre_root_id").type
    DataType(int64)
    """
    return pa.schema([pa.field(column.name, column.arrow_type) for column in columns])


def _folded(header: str) -> str:
    return header.strip().strip("\ufeff").replace(" ", "").replace("_", "").casefold()


def canonical_name(header: str, columns: tuple[Column, ...]) -> str | None:
    """Return the column that a file's header means, or None when it means none of them.

    Case, blanks and underscores do not count.

    Examples
    --------
    >>> from graphkit.schema import CONNECTION_FILE_COLUMNS, canonical_name
    >>> canonical_name("pre_pt_root_id", CONNECTION_FILE_COLUMNS)
    'pre_root_id'
    >>> canonical_name("Target neuron", CONNECTION_FILE_COLUMNS)
    'post_root_id'
    """
    wanted = _folded(header)
    for column in columns:
        if wanted in {_folded(name) for name in (column.name, *column.aliases)}:
            return column.name
    return None


def canonical_transmitter(word: str) -> str:
    """Return a transmitter as the graph writes it: FlyWire's short name, or the word itself in capitals.

    Examples
    --------
    >>> from graphkit.schema import canonical_transmitter
    >>> canonical_transmitter("acetylcholine"), canonical_transmitter("gaba"), canonical_transmitter("unclear")
    ('ACH', 'GABA', 'UNCLEAR')
    """
    return TRANSMITTER_ALIASES.get(word.strip().casefold(), word.strip().upper())
