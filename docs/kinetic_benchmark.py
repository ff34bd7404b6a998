"""docs/kinetic-benchmark.md: The Well, and what closures cost. Made by docs/kinetic_results.py."""
import runs
from kinetic_runs import (GENERATOR, PAGE_HEAD, PUBLISHED, PUBLISHED_LENGTH, PUBLISHED_STEP, WELL_BEYOND, WELL_CELLS,
                          WELL_CLOSURES, WELL_LATE, WELL_RANGE_FIT, WELL_RUNS, WELL_TABLE, WINDOWS, candidates, words_of)
from runs import ROOT, Benchmark, number, paragraph, table

BENCHMARKS = [Benchmark("right_hand_sides", "kinetic_bench", "right_hand_side", 1),
              Benchmark("two_ranks", "kinetic_bench", "on_ranks", 2)]

# The trials of one flow from the same starts; the first has the hierarchies that are cut off.
COSTS = [("α = -1, ζ = 1, 64 x 64", {"closure_2_A": "learned, two moments", "closure_1_A": "learned, one moment",
                                     "closure_1_A_gradients": "learned, one moment with its gradients"}),
         ("α = -3, ζ = 3, 96 x 96", {"closure_2_strong": "learned, two moments",
                                     "closure_1_strong": "learned, one moment with its gradients"}),
         ("α = -1, ζ = 9, L = 5, 96 x 96", {"closure_2_strongest": "learned, two moments",
                                            "closure_1_strongest": "learned, one moment with its gradients"})]
# The kinetic equation with fewer moments or angles: label, line and colour
DISCRETE = {"truncated": ("hierarchy cut off at M", "o-", "grey"), "angles": ("grid of angles", "^--", "black")}
FIGURE = "figures/kinetic_cost.png"


def the_well(results):
    rows = [[run.row, *(number(results.metric(run.name, f"vrmse_{window}"), ".4f") for window in WINDOWS)]
            for run in WELL_RUNS if run.name in results.summaries]
    if not rows:
        return []
    text = ("By the protocol of The Well ([the_well.toml](../inputs/kinetic/the_well.toml), α = -1, ζ = 1, 128 x 128 cells, "
            "starts A with waves in the density, too): from density and order of frame 4, the VRMSE over all fields at the "
            "next frame and over frames 6 to 12 and 13 to 30 after it; 1 is the error of the mean. The fits are those of "
            "[kinetic-results.md](kinetic-results.md): they have not seen this start. Published networks are given four "
            "frames; their errors are means over all α and ζ of the data set, most of which are more chaotic than this: the "
            "rows are no race.")
    return ["## The Well", "", paragraph(text), "",
            table(["closure", "next frame", "frames 6 to 12", "frames 13 to 30"],
                  rows + [[f"published: {name}", *errors] for name, *errors in PUBLISHED]), ""]


def the_well_over_pairs(results):
    done = {pair: found for pair, found in WELL_TABLE.items() if found["kinetic"].name in results.summaries}
    if not done or WELL_RANGE_FIT.name not in results.summaries:
        return []
    notes = {}
    for pair, found in done.items():
        truth, drawn = found["kinetic"].name, results.metric(found["learned"].name, "unrealizable")
        notes[pair] = ["" if drawn is None else f"{drawn:.1e}", f"{results.metric(truth, 'most_order'):.3f}",
                       f"{results.metric(truth, 'space_tail'):.1e}"]
    margin = results.summaries[next(iter(done.values()))["learned"].name]["deck"]["closure"]["order_margin"]
    text = (f"The same at {len(done)} pairs of α and ζ: the VRMSE over frames after frame 4, from the 13th on for ζ up to "
            f"{WELL_LATE} alone. There is one learned closure, of two moments and with α and ζ as inputs, fitted to kinetic "
            "runs on a square of half the length from another start, at the pairs here but for those with α = -2 and -4. A run "
            "that stops counts as 1 in the mean. The larger ζ is the smaller are the cores of defects: the grids here do not "
            "resolve them at large ζ, and the kinetic run has cells with |z| above c, its largest |z| / c at the end."
            f"{beyond(results)} Closed runs draw such cells back "
            f"(closure.order_margin = {margin:g}), up to the share of the cells that is given of the learned one. The share of "
            "z in the shortest waves that the grid keeps is that of the kinetic run; above "
            f"{results.summaries[WELL_RANGE_FIT.name]['deck']['grid']['tolerance']:g} it warns. Two kinetic runs that are 1e-3 "
            "apart at t = 0 are compared at the same frames.")
    late = {pair: found for pair, found in done.items() if pair[1] <= WELL_LATE}
    parts = ["## The Well over α and ζ", "", paragraph(text), ""]
    for title, window, pairs, place in (("Frames 6 to 12", (6, 12), done, 2), ("The next frame", (1, 1), done, 1),
                                        ("Frames 13 to 30", (13, 30), late, 3)):
        published = ", ".join(f"{name} {errors[place - 1]}" for name, *errors in PUBLISHED)
        parts += [f"### {title}", "", errors_over_pairs(results, pairs, window, notes if place == 2 else {}), "",
                  paragraph(f"Published, over all α and ζ of the data set: {published}."), ""]
    return parts


def beyond(results):
    """Why larger ζ are not in the table."""
    summary = results.summaries.get(WELL_BEYOND.name)
    if not summary:
        return ""
    model, metrics, cells = summary["deck"]["model"], summary["metrics"], summary["deck"]["grid"]["cells"][0]
    return (f" Of the 45 pairs of the data set those with larger ζ are left out: with α = {model['alpha']:g}, ζ = "
            f"{model['zeta']:g} and {cells}² cells the largest |z| / c is {metrics['most_order']:.2f}, and no distribution has "
            "that. Such a run is no measure of a closure; finer grids are wanted, and as the angular spectrum has no end where "
            "|z| is above c, more modes with them.")


def errors_over_pairs(results, pairs, window, notes):
    """The VRMSE over these frames after frame 4, and behind it the notes on each pair."""
    columns = [*WELL_CLOSURES, "apart"]
    rows, means = [], [0] * len(columns)
    for (alpha, zeta), found in pairs.items():
        row = [f"{alpha}", f"{zeta}", f"{WELL_CELLS[zeta]}²"]
        for k, column in enumerate(columns):
            first, last = (frame + (4 if column == "apart" else 0) for frame in window)
            course = results.course(found[column].name, "vrmse")[first:last + 1]
            error = sum(course) / len(course) if course else None
            row.append("stopped" if error is None else f"{error:.4f}")
            means[k] += (1 if error is None else error) / len(pairs)
        rows.append(row + notes.get((alpha, zeta), []))
    head = ["α", "ζ", "cells", "learned", "middle of the disc, two moments", "quadratic", "bingham", "kinetic, 1e-3 apart"]
    blank = [""] * (len(rows[0]) - len(head))
    return table(head + (["drawn back", "largest order", "shortest waves"] if notes else []),
                 rows + [["mean", "", "", *(f"{mean:.3f}" for mean in means), *blank]])


def costs(results, learned):
    """(row, kind, M or angles, cost as a share of the kinetic run's seconds, error of z at t = 3) of all that got there."""
    first = next(iter(learned))
    if first not in results.summaries:
        return []
    found = []
    for run, row in learned.items():
        summary = results.summaries.get(run)
        if not summary:
            continue
        for name in candidates(summary):
            error = summary["metrics"].get(f"z_{name}_t3")
            if error is None or not (run == first or name == "learned"):
                continue
            cost = summary["timing"][f"{name}_seconds_per_time"] / summary["timing"]["kinetic_seconds_per_time"]
            kind, _, size = name.partition("_")
            found.append((row if name == "learned" else words_of(name), kind, int(size or 0), cost, error))
    return found


def verdict(found):
    """Which hierarchy does the same for less, for each closure."""
    cut = sorted((cost, moments, error) for _, kind, moments, cost, error in found if kind == "truncated")
    words = []
    for row, kind, _, cost, error in found:
        if kind in DISCRETE:
            continue
        better = next(((c, m) for c, m, e in cut if e <= error), None)
        if better is None:
            words.append(f"{row}: no hierarchy here has so small an error")
        elif better[0] <= cost:
            words.append(f"{row}: the hierarchy cut off at {better[1]} does better for {better[0] / cost:.2f} of the cost")
        else:
            words.append(f"{row}: the hierarchy that does as well, cut off at {better[1]}, costs {better[0] / cost:.2f} times as "
                         "much")
    return "; ".join(words) + "."


def draw_costs(groups):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, frames = pyplot.subplots(1, len(groups), figsize=(5.2 * len(groups), 4.2), layout="constrained", squeeze=False)
    for frame, (title, found) in zip(frames[0], groups):
        for kind, (label, line, color) in DISCRETE.items():
            some = sorted((size, cost, error) for _, of, size, cost, error in found if of == kind)
            frame.plot([cost for _, cost, _ in some], [error for *_, error in some], line, color=color, label=label)
            for size, cost, error in some:
                frame.annotate(str(size), (cost, error), xytext=(4, 4), textcoords="offset points", fontsize=8)
        for row, kind, _, cost, error in found:
            if kind not in DISCRETE:
                frame.plot([cost], [error], "s", label=row)
        frame.set(xscale="log", yscale="log", title=title, xlabel="seconds over those of the kinetic run",
                  ylabel="error of z at t = 3")
        frame.legend(fontsize=8)
    figure.savefig(ROOT / "docs" / FIGURE, dpi=110)


def accuracy_and_cost(results):
    groups = [(title, found) for title, learned in COSTS if (found := costs(results, learned))]
    if not groups:
        return []
    draw_costs(groups)
    parts = ["## Accuracy and cost", "",
             paragraph("Error of z at t = 3 and the seconds of a unit of time over those of the kinetic run, which chooses "
                       "its moments: means over the starts of [kinetic-results.md](kinetic-results.md). A hierarchy that is "
                       "cut off at M has no closure, and converges with M. Steps are equal in the first of these cases; in the "
                       "others one tolerance of a step's error chooses them, and high moments make them short. Seconds are as "
                       "good as the machine was quiet."), "",
             f"![error against cost]({FIGURE})", ""]
    for title, found in groups:
        rows = [[row, f"{cost:.2f}", f"{error:.1e}"] for row, _, _, cost, error in sorted(found, key=lambda each: each[-1])]
        words = verdict(found)
        parts += [f"### {title}", "", table(["what", "cost", "error"], rows), "", paragraph(words[0].upper() + words[1:]), ""]
    return parts


def generator(results):
    if GENERATOR.name not in results.summaries:
        return []
    timing = results.summaries[GENERATOR.name]["timing"]
    rows = [["this program, the step chosen by its error, the moments by their tail",
             f"{1e3 * timing['seconds_per_step']:.1f}", f"{timing['seconds_per_time']:.1f}"],
            ["published, 256 angles, one A100", f"{1e3 * PUBLISHED_STEP:.1f}", f"{PUBLISHED_STEP / PUBLISHED_LENGTH:.1f}"]]
    text = ("The kinetic equation on 256 x 256 cells ([turbulence.toml](../inputs/kinetic/turbulence.toml) up to t = 5), beside "
            "what is published of the generator of The Well.")
    return ["## Seconds", "", paragraph(text), "",
            table(["what", "milliseconds a step", "seconds a unit of time"], rows), ""]


def right_hand_sides(results):
    """What kinetic_bench says, of which performance.md has the terms."""
    rows = []
    for row in results.benchmark("right_hand_sides"):
        cells, moments = row["name"].split("/")[1:3]
        rows.append([row["label"].replace("_", " "), moments, f"{cells}²", f"{row['ms']:.2f}", f"{row['ceiling']:.2f}",
                     f"{row['with_network']:.2f}" if "with_network" in row else "-", f"{row['stress']:.1f}"])
    ranks = [[moments, f"{cells}²", f"{row['ms']:.2f}", f"{row['speedup']:.2f}"] for row in results.benchmark("two_ranks")
             for cells, moments in [row["name"].split("/")[1:3]]]
    parts = []
    if rows:
        text = ("A right-hand side on one core, and what share of its time its Fourier transforms and the bytes that have to be "
                "moved would take alone, by FFTW and a copy (STREAM) in the same process; with a network, the same with its "
                "products and activations; iterations for the stress (`kinetic_bench`, [performance.md](performance.md)).")
        head = ["what", "moments", "cells", "milliseconds", "transforms and bytes", "and the network", "iterations"]
        parts += [paragraph(text), "", table(head, rows), ""]
    if ranks:
        parts += [paragraph("Two ranks, each on its core, against one, the best of a hundred of each in turn."), "",
                  table(["moments", "cells", "milliseconds on two ranks", "times as fast as one"], ranks), ""]
    return parts


def page(results):
    parts = the_well(results) + the_well_over_pairs(results) + accuracy_and_cost(results) + generator(results)
    parts += right_hand_sides(results)
    if not parts:
        return None
    return "\n".join([PAGE_HEAD, "# Closures: a public benchmark, and what they cost", "",
                      paragraph(f"On {runs.ranks_of(results)}."), "", *parts, "## Software", "", runs.software(results), ""])
