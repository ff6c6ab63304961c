"""Shares of FlyWire's neurons, by super class, from which the generator draws its own.

Source of every share unless another is named: release v783, ``neurons.csv`` joined with the published classification
(Dorkenwald et al. 2024, 10.1038/s41586-024-07558-y; Schlegel et al. 2024, 10.1038/s41586-024-07686-5; Eckstein,
Bates et al. 2024, 10.1016/j.cell.2024.03.016; codex.flywire.ai). Shares of a few per mille are left out or rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NAMES", "NEUROPILS", "PLACES", "RETINOTOPIC", "SUPER_CLASSES", "UNDECIDED", "Region", "SuperClass", "place"]

#: The 35 paired neuropils from the eye to the middle (Ito et al. 2014, 10.1016/j.neuron.2013.12.017; codes of Codex).
#: Neighbours in this order are roughly neighbours in the brain: the order is the axis along which neurons connect.
_PAIRED = (
    "LA", "ME", "AME", "LO", "LOP", "AOTU", "PVLP", "PLP", "LH", "SCL", "SLP", "MB_CA", "MB_PED", "AVLP", "GOR", "EPA",
    "ICL", "WED", "AMMC", "SPS", "IPS", "IB", "ATL", "SMP", "SIP", "CRE", "MB_VL", "MB_ML", "AL", "FLA", "CAN", "VES",
    "LAL", "GA", "BU",
)  # fmt: skip
_UNPAIRED = ("FB", "EB", "NO", "PB", "OCG", "PRW", "GNG", "SAD")

#: The neuropils without their sides.
NAMES = (*_PAIRED, *_UNPAIRED)

#: The 78 neuropils in their order on the axis, from the left eye to the right eye.
PLACES = (*(f"{name}_L" for name in _PAIRED), *_UNPAIRED, *(f"{name}_R" for name in reversed(_PAIRED)))

#: The 79 codes of Codex: those of PLACES, then the one for synapses outside all neuropils.
NEUROPILS = (*PLACES, "UNASGD")

#: In these, a large cell type tiles the whole neuropil, column by column.
RETINOTOPIC = frozenset({"LA", "ME", "LO", "LOP"})


#: Shares of ACH, GABA, GLUT, DA, SER, OCT as the highest of scores that decide nothing (9,752 neurons).
UNDECIDED = (0.337, 0.252, 0.336, 0.024, 0.048, 0.003)


@dataclass(frozen=True)
class Region:
    """Where some neurons of a super class receive and send.

    Parameters
    ----------
    receives, sends
        Neuropil without its side, or None for any neuropil of the central brain.
    share
        Share of the super class's neurons.
    cell_class
        The published class that prevails there; empty where most have none.
    """

    receives: str | None
    sends: str | None
    share: float
    cell_class: str = ""


@dataclass(frozen=True)
class SuperClass:
    """One super class: how many neurons it has, what they are called, what they release, where they connect.

    Parameters
    ----------
    name, flow, prefix
        Super class, flow, and the first letters of the generated cell types.
    share
        Share of all neurons.
    unconnected, unlabelled
        Share of its neurons without connections, and without nt_type (these include the former).
    untyped, hemilineage
        Share of its neurons without a cell type, and with a hemilineage.
    type_log_mean, type_log_sd
        Natural logarithm of the neurons per cell type.
    transmitters
        Shares of ACH, GABA, GLUT, DA, SER, OCT among its neurons with nt_type.
    nerve
        Its commonest nerve, and the share of its neurons that have it.
    regions
        Where it receives and sends.
    """

    name: str
    flow: str
    prefix: str
    share: float
    unconnected: float
    unlabelled: float
    untyped: float
    hemilineage: float
    type_log_mean: float
    type_log_sd: float
    transmitters: tuple[float, float, float, float, float, float]
    nerve: tuple[str, float]
    regions: tuple[Region, ...]


def _regions(text: str) -> tuple[Region, ...]:
    """Read 'ME.LO 0.2 class' items, separated by commas; the rest of the share is anywhere in the central brain."""
    found = []
    for item in text.split(","):
        places, share, *cell_class = item.split()
        receives, _, sends = places.partition(".")
        found.append(Region(receives, sends or receives, float(share), "".join(cell_class)))
    return (*found, Region(None, None, max(0.0, 1 - sum(region.share for region in found))))


SUPER_CLASSES: tuple[SuperClass, ...] = (
    SuperClass(
        "optic", "intrinsic", "OL", 0.5568, 0.004, 0.107, 0.080, 0.002, 4.78, 2.14,
        (0.689, 0.153, 0.158, 0.0, 0.0, 0.0), ("", 0.0),
        _regions("ME 0.526, ME.LO 0.21, ME.LOP 0.079, LO.LOP 0.076, LO 0.055, LOP 0.022, LA 0.012, LA.ME 0.012, "
                 "LO.ME 0.004, LOP.LO 0.004"),
    ),
    SuperClass(
        "central", "intrinsic", "CB", 0.2326, 0.003, 0.050, 0.454, 0.982, 1.17, 0.54,
        (0.624, 0.141, 0.212, 0.016, 0.007, 0.0), ("", 0.0),
        _regions("MB_CA.MB_ML 0.097 Kenyon_Cell, MB_CA.MB_VL 0.027 Kenyon_Cell, MB_CA.MB_PED 0.011 Kenyon_Cell, "
                 "AVLP 0.079, SMP 0.070, SLP 0.060, FB 0.044 CX, LH.SLP 0.035, LH 0.035 LHLN, GNG 0.033, IPS 0.022, "
                 "SPS 0.019, PLP 0.016, AL 0.015 ALLN, AL.LH 0.009 ALPN, AL.MB_CA 0.005 ALPN, LAL 0.015, "
                 "SLP.SMP 0.011, EB 0.011 CX, AVLP.ICL 0.011, ICL 0.010, CRE 0.010, NO 0.009 CX, PRW 0.009, "
                 "PVLP 0.009, SAD 0.007"),
    ),
    SuperClass(
        "sensory", "afferent", "SN", 0.1214, 0.251, 0.478, 0.151, 0.0, 3.31, 1.68,
        (0.767, 0.034, 0.112, 0.007, 0.077, 0.002), ("AN", 0.203),
        _regions("LA 0.436 visual, AL 0.180 olfactory, ME 0.158 visual, GNG 0.140 mechanosensory, "
                 "SAD 0.028 mechanosensory, AMMC 0.027 mechanosensory, OCG 0.019 visual, PRW 0.010 gustatory"),
    ),
    SuperClass(
        "visual_projection", "intrinsic", "VP", 0.0578, 0.001, 0.070, 0.482, 0.406, 1.54, 1.29,
        (0.875, 0.012, 0.113, 0.0, 0.0, 0.0), ("", 0.0),
        _regions("LO.PVLP 0.213, ME 0.129, LO 0.098, LOP.PLP 0.089, LO.PLP 0.071, LO.AOTU 0.050, AOTU 0.045, "
                 "ME.PLP 0.037, LO.SPS 0.037, ME.AOTU 0.027, LOP.ME 0.027, LOP 0.026, PVLP.LO 0.018, PLP 0.017, "
                 "LO.AVLP 0.017"),
    ),
    SuperClass(
        "ascending", "afferent", "AN", 0.0170, 0.158, 0.249, 0.994, 0.0, 0.75, 0.15,
        (0.697, 0.161, 0.086, 0.005, 0.049, 0.002), ("CV", 1.0),
        _regions("GNG 0.604 AN, AVLP 0.126 AN, IPS 0.031 AN, VES 0.022 AN, SAD 0.019 AN, FLA 0.016 AN, "
                 "GNG.AVLP 0.016 AN, SAD.GNG 0.013 AN"),
    ),
    SuperClass(
        "descending", "efferent", "DN", 0.0094, 0.021, 0.249, 0.076, 0.966, 0.85, 0.46,
        (0.704, 0.126, 0.124, 0.007, 0.031, 0.008), ("CV", 1.0),
        _regions("GNG 0.433, IPS 0.086, SPS 0.053, SPS.GNG 0.053, IPS.GNG 0.049, SAD 0.038, SAD.GNG 0.031, "
                 "VES.GNG 0.024, AVLP.GNG 0.020, ICL.GNG 0.017"),
    ),
    SuperClass(
        "visual_centrifugal", "intrinsic", "VC", 0.0038, 0.010, 0.092, 0.143, 0.536, 1.14, 0.80,
        (0.200, 0.590, 0.145, 0.023, 0.013, 0.029), ("", 0.0),
        _regions("IPS.LOP 0.191, LO 0.091, ME 0.081, PLP.LOP 0.060, LOP 0.060, SPS.LO 0.058, SPS.ME 0.054, "
                 "PLP.ME 0.052"),
    ),
    SuperClass(
        "motor", "efferent", "MN", 0.0008, 0.0, 0.726, 0.151, 0.943, 0.78, 0.23,
        (0.586, 0.138, 0.207, 0.0, 0.069, 0.0), ("PhN", 0.377), _regions("GNG 0.82, PRW 0.12, IPS 0.04"),
    ),
    SuperClass(
        "endocrine", "efferent", "EN", 0.0006, 0.138, 0.950, 0.250, 0.737, 1.65, 1.12,
        (0.5, 0.0, 0.0, 0.0, 0.5, 0.0), ("NCC", 0.988),
        _regions("SMP 0.507, PRW 0.174, FLA 0.174, GNG 0.058"),
    ),
)  # fmt: skip


def place(neuropil: str, side: str) -> int:
    """Return the index in PLACES of a neuropil on one side, 'L' or 'R'; an unpaired neuropil has one place."""
    return PLACES.index(neuropil if neuropil in _UNPAIRED else f"{neuropil}_{side}")
