"""Stimuli come from files as they would be written in Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphkit import (
    CurrentStimulus,
    LIFModel,
    NoiseStimulus,
    PoissonStimulus,
    RegularStimulus,
    Selection,
    SpikeTimesStimulus,
    simulate,
)
from graphkit.errors import DataError
from graphkit.simulation import read_stimuli
from graphkit.simulation.spike_times import Stimulus
from tests.circuits import FIRST, ids, random_net, table

_TOML = """
background = false
[pulses]
type = "regular"
group = "target"
rate_hz = 100
amplitude_mv = 30
end_ms = 40
[step]
type = "current"
group = {is_target = true}
currents_na = [0.8, 0]
times_ms = [50, 90]
[replay]
type = "spike_times"
file = "spikes.csv"
amplitude_mv = 12.5
onto = "g"
[chosen]
group = ["1152921504606846979"]
rate_hz = 10
amplitude_mv = 3
[hum]
type = "noise"
group = "all"
sigma_mv = 1
"""


def test_stimuli_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "spikes.csv").write_text(f"root_id,t_ms\n{FIRST},5\n{FIRST + 1},7.5\n{FIRST},2\n")
    (tmp_path / "stimuli.toml").write_text(_TOML)
    found = read_stimuli(tmp_path / "stimuli.toml")
    replay = found.pop("replay")
    assert isinstance(replay, SpikeTimesStimulus)
    assert replay.times_ms == {FIRST: (2.0, 5.0), FIRST + 1: (7.5,)}
    assert (replay.amplitude_mv, replay.onto) == (12.5, "g")
    assert found == {
        "background": False,
        "pulses": RegularStimulus("pulses", "target", 100, 30, end_ms=40),
        "step": CurrentStimulus("step", Selection(is_target=True), (0.8, 0.0), (50.0, 90.0)),
        "chosen": PoissonStimulus("chosen", (FIRST + 2,), 10, 3),
        "hum": NoiseStimulus("hum", "all", 1),
    }
    (tmp_path / "stimuli.json").write_text(
        json.dumps({"background": False, "a": {"type": "noise", "group": "all", "sigma_mv": 1}})
    )
    assert read_stimuli(tmp_path / "stimuli.json")["a"] == NoiseStimulus("a", "all", 1)


def test_the_record_of_a_run_gives_its_stimuli_again(tmp_path: Path) -> None:
    stimuli: list[Stimulus] = [
        PoissonStimulus("a", ids(1, 2), 50, 20, 0.0, "g", 5, 60), RegularStimulus("b", "target", 50, 30),
        SpikeTimesStimulus("c", "all", {FIRST + 4: (1.0, 2.0)}, 3), SpikeTimesStimulus("d", "target", (8.0,), 30),
        CurrentStimulus("e", Selection(is_target=True), (0.4,)),
    ]  # fmt: skip
    run = simulate(random_net(), LIFModel(), stimuli=stimuli, duration_ms=80, seed=1)
    run.save(tmp_path)
    assert list(read_stimuli(tmp_path / "run.json").values()) == stimuli
    again = simulate(random_net(), LIFModel(), stimuli=read_stimuli(tmp_path / "run.json"), duration_ms=80, seed=1)
    assert len(run) > 10
    assert table(again) == table(run)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a", "not stimuli in TOML or JSON"),
        ("a = 5", "stimulus 'a': 5 is neither a table"),
        ('[a]\ntype = "poison"', "stimulus 'a': there is no type of stimulus 'poison'. Did you mean 'poisson'"),
        (
            '[a]\ntype = "noise"\ngroup = "all"\nsigma = 1',
            "no field of a NoiseStimulus 'sigma'. Did you mean",
        ),
        ('[a]\ntype = "noise"\ngroup = "all"', "'a': a NoiseStimulus has the fields group, sigma_mv; .*missing"),
        ('[a]\ntype = "noise"\ngroup = "all"\nsigma_mv = "x"', "sigma_mv is 'x'"),
        ('[a]\ngroup = {colour = "red"}\nrate_hz = 1\namplitude_mv = 1', "a selection has no condition colour"),
        ('[a]\ntype = "spike_times"\nfile = "none.csv"\namplitude_mv = 1', "not a file of spikes"),
        ('[a]\ntype = "spike_times"\nfile = "bad.csv"\namplitude_mv = 1', "no column t_ms"),
        ('[a]\ntype = "spike_times"\nfile = "trials.csv"\namplitude_mv = 1', "spikes of 2 trials: choose one"),
        ('[a]\ntype = "spike_times"\nfile = "negative.csv"\namplitude_mv = 1', "-1 is negative"),
    ],
)
def test_files_of_stimuli_that_cannot_be_taken(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("root_id,time\n1,2\n")
    (tmp_path / "trials.csv").write_text("root_id,t_ms,trial\n1,2,0\n1,2,1\n")
    (tmp_path / "negative.csv").write_text("root_id,t_ms\n1,-1\n")
    (tmp_path / "stimuli.toml").write_text(text)
    with pytest.raises(DataError, match=message):
        read_stimuli(tmp_path / "stimuli.toml")
