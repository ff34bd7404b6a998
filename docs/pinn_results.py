#!/usr/bin/python3
"""docs/pinn_results.py RUNS_DIR [--residua COMMAND] [--only NAME]: runs the decks of the papers and writes
docs/pinn-results.md.

Each run of RUNS below goes to RUNS_DIR/<name>, on 2 ranks, one after the other so that their times can be compared;
finished ones are not run again. Every number of the page comes from a summary.json, but for the published figures, which
stand here with their sources, and the true coefficients of made-up measurements. Needs h5py (Debian: python3-h5py, hence
the system's Python in the first line).
"""
import argparse
import json
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ROOT / "inputs" / "pinn"
RANKS = 2
CLASSICAL = ["method=classical", "classical.seconds=150"]
LABELS = ["formulation=lagrangian", "windows.count=1"]
PUBLISHED = {
    "causal": "Wang, Sankaran, Perdikaris, *Respecting causality is all you need for training physics-informed neural "
              "networks*, arXiv:2203.07404.",
    "record": "Quoted second hand for about 2000 parameters, all trained by a self-scaled Broyden method with Fourier "
              "features on a GPU; the method: arXiv:2405.04230 and arXiv:2501.16371.",
    "lagrangian": "Mojgani, Balajewicz, Hassanzadeh, *Lagrangian PINNs*, arXiv:2205.02902: a plain network fails above "
                  "C about 20.",
    "flame": "*FlamePINN-1D: Physics-informed neural networks to solve forward and inverse problems of 1D laminar flames*, "
             "about 1e-3 with one equation, whose reference is a first-order march, off by about 5e-4; about 1e-2 with "
             "species.",
}


class Run:
    """A deck with overrides; `row` is how the tables call it, `beside` the name of the run of the classical solver."""

    def __init__(self, name, deck, overrides=(), row=None, beside=None, published=None, source=None):
        self.name, self.deck, self.overrides = name, deck, list(overrides)
        self.row, self.beside, self.published, self.source = row, beside, published, source


def with_classical(name, deck, overrides, row, published=None, source=None):
    return [Run(name, deck, overrides, row, f"{name}_classical", published, source),
            Run(f"{name}_classical", deck, [*overrides, *CLASSICAL])]


def parameter(name, value):
    return f"pde.parameters.{name}={value}"


FORWARD = [
    *with_classical("burgers", "burgers", [], "Burgers, ν = 0.01/π", "8.25e-9", "record"),
    *with_classical("allen_cahn", "allen_cahn", [], "Allen-Cahn", "1.39e-4; 1.88e-6", "causal, record"),
    *with_classical("lorenz", "lorenz", [], "Lorenz, t ≤ 20", "1.1e-2, 1.7e-2, 7e-3", "causal"),
    *with_classical("ks_regular", "ks_regular", [], "Kuramoto-Sivashinsky, regular", "3.49e-4", "causal"),
    Run("ks_chaotic", "ks_chaotic", [], "Kuramoto-Sivashinsky, chaotic", "ks_chaotic_classical", "2.46e-2", "causal"),
    Run("ks_chaotic_classical", "ks_chaotic", [*CLASSICAL, "classical.tolerance=1e-6"]),  # chaos takes the other digits
    *with_classical("ns_2d", "ns_2d", [], "Navier-Stokes, rms 1", "3e-2", "causal"),
    Run("ns_2d_slow", "ns_2d", [parameter("rms", 0.35), "reference.file=references/ns_2d_slow.h5"],
        "Navier-Stokes, rms 0.35"),
]
for C in (0, 30, 70):
    FORWARD += [Run(f"convection_{C}", "convection_diffusion", [parameter("C", f"{C}.0")],
                    f"convection-diffusion, C = {C}, windows", f"convection_{C}_classical", "fails", "lagrangian")]
    FORWARD += [Run(f"convection_{C}_labels", "convection_diffusion", [parameter("C", f"{C}.0"), *LABELS],
                    f"convection-diffusion, C = {C}, labels", f"convection_{C}_classical")]
    FORWARD += [Run(f"convection_{C}_classical", "convection_diffusion", [parameter("C", f"{C}.0"), *CLASSICAL])]
for C in (0, 30, 70):
    FORWARD += [Run(f"burgers_shifted_{C}", "burgers_shifted", [parameter("C", f"{C}.0")],
                    f"Burgers + C, C = {C}, labels", f"burgers_shifted_{C}_classical"),
                Run(f"burgers_shifted_{C}_classical", "burgers_shifted",
                    [parameter("C", f"{C}.0"), *CLASSICAL, "formulation=eulerian"])]
FLAMES = [Run(f"flame_{phi}_{p}", "flame_1d", [parameter("phi", phi), parameter("p", p)], f"φ = {phi}, p = {p} atm")
          for p in (1.0, 1.2) for phi in (0.40, 0.42, 0.44, 0.46, 0.48, 0.50)]
FREE_FLAMES = [Run(f"flame_free_{phi}_{p}", "flame_free", [parameter("phi", phi), parameter("p", p)],
                   f"φ = {phi}, p = {p} atm")
               for p in (1.0, 5.0) for phi in (0.6, 0.7, 0.8, 0.9, 1.0)]
COUNTERFLOWS = [Run(f"flame_counterflow_{phi}", "flame_counterflow", [parameter("phi", phi)], f"φ = {phi}")
                for phi in (0.6, 0.7, 0.8, 0.9)]
INVERSE_FLAMES = [Run(f"flame_inverse_{seed}", "flame_1d_inverse",
                      [f"observations.{k}.noise_seed={seed}" for k in (0, 1)]) for seed in range(1, 21)]
INVERSE_BURGERS = [Run("burgers_inverse", "burgers_inverse", [], "noise 0.01"),
                   Run("burgers_inverse_exact", "burgers_inverse", ["observations.0.noise_seed=0"], "no noise")]
RUNS = FORWARD + FLAMES + FREE_FLAMES + COUNTERFLOWS + INVERSE_FLAMES + INVERSE_BURGERS
TRUTH = {"s_L": 0.34333949993, "lam": 0.026, "Ea": 121417.2, "nu": 0.01 / math.pi}


def carry_out(run, directory, residua):
    place = directory / run.name
    if (place / "summary.json").exists():
        return
    print(f"== {run.name}", flush=True)
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                       OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    command = ["mpiexec", "--quiet", "-n", str(RANKS), "--bind-to", "none", residua, "run", INPUTS / f"{run.deck}.toml",
               "--output", place, *run.overrides]
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        print(f"pinn_results.py: {run.name} failed", file=sys.stderr)


class Results:
    def __init__(self, directory):
        self.summaries = {}
        for run in RUNS:
            path = directory / run.name / "summary.json"
            if path.exists():
                self.summaries[run.name] = json.loads(path.read_text(encoding="utf-8"))

    def metric(self, name, key):
        return self.summaries.get(name, {}).get("metrics", {}).get(key)

    def seconds(self, name):
        timing = self.summaries.get(name, {}).get("timing", {})
        return next((timing[key] for key in ("training", "solve") if key in timing), None)


def number(value, form):
    return "-" if value is None else format(value, form)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def paragraph(text, **indents):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False, **indents)


def forward(results):
    rows = []
    for run in FORWARD:
        if not run.row or run.name not in results.summaries:
            continue
        rows.append([f"{run.row} ([{run.deck}](../inputs/pinn/{run.deck}.toml))",
                     number(results.metric(run.name, "rel_l2"), ".1e"), number(results.seconds(run.name), ".2g"),
                     number(results.metric(run.name, "unknowns"), ".0f"), number(results.metric(run.name, "windows"), ".0f"),
                     number(results.metric(run.beside, "rel_l2"), ".1e"), number(results.seconds(run.beside), ".2g"),
                     f"{run.published or '-'}" + (f" [{run.source}]" if run.source else "")])
    return table(["problem", "relative L2", "seconds", "unknowns in a window", "windows", "classical: relative L2", "seconds",
                  "published"], rows)


def eigenvalue(table, name, parameters):
    """From the reference's table, at these parameters of the deck."""
    import h5py
    import numpy
    with h5py.File(INPUTS / "references" / f"{table}.h5") as file:
        values = file[name][()]
        for axis in file.attrs["axes"][:-1]:  # the last one is x
            values = values[numpy.argmin(abs(file[f"coordinates/{axis}"][()] - float(parameters[axis])))]
    return float(values)


def flames(results, runs, name, unit):
    rows = []
    for run in runs:
        found = results.metric(run.name, name)
        if found is None:
            continue
        true = eigenvalue(run.deck, name, results.summaries[run.name]["deck"]["pde"]["parameters"])
        rows.append([run.row, f"{found:.10f}", f"{abs(found / true - 1):.1e}",
                     number(results.metric(run.name, "rel_l2"), ".1e"),
                     number(results.metric(run.name, "error_estimate"), ".1e"), number(results.seconds(run.name), ".2g")])
    return table(["flame", f"{name}, {unit}", f"relative error of {name}", "relative L2", "its estimate", "seconds"], rows)


def inverse(results):
    rows = []
    for name in ("s_L", "lam", "Ea"):
        runs = [run.name for run in INVERSE_FLAMES if run.name in results.summaries]
        if not runs:
            return ""
        off = [(results.metric(run, name) - TRUTH[name]) / results.metric(run, f"{name}_std") for run in runs]
        mean = sum(results.metric(run, name) for run in runs) / len(runs)
        rows.append([f"flame, {name}", f"{TRUTH[name]:.8g}", f"{mean:.6g}", f"{abs(mean / TRUTH[name] - 1):.1e}",
                     f"{sum(results.metric(run, f'{name}_std') for run in runs) / len(runs):.2g}",
                     f"{sum(abs(o) <= 3 for o in off)} of {len(off)}", f"{max(abs(o) for o in off):.2f}",
                     number(max(results.seconds(run) for run in runs), ".2g")])
    for run in INVERSE_BURGERS:
        found, std = results.metric(run.name, "nu"), results.metric(run.name, "nu_std")
        if found is not None:
            off = abs(found - TRUTH["nu"])
            rows.append([f"Burgers, nu, {run.row}", f"{TRUTH['nu']:.8g}", f"{found:.8g}",
                         f"{off / TRUTH['nu']:.1e}", f"{std:.2g}", f"{int(off <= 3 * std)} of 1", f"{off / std:.2g}",
                         number(results.seconds(run.name), ".2g")])
    return table(["coefficient", "truth", "found (mean)", "relative error of it", "standard deviation reported (mean)", "within 3", "farthest, in them",
                  "seconds, at most"], rows)


def page(results):
    some = next(iter(results.summaries.values()))
    gits = ", ".join(sorted({s["versions"]["git"] for s in results.summaries.values()}))
    sources = [paragraph(f"- [{key}] {text}", subsequent_indent="  ") for key, text in PUBLISHED.items()]
    return "\n".join([
        "<!-- Generated by docs/pinn_results.py. Do not edit. -->", "# The cases of the papers", "",
        paragraph(f"Each deck once, on {RANKS} ranks, by random features; beside it the classical solver's run of the same "
                  "deck (`method=classical`). Errors are relative L2 errors against the deck's reference, the worst unknown "
                  "counting; seconds are those of training, or of all of the classical solver's refinements. Where the "
                  "classical solver is both faster and more accurate it says so here: a network earns its place by what it "
                  "can do besides."), "",
        "## Forward problems", "", forward(results), "",
        "## Flames", "",
        paragraph("The burning velocity is an eigenvalue, found with the temperature (flame_1d.toml). `its estimate` is the "
                  "run's own `error_estimate`, of which the reference is no part."), "",
        flames(results, FLAMES, "s_L", "m/s"), "",
        paragraph("With species, one-step chemistry and mixture-averaged transport (flame_free.toml; published: about 1e-2 "
                  "[flame]):"), "",
        flames(results, FREE_FLAMES, "s_L", "m/s"), "",
        paragraph("The same gas against nitrogen; the eigenvalue is the curvature of the pressure (flame_counterflow.toml):"),
        "", flames(results, COUNTERFLOWS, "Lambda", "MPa/m²"), "",
        "## Inverse problems", "",
        paragraph("Twenty seeds of noise for the flame (flame_1d_inverse.toml), one for Burgers (burgers_inverse.toml)."), "",
        inverse(results), "", "## Sources", "", *sources, "", "## Software", "",
        table(["what", "version"], [["git", gits]] + [[key, some["versions"][key]] for key in
                                                     ("residua", "compiler", "blas", "petsc", "mpi")]), ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs_dir", metavar="RUNS_DIR", type=Path)
    parser.add_argument("--residua", type=Path, default=ROOT / "build/bin/residua", help="default build/bin/residua")
    parser.add_argument("--only", default="", help="run those alone whose names begin like this")
    arguments = parser.parse_args()
    if not arguments.residua.exists():
        sys.exit(f"pinn_results.py: {arguments.residua} is not there; ./bootstrap.sh build makes build/bin/residua")
    arguments.runs_dir.mkdir(parents=True, exist_ok=True)
    for run in RUNS:
        if run.name.startswith(arguments.only):
            carry_out(run, arguments.runs_dir, arguments.residua)
    results = Results(arguments.runs_dir)
    if not results.summaries:
        sys.exit("pinn_results.py: no run has finished")
    (ROOT / "docs/pinn-results.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
