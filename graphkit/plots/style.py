"""The one look of all figures.

Colours are Okabe & Ito's (Color Universal Design, 2008: jfly.uni-koeln.de/color), told apart by readers with any
kind of colour vision, with a brown and two greys that keep that distance; warm ones excite, blue ones inhibit under the
default sign policy. A transmitter, a sign or a group has the same colour in every figure and in both themes.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.schema import TRANSMITTER_ALIASES

__all__ = [
    "CAPTION_PX",
    "GROUP_COLORS",
    "LINE_PX",
    "MARGIN_TOP_PX",
    "NEUTRAL",
    "OTHER_GROUPS",
    "OUTLINE",
    "SCALE",
    "SEPARATOR",
    "SIGN_COLORS",
    "SIGN_NAMES",
    "SILENT",
    "THEMES",
    "TITLE_PX",
    "TRANSMITTER_COLORS",
    "UNKNOWN",
    "Look",
    "Theme",
    "category_colors",
    "counted",
    "dressed",
    "group_color",
    "group_colors",
    "known",
    "message_figure",
    "of_trials",
    "pale",
    "plain",
    "short",
    "template",
    "transmitter",
]

Theme = Literal["light", "dark"]

_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILION, _PURPLE, _BROWN, _GREY = "#0072B2", "#D55E00", "#CC79A7", "#994F00", "#666666"

#: What no colour is known for, and what did not fire; what was not asked, and what stands for no value.
UNKNOWN = SILENT = "#B8B8B8"
NEUTRAL = _GREY
#: How the name of those ends that share a place since there is no room for each.
OTHER_GROUPS = "other groups"
#: Around a mark, so that yellow shows on white and neighbours stay apart on both grounds.
OUTLINE = "rgba(102,102,102,0.8)"

TRANSMITTER_COLORS = {
    "ACH": _ORANGE, "GABA": _BLUE, "GLUT": _SKY, "DA": _GREEN, "SER": _PURPLE, "OCT": _YELLOW, "HIST": _BROWN,
}  # fmt: skip
SIGN_NAMES = {1: "excitatory", -1: "inhibitory", 0: "unknown sign"}
SIGN_COLORS = {"excitatory": _VERMILION, "inhibitory": _BLUE, "unknown sign": _GREY}
GROUP_COLORS = {
    "target": _VERMILION, "downstream_1": _BLUE, "downstream_2": _GREEN, "downstream_3": _PURPLE,
    "downstream_4": _ORANGE, "downstream_5": _SKY, "functional_nuclei": _BROWN, "rest": _GREY,
}  # fmt: skip
_CATEGORIES = (_ORANGE, _SKY, _GREEN, _VERMILION, _BLUE, _PURPLE, _YELLOW, _BROWN)

#: Colours of a number: matplotlib's plasma without its darkest and its palest part, so that both show on both themes.
SCALE = [[0.0, "#5C01A6"], [0.25, "#9C179E"], [0.5, "#CC4778"], [0.75, "#ED7953"], [1.0, "#FDB42F"]]

#: Plotly spaces the lines of a title by 1.3 times its font, whatever the size of the letters in them.
TITLE_PX, CAPTION_PX, LINE_PX = 18, 12, 18.2
MARGIN_TOP_PX = 40
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SEPARATOR = "\u00a0· "  # between a caption's parts; never begins a line
_CAPTION_CHARACTERS = 120  # of one line in a notebook's cell of 850 pixels; pages wrap it again to their width


@dataclass(frozen=True)
class Look:
    """The colours of a theme: ground, text, secondary text, grid lines."""

    ground: str
    text: str
    muted: str
    grid: str


THEMES: dict[str, Look] = {
    "light": Look("#FFFFFF", "#1F2328", "#59636E", "#E4E7EB"),
    "dark": Look("#14181D", "#E6EAEF", "#9AA4AF", "#2C333B"),
}


def known(value: str, names: Iterable[str], what: str) -> str:
    """Return the value if it is one of the names.

    Raises
    ------
    DataError
        If it is not; the message lists the names.
    """
    if value not in (names := list(names)):
        raise DataError(f"{what} {value!r} is not known; known are {', '.join(names)}")
    return value


def counted(number: int, what: str) -> str:
    """Return a number of things: "1 neuron", "2,835 neurons"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def plain(text: object) -> str:
    """Return text that plotly shows as it is: its markup is a subset of HTML."""
    return html.escape(str(text), quote=False)


def short(name: str, letters: int = 24) -> str:
    """Return a name as :func:`plain` does; a longer one without its middle: kinds differ at their ends."""
    last = letters * 2 // 5
    return plain(name if len(name) <= letters else f"{name[: letters - 1 - last]}…{name[-last:]}")


def transmitter(name: str) -> str:
    """Return the short name of a transmitter: ACH for acetylcholine."""
    return TRANSMITTER_ALIASES.get(name.casefold(), name)


def group_color(name: str) -> str:
    """Return the colour of a group.

    Examples
    --------
    >>> from graphkit.plots.style import group_color
    >>> group_color("target")
    '#D55E00'
    """
    return GROUP_COLORS.get(name, NEUTRAL)


def group_colors(names: Sequence[str]) -> dict[str, str]:
    """Return the colour of each group: the levels' own, then the palette's; one grey where it has no more.

    Examples
    --------
    >>> from graphkit.plots.style import group_colors
    >>> group_colors(["target", "ALPN"])
    {'target': '#D55E00', 'ALPN': '#E69F00'}
    """
    return category_colors(
        list(dict.fromkeys(names)), GROUP_COLORS | {name: UNKNOWN for name in names if name.endswith(OTHER_GROUPS)}
    )


def category_colors(names: Sequence[str], fixed: Mapping[str, str]) -> dict[str, str]:
    """Return a colour for each name: the fixed one, else the palette's next that no fixed name of these has."""
    taken = {fixed[name] for name in names if name in fixed}
    spare = iter([color for color in _CATEGORIES if color not in taken])
    return {name: fixed[name] if name in fixed else next(spare, UNKNOWN) for name in names}


def of_trials(trial: int, trials: int) -> str:
    """Return which trial is drawn: "trial 2 of 0 to 4"; runs count from 0."""
    return "one trial" if trials == 1 else f"trial {trial} of 0 to {trials - 1}"


def pale(color: str, opacity: float) -> str:
    """Return a colour that lets what is behind it through.

    Examples
    --------
    >>> from graphkit.plots.style import pale
    >>> pale("#D55E00", 0.4)
    'rgba(213,94,0,0.4)'
    """
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def template(theme: Theme = "light") -> go.layout.Template:
    """Return plotly's template of the look; it is never made the default of other figures.

    Raises
    ------
    DataError
        If the theme is not known.

    Examples
    --------
    >>> from graphkit.plots import template
    >>> template("dark").layout.paper_bgcolor
    '#14181D'
    """
    look = THEMES[known(theme, THEMES, "theme")]
    axis = {
        "gridcolor": look.grid, "zerolinecolor": look.grid, "linecolor": look.muted, "tickcolor": look.muted,
        "ticks": "outside", "ticklen": 4, "automargin": True, "title": {"standoff": 8, "font": {"size": 12}},
        "tickfont": {"size": 11, "color": look.muted}, "zeroline": False,
    }  # fmt: skip
    small = {"size": 12, "color": look.text}
    layout = go.Layout(
        font={"family": _FONT, "size": 12, "color": look.text},
        paper_bgcolor=look.ground,
        plot_bgcolor=look.ground,
        colorway=list(_CATEGORIES),
        title={
            "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top",
            "pad": {"l": 16, "t": 26}, "font": {"size": LINE_PX / 1.3, "color": look.muted},
        },
        showlegend=True,  # plotly names no colour where there is only one
        legend={
            "orientation": "h", "traceorder": "normal", "x": 0, "xanchor": "left", "y": 0, "yref": "container",
            "yanchor": "bottom", "font": small, "itemsizing": "constant", "bgcolor": "rgba(0,0,0,0)",
        },
        margin={"l": 16, "r": 16, "t": 24, "b": 16},
        hoverlabel={
            "bgcolor": look.ground, "bordercolor": look.muted, "font": small, "align": "left", "namelength": -1,
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": look.muted, "activecolor": look.text},
        coloraxis={"colorbar": {"outlinewidth": 0, "thickness": 12, "len": 0.6, "ticks": "outside"}},
        xaxis=axis,
        yaxis=axis,
    )  # fmt: skip
    return go.layout.Template(layout=layout)


def dressed(
    figure: go.Figure,
    *,
    title: str,
    caption: Sequence[str],
    theme: Theme,
    height: int = 760,
    above: int = 0,
    scaled: bool = False,
) -> go.Figure:
    """Give a figure the look, its title and its caption.

    Parameters
    ----------
    figure
        The figure, changed in place.
    title, caption
        Plain text. The caption's parts are joined; ``figure.layout.meta`` keeps both whole, so that a page can wrap
        them to its own width.
    theme
        light or dark.
    height
        In pixels, where nothing else sets it.
    above
        Pixels between caption and plotting area, for text of the figure's own.
    scaled
        Whether a page may shrink marks and lines with its width.
    """
    text = SEPARATOR.join(part for part in caption if part)
    heading = f'<span style="font-size:{TITLE_PX}px;color:{THEMES[theme].text}">{plain(title)}</span>'
    wrapped = textwrap.wrap(text, _CAPTION_CHARACTERS, break_on_hyphens=False)
    lines = [heading, *(f'<span style="font-size:{CAPTION_PX}px">{plain(line)}</span>' for line in wrapped)]
    figure.update_layout(
        template=template(theme),
        title={"text": "<br>".join(lines)},
        margin={"t": MARGIN_TOP_PX + LINE_PX * len(lines) + above},
        meta={"title": title, "caption": text, "above": above, "scaled": scaled},
        height=height,
    )
    return figure


def message_figure(message: str, *, title: str, caption: Sequence[str], theme: Theme) -> go.Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = go.Figure()
    figure.add_annotation(
        text=plain(message), showarrow=False, font={"size": 16}, x=0.5, y=0.5, xref="paper", yref="paper"
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return dressed(figure, title=title, caption=caption, theme=theme, height=360)
