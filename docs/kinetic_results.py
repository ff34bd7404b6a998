#!/usr/bin/python3
"""docs/kinetic_results.py RUNS_DIR [--residua COMMAND] [--only NAME]: runs the decks of inputs/kinetic and writes
docs/kinetic-results.md.

Each run of RUNS below goes to RUNS_DIR/<name>, on 2 ranks, one after the other so that their times can be compared;
finished ones are not run again. Every number of the page comes from a summary.json.
"""
import runs
from runs import RANKS, Run, number, paragraph, table

GROWTH = [Run("growth_hierarchy", "kinetic/growth", [], "kinetic, angular modes"),
          Run("growth_grid", "kinetic/growth", ["angle.representation=grid"], "kinetic, grid of angles"),
          Run("growth_bingham", "kinetic/growth", ["solver=moment", "closure.kind=bingham"], "Bingham's closure"),
          Run("growth_quadratic", "kinetic/growth", ["solver=moment", "closure.kind=quadratic"], "quadratic closure"),
          Run("growth_splay", "kinetic/growth", ["start.component=splay"], "kinetic, splay wave")]
NEMATIC = [Run(f"nematic_{zeta}", "kinetic/nematic", [f"model.zeta={zeta}"], f"ζ = {zeta}") for zeta in (1.0, 3.0, 9.0)]
STRONG = ["model.alpha=-3.0", "model.zeta=3.0", "grid.cells=[96,96]", "time.end=4.0", "time.step=0.01", "data.seeds=[3,4]",
          "trial.seeds=[1,2,7]", "trial.times=[1.0,2.0,3.0]"]
TRUNCATED = "trial.truncations=[2,3,4,6,8,12,16,24]"
GRADIENTS = {False: [], True: ["closure.gradients=true"]}
NOT_TRUNCATED = "trial.truncations=[]"  # compared with others above
CLOSURES = [
    Run("closure_2_A", "kinetic/closure", [TRUNCATED], "two moments, starts A, α = -1, ζ = 1"),
    Run("closure_2_B", "kinetic/closure", ["start.family=B"], "two moments, starts B, α = -1, ζ = 1"),
    *(Run(f"closure_1_{family}{'_gradients' if gradients else ''}", "kinetic/closure",
          ["closure.level=1", f"start.family={family}", NOT_TRUNCATED, *GRADIENTS[gradients]],
          f"one moment{', with its gradients' if gradients else ''}, starts {family}, α = -1, ζ = 1")
      for gradients in (False, True) for family in "AB"),
    Run("closure_2_strong", "kinetic/closure", [*STRONG, TRUNCATED], "two moments, starts A, α = -3, ζ = 3, 96 x 96"),
    Run("closure_1_strong", "kinetic/closure", ["closure.level=1", *GRADIENTS[True], *STRONG, NOT_TRUNCATED],
        "one moment, with its gradients, starts A, α = -3, ζ = 3, 96 x 96"),
]
WELL = ["grid.cells=[128,128]", "angle.tolerance=1e-6"]
WELL_TRUTH = Run("well_kinetic", "kinetic/the_well", [*WELL, "start.family=A", "time.end=8.5"])
WELL_CLOSED = [*WELL, "solver=moment", "start.kind=run", "start.file={runs}/well_kinetic/frame_0004.h5",
               "reference.run={runs}/well_kinetic", "reference.offset=1.0", "time.end=7.5"]
WELL_RUNS = [
    Run("well_one", "kinetic/the_well",
        [*WELL_CLOSED, "closure.kind=learned", "closure.file={runs}/closure_1_A_gradients/closure.h5"],
        "learned, one moment with its gradients"),
    Run("well_two", "kinetic/the_well", [*WELL_CLOSED, "closure.kind=learned", "closure.file={runs}/closure_2_A/closure.h5"],
        "learned, two moments"),
    Run("well_two_bingham", "kinetic/the_well",
        [*WELL_CLOSED, "closure.kind=learned", "closure.file={runs}/closure_2_A/closure.h5", "start.higher_moments=bingham"],
        "learned, two moments, the second at the start by Bingham's closure"),
    Run("well_quadratic", "kinetic/the_well", [*WELL_CLOSED, "closure.kind=quadratic"], "quadratic"),
    Run("well_bingham", "kinetic/the_well", [*WELL_CLOSED, "closure.kind=bingham"], "bingham"),
    Run("well_apart", "kinetic/the_well", [*WELL, "start.family=A", "time.end=8.5", "start.perturbation=1e-3",
                                           "reference.run={runs}/well_kinetic"],
        "kinetic, from a start that is 1e-3 apart"),
]
WINDOWS = ["one_step", "early", "late"]
# Ohana et al., "The Well" (NeurIPS 2024), active_matter: over all its alpha and zeta
PUBLISHED = [["FNO", "0.369", "> 10", "> 10"], ["TFNO", "0.360", "7.52", "4.72"], ["U-Net", "0.249", "2.53", "2.62"],
             ["CNextU-Net", "0.103", "2.11", "2.71"]]
RUNS = GROWTH + NEMATIC + CLOSURES + [WELL_TRUTH] + WELL_RUNS


def exact(results, some, name):
    rows = [[run.row, f"{results.metric(run.name, name):.10f}", f"{results.metric(run.name, name + '_exact'):.10f}",
             f"{results.metric(run.name, name + '_error'):.1e}"] for run in some if run.name in results.summaries]
    return table(["run", name, "exact", "error"], rows)


def times_of(summary):
    return summary["deck"]["trial"]["times"]


def candidates(summary):
    found = [name.removeprefix("z_").removesuffix(f"_t{times_of(summary)[0]:g}") for name in summary["metrics"]
             if name.startswith("z_") and not name.startswith("z_spread") and name.endswith(f"_t{times_of(summary)[0]:g}")]
    order = {"learned": 0, "quadratic": 1, "bingham": 2}
    return sorted(found, key=lambda name: (order.get(name, 3), int(name.split("_")[-1]) if "_" in name else 0))


def closure(results, run):
    summary = results.summaries[run.name]
    metric = summary["metrics"].get
    rows = []
    for name in candidates(summary):
        row = [name.replace("truncated_", "hierarchy cut off at ")]
        for time in times_of(summary):
            z, spread = metric(f"z_{name}_t{time:g}"), metric(f"z_spread_{name}_t{time:g}")
            row.append("stopped" if z is None else f"{z:.1e} ± {spread:.0e}")
        row += [number(metric(f"u_{name}_t{times_of(summary)[-1]:g}"), ".1e"),
                number(summary["timing"].get(f"{name}_seconds_per_time"), ".2g")]
        rows.append(row)
    rows.append(["kinetic", *["0" for _ in times_of(summary)], "0", number(summary["timing"]["kinetic_seconds_per_time"], ".2g")])
    ratios = ", ".join(f"{metric(f'ratio_t{time:g}'):.3f} at t = {time:g}" for time in times_of(summary)
                       if metric(f"ratio_t{time:g}") is not None)
    text = (f"{metric('weights'):.0f} weights fitted to {metric('samples'):.0f} cells of "
            f"{len(summary['deck']['data']['seeds'])} kinetic runs in {summary['timing']['fit']:.0f} s; tried out on "
            f"{len(summary['deck']['trial']['seeds'])} other starts. Error of z over the quadratic closure's: {ratios}.")
    ranks = ", ".join(f"{metric(f'estimate_rank_t{time:g}'):.2f} at t = {time:g}" for time in times_of(summary)
                      if metric(f"estimate_rank_t{time:g}") is not None)
    if ranks:
        text += (f" The closed runs' own estimate of the error is {metric('estimate_over_error'):.2f} of it in the median; "
                 f"rank correlation of the two {metric('estimate_rank'):.2f}, and {ranks}.")
    if metric("unrealizable_learned") is not None:
        text += (f" In up to {100 * metric('unrealizable_learned'):.1f} % of the cells the learned closure's moments are "
                 "drawn back to what is realizable.")
    head = ["closure", *[f"z at t = {time:g}" for time in times_of(summary)],
            f"u at t = {times_of(summary)[-1]:g}", "seconds per unit of time"]
    return ["### " + run.row[0].upper() + run.row[1:], "", paragraph(text), "", table(head, rows), ""]


def the_well(results):
    rows = [[run.row, *(number(results.metric(run.name, f"vrmse_{window}"), ".4f") for window in WINDOWS)]
            for run in WELL_RUNS if run.name in results.summaries]
    if not rows:
        return []
    text = ("By the protocol of The Well ([the_well.toml](../inputs/kinetic/the_well.toml), α = -1, ζ = 1, 128 x 128 cells, "
            "starts A with waves in the density, too): from density and order of frame 4, the VRMSE over all fields at the "
            "next frame and over frames 6 to 12 and 13 to 30 after it; 1 is the error of the mean. The fits are those above: "
            "they have not seen this start. Published networks are given four frames; their errors are means over all α "
            "and ζ of the data set, most of which are more chaotic than this, so that the rows are no race.")
    return ["## The Well's benchmark", "", paragraph(text), "",
            table(["closure", "next frame", "frames 6 to 12", "frames 13 to 30"],
                  rows + [[f"published: {name}", *errors] for name, *errors in PUBLISHED]), ""]


def page(results):
    parts = ["<!-- Generated by docs/kinetic_results.py. Do not edit. -->", "# Kinetic theory and its closures", "",
             paragraph(f"On {RANKS} ranks; what the decks of [inputs/kinetic](../inputs/kinetic) compute stands in "
                       "[theory_kinetic.md](theory_kinetic.md)."), "",
             "## Growth of a small wave", "", exact(results, GROWTH, "growth_rate"), "",
             "## Nematic order at rest", "", exact(results, NEMATIC, "s"), "",
             "## Closures against the kinetic equation", "",
             paragraph("From random starts ([closure.toml](../inputs/kinetic/closure.toml)): relative L2 error of z over the "
                       "square, mean and standard deviation over starts that the fit has not seen, and that of the "
                       "velocity. A closed run that leaves what is realizable stops. A hierarchy that is merely cut off "
                       "is the honest competitor of a closure: where it has the smaller error for fewer seconds, it wins."),
             ""]
    for run in CLOSURES:
        if run.name in results.summaries:
            parts += closure(results, run)
    parts += the_well(results)
    return "\n".join([*parts, "## Software", "", runs.software(results), ""])


if __name__ == "__main__":
    runs.main(__doc__, RUNS, page, "kinetic-results.md")
