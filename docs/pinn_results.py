#!/usr/bin/python3
"""docs/pinn_results.py RUNS_DIR [--residua COMMAND] [--ranks N] [--only NAME]: runs the decks of the papers and writes
docs/pinn-results.md.

Each run of RUNS below goes to RUNS_DIR/<name>, one after the other so that their times can be compared;
finished ones are not run again. Every number of the page comes from a summary.json, but for the published figures, which
stand here with their sources, and the true coefficients of made-up measurements. Needs h5py (Debian: python3-h5py, hence
the system's Python in the first line).
"""
import csv
import math

import runs
from runs import ROOT, number, paragraph, table

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


class Run(runs.Run):
    def __init__(self, name, deck, *more, error="rel_l2"):
        super().__init__(name, f"pinn/{deck}", *more)
        self.error = error  # the metric that tables show


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
NETWORK = ["method=network", "network.start=zero"]
# Neither the slopes' rows nor those of the equation may be so heavy that the flame cannot move through the domain.
FLAME_NETWORK = [*NETWORK, "points.kind=gauss", "network.hidden=[40]", "points.count=400",
                 'stages=[{method="lm", iterations=500}]']
FLAME_1D_NETWORK = [*FLAME_NETWORK, "conditions.1.weight=1e-3", "conditions.2.weight=1e-3"]
KS_CHAOTIC_NETWORK = [*NETWORK, "network.hidden=[64]", "network.harmonics=6", "points.count=1500", "windows.count=100",
                      'stages=[{method="lm", scaling="none", iterations=30, resample=15}]']
NS_2D_NETWORK = [*NETWORK, "network.hidden=[64]", "network.harmonics=4", "points.count=2500",
                 'stages=[{method="lm", scaling="none", iterations=40, resample=20}]']
TRAINED = [
    Run("burgers_mlp", "burgers_mlp", [], "Burgers, ν = 0.01/π", "burgers"),
    Run("allen_cahn_mlp", "allen_cahn_mlp", [], "Allen-Cahn", "allen_cahn"),
    Run("lorenz_mlp", "lorenz_mlp", [], "Lorenz, t ≤ 20", "lorenz"),
    Run("ks_regular_mlp", "ks_regular_mlp", [], "Kuramoto-Sivashinsky, regular", "ks_regular"),
    Run("ks_chaotic_mlp", "ks_chaotic", KS_CHAOTIC_NETWORK, "Kuramoto-Sivashinsky, chaotic", "ks_chaotic"),
    # psi of a trained network is right but for a constant, which no equation determines.
    Run("ns_2d_mlp", "ns_2d", NS_2D_NETWORK, "Navier-Stokes, rms 1, vorticity", "ns_2d", error="rel_l2_w"),
    *[Run(f"convection_{C}_mlp", "convection_diffusion_mlp", [parameter("C", f"{C}.0")],
          f"convection-diffusion, C = {C}, labels", f"convection_{C}_labels") for C in (0, 30, 70)],
    *[Run(f"burgers_shifted_{C}_mlp", "burgers_shifted_mlp", [parameter("C", f"{C}.0")], f"Burgers + C, C = {C}, labels",
          f"burgers_shifted_{C}") for C in (0, 30, 70)],
    *[Run(f"flame_{phi}_{p}_mlp", "flame_1d", [*FLAME_1D_NETWORK, parameter("phi", phi), parameter("p", p)],
          f"flame, φ = {phi}, p = {p} atm", f"flame_{phi}_{p}") for p in (1.0, 1.2) for phi in (0.42, 0.46)],
    Run("flame_free_0.8_1.0_mlp", "flame_free", FLAME_NETWORK, "flame with species", "flame_free_0.8_1.0"),
    Run("flame_counterflow_0.8_mlp", "flame_counterflow", FLAME_NETWORK, "counterflow flame", "flame_counterflow_0.8"),
]
FLAMES = [Run(f"flame_{phi}_{p}", "flame_1d", [parameter("phi", phi), parameter("p", p)], f"φ = {phi}, p = {p} atm")
          for p in (1.0, 1.2) for phi in (0.40, 0.42, 0.44, 0.46, 0.48, 0.50)]
FREE_FLAMES = [Run(f"flame_free_{phi}_{p}", "flame_free", [parameter("phi", phi), parameter("p", p)],
                   f"φ = {phi}, p = {p} atm")
               for p in (1.0, 5.0) for phi in (0.6, 0.7, 0.8, 0.9, 1.0)]
COUNTERFLOWS = [Run(f"flame_counterflow_{phi}", "flame_counterflow", [parameter("phi", phi)], f"φ = {phi}")
                for phi in (0.6, 0.7, 0.8, 0.9)]
EXACT = "observations.0.noise_seed=0"


def inverse_flames(name, overrides):
    return [Run(f"{name}_{seed}", "flame_1d_inverse",
                [*overrides, *(f"observations.{k}.noise_seed={seed}" for k in (0, 1))]) for seed in range(1, 21)]


INVERSE_FLAMES = {"flame": inverse_flames("flame_inverse", []),
                  "flame, every weight trained": inverse_flames("flame_inverse_mlp", FLAME_NETWORK)}
INVERSE_BURGERS = [
    Run("burgers_inverse", "burgers_inverse", [], "noise 0.01"),
    Run("burgers_inverse_exact", "burgers_inverse", [EXACT], "no noise"),
    Run("burgers_inverse_mlp", "burgers_inverse_mlp", [], "noise 0.01, every weight trained"),
    Run("burgers_inverse_mlp_exact", "burgers_inverse_mlp", [EXACT], "no noise, every weight trained"),
]
INVERSE_FUNCTIONS = [Run(f"{deck}{suffix}", deck, overrides, f"diffusion, k(x), {row}{how}")
                     for deck, how in (("diffusion_inverse", ""), ("diffusion_inverse_mlp", ", every weight trained"))
                     for suffix, overrides, row in (("", [], "noise 0.01"), ("_exact", [EXACT], "no noise"))]
IN_TIME = [("lorenz", "Lorenz"), ("lorenz_mlp", "Lorenz, every weight trained"), ("lorenz_classical", "Lorenz, classical"),
           ("ks_chaotic", "Kuramoto-Sivashinsky"), ("ks_chaotic_mlp", "Kuramoto-Sivashinsky, every weight trained"),
           ("ks_chaotic_classical", "Kuramoto-Sivashinsky, classical")]
RUNS = (FORWARD + TRAINED + FLAMES + FREE_FLAMES + COUNTERFLOWS + sum(INVERSE_FLAMES.values(), []) + INVERSE_BURGERS +
        INVERSE_FUNCTIONS)
TRUTH = {"s_L": 0.34333949993, "lam": 0.026, "Ea": 121417.2, "nu": 0.01 / math.pi}


def forward(results):
    rows = []
    for run in FORWARD:
        if not run.row or run.name not in results.summaries:
            continue
        rows.append([f"{run.row} ([deck](../inputs/{run.deck}.toml))",
                     number(results.metric(run.name, "rel_l2"), ".1e"), number(results.seconds(run.name), ".2g"),
                     number(results.metric(run.name, "unknowns"), ".0f"), number(results.metric(run.name, "windows"), ".0f"),
                     number(results.metric(run.beside, "rel_l2"), ".1e"), number(results.seconds(run.beside), ".2g"),
                     f"{run.published or '-'}" + (f" [{run.source}]" if run.source else "")])
    return table(["problem", "relative L2", "seconds", "unknowns in a window", "windows", "classical: relative L2", "seconds",
                  "published"], rows)


def trained(results):
    rows = []
    for run in TRAINED:
        if run.name in results.summaries:
            rows.append([f"{run.row} ([deck](../inputs/{run.deck}.toml))",
                         number(results.metric(run.name, run.error), ".1e"), number(results.seconds(run.name), ".2g"),
                         number(results.metric(run.name, "unknowns"), ".0f"),
                         number(results.metric(run.name, "windows"), ".0f"),
                         number(results.metric(run.beside, run.error), ".1e"), number(results.seconds(run.beside), ".2g")])
    return table(["problem", "relative L2", "seconds", "weights", "windows", "random features: relative L2", "seconds"],
                 rows)


def eigenvalue(deck, name, parameters):
    """From the reference's table, at these parameters of the deck."""
    import h5py
    import numpy
    with h5py.File(ROOT / "inputs" / "pinn" / "references" / f"{deck}.h5") as file:
        values = file[name][()]
        for axis in file.attrs["axes"][:-1]:  # the last one is x
            values = values[numpy.argmin(abs(file[f"coordinates/{axis}"][()] - float(parameters[axis])))]
    return float(values)


def flames(results, flame_runs, name, unit):
    rows = []
    for run in flame_runs:
        found = results.metric(run.name, name)
        if found is None:
            continue
        true = eigenvalue(run.deck.removeprefix("pinn/"), name, results.summaries[run.name]["deck"]["pde"]["parameters"])
        rows.append([run.row, f"{found:.10f}", f"{abs(found / true - 1):.1e}",
                     number(results.metric(run.name, "rel_l2"), ".1e"),
                     number(results.metric(run.name, "error_estimate"), ".1e"), number(results.seconds(run.name), ".2g")])
    return table(["flame", f"{name}, {unit}", f"relative error of {name}", "relative L2", "its estimate", "seconds"], rows)


def inverse(results):
    rows = []
    for kind, name in ((kind, name) for kind in INVERSE_FLAMES for name in ("s_L", "lam", "Ea")):
        seeds = [run.name for run in INVERSE_FLAMES[kind] if run.name in results.summaries]
        if not seeds:
            continue
        off = [(results.metric(run, name) - TRUTH[name]) / results.metric(run, f"{name}_std") for run in seeds]
        mean = sum(results.metric(run, name) for run in seeds) / len(seeds)
        rows.append([f"{kind}, {name}", f"{TRUTH[name]:.8g}", f"{mean:.6g}", f"{abs(mean / TRUTH[name] - 1):.1e}",
                     f"{sum(results.metric(run, f'{name}_std') for run in seeds) / len(seeds):.2g}",
                     f"{sum(abs(o) <= 3 for o in off)} of {len(off)}", f"{max(abs(o) for o in off):.2f}",
                     number(max(results.seconds(run) for run in seeds), ".2g")])
    for run in INVERSE_BURGERS:
        found, std = results.metric(run.name, "nu"), results.metric(run.name, "nu_std")
        if found is not None:
            off = abs(found - TRUTH["nu"])
            rows.append([f"Burgers, nu, {run.row}", f"{TRUTH['nu']:.8g}", f"{found:.8g}",
                         f"{off / TRUTH['nu']:.1e}", f"{std:.2g}", f"{int(off <= 3 * std)} of 1", f"{off / std:.2g}",
                         number(results.seconds(run.name), ".2g")])
    return table(["coefficient", "truth", "found (mean)", "relative error of it", "standard deviation reported (mean)", "within 3", "farthest, in them",
                  "seconds, at most"], rows)


def functions(results):
    import h5py
    rows = []
    for run in INVERSE_FUNCTIONS:
        if run.name not in results.summaries:
            continue
        with h5py.File(results.directory / run.name / "fields.h5") as file:
            error = math.sqrt((file["values/k_error"][()] ** 2).mean())
        rows.append([f"{run.row} ([deck](../inputs/{run.deck}.toml))", number(results.metric(run.name, "rel_l2_k"), ".1e"),
                     f"{error:.1e}", number(results.metric(run.name, "k_std"), ".1e"),
                     number(results.metric(run.name, "rel_l2_u"), ".1e"), number(results.seconds(run.name), ".2g")])
    return table(["problem", "relative L2 of k", "root mean square error of k", "standard deviation reported (rms)",
                  "relative L2 of u", "seconds"], rows)


def growth(course):
    """Slope of the logarithm of the error by least squares, where it is above rounding and below a tenth of saturation."""
    points = [(t, math.log(e)) for t, e in course if t > 0.4 * course[-1][0] and 1e-13 < e < 0.1]
    if len(points) < 5:
        return None
    t_mean, e_mean = (sum(column) / len(points) for column in zip(*points))
    return sum((t - t_mean) * (e - e_mean) for t, e in points) / sum((t - t_mean) ** 2 for t, _ in points)


def in_time(results):
    rows = []
    for name, row in IN_TIME:
        path = results.directory / name / "errors.csv"
        if not path.exists():
            continue
        with open(path, newline="", encoding="utf-8") as file:
            next(csv.reader(file))
            course = [(float(t), max(map(float, errors))) for t, *errors in csv.reader(file)]
        end = course[-1][0]
        at = [min(course, key=lambda point: abs(point[0] - share * end))[1] for share in (0.25, 0.5, 0.75, 1)]
        passed = next((f"{t:.3g}" for t, e in course if e > 1e-6), "never")
        rows.append([row, f"{end:.3g}", *(f"{e:.1e}" for e in at), passed, number(growth(course), ".2g")])
    return table(["run", "end T", "error at T/4", "T/2", "3T/4", "T", "passes 1e-6 at", "rate of growth"], rows)


def page(results):
    sources = [paragraph(f"- [{key}] {text}", subsequent_indent="  ") for key, text in PUBLISHED.items()]
    return "\n".join([
        "<!-- Generated by docs/pinn_results.py. Do not edit. -->", "# The cases of the papers", "",
        paragraph(f"Each deck once, on {runs.ranks_of(results)}, by random features; beside it the classical solver's run of the same "
                  "deck (`method=classical`). Errors are relative L2 errors against the deck's reference, the worst unknown "
                  "counting; seconds are those of training, or of all of the classical solver's refinements. Where the "
                  "classical solver is both faster and more accurate it says so here: a network earns its place by what it "
                  "can do besides."), "",
        "## Forward problems", "", forward(results), "",
        "## Every weight trained", "",
        paragraph("Levenberg-Marquardt with curved steps, for the decks' own networks or, where a deck is one of random "
                  "features, for a small one that this script names. Chaos multiplies what is left in each window. The counterflow "
                  "flame it does not find: there its loss has a minimum that is no flame."), "",
        trained(results), "", "## Errors over time", "",
        paragraph("From errors.csv of the same runs: the root mean square error of the worst unknown, relative to its size "
                  "over all times. `rate of growth` is the slope of its logarithm over the last 60 % of the time, as far as "
                  "the error is between rounding and a tenth. Where a run's errors are small disturbances of the equation "
                  "this is its largest Lyapunov exponent, whatever the method: the classical solver stands beside."), "",
        in_time(results), "", "## Flames", "",
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
        inverse(results), "", "An unknown function:", "", functions(results), "", "## Sources", "", *sources, "", "## Software", "",
        runs.software(results), ""])


if __name__ == "__main__":
    runs.main(__doc__, RUNS, {"pinn-results.md": page})
