#!/usr/bin/python3
"""docs/make_results.py RUNS_DIR: the figures of the documentation, from finished runs.

RUNS_DIR/<deck>-s<seed> and RUNS_DIR/ranks/<deck>-<ranks>-<k> are run directories as docs/run_results.sh makes them.
Writes docs/results.md, the table between the markers of README.md, and docs/figures/burgers.png. Every number comes
from a summary.json, but for the published records, which stand in this file with their sources. Needs h5py and
matplotlib for the figure (Debian: python3-h5py, python3-matplotlib, hence the system's Python in the first line).
"""
import argparse
import json
import re
import statistics
import sys
from pathlib import Path

from runs import ROOT, paragraph, table

SEEDS = (1, 2, 3, 4, 5)
BEGIN, END = "<!-- results begin -->", "<!-- results end -->"

# The sources of the published records, and what we know about each.
SOURCES = {
    "A": "Quoted second hand for a network of about 2000 parameters, all trained by a self-scaled Broyden method, with "
         "Fourier features, on a GPU; we have not checked the figure against the original. For the method see "
         "J. F. Urbán, P. Stefanou, J. A. Pons, *Unveiling the optimization process of physics informed neural "
         "networks*, arXiv:2405.04230, and E. Kiyani, K. Shukla, J. F. Urbán, J. Darbon, G. E. Karniadakis, "
         "arXiv:2501.16371.",
}
# Deck, its problem in words, the best published relative L2 error that we know of, the source of that.
DECKS = (
    ("burgers", "viscous Burgers, ν = 0.01/π", "8.25e-9", "A"),
    ("allen_cahn", "Allen-Cahn, diffusion 1e-4", "1.88e-6", "A"),
    ("poisson_2d", "Poisson on the square", None, None),
    ("burgers_mlp", "viscous Burgers, ν = 0.01/π", "8.25e-9", "A"),
    ("poisson_2d_mlp", "Poisson on the square", None, None),
)
METHODS = {"random_features": "random features", "network": "every weight trained"}


def read_runs(directory, deck):
    """The summaries of the deck's finished runs, by seed."""
    runs = {}
    for seed in SEEDS:
        path = directory / f"{deck}-s{seed}" / "summary.json"
        if not path.exists():
            continue
        summary = json.loads(path.read_text(encoding="utf-8"))
        if summary["deck"]["training"]["seed"] != seed:
            sys.exit(f"make_results.py: {path} is a run with seed {summary['deck']['training']['seed']}")
        if "rel_l2" not in summary["metrics"]:
            sys.exit(f"make_results.py: {path} has no rel_l2")
        runs[seed] = summary
    return runs


def error(value):
    return f"{value:.1e}"


def seconds(value):
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def spread(values, form):
    """min / median / max"""
    return " / ".join(form(v) for v in (min(values), statistics.median(values), max(values)))


def whole(values):
    """One number where all are equal, else their range."""
    low, high = int(min(values)), int(max(values))
    return str(low) if low == high else f"{low} - {high}"


def column(runs, *keys):
    values = []
    for summary in runs.values():
        for key in keys:
            summary = summary[key]
        values.append(summary)
    return values


def method(runs):
    return METHODS[next(iter(runs.values()))["deck"]["method"]]


def record(value, source):
    return f"{value} [{source}]" if value else "-"


def readme_table(results):
    rows = []
    for deck, problem, best, source in DECKS:
        runs = results[deck]
        if runs:
            rows.append([f"[{deck}](inputs/pinn/{deck}.toml)", problem, method(runs),
                         error(max(column(runs, "metrics", "rel_l2"))),
                         seconds(max(column(runs, "timing", "training"))), record(best, source)])
    head = ["deck", "problem", "method", "relative L2 error", "seconds", "best published"]
    ranks = whole([rank for runs in results.values() for rank in column(runs, "ranks")])
    seeds = whole([len(runs) for runs in results.values() if runs])
    words = (f"Worst of {seeds} seeds; seconds of training on {ranks} ranks; the error is against an independent "
             "reference. Spread, sizes, processor, sources: [docs/results.md](docs/results.md).")
    return table(head, rows) + "\n\n" + paragraph(words)


def deck_page(deck, problem, best, source, runs):
    lines = [f"## {deck}", "", f"{problem}; {method(runs) if runs else 'not run'}; "
             f"deck [inputs/pinn/{deck}.toml](../inputs/pinn/{deck}.toml).", ""]
    if not runs:
        return "\n".join(lines)
    errors = column(runs, "metrics", "rel_l2")
    rows = [
        ["relative L2 error, worst", error(max(errors))],
        ["relative L2 error, min / median / max", spread(errors, error)],
        ["best published", record(best, source)],
        ["seconds of training, min / median / max", spread(column(runs, "timing", "training"), seconds)],
        ["unknowns" + (" in each window" if max(column(runs, "metrics", "windows")) > 1 else ""),
         whole(column(runs, "metrics", "unknowns"))],
        ["time windows", whole(column(runs, "metrics", "windows"))],
        ["ranks", whole(column(runs, "ranks"))],
        ["finished runs", f"{len(runs)} of {len(SEEDS)}"],
    ]
    accuracy = [s["metrics"]["reference_accuracy"] for s in runs.values() if "reference_accuracy" in s["metrics"]]
    if accuracy:
        rows.insert(2, ["absolute accuracy of the reference", error(max(accuracy))])
    lines += [table(["of all seeds", ""], rows), "", table(["seed", "relative L2 error", "seconds", "windows"], [
        [str(seed), error(s["metrics"]["rel_l2"]), seconds(s["timing"]["training"]), whole([s["metrics"]["windows"]])]
        for seed, s in runs.items()]), ""]
    return "\n".join(lines)


def ranks_page(directory):
    """Median seconds of the same training on 1 and 2 ranks; nothing without such runs."""
    rows = []
    for deck in ("burgers", "burgers_mlp"):
        times, losses = {1: [], 2: []}, set()
        for ranks in times:
            for path in sorted((directory / "ranks").glob(f"{deck}-{ranks}-*/summary.json")):
                summary = json.loads(path.read_text(encoding="utf-8"))
                times[ranks].append(summary["timing"]["training"])
                losses.add(f"{summary['metrics']['rel_l2']:.3e}")
        if not all(times.values()):
            continue
        one, two = (statistics.median(t) for t in times.values())
        rows.append([f"{deck}, {METHODS[summary['deck']['method']]}", spread(times[1], seconds),
                     spread(times[2], seconds), f"{one / two:.2f}", ", ".join(sorted(losses))])
    if not rows:
        return []
    text = ("The same training on one rank and on two in turn, one thread each: seconds, min / median / max, the "
            "ratio of the medians, and the errors reached. burgers_mlp is cut off at 60 iterations.")
    head = ["deck", "s on 1 rank", "s on 2 ranks", "ratio", "relative L2 errors"]
    return ["## One rank and two", "", paragraph(text), "", table(head, rows), ""]


def results_page(results, directory):
    summaries = [s for runs in results.values() for s in runs.values()]
    versions = {key: ", ".join(sorted({s["versions"][key] for s in summaries}))
                for key in ("residua", "git", "compiler", "build", "blas", "petsc", "mpi", "kokkos")}
    parts = [
        "<!-- Generated by docs/make_results.py. Do not edit. -->", "# Results", "",
        paragraph("Each deck was run once for each seed by [docs/run_results.sh](run_results.sh). Errors are relative "
                  "L2 errors against the deck's reference, which takes no part in training; the seconds are those of "
                  "training, without start-up, measuring and writing. The worst seed counts."), ""]
    parts += [deck_page(*row, results[row[0]]) for row in DECKS]
    parts += ranks_page(directory)
    parts += ["## Published records", ""]
    parts += [paragraph(f"- [{key}] {text}", subsequent_indent="  ") for key, text in SOURCES.items()]
    rows = [[name, version] for name, version in versions.items()]
    parts += ["", "## Software and processor", "", table(["what", "version"], rows), ""]
    return "\n".join(parts)


def figure(run, path):
    """u over x and t, and its error, of a run of a deck with those coordinates."""
    import h5py
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np

    with h5py.File(run / "fields.h5") as file:
        t, x = file["coordinates/t"][:], file["coordinates/x"][:]
        u, difference = file["values/u"][:].T, np.abs(file["values/u_error"][:].T)
    plt.rcParams.update({"font.size": 10, "axes.titlesize": 10.5, "axes.titlelocation": "left"})
    drawing, frames = plt.subplots(1, 3, figsize=(11, 3), layout="constrained", width_ratios=(1.15, 0.9, 1.15))
    image = frames[0].pcolormesh(t, x, u, cmap="RdBu_r", vmin=-np.abs(u).max(), vmax=np.abs(u).max(),
                                 shading="gouraud", rasterized=True)
    drawing.colorbar(image, ax=frames[0], pad=0.02)
    frames[0].set(title="u(t, x)", xlabel="t", ylabel="x")

    times = [0, 0.25, 0.5, 0.75, 1]
    for k, share in enumerate(times):
        i = round(share * (len(t) - 1))
        colour = plt.cm.viridis(0.9 * k / (len(times) - 1))
        frames[1].plot(x, u[:, i], color=colour, linewidth=1.4, label=f"{t[i]:.2f}")
    frames[1].legend(title="t", fontsize=8, title_fontsize=8, frameon=False, loc="upper right", labelspacing=0.25)
    frames[1].set(title="u at five times", xlabel="x", xlim=(x[0], x[-1]))
    frames[1].spines[["top", "right"]].set_visible(False)

    top = difference.max()
    norm = matplotlib.colors.LogNorm(top * 1e-5, top)
    image = frames[2].pcolormesh(t, x, np.clip(difference, top * 1e-5, top), norm=norm, cmap="magma",
                                 shading="nearest", rasterized=True)
    drawing.colorbar(image, ax=frames[2], pad=0.02, extend="min")
    frames[2].set(title="distance from the Cole-Hopf solution", xlabel="t", ylabel="x")
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(path, dpi=140)
    plt.close(drawing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs_dir", metavar="RUNS_DIR", type=Path)
    parser.add_argument("--figure-only", action="store_true", help="write docs/figures/burgers.png and nothing else")
    arguments = parser.parse_args()
    results = {deck: read_runs(arguments.runs_dir, deck) for deck, *_ in DECKS}
    if not any(results.values()):
        sys.exit(f"make_results.py: no finished run in {arguments.runs_dir}: see docs/run_results.sh")

    if not arguments.figure_only:
        readme = ROOT / "README.md"
        text = readme.read_text(encoding="utf-8")
        if text.count(BEGIN) != 1 or text.count(END) != 1:
            sys.exit(f"make_results.py: README.md needs the markers {BEGIN} and {END}, once each")
        block = f"{BEGIN}\n{readme_table(results)}\n{END}"
        readme.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: block, text, flags=re.DOTALL), encoding="utf-8")
        (ROOT / "docs/results.md").write_text(results_page(results, arguments.runs_dir), encoding="utf-8")
    burgers = results["burgers"]
    if burgers:
        worst = max(burgers, key=lambda seed: burgers[seed]["metrics"]["rel_l2"])
        figure(arguments.runs_dir / f"burgers-s{worst}", ROOT / "docs/figures/burgers.png")
    if any("dirty" in git for runs in results.values() for git in column(runs, "versions", "git")):
        print("make_results.py: some runs are of a source tree with changes that no commit holds", file=sys.stderr)
    for deck, runs in results.items():
        if len(runs) < len(SEEDS):
            print(f"make_results.py: {deck} has {len(runs)} of {len(SEEDS)} runs", file=sys.stderr)


if __name__ == "__main__":
    main()
