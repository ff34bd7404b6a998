#!/usr/bin/python3
"""docs/kinetic_results.py RUNS_DIR [--residua COMMAND] [--ranks N] [--only NAME]: runs the decks of inputs/kinetic and
writes docs/kinetic-results.md and docs/kinetic-benchmark.md.

Each run of kinetic_runs.py goes to RUNS_DIR/<name>, one after the other so that their times can be compared;
finished ones are not run again; then kinetic_bench, where it stands beside the command. Every number of the pages comes
from these.
"""
import csv
import sys

import kinetic_benchmark
import runs
from kinetic_runs import (ACTIVE, CLOSURES, GROWTH, INVERSE, LONG_RUNS, NEMATIC, NETWORKS, PAGE_HEAD, RANGE,
                          RANGE_PAIRS, RUNS, candidates, times_of, words_of)
from runs import ROOT, number, paragraph, table


def exact(results, some, name):
    rows = [[run.row, f"{results.metric(run.name, name):.10f}", f"{results.metric(run.name, name + '_exact'):.10f}",
             f"{results.metric(run.name, name + '_error'):.1e}"] for run in some if run.name in results.summaries]
    return table(["run", name, "exact", "error"], rows)


def closure(results, run):
    summary = results.summaries[run.name]
    metric = summary["metrics"].get
    rows = []
    for name in candidates(summary):
        row = [words_of(name)]
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


def networks(results):
    done = [run for run in NETWORKS if run.name in results.summaries]
    if not done:
        return []
    times = times_of(results.summaries[done[0].name])
    rows = []
    for run in done:
        summary = results.summaries[run.name]
        metric, timing = summary["metrics"].get, summary["timing"]
        errors = [metric(f"z_learned_t{time:g}") for time in times]
        rows.append([run.row, f"{metric('weights'):.0f}", number(timing["fit"], ".0f"), number(metric("fit_error"), ".3f"),
                     *("stopped" if error is None else f"{error:.1e}" for error in errors),
                     number(metric("turn_defect"), ".0e"),
                     number(timing["learned_seconds_per_time"] / timing["quadratic_seconds_per_time"], ".1f")])
    rows.append(["none: the quadratic closure", "0", "", "",
                 *(f"{results.metric(done[0].name, f'z_quadratic_t{time:g}'):.1e}" for time in times), "", "1.0"])
    head = ["network", "weights", "seconds of the fit", "error of the fit", *[f"z at t = {time:g}" for time in times],
            "error of a turn", "seconds of a run over the quadratic closure's"]
    text = ("One moment, starts B, α = -1, ζ = 1, 48 x 48: closures by different networks, all realizable, fitted (but for the "
            "last) to frames of the same eight kinetic runs (networks of single cells to 200 cells of each) and tried out on "
            "three other starts. The architectures are those of Maddu, Weady and Shelley but for the invariant ones, "
            "which alone turn with the fields (the error of a turn is the difference between turning by a right angle before and "
            "after; with the strain rate the tolerance of the flow is in it). Convolutions and Fourier layers see the cells "
            "around, as gradients do. The error of the fit is that on its own "
            "data.")
    return ["### One moment by different networks", "", paragraph(text), "", table(head, rows), ""]


def trial(results, name):
    """The rows of a trial as (alpha, zeta, closure, time, error of z)."""
    with open(results.directory / name / "trial.csv", newline="", encoding="utf-8") as file:
        return [(float(row["alpha"]), float(row["zeta"]), row["closure"], float(row["time"]), float(row["z"]))
                for row in csv.DictReader(file)]


def range_of_parameters(results):
    if any(run.name not in results.summaries for run in RANGE):
        return []
    at = max(times_of(results.summaries["range"]))
    seeds = len(results.summaries["range"]["deck"]["trial"]["seeds"])

    def row(words, run_of_pair, closure="learned"):
        errors = []
        for k, pair in enumerate(RANGE_PAIRS):
            found = [z for alpha, zeta, name, time, z in trial(results, run_of_pair(k))
                     if (alpha, zeta) == pair and name == closure and time == at]
            errors.append(f"{sum(found) / seeds:.1e}" if len(found) == seeds else "stopped")
        return [words, *errors]

    rows = [row(f"learned, {run.row}", lambda _, name=run.name: name) for run in RANGE[:3]]
    rows += [row("learned, that pair alone", lambda k: f"range_own_{k}")]
    rows += [row(name, lambda _: "range", name) for name in ("quadratic", "bingham")]
    model = results.summaries["range"]["deck"]["model"]
    metric = results.summaries["range"]["metrics"].get
    text = (f"One network that has α and ζ as inputs ([closure_range.toml](../inputs/kinetic/closure_range.toml), two moments, "
            f"L = {model['L']:g}): {metric('weights'):.0f} weights fitted to {metric('samples'):.0f} cells of kinetic runs at "
            f"nine pairs, α of -1, -2, -3 and ζ of 1, 2, 3. Error of z at t = {at:g} at pairs between these, from {seeds} "
            "starts that no fit has seen, by what the closure was fitted to; a closure for a single pair has two kinetic "
            "runs and about as many cells.")
    return ["## One closure for a range of parameters", "", paragraph(text), "",
            table(["closure", *(f"α = {alpha}, ζ = {zeta}" for alpha, zeta in RANGE_PAIRS)], rows), ""]


def chosen(summary):
    metric = summary["metrics"].get
    rounds = range(1, summary["deck"]["active"]["rounds"] + 1)
    return ", ".join(f"({metric(f'choice_{k}_alpha'):g}, {metric(f'choice_{k}_zeta'):g})" for k in rounds)


def active_learning(results):
    if any(run.name not in results.summaries for some in ACTIVE.values() for run in some):
        return []
    rows, columns, seconds = [], {choice: [] for choice in ACTIVE}, {choice: 0 for choice in ACTIVE}
    for pair in zip(*ACTIVE.values()):
        row = [f"{results.summaries[pair[0].name]['deck']['fit']['seed']}"]
        for choice, run in zip(ACTIVE, pair):
            summary = results.summaries[run.name]
            trials = len(summary["deck"]["trial"]["alpha"]) * len(summary["deck"]["trial"]["zeta"])
            errors = [z for *_, name, _, z in trial(results, run.name) if name == "learned"]
            errors += [1.0] * (trials - len(errors))
            columns[choice].append((sum(errors) / trials, max(errors)))
            seconds[choice] += summary["timing"].get("choice", 0) / len(ACTIVE[choice])
            row += [chosen(summary), *(f"{error:.4f}" for error in columns[choice][-1])]
        rows.append(row)
    mean = {choice: [sum(column) / len(found) for column in zip(*found)] for choice, found in columns.items()}
    rows.append(["mean", *(cell for found in mean.values() for cell in ("", *(f"{error:.4f}" for error in found)))])
    wins = [sum(a[k] < b[k] for a, b in zip(columns["spread"], columns["random"])) for k in (0, 1)]
    summary = results.summaries[ACTIVE["spread"][0].name]
    active, data = summary["deck"]["active"], summary["deck"]["data"]
    total = active["first"] + active["rounds"]
    text = (f"Kinetic runs at {total} of {len(data['alpha']) * len(data['zeta'])} pairs "
            f"([closure_active.toml](../inputs/kinetic/closure_active.toml)): {active['first']} that the seed of the fit draws, "
            f"the same for both choices, and {active['rounds']} that are chosen, (α, ζ) in their order: where closed runs with "
            f"{active['networks']} networks part most, or at random. Error of z at t = {times_of(summary)[-1]:g} of the closure "
            f"fitted in the end, at {trials} other pairs from a start that no fit has seen: the mean and the worst; a run that "
            "stops counts as 1.")
    verdict = (f"By the spread the mean error is {mean['spread'][0] / mean['random'][0]:.2f} of that by chance and the worst one "
               f"{mean['spread'][1] / mean['random'][1]:.2f}; the spread is ahead for {wins[0]} of {len(columns['spread'])} seeds "
               f"in the mean and for {wins[1]} in the worst. Choosing takes {seconds['spread']:.0f} s, "
               f"{seconds['spread'] / summary['timing']['data']:.1f} times as long as the {total} kinetic runs, "
               "which are short here.")
    head = ["seed", *(words for choice in ACTIVE for words in (f"chosen: {choice}", "mean", "worst"))]
    return ["## Active learning", "", paragraph(text), "", table(head, rows), "", paragraph(verdict), ""]


def statistics(directory):
    """Of the frames from t = 20 on: wave numbers with the mean energy spectrum of the velocity, and the histogram of the
    order over cells and frames."""
    import h5py
    import numpy
    sys.path.insert(0, str(ROOT / "apps" / "report"))
    import suspension
    spectra, orders = [], []
    for path in sorted(directory.glob("frame_*.h5"))[20:]:
        with h5py.File(path) as file:
            axes = [(str(name), file["coordinates"][name][:]) for name in file.attrs["axes"]]
            fields = {name: file["values"][name][:] for name in ("u", "v", "order")}
        k, energy = suspension.spectrum(axes, (fields["u"], fields["v"]))
        spectra.append(energy)
        orders.append(fields["order"].ravel())
    histogram = numpy.histogram(numpy.concatenate(orders), bins=25, range=(0, 1))[0]
    return k, numpy.mean(spectra, axis=0), histogram / histogram.sum()


def long_runs(results):
    import numpy
    done = [run for run in LONG_RUNS if run.name in results.summaries]
    if len(done) < 2 or done[0].name != "long_kinetic":
        return []
    found = {run.name: statistics(results.directory / run.name) for run in done}
    k, spectrum, histogram = found["long_kinetic"]
    rows = []
    for run in done:
        _, energy, order = found[run.name]
        factor = numpy.exp(numpy.abs(numpy.log(energy / spectrum)).mean())
        rows.append([run.row, f"{energy.sum():.3f}", f"{factor:.2f}", f"{numpy.abs(order - histogram).sum() / 2:.3f}",
                     f"{results.metric(run.name, 'mean_order'):.3f}"])
    text = ("Turbulence up to t = 50 ([turbulence.toml](../inputs/kinetic/turbulence.toml), 64 x 64 cells), where no two runs "
            "are near each other any more and only statistics can be compared: mean energy of the flow from t = 20 on; the "
            "factor between its spectrum and the first run's, the geometric mean over wave numbers; the distance of the "
            "histograms of the order (half the sum of differences: 1 is nothing in common); the mean order at the end. "
            "What two kinetic runs differ by is what a closure may.")
    return ["## Long runs", "", paragraph(text), "",
            table(["run", "energy", "factor of the spectrum", "distance of order", "mean order at the end"], rows), ""]


def inverse(results):
    rows = []
    truth = results.summaries.get("snapshots", {}).get("deck", {}).get("model", {})
    for name, (words, _, seeds) in INVERSE.items():
        done = [results.summaries[run] for seed in range(1, seeds + 1) if (run := f"inverse_{name}_{seed}") in results.summaries]
        if not done:
            continue
        fit = sum(each["metrics"]["chi_squared"] for each in done) / len(done)
        seconds = sum(each["timing"]["solve"] for each in done) / len(done)
        for k, number_name in enumerate(done[0]["deck"]["unknown"]["numbers"]):
            found = [(each["metrics"][number_name], each["metrics"][number_name + "_std"]) for each in done]
            away = [abs(value - truth[number_name]) / deviation for value, deviation in found]
            rows.append([words if k == 0 else "", number_name, f"{truth[number_name]:g}",
                         f"{sum(value for value, _ in found) / len(found):.5f}",
                         f"{sum(deviation for _, deviation in found) / len(found):.1e}",
                         f"{sum(each < 3 for each in away)} of {len(away)}", f"{max(away):.1f}",
                         f"{fit:.2f}" if k == 0 else "", f"{seconds:.1f}" if k == 0 else ""])
    if not rows:
        return []
    text = ("Numbers of the model from four frames of a kinetic run after the start, z with normal errors of 0.01 in each cell, or "
            "the velocity with errors of 0.002 ([inverse.toml](../inputs/kinetic/inverse.toml)): means over seeds of noise, the "
            "standard deviation that the run reports, how many are within three of it and how far the farthest is. A closure "
            "has an error that these deviations know nothing of, and chi squared tells.")
    return ["## The model from snapshots", "", paragraph(text), "",
            table(["by", "number", "truth", "found (mean)", "deviation reported (mean)", "within 3", "farthest, in them",
                   "chi squared (mean)", "seconds (mean)"], rows), ""]


def page(results):
    parts = [PAGE_HEAD, "# Kinetic theory and its closures", "",
             paragraph(f"On {runs.ranks_of(results)}; what the decks of [inputs/kinetic](../inputs/kinetic) compute stands in "
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
    parts += networks(results) + range_of_parameters(results) + active_learning(results)
    parts += long_runs(results) + inverse(results)
    return "\n".join([*parts, "## Software", "", runs.software(results), ""])


if __name__ == "__main__":
    runs.main(__doc__, RUNS, {"kinetic-results.md": page, "kinetic-benchmark.md": kinetic_benchmark.page},
              kinetic_benchmark.BENCHMARKS)
