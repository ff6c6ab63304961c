"""Every analysis query on published connectomes, against answers from their rows as pandas reads them.

Sources: FlyWire 783 and 630 (Dorkenwald et al. 2024, 10.1038/s41586-024-07558-y), 447 (a sample), and the larva
(Winding et al. 2023, 10.1126/science.add9330).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from graphkit.connectome import connect
from graphkit.transmitters import SIGN_POLICIES
from loaders.flywire import FlyWire
from tests.connectomes import BASE, TableLoader
from tests.oracles import ORACLES, Asked, Wiring
from tests.test_query_answers import plain, rows

COLUMNS = {
    "pre_pt_root_id": "pre_root_id", "post_pt_root_id": "post_root_id", "pre": "pre_root_id", "post": "post_root_id",
    "count": "syn_count", "class": "cell_class", "nt_type_score": "nt_score",
    "nt_type": "nt_type_published", "group": "neuropil_group",
}  # fmt: skip
NUMBERS = ("nt_score", "ach_avg", "gaba_avg", "glut_avg", "da_avg", "ser_avg", "oct_avg")
#: Weaker connections are left out where following all of them takes Python minutes.
MIN_SYNAPSES = {"analysis/motifs": 40, "analysis/paths_via_one": 10, "analysis/paths_via_two": 40}


@pytest.mark.parametrize(
    "names",
    [
        [f"flywire_v630_olfactory/{name}" for name in ("connections.csv.gz", "classification.csv.gz", "neurons.csv")],
        ["flywire_v783/al_ln_to_pn_connections.csv.gz"],
        ["flywire_v447_sample/syn_proof_analysis_filtered_447.csv"],
        ["larva/edges_by_type.csv.gz"],
    ],
    ids=lambda names: str(names[0].split("/")[0]),
)
def test_every_analysis_query_answers_as_its_oracle_on_published_rows(real_data: Path, names: list[str]) -> None:
    table = _read(real_data / names[0])
    loader = TableLoader(
        [
            (int(row["pre_root_id"]) - BASE, int(row["post_root_id"]) - BASE, row.get("neuropil") or None,
             int(row["syn_count"]), row.get("nt_type_published") or None)
            for row in table.to_dict("records")
        ],
        _annotations([_read(real_data / name) for name in names[1:]]),
    )  # fmt: skip
    wiring = Wiring.of(loader, SIGN_POLICIES["shiu2024"], 0)
    degrees = sorted(wiring.neurons, key=lambda i: wiring.neurons[i].output_synapses, reverse=True)
    asked = Asked(
        root_ids=degrees[:30], pre_root_ids=degrees[5:9], post_root_ids=degrees[40:44], pre_root_id=degrees[20],
        post_root_id=degrees[60], cell_types=["ORN_DM1", "APL"], min_synapses=3, limit=500,
    )  # fmt: skip
    with connect(":memory:") as connectome:
        connectome.load(FlyWire(*(real_data / name for name in names)))
        connectome.predict_transmitters(policy="shiu2024", unknown_sign=0)
        connectome.merge_connections()
        for name, oracle in ORACLES.items():
            query = connectome.graph.queries[name]
            its = replace(asked, min_synapses=MIN_SYNAPSES.get(name, asked.min_synapses))
            values = {key: value for key, value in asdict(its).items() if key in query.parameters}
            expected = [tuple(plain(value) for value in row) for row in oracle(wiring, its)]
            assert rows(connectome.graph.ask(name, **values)) == expected, name


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=COLUMNS)


def _annotations(tables: Iterable[pd.DataFrame]) -> Mapping[int, Mapping[str, object]]:
    found: dict[int, dict[str, object]] = {}
    for table in tables:
        for row in table.to_dict("records"):
            its = {str(name): float(text) if name in NUMBERS else text for name, text in row.items() if text}
            found.setdefault(int(its.pop("root_id")) - BASE, {}).update(its)
    return found
