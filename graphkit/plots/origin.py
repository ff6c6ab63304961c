"""What a caption says of where a figure's data come from."""

from __future__ import annotations

from collections.abc import Mapping

from graphkit.plots.style import counted

__all__ = ["origin"]

_NAMED = 6  # values of a condition; the others are counted


def origin(source: Mapping[str, object], run: Mapping[str, object] | None = None) -> list[str]:
    """Return where a figure's data come from, in the parts of its caption: dataset, neurons, thresholds, run, stimuli.

    Parameters
    ----------
    source
        A circuit's source. Where it is empty, the run's own record of it is taken.
    run
        A run's record, as simulate() and write_back() keep it; what is not in it is not in the caption.
    """
    run = run or {}
    facts = dict(source or _part(_part(run, "circuit"), "source"))
    dataset, version = (str(facts.pop(name, None) or run.get(name) or "") for name in ("dataset", "version"))
    name = dataset if version in dataset else f"{dataset} {version}".strip()
    parts = [name.removesuffix(" unknown")]  # a release that was not named
    parts += [_chosen(facts.pop("chosen_by"))] if "chosen_by" in facts else []
    parts += [f"a part of {counted(int(str(facts.pop('part'))), 'neuron')}"] if "part" in facts else []
    parts += [_threshold(name, value) for name, value in facts.items() if isinstance(value, str | int | float)]
    model, stimuli = _part(run, "model"), run.get("stimuli")
    parts += [f"run {run['run_id']}"] if run.get("run_id") else []
    parts += [f"model {model.get('name') or run['model']}"] if run.get("model") else []
    changed, parameters = model.get("changed"), _part(model, "parameters")
    if isinstance(changed, list):
        parts += [f"{name} {_number(parameters.get(name))}" for name in changed]
    if isinstance(stimuli, list):
        drive = [_drive(one) for one in stimuli]
        kind = "Poisson input" if all("rate_hz" in one for one in stimuli) else "input"
        parts += [f"{kind}: {', '.join(drive)}"] if drive else ["no input"]
    silenced, silence = _part(run, "silence").get("root_ids"), _part(run, "silence")
    if isinstance(silenced, list) and silenced:
        parts.append(f"{counted(len(silenced), 'neuron')} silenced ({silence.get('mode')})")
    parts += [f"{name} {run[name]}" for name in ("engine", "seed") if run.get(name) is not None]
    return [part for part in parts if part]


def _chosen(by: object) -> str:
    """Return in words how a circuit's neurons were chosen, as Connectome.circuit keeps it."""
    if isinstance(by, Mapping):
        return ", ".join(_condition(str(name), value) for name, value in by.items())
    return {"whole graph": "whole graph", "root_ids": "neurons chosen by id"}.get(str(by), f"neurons of {by}")


def _condition(name: str, value: object) -> str:
    values = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if name == "root_ids":
        return f"{counted(len(values), 'neuron')} chosen by id"
    if name in ("max_downstream", "max_upstream"):
        return f"up to level {value} {name.removeprefix('max_')}"
    further = [f"{len(values) - _NAMED:,} others"] if len(values) > _NAMED else []
    return f"{name} {' or '.join([*values[:_NAMED], *further])}"


def _threshold(name: str, value: str | float) -> str:
    """Return in words which connections were taken: nothing where none was left out."""
    if name == "min_synapses" and not isinstance(value, str):
        return f"connections of {value:,} synapses or more" if value > 1 else ""
    if name == "min_input_share" and not isinstance(value, str):
        return f"connections of {100 * value:.3g}% of the input or more" if value > 0 else ""
    return f"{name} {_number(value)}"


def _drive(stimulus: Mapping[str, object]) -> str:
    """Return a stimulus in few words: its name, and its rate and amplitude where it has some."""
    rate, amplitude = stimulus.get("rate_hz"), stimulus.get("amplitude_mv")
    parts = [str(stimulus.get("name"))]
    parts += [f"{_number(rate)} Hz"] if rate is not None else []
    parts += [f"x {_number(amplitude)} mV"] if amplitude is not None and rate is not None else []
    return " ".join(parts)


def _part(facts: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = facts.get(name)
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
