"""One network as a C++ program of Brian2, as its users write it: the other side of benchmarks/simulation.py.

``python brian2_standalone.py ARRAYS FOLDER INPUT`` compiles it into FOLDER and does not run it. INPUT is PoissonInput
or "same events". Brian2's settings are its own, -ffast-math among them.
"""

from __future__ import annotations

import sys

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    device,
    ms,
    mV,
    second,
    set_device,
)


def main(arrays: str, folder: str, given_input: str) -> None:
    net = np.load(arrays)
    set_device("cpp_standalone", directory=folder, build_on_run=False)
    unless = " (unless refractory)" if net["freeze"] else ""
    neurons = NeuronGroup(
        len(net["refractory_ms"]),
        f"""dv/dt = (g - (v - v_rest)) / tau_membrane : volt{unless}
            dg/dt = -g / tau_synapse : volt{unless}
            refractory_period : second""",
        method="exact",
        threshold="v > v_threshold",
        reset="v = v_rest; g = 0*mV",
        refractory="refractory_period",
        namespace={"v_rest": -52 * mV, "v_threshold": -45 * mV, "tau_membrane": 20 * ms, "tau_synapse": 5 * ms},
    )
    neurons.v = -52 * mV
    neurons.refractory_period = net["refractory_ms"] * ms
    synapses = Synapses(
        neurons, neurons, "w : 1", on_pre="g_post += w * synapse", delay=1.8 * ms, namespace={"synapse": 0.275 * mV}
    )
    synapses.connect(i=net["pre"], j=net["post"])
    synapses.w = net["weight"].astype(float)
    network = Network(neurons, synapses, SpikeMonitor(neurons, name="spikes"))
    if given_input == "PoissonInput":
        for count, rate_hz, amplitude_mv in net["stimuli"]:
            network.add(PoissonInput(neurons[: int(count)], "v", 1, rate_hz * Hz, amplitude_mv * mV))
    else:
        events = SpikeGeneratorGroup(len(net["index"]), net["source"], net["step"] * 0.1 * ms, sorted=True)
        kicks = Synapses(events, neurons, "amplitude : volt", on_pre="v_post += amplitude")
        kicks.connect(i=np.arange(len(net["index"])), j=net["index"])
        kicks.amplitude = net["amplitude_mv"] * mV
        kicks.pre.order = 1
        network.add(events, kicks)
    # The processor time of the run alone, beside the time on the clock that Brian2 itself notes.
    device.insert_code("before_network_run", "std::clock_t run_began = std::clock();")
    device.insert_code(
        "after_network_run",
        'std::ofstream("results/processor_s.txt") << double(std::clock() - run_began) / CLOCKS_PER_SEC;',
    )
    network.run(1 * second)
    device.build(directory=folder, compile=True, run=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
