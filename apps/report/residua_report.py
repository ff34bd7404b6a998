#!/usr/bin/env python3
"""Writes report.html into a run directory: results, fields, errors, convergence, times, deck and versions on one page
that needs no other file; or a movie of a field's frames. Needs h5py, matplotlib and numpy."""

import argparse
import base64
import csv
import html
import io
import json
import math
import sys
from pathlib import Path

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import suspension

STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --page: #ffffff; --box: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9ea7b3; --line: #30363d; --page: #0d1117; --box: #161b22; }
  img { background: #ffffff; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem;
       margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h1 + p { color: var(--soft); margin-top: 0; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 500; }
th, td { padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); } img { max-width: 100%; border-radius: 4px; }
pre { background: var(--box); padding: 1rem; overflow-x: auto; border-radius: 4px; font-size: .85rem; }
.notice { background: var(--box); border-left: 4px solid #bf8700; padding: .5rem 1rem; }
"""
MOST_CURVES = 5  # moments drawn of a field over one space axis and time, beside its image


class Page:
    def __init__(self):
        self.parts = []

    def section(self, title):
        self.parts.append(f"<h2>{html.escape(title)}</h2>")

    def notice(self, text):
        self.parts.append(f'<p class="notice">{html.escape(text)}</p>')

    def table(self, rows):
        cells = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th><td class="number">{html.escape(value)}</td></tr>'
            for name, value in rows)
        self.parts.append(f"<table>{cells}</table>")

    def text(self, text):
        self.parts.append(f'<pre tabindex="0">{html.escape(text)}</pre>')

    def figure(self, figure, caption):
        data = io.BytesIO()
        figure.savefig(data, format="png", dpi=130, bbox_inches="tight")
        plt.close(figure)
        code = base64.b64encode(data.getvalue()).decode()
        caption = html.escape(caption)
        self.parts.append(f'<figure><img alt="{caption}" src="data:image/png;base64,{code}">'
                          f"<figcaption>{caption}</figcaption></figure>")

    def write(self, path, title, subtitle):
        head = (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
                f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>')
        body = "".join(self.parts)
        temporary = path.with_suffix(".part")
        temporary.write_text(f"{head}<body><main><h1>{html.escape(title)}</h1><p>{html.escape(subtitle)}</p>"
                             f"{body}</main></body></html>\n", encoding="utf-8")
        temporary.replace(path)


def number(value):
    return f"{value:.6g}" if isinstance(value, (int, float)) else str(value)


def clock(seconds):
    minutes, rest = divmod(seconds, 60)
    return f"{rest:.3g} s" if minutes == 0 else f"{int(minutes)} min {rest:.0f} s"


# --- fields ---------------------------------------------------------------------------------------------------------

def is_error(name):
    return name.endswith("_error")


def image(axes_pair, values, name, draw):
    """A field over two axes; values[i, j] belongs to vertical[i], horizontal[j]."""
    (_, vertical), (_, horizontal) = axes_pair
    values = np.abs(values) if is_error(name) else values
    if is_error(name) and values.max() > 0:
        norm = matplotlib.colors.LogNorm(max(values.max() * 1e-6, values[values > 0].min()), values.max())
        mesh = draw.pcolormesh(horizontal, vertical, values, norm=norm, cmap="magma", shading="nearest")
    else:
        mesh = draw.pcolormesh(horizontal, vertical, values, cmap="viridis", shading="nearest")
    draw.set_xlabel(axes_pair[1][0])
    draw.set_ylabel(axes_pair[0][0])
    draw.set_title(f"|{name}|" if is_error(name) else name)
    draw.figure.colorbar(mesh, ax=draw)


def curves(axis, values, name, draw, label=None):
    label_axis, points = axis
    if is_error(name):
        draw.semilogy(points, np.maximum(np.abs(values), np.finfo(float).tiny), label=label)
    else:
        draw.plot(points, values, label=label)
    draw.set_xlabel(label_axis)
    draw.set_title(f"|{name}|" if is_error(name) else name)


def plane(axes, values):
    """The last two axes of a field, the others at their middle; and words that say so."""
    held = []
    while len(axes) > 2:
        (name, points), axes = axes[0], axes[1:]
        middle = len(points) // 2
        values = values[middle]
        held.append(f"{name} = {points[middle]:.4g}")
    return axes, values, ", ".join(held)


def draw_unknown(page, axes, fields, unknown):
    names = [name for name in (unknown, unknown + "_reference", unknown + "_error") if name in fields]
    if len(axes) == 1:
        figure, frames = plt.subplots(1, len(names), figsize=(4.3 * len(names), 3.2), squeeze=False)
        for name, frame in zip(names, frames[0]):
            curves(axes[0], fields[name], name, frame)
        page.figure(figure, f"{', '.join(names)} over {axes[0][0]}")
        return
    flat_axes, _, held = plane(axes, fields[unknown])
    figure, frames = plt.subplots(1, len(names), figsize=(4.6 * len(names), 3.4), squeeze=False, layout="constrained")
    for name, frame in zip(names, frames[0]):
        image(flat_axes, plane(axes, fields[name])[1], name, frame)
    caption = f"{', '.join(names)} over {flat_axes[1][0]} and {flat_axes[0][0]}"
    page.figure(figure, caption + (f", at {held}" if held else ""))
    if len(axes) == 2:
        draw_moments(page, axes, fields, unknown)


def draw_moments(page, axes, fields, unknown):
    (slow_name, slow), fast = axes
    figure, frame = plt.subplots(figsize=(7, 3.2))
    for i in np.unique(np.linspace(0, len(slow) - 1, MOST_CURVES).round().astype(int)):
        curves(fast, fields[unknown][i], unknown, frame, label=f"{slow_name} = {slow[i]:.3g}")
        if unknown + "_reference" in fields:
            frame.plot(fast[1], fields[unknown + "_reference"][i], "k:", linewidth=1)
    frame.legend(fontsize=8)
    dotted = ", reference dotted" if unknown + "_reference" in fields else ""
    page.figure(figure, f"{unknown} over {fast[0]} at {slow_name} as given{dotted}")


def read_fields(path):
    with h5py.File(path) as file:
        axes = [(str(name), file["coordinates"][name][:]) for name in file.attrs["axes"]]
        return axes, {name: data[:] for name, data in file["values"].items()}


def add_suspension(page, axes, fields):
    figure, draw = plt.subplots(figsize=(6.4, 5.4), layout="constrained")
    image(axes, fields["order"], "order", draw)
    suspension.draw_directors(axes, fields, draw)
    counted = suspension.draw_defects(suspension.defects(axes, fields), draw)
    draw.set_aspect("equal")
    page.figure(figure, f"directors on order; {counted}")
    others = [name for name in fields if name not in ("order", "director_x", "director_y")]
    figure, frames = plt.subplots(-(-len(others) // 2), 2, figsize=(9.6, 4 * -(-len(others) // 2)), squeeze=False,
                                  layout="constrained")
    for frame in frames.ravel()[len(others):]:
        frame.remove()
    for name, frame in zip(others, frames.ravel()):
        image(axes, fields[name], name, frame)
        frame.set_aspect("equal")
    page.figure(figure, ", ".join(others))
    page.figure(suspension.draw_spectra(axes, fields), "spectra of velocity and second moment; order over the cells")


def add_fields(page, path):
    axes, fields = read_fields(path)
    page.section("Fields")
    if len(axes) == 2 and {"c", "order", "director_x", "director_y", "u", "v"} <= fields.keys():
        add_suspension(page, axes, fields)
        return
    derived = {name for name in fields for suffix in ("_reference", "_error")
               if name.endswith(suffix) and name[: -len(suffix)] in fields}
    for unknown in (name for name in fields if name not in derived):
        draw_unknown(page, axes, fields, unknown)


# --- the rest of the page -------------------------------------------------------------------------------------------

def read_history(path):
    """[(iteration, seconds, value)] of each column, the values that are there and finite."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for name in (name for name in (rows[0] if rows else {}) if name not in ("iteration", "seconds")):
        points = [(float(row["iteration"]), float(row["seconds"]), float(row[name])) for row in rows if row[name]]
        points = [point for point in points if math.isfinite(point[2])]
        if points:
            found[name] = np.array(points)
    return found


def marker(points):
    return "." if len(points) < 30 else None


def add_convergence(page, columns):
    page.section("Convergence")
    figure, frames = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for frame, column, label in zip(frames, (0, 1), ("iteration", "seconds")):
        for name, points in columns.items():
            frame.plot(points[:, column], points[:, 2], label=name, marker=marker(points))
        frame.set_xlabel(label)
    if all((points[:, 2] > 0).all() for points in columns.values()):
        frames[0].set_yscale("log")
    frames[0].legend(fontsize=8)
    page.figure(figure, f"{', '.join(columns)} by iteration and by time")


def add_course(page, columns):
    """Of a run in time, each column over the time, small ones on a logarithmic axis."""
    page.section("Course")
    time_of = {row[0]: row[2] for row in columns.pop("time")}
    rows = -(-len(columns) // 3)
    figure, frames = plt.subplots(rows, 3, figsize=(10, 2.3 * rows), squeeze=False, layout="constrained")
    for frame in frames.ravel()[len(columns):]:
        frame.remove()
    for (name, points), frame in zip(columns.items(), frames.ravel()):
        frame.plot([time_of[row[0]] for row in points], points[:, 2], marker=marker(points))
        frame.set_title(name, fontsize=10)
        positive = points[:, 2][points[:, 2] > 0]
        if (points[:, 2] >= 0).all() and positive.size and positive.max() > 100 * positive.min():
            frame.set_yscale("log")
    page.figure(figure, f"{', '.join(columns)} over time")


def add_errors(page, path):
    """The error of each quantity over time."""
    page.section("Error over time")
    with open(path, newline="", encoding="utf-8") as file:
        time, *names = next(csv.reader(file))
        rows = np.array([[float(value) for value in row] for row in csv.reader(file)])
    figure, frame = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for name, column in zip(names, rows.T[1:]):
        seen = column > 0
        if seen.any():
            frame.semilogy(rows[seen, 0], column[seen], label=name)
    frame.set_xlabel(time)
    frame.legend(fontsize=8)
    page.figure(figure, "root mean square error over space, relative to the reference's over space and time")


def add_history(page, path):
    columns = read_history(path)
    if "time" in columns and len(columns) > 1:
        add_course(page, columns)
    elif columns:
        add_convergence(page, columns)


def add_results(page, summary):
    page.section("Results")
    page.table((name, number(value)) for name, value in summary["metrics"].items())


def add_timing(page, summary):
    page.section("Time")
    rows = sorted(summary["timing"].items(), key=lambda item: -item[1])
    page.table([(name, clock(value)) for name, value in rows] +
               [("ranks", str(summary["ranks"])), ("threads per rank", str(summary["threads"]))])


def build(directory):
    page = Page()
    summary_path = directory / "summary.json"
    summary = json.loads(summary_path.read_text(encoding="utf-8")) if summary_path.exists() else None
    if summary:
        add_results(page, summary)
        for sentence in suspension.unresolved(summary):
            page.notice(sentence)
    else:
        page.notice("This run is not finished: it has no summary.json.")
    if (directory / "fields.h5").exists():
        add_fields(page, directory / "fields.h5")
    if (directory / "errors.csv").exists():
        add_errors(page, directory / "errors.csv")
    if (directory / "history.csv").exists():
        add_history(page, directory / "history.csv")
    if summary:
        add_timing(page, summary)
    page.section("Deck")
    page.text((directory / "resolved.toml").read_text(encoding="utf-8"))
    if summary:
        page.section("Versions")
        page.table(summary["versions"].items())
    title = summary["deck"].get("title") if summary else None
    kind = f"case {summary['case']}, run directory" if summary else "run directory"
    page.write(directory / "report.html", title or directory.resolve().name, f"{kind} {directory.resolve().name}")


def write_movie(directory, name):
    """movie_<name>.gif of the frames frame_0000.h5, frame_0001.h5, .., whose times are the rows of the history."""
    from matplotlib.animation import PillowWriter
    files = sorted(directory.glob("frame_*.h5"))
    if not files:
        raise ValueError("the run has no frames: output.every asks for them")
    frames = [read_fields(path) for path in files]
    if name not in frames[0][1]:
        raise ValueError(f"there is no field {name}; there are {', '.join(frames[0][1])}")
    with open(directory / "history.csv", newline="", encoding="utf-8") as file:
        times = [row.get("time") for row in csv.DictReader(file)]
    low = min(fields[name].min() for _, fields in frames)
    high = max(fields[name].max() for _, fields in frames)
    figure, draw = plt.subplots(figsize=(6.4, 5.4), layout="constrained")
    axes = frames[0][0]
    mesh = draw.pcolormesh(axes[1][1], axes[0][1], frames[0][1][name], vmin=low, vmax=high, cmap="viridis", shading="nearest")
    figure.colorbar(mesh, ax=draw)
    draw.set_aspect("equal")
    path = directory / f"movie_{name}.gif"
    writer = PillowWriter(fps=12)
    with writer.saving(figure, str(path), dpi=90):
        for i, (_, fields) in enumerate(frames):
            mesh.set_array(fields[name].ravel())
            draw.set_title(f"{name}, t = {float(times[i]):.4g}" if i < len(times) and times[i] else name)
            writer.grab_frame()
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rundir", type=Path, help="the directory of a run")
    parser.add_argument("--movie", metavar="FIELD", help="write movie_FIELD.gif of the run's frames instead")
    arguments = parser.parse_args()
    directory = arguments.rundir
    try:
        if arguments.movie:
            print(write_movie(directory, arguments.movie))
            return
        build(directory)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"report: {type(error).__name__}: {error}")
    print(directory / "report.html")


if __name__ == "__main__":
    main()
