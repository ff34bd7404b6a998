#include "kinetic/keys.hpp"

#include "deck/schema.hpp"
#include "kinetic/closure.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/moment_system.hpp"

namespace residua::kinetic {
namespace {

void declare_space(Schema& schema) {
  schema.section("model", "The suspension, in dimensionless units; its mean density is 1.")
      .real("alpha", -1, "Active stress; negative: extensile.")
      .real("beta", 0.8, "Strength of the particles' own stress.")
      .at_least(0)
      .real("zeta", 1, "Strength of the alignment with each other.")
      .at_least(0)
      .real("D_T", 0.05, "Diffusion in space.")
      .at_least(0)
      .real("D_R", 0.05, "Diffusion in angle.")
      .at_least(0)
      .real("L", 10, "Side of the periodic square.")
      .above(0);
  schema.section("grid", "The grid in space.")
      .list(Type::integer, "cells", {64, 64}, "Cells along x and y; the third of the wave numbers is kept.")
      .at_least(4)
      .at_most(16384)
      .length(2, 2)
      .real("tolerance", 1e-4,
            "Share of the second moment in the shortest waves from which on the run warns that space is not resolved.")
      .above(0);
  schema
      .section("ranks", "How the ranks share the work. Results do not depend on it, and a run may go on with another.")
      .list(Type::integer, "grid", unset,
            "The process grid: ranks along y, each with a slab of the rows of cells, and ranks along x, which share "
            "these. [R, 1] are slabs, others pencils. Without it slabs as long as all ranks have work then, and beyond "
            "that the least ranks along x for which they have.")
      .at_least(1)
      .length(2, 2);
}

void declare_angle(Schema& schema) {
  schema
      .section("angle",
               "How the density depends on the angle; counts only for solver = \"kinetic\", but for the tolerance.")
      .choice("representation", "hierarchy",
              {{"hierarchy", "the even angular modes, cut off"},
               {"grid", "a grid of angles, all modes: for starts that are polar"}},
              "The representation.")
      .integer("moments", unset,
               "Modes of the hierarchy beyond the density; by default as many as angle.tolerance asks for, at any "
               "time.")
      .at_least(2)
      .at_most(512)
      .when("representation", {"hierarchy"})
      .integer("angles", unset, "Angles of the grid, an even number; by default as for moments.")
      .at_least(24)
      .at_most(4096)
      .when("representation", {"grid"})
      .integer("most_moments", 200, "Most even modes that are chosen by the tolerance.")
      .at_least(8)
      .at_most(512)
      .real("tolerance", 1e-10,
            "Size of the last angular modes over that of the density: more modes are taken above it, and where there "
            "are none, the run warns that the angle is not resolved.")
      .above(0);
}

void declare_flow(Schema& schema) {
  schema.section("flow", "The flow, with the particles' stress implicit in its strain rate.")
      .real("tolerance", unset,
            "Of the iteration for the stress, relative. Without it a thousandth of the tolerance of a step, and 1e-13 "
            "where steps are equal.")
      .above(0)
      .below(1);
}

void declare_march(Schema& schema) {
  schema.section("time", "Exponential time differencing.")
      .real("end", 10, "Time at which the run ends.")
      .above(0)
      .real("step", unset,
            "Length of the steps, at most; with a tolerance only of the first. Without either, steps are chosen by a "
            "tolerance of 1e-7.")
      .above(0)
      .integer("order", unset,
               "Order of the method: 2, 4 or 5; by default 5 where steps are chosen, and 4 where they are equal.")
      .at_least(2)
      .at_most(5)
      .real("tolerance", unset, "Error of a step relative to the state, by which steps are chosen then.")
      .above(0);
  schema.section("start", "The state at time 0.")
      .choice("kind", "random",
              {{"isotropic", "all angles alike"},
               {"nematic", "uniform in space, as exp(k cos 2 theta)"},
               {"wave", "a wave of the second moment on the isotropic state"},
               {"random", "random waves on the isotropic state"},
               {"expression", "a formula, scaled to mean density 1"},
               {"run", "density and order of another run at some time, scaled to mean density 1"}},
              "What it is.")
      .real("order", 0.5, "Order parameter |z|/c.")
      .at_least(0)
      .below(1)
      .when("kind", {"nematic"})
      .real("angle", 0, "Of the director with the x axis.")
      .unit("rad")
      .arithmetic()
      .when("kind", {"nematic"})
      .list(Type::integer, "wave", {1, 0}, "The wave vector in units of 2 pi / L.")
      .length(2, 2)
      .when("kind", {"wave"})
      .choice("component", "shear", {{"shear", "that drives a flow"}, {"splay", "that drives none"}},
              "The polarisation.")
      .when("kind", {"wave"})
      .real("amplitude", 1e-6, "Of the second moment z.")
      .above(0)
      .when("kind", {"wave"})
      .choice("family", "B",
              {{"A", "as B, and two waves of 0.05 in the density and two of 0.025 in the fourth harmonic"},
               {"B", "eight waves of amplitude 0.1 in the second harmonic of the angle"}},
              "Which random waves.")
      .when("kind", {"random"})
      .integer("seed", 1, "Seed of the random waves.")
      .at_least(0)
      .at_most(1e9)
      .when("kind", {"random"})
      .real("perturbation", 0, "Factor of the waves of the next seed, which are added: for starts that are close.")
      .at_least(0)
      .when("kind", {"random"})
      .expression("psi", "1", "Psi(x, y, theta), with L at hand.")
      .when("kind", {"expression"})
      .file(
          "file", required,
          "A table of c, D_xx, D_xy, D_yy over the cells of the grid, the path relative to the deck: frame_0004.h5 or "
          "fields.h5 of a run directory.")
      .when("kind", {"run"})
      .choice("higher_moments", "quadratic",
              {{"quadratic", "f_m = c (z/c)^m, of the Poisson kernel"}, {"bingham", "those of exp(k cos 2 theta)"}},
              "The moments that density and order leave open.")
      .when("kind", {"run"});
}

}  // namespace

void declare_suspension(Schema& schema) {
  declare_space(schema);
  declare_angle(schema);
  declare_flow(schema);
  declare_march(schema);
}

void declare_kinetic(Schema& schema) {
  schema.text("title", "", "Free text for the reader and the report.")
      .choice("solver", "kinetic",
              {{"kinetic", "the density of positions and angles"},
               {"moment", "its first angular moments alone, with a closure for the next"}},
              "What is solved.");
  declare_suspension(schema);
  schema.section("closure", "The hierarchy's end; counts only for solver = \"moment\".")
      .choice("kind", "bingham", closure_kinds(), "The next moment as a function of those before.")
      .integer("level", 1, "The last moment that is evolved; a learned closure has its own.")
      .at_least(1)
      .at_most(512)
      .real(
          "margin", 0.2,
          "By how much of the density a moment, from the second on, may lie outside of what is realizable, by errors "
          "of grid and steps: it is drawn back to the edge in what the closure, the flow and the products see. Beyond "
          "it a step whose length is chosen is tried again, shorter, and the run ends where that does not help.")
      .at_least(0)
      .real(
          "order_margin", 0,
          "The same for the first moment: by how much of the density |z| may exceed it. A kinetic run whose grid does "
          "not resolve the cores of defects has such cells, and only warns.")
      .at_least(0)
      .at_most(1)
      .boolean("estimate", true,
               "A second run with one moment more goes beside, and how far the two are apart is the estimate of the "
               "error: more than twice the time.")
      .file("file", required, "The learned closure, the path relative to the deck: closure.h5 of a run directory.")
      .when("kind", {"learned"});
  schema.section("measure", "What is compared with closed forms, into summary.json.")
      .boolean("growth_rate", false, "The rate at which start.kind = \"wave\" grows.")
      .boolean("order_parameter", false, "The order parameter at the end of start.kind = \"nematic\".");
  schema.section("reference", "Another run, with whose frames those of this one are compared; it takes no part in it.")
      .text("run", unset, "Its run directory, the path relative to the deck.")
      .real("offset", 0, "Time of the other run at which this one begins.")
      .at_least(0)
      .named_list(
          Type::integer, "windows", unset,
          "Means of the error over frames, as early = [6, 12]: the first and the last, counted from 1 after the "
          "start; they count where there is a run.")
      .at_least(1)
      .length(2, 2);
  schema.section("output", "What is written besides summary.json.")
      .real("every", unset, "Time between rows of history.csv and frames of the fields; by default the end alone.")
      .above(0);
}

void declare_inverse(Schema& schema) {
  std::vector<Choice> numbers;
  for (const std::string& name : differentiable_numbers()) numbers.push_back({name, ""});
  schema.text("title", "", "Free text for the reader and the report.");
  declare_space(schema);
  declare_flow(schema);
  schema
      .section("closure", "The end of the hierarchy of moments; one that is merely cut off late is the kinetic model.")
      .choice("kind", "bingham", closure_kinds(), "The next moment as a function of those before.")
      .integer("level", 1, "The last moment that is evolved; a learned closure has its own.")
      .at_least(1)
      .at_most(512)
      .file("file", required, "The learned closure, the path relative to the deck.")
      .when("kind", {"learned"});
  schema.section("time", "Equal steps of exponential time differencing.")
      .real("step", 0.05, "Their length, at most.")
      .above(0)
      .integer("order", 4, "Order of the method: 2, 4 or 5.")
      .at_least(2)
      .at_most(5);
  schema.tables("frames", {2}, "The suspension at times in increasing order, equally far apart.")
      .file("file", required,
            "A table over the cells of the grid, as a run writes it, of c, D_xx, D_xy, D_yy in the first frame and of "
            "what is observed in the later ones (D_xx, D_xy, D_yy; u, v); the path relative to the deck.")
      .real("time", required, "Its time.");
  schema.section("data", "The frames' errors, independent from cell to cell.")
      .list(Type::choice, "observed", {"order"}, "What of the frames after the first is compared.")
      .one_of({{"order", "z, of D_xx, D_xy, D_yy"}, {"velocity", "u and v"}})
      .length(1, 2)
      .real("std", unset, "Standard deviation of the real and the imaginary part of z in each cell.")
      .above(0)
      .real("velocity_std", unset, "That of u and of v.")
      .above(0)
      .real("start_std", unset,
            "That of z in the first frame, whose waves are unknowns then, and the density exact; by default all of it "
            "is exact.")
      .above(0)
      .integer("noise_seed", 0,
               "Where not 0, normal noise of these standard deviations is added, for studies with exact data.")
      .at_least(0)
      .at_most(1e9);
  schema.section("unknown", "Numbers of the model that are found, from those in [model] on.")
      .list(Type::choice, "numbers", {"alpha", "zeta"}, "Which.")
      .one_of(numbers)
      .length(1, 5)
      .integer("start_waves", 3,
               "With data.start_std: the start's waves up to this number in x and in y are unknowns, a tangent run in "
               "each iteration for both parts of each; there are no others.")
      .at_least(0)
      .at_most(64)
      .integer("iterations", 30, "Most iterations of the Levenberg-Marquardt method.")
      .at_least(1);
}

void declare_closure(Schema& schema) {
  std::vector<Choice> names;
  for (const std::string& name : model_names()) names.push_back({name, ""});
  schema.text("title", "", "Free text for the reader and the report.");
  declare_suspension(schema);
  schema.section("closure", "The network that is fitted.")
      .choice("network", "invariant", network_kinds(), "What it sees, and what it makes of that.")
      .integer("level", 2, "The last moment that is evolved: the network gives the next one.")
      .at_least(1)
      .at_most(4)
      .boolean("gradients", false, "The network sees the gradients of the moments, too, and not only their values.")
      .boolean("strain", false, "The network sees the strain rate of the flow in the cell, too.")
      .list(Type::choice, "parameters", {}, "Numbers of the model that the network sees.")
      .one_of(names)
      .list(Type::integer, "hidden", {16, 16}, "Widths of its hidden layers.")
      .at_least(1)
      .length(1, 16)
      .choice("activation", "tanh", {{"tanh", "tanh x"}, {"sin", "sin x"}, {"gelu", "x Phi(x)"}},
              "Of its hidden layers.")
      .integer("modes", 4, "The largest wave number of its Fourier layers, in x and in y.")
      .at_least(0)
      .when("network", {"fno"});
  schema
      .section("data", "The kinetic runs that it is fitted to: each seed of the start at each pair of alpha and zeta.")
      .list(Type::integer, "seeds", {3, 4, 5, 6}, "Seeds of the start.")
      .at_least(0)
      .length(1, 10000)
      .list(Type::real, "alpha", unset, "In place of model.alpha.")
      .length(1, 1000)
      .list(Type::real, "zeta", unset, "In place of model.zeta.")
      .at_least(0)
      .length(1, 1000)
      .real("every", 0.25, "Time between two frames.")
      .above(0)
      .integer("cells", 500, "Cells that are drawn from each frame.")
      .at_least(1);
  schema
      .section("active",
               "Active learning: kinetic runs at some pairs of [data] alone, chosen one after the other, each with all "
               "seeds.")
      .integer("rounds", 0, "Pairs that are chosen; 0: all pairs have kinetic runs.")
      .at_least(0)
      .integer("first", 2, "Pairs drawn by fit.seed to begin with.")
      .at_least(1)
      .choice("choice", "spread",
              {{"spread", "the pair at which an ensemble of networks disagrees most"}, {"random", "drawn by fit.seed"}},
              "The next pair.")
      .integer("networks", 4, "Of the ensemble, fitted from other first weights; counts only for the spread.")
      .at_least(2)
      .at_most(100);
  schema.section("fit", "The fit of the network to the data.")
      .choice("method", "lm",
              {{"lm", "Levenberg-Marquardt: up to some thousand weights"},
               {"lmvm", "PETSc's limited-memory BFGS"},
               {"adam", "Adam, with a rate that falls to 0 along a cosine"}},
              "The training method; of a network of whole fields not lm.")
      .real("rate", 3e-3, "The first learning rate.")
      .above(0)
      .when("method", {"adam"})
      .integer("batch", unset, "Frames for each iteration of a network of whole fields; by default all.")
      .at_least(1)
      .when("method", {"adam"})
      .integer("iterations", 200, "Most iterations.")
      .at_least(0)
      .real("held_back", 0.0,
            "Share of the data that the fit does not see, drawn by the seed: of three pairs of alpha and zeta or more, "
            "else of two kinetic runs or more, else of the frames. The weights with the least loss there are found.")
      .at_least(0)
      .at_most(0.9)
      .integer("patience", 20,
               "The fit ends after so many iterations in which the loss of what is held back has not fallen.")
      .at_least(1)
      .integer("seed", 1, "Seed of the first weights, and of the cells that are drawn.")
      .at_least(0)
      .at_most(1e9);
  schema
      .section("trajectory",
               "Training through closed runs, after the fit: their moments against the frames of the kinetic runs.")
      .integer("iterations", 0, "Most iterations at each horizon; 0 for no such training.")
      .at_least(0)
      .list(Type::real, "horizons", {1.0, 3.0},
            "Times up to which the runs go, one after the other: in increasing order, multiples of data.every.")
      .above(0)
      .length(1, 100)
      .real("step", 0.05, "Length of the closed runs' steps, at most.")
      .above(0)
      .integer("runs", unset, "So many of the kinetic runs, from the first on; by default all.")
      .at_least(1)
      .choice("moments", "all", {{"all", "all that the closure evolves, beyond the density"}, {"z", "the first alone"}},
              "What is compared.")
      .choice("method", "ssbroyden",
              {{"ssbroyden", "self-scaled Broyden"},
               {"lm", "Levenberg-Marquardt, at the cost of five runs for each weight in an iteration"},
               {"adam", "Adam"},
               {"lmvm", "PETSc's limited-memory BFGS"}},
              "The training method.");
  schema.section("trial", "Closed runs against kinetic ones, from starts that the fit has not seen.")
      .list(Type::integer, "seeds", {1, 2}, "Seeds of the start; none for no trial.")
      .at_least(0)
      .list(Type::real, "alpha", unset, "As in [data], by default those there.")
      .length(1, 1000)
      .list(Type::real, "zeta", unset, "As in [data], by default those there.")
      .at_least(0)
      .length(1, 1000)
      .list(Type::real, "times", {1.0, 3.0, 5.0}, "When errors are taken, in increasing order.")
      .above(0)
      .length(1, 100)
      .list(Type::integer, "middles", {}, "Levels at which the hierarchy ends in the middle of what is realizable.")
      .at_least(2)
      .at_most(512)
      .list(Type::integer, "truncations", {}, "Levels at which the hierarchy is cut off, for comparison.")
      .at_least(1)
      .at_most(512)
      .list(Type::integer, "angles", {}, "Angles of grids of them, even numbers, for comparison.")
      .at_least(16)
      .at_most(4096);
}

}  // namespace residua::kinetic
