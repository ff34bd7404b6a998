"""The decks of inputs/kinetic: their figures, the same answer on 1 and 2 ranks, restarts, and decks and runs that fail."""

import csv
import unittest
from xml.etree import ElementTree

import harness
from harness import DECKS, REPRODUCIBLE, ROOT, CaseTest, h5py, history, metrics, run, values, wait_for
from restart_test import Restart

KINETIC = ROOT / "inputs" / "kinetic"
DEFAULTS = ROOT / "tests" / "kinetic" / "decks" / "defaults.toml"
SMALL = ["grid.cells=[14,10]", "time.end=0.4", "time.step=0.1", "output.every=0.2", "angle.tolerance=1e-6"]


def times_of_series(directory):
    """Those of the frames that ParaView opens as one, whose files are there."""
    series = ElementTree.parse(directory / "frames.xdmf").find("Domain/Grid[@CollectionType='Temporal']")
    for item in series.iter("DataItem"):
        if item.get("Format") == "HDF":
            file = directory / item.text.split(":")[0]
            assert file.exists(), file
    return [float(grid.find("Time").get("Value")) for grid in series.findall("Grid")]


def rows(directory):
    with open(directory / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


class Growth(CaseTest):
    def check(self, *overrides, name="run"):
        found = metrics(self.solve(KINETIC / "growth.toml", "time.end=0.5", *overrides, name=name))
        self.assertLess(found["growth_rate_error"], 1e-6, overrides)
        self.assertLess(abs(found["growth_rate"] - (0.7802608 if "start.component=splay" in overrides else 2.0075335)), 1e-6)
        self.assertEqual(found["mass_drift"], 0)
        self.assertLess(found["power_defect"], 1e-10)

    def test_rates(self):
        for i, solver in enumerate((["angle.representation=hierarchy"], ["angle.representation=grid"],
                                    ["solver=moment", "closure.kind=bingham"],
                                    ["solver=moment", "closure.kind=quadratic"],
                                    ["solver=moment", "closure.kind=truncation", "closure.level=4"])):
            for component in ("shear", "splay"):
                with self.subTest(solver=solver, component=component):
                    self.check(*solver, f"start.component={component}", name=f"{i}_{component}")

    def test_second_order(self):
        self.check("time.order=2", "time.step=0.0005")

    def test_fifth_order(self):
        self.check("time.order=5", "time.step=0.05")

    def test_step_control(self):
        self.check("time.tolerance=1e-13", "time.step=0.1")


class Steps(CaseTest):
    START = ["model.zeta=3", "model.alpha=-3", "grid.cells=[24,24]", "angle.tolerance=1e-4", "time.end=1.5"]

    def test_are_chosen_where_the_deck_says_nothing_of_them(self):
        chosen = self.solve(DEFAULTS, *self.START, name="chosen")
        fixed = self.solve(DEFAULTS, *self.START, "time.step=0.0025", name="fixed")
        self.assertEqual(metrics(fixed)["steps"], 600)
        self.assertLess(metrics(chosen)["steps"], 300)
        if h5py:
            expected = values(fixed)
            for name, field in values(chosen).items():
                if not name.startswith("director"):  # which jumps where its angle passes a right one
                    self.assertLess(abs(field - expected[name]).max(), 1e-5 * abs(expected[name]).max(), name)
        blown_up = run(1, "run", DEFAULTS, "--output", self.folder / "long", *self.START, "time.step=0.1")
        self.assertEqual(blown_up.returncode, 1, blown_up.stderr)
        self.assertIn("a smaller time.step", blown_up.stderr)


class Nematic(CaseTest):
    def test_fixed_point(self):
        found = metrics(self.solve(KINETIC / "nematic.toml"))
        self.assertLess(found["s_error"], 1e-8)
        self.assertLess(abs(found["s"] - 0.9455422), 5e-8)
        self.assertGreater(found["angular_fields"], 20)  # chosen by the run

    def test_bingham_closure_has_it_too(self):
        found = metrics(self.solve(KINETIC / "nematic.toml", "solver=moment"))
        self.assertLess(found["s_error"], 1e-8)

    def test_angle_that_is_not_resolved_is_reported(self):
        done = run(1, "run", KINETIC / "nematic.toml", "--output", self.folder / "run", "angle.moments=6")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "the angle is not resolved at t = 40")
        self.assertGreater(metrics(self.folder / "run")["angle_tail"], 1e-3)


class Turbulence(Restart):
    def test_same_on_two_ranks(self):
        one = self.solve(KINETIC / "turbulence.toml", REPRODUCIBLE, *SMALL, name="one")
        two = self.solve(KINETIC / "turbulence.toml", REPRODUCIBLE, *SMALL, ranks=2, name="two")
        fast = self.solve(KINETIC / "turbulence.toml", *SMALL, ranks=2, name="fast")
        self.assert_same(one, two)
        self.assertEqual(metrics(one)["mass_drift"], 0)
        self.assertLess(metrics(one)["power_defect"], 1e-10)
        for name, value in metrics(one).items():
            self.assertAlmostEqual(metrics(fast)[name], value, delta=1e-10 * max(1, abs(value)), msg=name)
        self.assertTrue((one / "frame_0002.xdmf").exists())
        self.assertEqual(times_of_series(one), [0, 0.2, 0.4])
        if h5py:
            fields = values(one)
            self.assertEqual(set(fields), {"c", "order", "director_x", "director_y", "D_xx", "D_xy", "D_yy", "u", "v", "vorticity",
                                           "E_xx", "E_xy"})
            self.assertEqual(fields["c"].shape, (10, 14))
            self.assertAlmostEqual(fields["c"].mean(), 1, delta=1e-13)

    def test_report_and_movie(self):
        directory = self.solve(KINETIC / "turbulence.toml", *SMALL)
        for arguments, written in (([], "report.html"), (["--movie", "vorticity"], "movie_vorticity.gif")):
            done = run(1, "report", directory, *arguments)
            if "needs Python 3 with h5py" in done.stderr:
                self.skipTest("no h5py or matplotlib")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreater((directory / written).stat().st_size, 1000)
        for words in ("directors on order; defects: ", "spectra of velocity", "mean_order, most_order"):
            self.assertIn(words, (directory / "report.html").read_text())
        done = run(1, "report", directory, "--movie", "colour")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no field colour; there are D_xx, ", done.stderr)

    def test_space_that_is_not_resolved_is_reported(self):
        done = run(1, "run", KINETIC / "turbulence.toml", "--output", self.folder / "run", *SMALL)
        self.assertRegex(done.stderr, "space is not resolved at t = ")
        self.assertGreater(metrics(self.folder / "run")["space_tail"], 1e-4)

    def test_restart(self):
        for name, steps in (("equal", ["time.step=0.02"]), ("chosen", ["time.tolerance=1e-9"])):
            with self.subTest(name):
                overrides = ["grid.cells=[24,24]", "time.end=1.5", "output.every=0.5", "checkpoint.every=0", *steps]
                whole = self.solve(KINETIC / "turbulence.toml", REPRODUCIBLE, *overrides, name=name)
                self.interrupt(f"{name}_parts", KINETIC / "turbulence.toml", *overrides, ranks=1, begun=2)
                self.go_on(f"{name}_parts", KINETIC / "turbulence.toml", *overrides, ranks=2)
                self.assert_same(whole, self.folder / f"{name}_parts")

    MOMENT = ["solver=moment", "closure.kind=middle", "closure.level=2", "grid.cells=[24,24]"]

    def test_restart_of_a_moment_run_with_its_twin(self):
        self.check(KINETIC / "turbulence.toml", *self.MOMENT, "time.end=2", "time.step=0.02", "output.every=0.5",
                   "checkpoint.every=0", begun=2)
        self.assertGreater(metrics(self.folder / "whole")["error_estimate"], 0)

    def test_estimate_is_none_where_the_closure_is_exact(self):
        """Without diffusion the quadratic closure is, of Poisson kernels, which the start's higher moments are."""
        grid = ["grid.cells=[48,48]"]  # on which products are resolved
        smooth = self.solve(KINETIC / "turbulence.toml", *self.MOMENT, *grid, "time.end=0.1", "time.step=0.05", name="start")
        overrides = ["solver=moment", "closure.kind=quadratic", "closure.level=1", *grid, "start.kind=run",
                     f"start.file={smooth / 'fields.h5'}", "time.end=0.5", "time.step=0.01"]
        exact = self.solve(DEFAULTS, *overrides, "model.D_T=0", "model.D_R=0", name="exact")
        other = self.solve(DEFAULTS, *overrides, name="other")
        self.assertLess(metrics(exact)["error_estimate"], 0.01 * metrics(other)["error_estimate"])
        without = self.solve(DEFAULTS, *overrides, "closure.estimate=false", name="without")
        self.assertNotIn("error_estimate", metrics(without))
        self.assertEqual(metrics(without)["most_order"], metrics(other)["most_order"])

    def test_continued_with_other_outputs(self):
        overrides = ["grid.cells=[16,16]", "time.end=3", "time.step=0.02", "checkpoint.every=0"]
        self.interrupt("parts", KINETIC / "turbulence.toml", *overrides, "output.every=1", ranks=1, begun=2)
        self.go_on("parts", KINETIC / "turbulence.toml", *overrides, "output.every=0.75", ranks=1)
        times = [float(row[1]) for row in history(self.folder / "parts")]
        self.assertEqual(times[:2] + times[-3:], [0, 1, 2, 2.25, 3])
        self.assertEqual(times_of_series(self.folder / "parts"), times)


class TheWell(Restart):
    """The benchmark made small: a closure from a frame of a kinetic run, compared with the frames that follow."""

    SMALL = ["grid.cells=[24,24]", "angle.tolerance=1e-4", REPRODUCIBLE, "output.every=0.125"]
    WINDOWS = ["reference.windows={first=[1,1], later=[2,4]}"]
    MOMENT = ["solver=moment", "closure.kind=quadratic", "start.kind=run", "time.end=0.5", "reference.offset=0.5", *WINDOWS]
    COUNTS = {"c": 1, "u": 1, "v": 1, "D_xx": 1, "D_xy": 2, "D_yy": 1, "E_xx": 2, "E_xy": 2}

    def kinetic(self):
        """A kinetic run, and the overrides of a closed one that begins from one of its frames."""
        run = self.solve(KINETIC / "the_well.toml", *self.SMALL, *self.WINDOWS, "start.family=A", "time.end=1", name="kinetic")
        return run, [*self.SMALL, *self.MOMENT, f"start.file={run / 'frame_0004.h5'}", f"reference.run={run}"]

    def test_errors_are_those_of_the_frames(self):
        reference, overrides = self.kinetic()
        one, two, four = (self.solve(KINETIC / "the_well.toml", *overrides, ranks=ranks, name=f"ranks_{ranks}")
                          for ranks in (1, 2, 4))
        self.assert_same(one, two)
        self.assert_same(one, four)
        self.assertLess(metrics(one)["vrmse_first"], 0.05)
        self.assertGreater(metrics(one)["vrmse_first"], 1e-4)
        self.assertGreater(metrics(one)["vrmse_later"], metrics(one)["vrmse_first"])
        if not h5py:
            self.skipTest("no h5py to read the frames with")
        means = []
        for frame, row in enumerate(rows(one)):
            mean = 0
            with h5py.File(reference / f"frame_{frame + 4:04}.h5") as a, h5py.File(one / f"frame_{frame:04}.h5") as b:
                for name, count in self.COUNTS.items():
                    truth, found = a["values"][name][()], b["values"][name][()]
                    error = (((truth - found)**2).mean() / (truth.var() + 1e-7))**0.5
                    self.assertAlmostEqual(float(row[f"vrmse_{name}"]), error, delta=1e-10, msg=f"{name} of {frame}")
                    mean += count * error / 11
            self.assertAlmostEqual(float(row["vrmse"]), mean, delta=1e-10)
            means.append(mean)
        self.assertAlmostEqual(metrics(one)["vrmse_first"], means[1], delta=1e-10)
        self.assertAlmostEqual(metrics(one)["vrmse_later"], sum(means[2:5]) / 3, delta=1e-10)
        with h5py.File(reference / "frame_0004.h5") as a, h5py.File(one / "frame_0000.h5") as b:
            for name in ("c", "D_xx", "D_xy", "D_yy"):
                self.assertLess(abs(a["values"][name][()] - b["values"][name][()]).max(), 1e-13, name)

    def test_learned_closure_is_better(self):
        _, overrides = self.kinetic()
        quadratic = metrics(self.solve(KINETIC / "the_well.toml", *overrides, name="quadratic"))
        fitted = self.solve(DECKS / "closure.toml", "start.family=A", "trial.seeds=[]", name="fit")
        learned = metrics(self.solve(KINETIC / "the_well.toml", *overrides, "closure.kind=learned",
                                     f"closure.file={fitted / 'closure.h5'}", name="learned"))
        self.assertLess(learned["vrmse_later"], 0.03)
        self.assertLess(learned["vrmse_later"], quadratic["vrmse_later"])

    def test_a_run_is_its_own_reference(self):
        reference, _ = self.kinetic()
        again = ["start.family=A", "time.end=0.5", *self.WINDOWS, f"reference.run={reference}"]
        found = metrics(self.solve(KINETIC / "the_well.toml", *self.SMALL, *again))
        self.assertEqual(found["vrmse_later"], 0)
        apart = metrics(self.solve(KINETIC / "the_well.toml", *self.SMALL, *again, "start.perturbation=1e-3", name="apart"))
        self.assertLess(apart["vrmse_later"], 0.01)
        self.assertGreater(apart["vrmse_later"], 1e-4)

    def test_begins_from_a_frame_with_more_order_than_density(self):
        """As kinetic runs leave them on grids that do not resolve the cores of defects."""
        coarse = ["grid.cells=[24,24]", "model.L=5", "model.zeta=5", "time.tolerance=1e-5", REPRODUCIBLE]
        run_of = self.solve(KINETIC / "the_well.toml", *coarse, "start.family=A", "angle.tolerance=1e-4", "time.end=0.75",
                            name="coarse")
        self.assertGreater(metrics(run_of)["most_order"], 1.05)
        closed = [*coarse, "solver=moment", "start.kind=run", f"start.file={run_of / 'frame_0003.h5'}", "time.end=0.1",
                  "closure.estimate=false"]
        done = run(2, "run", KINETIC / "the_well.toml", "--output", self.folder / "strict", *closed)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, "(?s)start.file: there are cells .*closure.order_margin")
        for closure in (["closure.kind=middle", "closure.level=2"], ["closure.kind=middle", "closure.level=3"],
                        ["closure.kind=bingham"], ["closure.kind=quadratic", "start.higher_moments=bingham"]):
            with self.subTest(closure):
                name = "_".join(closure)
                one, four = (self.solve(KINETIC / "the_well.toml", *closed, *closure, "closure.order_margin=0.3",
                                        "closure.margin=1", ranks=ranks,
                                        name=f"{name}_{ranks}") for ranks in (1, 4))
                self.assert_same(one, four)
                self.assertGreater(metrics(one)["unrealizable"], 0)
                self.assertIn("|z| up to closure.order_margin = 0.3", (one / "run.log").read_text())

    def test_restart(self):
        _, overrides = self.kinetic()
        overrides = [*overrides, "time.step=0.002", "checkpoint.every=0"]
        whole = self.solve(KINETIC / "the_well.toml", *overrides, name="whole")
        self.interrupt("parts", KINETIC / "the_well.toml", *overrides, ranks=1, begun=3)
        self.go_on("parts", KINETIC / "the_well.toml", *overrides, ranks=2)
        self.assert_same(whole, self.folder / "parts")

    def test_decks_that_cannot_be(self):
        _, overrides = self.kinetic()
        for other, key, why in ((["reference.offset=0.75"], "reference.run", "no frame at time 1.125"),
                                (["reference.windows.later=[3,5]"], "reference.windows.later", "are 1 to 4"),
                                (["reference.windows.later=[3,2]"], "reference.windows.later", "are 1 to 4"),
                                (["grid.cells=[24,22]"], "start.file", "24 x 22 cells"),
                                (["start.file=nowhere.h5"], "start.file", "nowhere.h5"),
                                (["reference.run=nowhere"], "reference.run", "history.csv")):
            with self.subTest(other):
                done = run(1, "check", KINETIC / "the_well.toml", *overrides, *other)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, f"(?m)^error: .*{key}.*{why}")


class Failures(CaseTest):
    def test_state_that_cannot_be(self):
        """The truncated hierarchy leaves what is realizable as nematic order grows: chosen steps, the last a quarter as
        long as the one before again and again, end at its edge."""
        for ranks in (1, 2):
            done = run(ranks, "run", KINETIC / "nematic.toml", "--output", self.folder / f"run_{ranks}", "solver=moment",
                       "closure.kind=truncation", "model.zeta=3")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, r"the state is not realizable, .*: t = [0-9.e-]+, x = .*, y = .*: c = 1, "
                                          r"\|z\|/c = 1, and moment 1 is outside of its disc by [0-9.]+e-[0-9]+ c")

    def test_decks_that_cannot_be(self):
        for overrides, key in ((["model.D_R=-1"], "model.D_R"), (["grid.cells=[64]"], "grid.cells"),
                               (["grid.cells=[8,8]"], "grid.cells"), (["time.order=3"], "time.order"),
                               (["solver=moment", "closure.level=2"], "closure.level"),
                               (["angle.representation=grid", "angle.angles=31"], "angle.angles"),
                               (["angle.angles=32"], "angle.angles"), (["closure.kind=magic"], "closure.kind"),
                               (["start.kind=wave", "start.wave=[0,0]"], "start.wave"),
                               (["start.kind=wave", "start.wave=[22,0]"], "start.wave"),
                               (["start.kind=expression", "start.psi='1 + cos(2*thet)'"], "start.psi"),
                               (["measure.growth_rate=true"], "measure.growth_rate"),
                               (["measure.order_parameter=true"], "measure.order_parameter")):
            with self.subTest(overrides):
                done = run(1, "check", DEFAULTS, *overrides)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, f"(?m)^error: .*{key}")

    def test_the_process_grid_is_that_of_the_ranks(self):
        grid = "ranks.grid=[2,2]"
        self.assertEqual(run(1, "check", DEFAULTS, grid).returncode, 0)  # where the run has more ranks
        done = run(2, "run", DEFAULTS, "--output", self.folder / "run", *SMALL, grid)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, "(?m)^error: .*ranks.grid")
        self.assertIn("two numbers with the product 2", done.stderr)
        self.solve(DEFAULTS, *SMALL, grid, ranks=4, name="four")

    def test_polar_start_needs_the_grid(self):
        polar = ["start.kind=expression", "start.psi='1 + 0.1*cos(theta)*cos(2*pi*x/L)'", *SMALL]
        done = run(1, "run", DEFAULTS, "--output", self.folder / "run", *polar)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn('angle.representation = "grid"', done.stderr)
        self.solve(DEFAULTS, *polar, "angle.representation=grid", name="grid")


class Closures(Restart):
    DECK = DECKS / "closure.toml"
    FIELDS = {"cnn": ["closure.level=1", "closure.network=cnn", "closure.hidden=[6,6]", "fit.method=adam"],
              "fno": ["closure.level=1", "closure.network=fno", "closure.hidden=[6,6]", "closure.modes=2", "fit.method=adam"]}

    def test_learned_closure_and_its_use(self):
        fitted = self.solve(self.DECK, name="fit")
        found = metrics(fitted)
        self.assertLess(found["ratio_t1"], 0.02)  # to the quadratic closure, from a start that the fit has not seen
        self.assertGreater(found["z_learned_t1"], 10 * found["z_truncated_4_t1"])  # early, cutting off is better still
        # Two moments and sixteen angles, of whose modes two thirds are kept, are the same discretisation.
        self.assertAlmostEqual(found["z_angles_16_t1"] / found["z_truncated_2_t1"], 1, delta=1e-8)
        self.assertGreater(found["estimate_rank"], 0.9)  # closed runs tell themselves which errs, and when
        self.assertLess(abs(found["estimate_over_error"] - 1), 0.2)  # and by how much
        overrides = [f"closure.file={fitted / 'closure.h5'}", "solver=moment", "closure.kind=learned", *SMALL]
        self.solve(DEFAULTS, *overrides, ranks=2, name="moment")
        other = run(1, "run", DEFAULTS, "--output", self.folder / "other", *overrides, "model.zeta=2")
        self.assertEqual(other.returncode, 0, other.stderr)
        self.assertIn("the closure was fitted at zeta = 1, and does not know that it is 2 here", other.stderr)
        at_home, elsewhere = (metrics(self.folder / name) for name in ("moment", "other"))
        self.assertGreater(elsewhere["error_estimate"], 1.2 * at_home["error_estimate"])
        self.assertGreater(elsewhere["training_distance"], 0)
        strange = run(1, "run", DEFAULTS, "--output", self.folder / "strange", *overrides, "start.kind=nematic",
                      "start.order=0.98")
        self.assertIn("the closure was fitted to nothing like 100 % of the cells", strange.stderr)
        self.assertEqual(float(rows(self.folder / "strange")[0]["outside_training"]), 1)
        level = run(1, "check", DEFAULTS, *overrides, "closure.level=1")
        self.assertEqual(level.returncode, 2)
        self.assertIn("is for level 2", level.stderr)
        (fitted / "closure.h5").write_bytes((fitted / "closure.h5").read_bytes()[:-1])
        damaged = run(2, "run", DEFAULTS, "--output", self.folder / "damaged", *overrides)
        self.assertEqual(damaged.returncode, 2, damaged.stderr)
        self.assertRegex(damaged.stderr, "closure.h5 is not a learned closure or is damaged: truncated")

    def test_gradients_and_the_strain_rate_help_a_closure_of_one_moment(self):
        overrides = ["closure.level=1", "closure.hidden=[8,8]", "data.cells=200", "fit.iterations=100", "trial.seeds=[]"]
        local = metrics(self.solve(self.DECK, *overrides, name="local"))
        gradients = metrics(self.solve(self.DECK, *overrides, "closure.gradients=true", name="gradients"))
        strain = metrics(self.solve(self.DECK, *overrides, "closure.strain=true", name="strain"))
        fitted = self.solve(self.DECK, *overrides, "closure.gradients=true", "closure.strain=true", name="fit")
        self.assertLess(gradients["fit_error"], 0.8 * local["fit_error"])
        self.assertLess(strain["fit_error"], 0.97 * local["fit_error"])
        self.assertLess(metrics(fitted)["fit_error"], 0.97 * gradients["fit_error"])
        use = [f"closure.file={fitted / 'closure.h5'}", "solver=moment", "closure.kind=learned", REPRODUCIBLE, *SMALL]
        one, two, four = (self.solve(DEFAULTS, *use, ranks=ranks, name=f"moment_{ranks}") for ranks in (1, 2, 4))
        self.assert_same(one, two)
        self.assert_same(one, four)

    def test_three_moments(self):
        two, three = (metrics(self.solve(self.DECK, f"closure.level={level}", "trial.truncations=[]", "trial.angles=[]",
                                         name=f"level_{level}")) for level in (2, 3))
        self.assertLess(three["z_learned_t1"], 0.3 * two["z_learned_t1"])
        self.assertLess(three["z_learned_t1"], 0.3 * two["z_middle_2_t1"])

    def test_networks_of_whole_fields(self):
        for network in self.FIELDS:
            with self.subTest(network):
                overrides = [*self.FIELDS[network], "trial.seeds=[]", "fit.rate=1e-2"]
                first = self.solve(self.DECK, *overrides, "fit.iterations=0", name=f"{network}_first")
                fitted = self.solve(self.DECK, *overrides, "fit.iterations=300", name=network)
                self.assertLess(metrics(fitted)["fit_error"], 0.3 * metrics(first)["fit_error"])
                use = [f"closure.file={fitted / 'closure.h5'}", "solver=moment", "closure.kind=learned", REPRODUCIBLE,
                       "grid.cells=[16,16]", "time.end=0.5", "time.step=0.1"]
                one, two, four = (self.solve(DEFAULTS, *use, ranks=ranks, name=f"{network}_{ranks}") for ranks in (1, 2, 4))
                self.assert_same(one, two)
                self.assert_same(one, four)

    def test_moments_outside_are_drawn_back_and_counted(self):
        """Fitted to short runs, the closure leads later ones out of what is realizable."""
        fitted = self.solve(self.DECK, "trial.times=[1.0,3.0]", name="fit")
        self.assertGreater(metrics(fitted)["unrealizable_learned"], 0)
        self.assertLess(metrics(fitted)["ratio_t3"], 1)
        use = [f"closure.file={fitted / 'closure.h5'}", "solver=moment", "closure.kind=learned", REPRODUCIBLE,
               "grid.cells=[16,16]", "angle.tolerance=1e-6", "time.end=3", "time.step=0.1", "output.every=0.5"]
        one, two, four = (self.solve(DEFAULTS, *use, ranks=ranks, name=f"ranks_{ranks}") for ranks in (1, 2, 4))
        self.assert_same(one, two)
        self.assert_same(one, four)
        self.assertGreater(metrics(one)["unrealizable"], 0)
        self.assertIn("which are drawn back up to closure.margin = 0.2", (one / "run.log").read_text())
        strict = run(2, "run", DEFAULTS, "--output", self.folder / "strict", *use, "closure.margin=0")
        self.assertEqual(strict.returncode, 1, strict.stderr)
        self.assertIn("and moment 2 is outside of its disc by 0.", strict.stderr)

    def test_parameters_of_the_model_as_inputs(self):
        """One network for a range, tried out where it was not fitted."""
        fitted = self.solve(self.DECK, 'closure.parameters=["zeta"]', "data.zeta=[0.5,1.0,1.5]", "data.seeds=[3]",
                            "trial.zeta=[0.75,1.25]")
        self.assertLess(metrics(fitted)["ratio_t1"], 0.05)
        with open(fitted / "trial.csv", newline="") as file:
            trial = list(csv.DictReader(file))
        self.assertEqual({(row["alpha"], row["zeta"], row["seed"]) for row in trial}, {("-1", "0.75", "1"), ("-1", "1.25", "1")})
        for name in ("learned", "quadratic", "truncated_4"):
            errors = [float(row["z"]) for row in trial if row["closure"] == name and row["time"] == "1"]
            self.assertEqual(len(errors), 2)
            self.assertAlmostEqual(sum(errors) / 2, metrics(fitted)[f"z_{name}_t1"], delta=1e-15)

    def test_deck_for_a_range(self):
        found = metrics(self.solve(KINETIC / "closure_range.toml", "grid.cells=[16,16]", "data.alpha=[-1.5,-1]",
                                   "data.zeta=[1,1.5]", "trial.alpha=[-1.25]", "trial.zeta=[1.25]", "trial.seeds=[1]",
                                   "time.end=1", "trial.times=[1]"))
        self.assertLess(found["ratio_t1"], 0.1)

    @unittest.skipUnless(h5py, "no h5py to read the weights with")
    def test_what_does_not_vary_in_training_is_not_seen(self):
        """The density of these starts is uniform: weights on it and on its gradient would be free to grow."""
        fitted = self.solve(self.DECK, "closure.level=1", "closure.gradients=true", "closure.hidden=[8,8]",
                            "fit.iterations=200", "trial.seeds=[]")
        with h5py.File(fitted / "closure.h5") as file:
            self.assertLess(abs(file["arrays/weights"][:]).max(), 1e4)

    def test_restart_in_the_fit(self):
        self.check(self.DECK, "data.cells=2000", "closure.hidden=[8,8]", "fit.iterations=60", begun=3)

    def test_restart_in_the_fit_to_whole_fields(self):
        self.check(self.DECK, *self.FIELDS["cnn"], "fit.iterations=300", "fit.batch=4", "trial.seeds=[]", begun=3)

    HELD_BACK = ["data.seeds=[3,4,5]", "fit.held_back=0.3", "fit.patience=5", "fit.iterations=200", "trial.seeds=[]"]

    def test_fit_stops_by_what_is_held_back(self):
        """Few samples and many weights: the fit goes on to fit them at the cost of those it does not see."""
        overrides = [*self.HELD_BACK, "data.cells=20", "closure.hidden=[12,12]", REPRODUCIBLE]
        one, two, four = (self.solve(self.DECK, *overrides, ranks=ranks, name=f"ranks_{ranks}") for ranks in (1, 2, 4))
        self.assert_same(one, two)
        self.assert_same(one, four)
        found = metrics(one)
        self.assertEqual(found["iterations"], found["best_iteration"] + 5)
        self.assertLess(found["iterations"], 200)
        losses, held_back = ([float(row[name]) for row in rows(one)] for name in ("loss", "held_back"))
        self.assertEqual(held_back.index(min(held_back)), found["best_iteration"])
        self.assertLess(losses[-1], losses[int(found["best_iteration"])])
        self.assertGreater(held_back[-1], min(held_back))
        self.assertIn("held back from the fit: 1 of 3 kinetic runs", (one / "run.log").read_text())

    def test_what_is_held_back_counts_for_all_methods(self):
        for name, overrides in (("lmvm", ["fit.method=lmvm"]), ("adam", ["fit.method=adam", "fit.rate=0.03"]),
                                ("cnn", [*self.FIELDS["cnn"], "fit.rate=0.03", "fit.batch=4"])):
            with self.subTest(name):
                run = self.solve(self.DECK, *self.HELD_BACK, *overrides, name=name)
                held_back = [float(row["held_back"]) for row in rows(run)]
                self.assertEqual(held_back.index(min(held_back)), metrics(run)["best_iteration"])
                self.assertLess(min(held_back), 0.5 * held_back[0])

    def test_restart_of_a_fit_that_is_watched(self):
        self.check(self.DECK, *self.HELD_BACK, "data.cells=1500", "closure.hidden=[8,8]", "fit.iterations=60",
                   "fit.patience=60", begun=3)

    def test_restart_in_the_data(self):
        overrides = ["data.seeds=[3,4,5,6,7,8]", "grid.cells=[24,24]", "fit.iterations=3"]
        whole = self.solve(self.DECK, REPRODUCIBLE, *overrides, name="whole")
        directory = self.folder / "parts"
        process = self.start(1, "run", self.DECK, "--output", directory, REPRODUCIBLE, *overrides, "checkpoint.every=0.01")
        wait_for(lambda: process.poll() is not None or any(directory.glob("checkpoints/*.h5")), "a checkpoint")
        self.stop(process, ranks=1)
        self.assertFalse((directory / "history.csv").exists(), "the fit has begun")
        self.go_on("parts", self.DECK, *overrides, ranks=2)
        self.assert_same(whole, directory)

    def test_runs_that_are_not_resolved_are_reported(self):
        done = run(1, "run", self.DECK, "--output", self.folder / "coarse", "angle.moments=3", "grid.cells=[12,12]",
                   "grid.tolerance=1e-6", "fit.iterations=3", "trial.truncations=[]")
        self.assertEqual(done.returncode, 0, done.stderr)
        for seed in (3, 4, 1):  # of the data and of the trial
            for what in ("the angle", "space"):
                told = f"alpha = -1, zeta = 1, seed {seed}: {what} is not resolved at t = "
                self.assertEqual(done.stderr.count(told), 1, done.stderr)
        self.assertGreater(metrics(self.folder / "coarse")["angle_tail"], 1e-6)
        self.assertGreater(metrics(self.folder / "coarse")["space_tail"], 1e-6)

    def test_decks_that_cannot_be(self):
        for overrides, key in ((["trial.times=[2,1]"], "trial.times"),
                               (["data.seeds=[]"], "data.seeds"), (["data.alpha=[]"], "data.alpha"),
                               (["data.every=3"], "data.every"), (["angle.moments=2"], "angle.moments"),
                               (["angle.representation=grid", "angle.angles=24", "closure.level=3"], "angle.angles"),
                               (['closure.parameters=["gamma"]'], "closure.parameters"),
                               (["closure.level=4", "closure.gradients=true", "closure.strain=true",
                                 'closure.parameters=["zeta"]'], "closure.parameters")):
            with self.subTest(overrides):
                done = run(1, "check", self.DECK, *overrides)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, f"(?m)^error: .*{key}")


class ActiveLearning(Restart):
    DECK = DECKS / "closure.toml"
    PAIRS = ["time.end=1.5", "data.alpha=[-2,-1]", "data.zeta=[0.5,1,2]", 'closure.parameters=["alpha","zeta"]',
             "data.seeds=[3]", "data.cells=40", "active.rounds=2", "active.networks=3", "fit.iterations=20"]
    TRIAL = ["trial.alpha=[-2]", "trial.zeta=[2]", "trial.truncations=[]", "fit.seed=2"]

    def pairs(self, directory):
        found = metrics(directory)
        return [(found[f"choice_{k}_alpha"], found[f"choice_{k}_zeta"]) for k in (1, 2)]

    def test_runs_are_made_where_networks_disagree(self):
        one, two = (self.solve(self.DECK, *self.PAIRS, *self.TRIAL, REPRODUCIBLE, ranks=ranks, name=f"ranks_{ranks}")
                    for ranks in (1, 2))
        self.assert_same(one, two)
        found = metrics(one)
        self.assertEqual(self.pairs(one)[0], (-2, 2))  # the strongest flow, which is not among the first two
        self.assertGreater(found["choice_1_spread"], 10 * found["choice_2_spread"])
        self.assertEqual(found["samples"], 4 * 7 * 40)
        self.assertLess(found["ratio_t1"], 0.25)

    def test_deck_that_chooses(self):
        found = metrics(self.solve(KINETIC / "closure_active.toml", "grid.cells=[16,16]", "data.alpha=[-2,-1]",
                                   "data.zeta=[1,2]", "active.rounds=1", "trial.alpha=[-1.5]", "trial.zeta=[1.5]",
                                   "time.end=1", "trial.times=[1]"))
        self.assertIn((found["choice_1_alpha"], found["choice_1_zeta"]), [(a, z) for a in (-2, -1) for z in (1, 2)])
        self.assertGreater(found["choice_1_spread"], 0)
        self.assertLess(found["ratio_t1"], 0.25)

    def test_random_choice_is_of_the_seed(self):
        short = [*self.PAIRS, "active.choice=random", "fit.iterations=1", "trial.seeds=[]"]
        chosen = {}
        for seed in (1, 2, 3):
            directory = self.solve(self.DECK, *short, f"fit.seed={seed}", name=f"seed_{seed}")
            self.assertNotIn("choice_1_spread", metrics(directory))
            chosen[seed] = self.pairs(directory)
            self.assertEqual(len(set(chosen[seed])), 2)
        self.assertGreater(len(set(map(tuple, chosen.values()))), 1)
        self.assertEqual(chosen[2], self.pairs(self.solve(self.DECK, *short, "fit.seed=2", ranks=2, name="again")))

    def test_restart_in_a_choice(self):
        overrides = [*self.PAIRS, "trial.seeds=[]", "closure.hidden=[8,8]", "data.cells=200", "fit.iterations=60"]
        whole = self.solve(self.DECK, REPRODUCIBLE, *overrides, name="whole")
        directory = self.folder / "parts"
        process = self.start(1, "run", self.DECK, "--output", directory, REPRODUCIBLE, *overrides, "output.progress_every=0.01")
        log = directory / "run.log"
        wait_for(lambda: process.poll() is not None or log.exists() and "ensemble" in log.read_text(), "a choice")
        self.stop(process, ranks=1)
        self.assertFalse((directory / "history.csv").exists(), "the fit has begun")
        self.go_on("parts", self.DECK, *overrides, ranks=2)
        self.assert_same(whole, directory)


class TrainingThroughRuns(Restart):
    DECK = DECKS / "closure.toml"
    SHORT = ["data.cells=50", "fit.iterations=5", "trial.truncations=[]", "trial.times=[2]"]

    def test_helps_from_starts_that_it_has_not_seen(self):
        found = metrics(self.solve(self.DECK, *self.SHORT, "trajectory.horizons=[0.5,2]", "trajectory.iterations=20"))
        self.assertLess(found["trajectory_error"], 0.9 * found["trajectory_error_before"])
        self.assertLess(found["z_learned_t2"], 0.9 * found["z_fitted_t2"])

    def test_goes_on_where_it_was_stopped(self):
        self.check(self.DECK, *self.SHORT, "time.end=0.5", "data.seeds=[3]", "trajectory.horizons=[0.25,0.5]",
                   "trajectory.iterations=10", "trajectory.moments=z", "trajectory.step=0.1", "trial.seeds=[]", begun=18)


class Inverse(Restart):
    """A moment run's frames, of which its model is found again."""
    GRID = ["grid.cells=[16,16]", "closure.kind=quadratic"]
    MODEL = {"alpha": -1, "zeta": 1, "D_R": 0.05, "D_T": 0.05}

    TIMES = ["time.end=1.5", "time.step=0.05", "output.every=0.5"]

    def frames(self, *start):
        self.solve(DEFAULTS, "solver=moment", *self.GRID, *self.TIMES, *start, name="data")
        return self.deck()

    def deck(self):
        deck = self.folder / "inverse.toml"
        deck.write_text(f"""case = "kinetic_inverse"
[grid]
cells = [16, 16]
[closure]
kind = "quadratic"
[model]
alpha = -1.4
zeta = 1.2
D_R = 0.04
D_T = 0.06
[data]
std = 0.002
[unknown]
numbers = {list(self.MODEL)}
""" + "".join(f'[[frames]]\nfile = "data/frame_{k:04}.h5"\ntime = {0.5 * k}\n' for k in range(4)))
        return deck

    def test_model_from_frames(self):
        deck = self.frames()
        exact = metrics(self.solve(deck, name="exact"))
        noisy = self.solve(deck, "data.noise_seed=1", REPRODUCIBLE, name="noisy")
        self.assert_same(noisy, self.solve(deck, "data.noise_seed=1", REPRODUCIBLE, ranks=2, name="two"))
        found = metrics(noisy)
        for name, value in self.MODEL.items():
            self.assertLess(abs(exact[name] - value), 1e-6, name)
            self.assertLess(abs(found[name] - value), 4 * found[name + "_std"], name)
            self.assertGreater(abs(found[name] - value), 1e-3 * found[name + "_std"], name)
        self.assertLess(exact["chi_squared"], 1e-6)
        self.assertLess(abs(found["chi_squared"] - 1), 0.2)

    def test_model_from_velocities_and_a_start_with_errors(self):
        deck = self.frames("start.kind=expression",
                           "start.psi=(1 + 0.2*cos(2*pi*(x - y)/L)*cos(2*theta) + 0.2*sin(2*pi*y/L)*cos(2*theta - 1))/(2*pi)")
        overrides = [REPRODUCIBLE, "data.noise_seed=1", "data.start_std=0.002", "data.velocity_std=0.0005",
                     "unknown.start_waves=1", 'unknown.numbers=["alpha", "zeta"]', "model.D_R=0.05", "model.D_T=0.05"]
        both = ['data.observed=["order", "velocity"]']
        runs = {"order": self.solve(deck, *overrides, name="order"),
                "velocity": self.solve(deck, *overrides, 'data.observed=["velocity"]', name="velocity"),
                "both": self.solve(deck, *overrides, *both, name="both")}
        self.assert_same(runs["both"], self.solve(deck, *overrides, *both, ranks=2, name="both_two"))
        found = {name: metrics(directory) for name, directory in runs.items()}
        for name, of_run in found.items():
            for number in ("alpha", "zeta"):
                self.assertLess(abs(of_run[number] - self.MODEL[number]), 4 * of_run[number + "_std"], (name, number))
                self.assertLessEqual(found["both"][number + "_std"], of_run[number + "_std"], (name, number))
            self.assertLess(abs(of_run["chi_squared"] - 1), 0.2, name)

    def test_deck_with_its_snapshots(self):
        small = ["grid.cells=[16,16]", "output.every=0.5"]
        self.solve(KINETIC / "the_well.toml", *small, "time.end=1", name="first")
        self.solve(KINETIC / "the_well.toml", *small, "time.end=2", "start.kind=run",
                   f"start.file={self.folder}/first/frame_0000.h5", name="snapshots")
        found = metrics(self.solve(KINETIC / "inverse.toml", "grid.cells=[16,16]",
                                   *(f"frames.{k}.file={self.folder}/snapshots/frame_{k:04}.h5" for k in range(5))))
        for number, value in {**self.MODEL, "beta": 0.8}.items():
            self.assertLess(abs(found[number] - value), 4 * found[number + "_std"], number)
        self.assertLess(abs(found["chi_squared"] - 1), 0.2)

    def test_model_by_the_hierarchy(self):
        """Frames of the kinetic equation: a closure cannot go through them, its hierarchy can."""
        self.solve(DEFAULTS, "solver=moment", *self.GRID, "time.end=1", "time.step=0.05", name="start")
        self.solve(DEFAULTS, "grid.cells=[16,16]", "angle.moments=6", *self.TIMES, "start.kind=run",
                   f"start.file={self.folder}/start/fields.h5", name="data")
        deck = self.deck()
        closure = metrics(self.solve(deck, "data.std=1e-5", name="closure"))
        kinetic = metrics(self.solve(deck, "data.std=1e-5", "closure.kind=truncation", "closure.level=6", name="kinetic"))
        self.assertGreater(closure["chi_squared"], 10)
        self.assertLess(kinetic["chi_squared"], 1e-3)
        for number, value in self.MODEL.items():
            self.assertLess(abs(kinetic[number] - value), 1e-5, number)
            self.assertGreater(abs(closure[number] - value), 1e-4, number)

    def test_goes_on_where_it_was_stopped(self):
        self.check(self.frames(), "data.noise_seed=1", begun=3)

    def test_what_cannot_be(self):
        deck = self.frames()
        for override, key in (("grid.cells=[12,16]", "frames.0.file"), ("closure.level=2", "closure.level"),
                              ('unknown.numbers=["L"]', "unknown.numbers"), ("data.std=0", "data.std")):
            with self.subTest(override):
                done = run(2, "run", deck, override, "--output", self.folder / "refused")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, f"(?m)^error: .*{key}")
        wrong = metrics(self.solve(deck, "closure.kind=bingham", "data.std=1e-4", name="wrong"))
        self.assertGreater(wrong["chi_squared"], 2)  # another closure's run does not go through the frames


if __name__ == "__main__":
    harness.main()
