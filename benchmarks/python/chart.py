"""The ratios as a picture: SVG, bars on a logarithmic scale, for light and dark pages."""

from __future__ import annotations

import math
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 900, 250, 70, 70, 30
THICK, BETWEEN_BARS, BETWEEN_GROUPS = 11, 2, 14
# Distinguishable without colour vision, on white and on black.
LIGHT = ("#0b6e99", "#5fb3d9", "#b35900", "#f0a860", "#6d6d6d")
DARK = ("#4fc3f7", "#1e88b5", "#ffb74d", "#c77a1c", "#a0a0a0")


class Bar(NamedTuple):
    """How many times as fast, and what was promised."""

    series: str
    ratio: float
    promised: float | None


class Group(NamedTuple):
    """The bars of one task."""

    label: str
    bars: list[Bar]


def style() -> str:
    """Return the colours: the page's theme decides."""
    plain = (
        "text { font: 12px sans-serif; fill: #222 } .grid { stroke: #ddd } .paper { fill: #fff }"
    )
    plain += " .promise { stroke: #c00; stroke-width: 2 }"
    plain += "".join(f" .s{place} {{ fill: {colour} }}" for place, colour in enumerate(LIGHT))
    dark = "text { fill: #ddd } .grid { stroke: #444 } .paper { fill: #111 }"
    dark += " .promise { stroke: #f66 }"
    dark += "".join(f" .s{place} {{ fill: {colour} }}" for place, colour in enumerate(DARK))
    return f"<style>{plain} @media (prefers-color-scheme: dark) {{ {dark} }}</style>"


def svg(title: str, groups: list[Group], series: list[str]) -> str:
    """Return the picture; `series` gives the order of the colours."""
    values = [bar.ratio for group in groups for bar in group.bars]
    values += [bar.promised for group in groups for bar in group.bars if bar.promised]
    least = min([0.5, *values])
    lowest = 10 ** math.floor(math.log10(least) * 2) if least < 0.3 else 0.5
    highest = max([10.0, *values]) * 1.15

    def across(value: float) -> float:
        share = math.log(max(value, lowest) / lowest) / math.log(highest / lowest)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    parts, down = [], float(TOP)
    for group in groups:
        height = len(group.bars) * (THICK + BETWEEN_BARS)
        parts.append(label(LEFT - 8, down + height / 2 + 4, group.label, "end"))
        for bar in group.bars:
            place = series.index(bar.series) % len(LIGHT)
            width = max(across(bar.ratio) - LEFT, 0.5)
            said = f"{group.label}, {bar.series}: {bar.ratio:.2f}"
            parts.append(
                f'<rect class="s{place}" x="{LEFT}" y="{down:.1f}" width="{width:.1f}" '
                f'height="{THICK}"><title>{escape(said)}</title></rect>'
            )
            if bar.promised:
                at = across(bar.promised)
                parts.append(
                    f'<line class="promise" x1="{at:.1f}" x2="{at:.1f}" y1="{down - 1:.1f}" '
                    f'y2="{down + THICK + 1:.1f}"/>'
                )
            number = f"{bar.ratio:.0f}" if bar.ratio >= 10 else f"{bar.ratio:.2g}"
            end = max(across(bar.ratio), across(bar.promised or lowest))
            parts.append(label(end + 4, down + THICK - 1, number, "start"))
            down += THICK + BETWEEN_BARS
        down += BETWEEN_GROUPS
    grid = []
    for tick in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if lowest <= tick <= highest:
            at = across(tick)
            grid.append(
                f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 8}" y2="{down:.1f}"/>'
            )
            grid.append(label(at, down + 14, f"{tick:g}", "middle"))
    legend, right = [], 10
    for place, name in enumerate(series):
        colour = place % len(LIGHT)
        legend.append(f'<rect class="s{colour}" x="{right}" y="34" width="12" height="12"/>')
        legend.append(label(right + 17, 44, name, "start"))
        right += 34 + 7 * len(name)
    legend.append(f'<line class="promise" x1="{right}" x2="{right}" y1="33" y2="47"/>')
    legend.append(label(right + 7, 44, "promised", "start"))
    height = round(down + BOTTOM)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            style(),
            f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
            label(10, 20, title, "start"),
            *legend,
            *grid,
            *parts,
            "</svg>\n",
        ]
    )


def label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
