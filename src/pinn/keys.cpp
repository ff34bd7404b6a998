#include "pinn/keys.hpp"

#include "deck/schema.hpp"

namespace residua::pinn {
namespace {

void declare_pde(Schema& schema) {
  schema.section("pde", "The differential equation, on a box.")
      .named_list(Type::real, "coordinates", required,
                  "Independent variables with their range [low, high], in the order that points have them.")
      .arithmetic()
      .length(2, 2)
      .entries(1, 10)
      .text("time", unset,
            "The coordinate that is time; by default `t` where there is one. \"none\" when no coordinate is.")
      .list(Type::text, "unknowns", required, "Names of the unknown functions of all coordinates, but for `arguments`.")
      .length(1, 64)
      .named_list(
          Type::text, "arguments", unset,
          "Unknowns that no equation of their own need determine, such as k = [\"x\"] in the inverse problem of a "
          "conductivity, with the coordinates that they are functions of. They are found together with the others "
          "from [[observations]], in one window or without time; a derivative in another coordinate is 0.")
      .refers_to("pde.unknowns")
      .length(1, 10)
      .named(Type::real, "parameters", unset, "Numbers used in the expressions.")
      .arithmetic()
      .named(Type::real, "coefficients", unset,
             "Numbers of the equations that are unknown, with the values their search starts from. They are found "
             "together with the solution where there is one window or no time, else (random features only) by a search "
             "around whole solves. A trained network has them among its unknowns, in units of the start's size.")
      .arithmetic()
      .named(Type::expression, "definitions", unset,
             "Names for formulas in parameters, coefficients, coordinates, unknowns and each other.")
      .named(Type::expression, "functions", unset,
             "Functions of your own, as \"f(a, b)\" = \"expression in a, b, parameters and coordinates\".")
      .signatures()
      .named(Type::file, "tables", unset,
             "Tabulated functions, as k = \"file.h5\", the path relative to the deck; used as k(x).")
      .named(Type::expression, "known", unset,
             "A known part of an unknown: the network adds to it. May carry singular behaviour that no network should "
             "learn.")
      .refers_to("pde.unknowns")
      .list(Type::expression, "residual", required,
            "What must vanish, one expression for each equation; d(u,x,x) is a derivative.")
      .length(1, 64);
}

void declare_conditions(Schema& schema) {
  schema.tables("conditions", {}, "One initial or boundary condition each.")
      .choice("kind", required,
              {{"initial", "u, or its time derivative, at the start"},
               {"dirichlet", "u on a face"},
               {"neumann", "the derivative of u along the coordinate (not the outward normal) on a face"},
               {"periodic", "all unknowns are periodic in the coordinate"}},
              "What is prescribed.")
      .text("unknown", unset, "Which unknown; may be left out where there is only one, or for periodic.")
      .refers_to("pde.unknowns")
      .text("coordinate", unset, "The coordinate whose face it is.")
      .refers_to("pde.coordinates")
      .when("kind", {"dirichlet", "neumann", "periodic"})
      .choice("at", "both", {{"lo", "the lower face"}, {"hi", "the upper face"}, {"both", "both faces"}}, "Which face.")
      .when("kind", {"dirichlet", "neumann"})
      .expression("value", "0", "The prescribed value, an expression in the coordinates.")
      .when("kind", {"initial", "dirichlet", "neumann"})
      .integer("derivative", 0, "Order of the time derivative that is given.")
      .at_least(0)
      .at_most(1)
      .when("kind", {"initial"})
      .choice("enforce", unset,
              {{"exact", "built into the form of the solution"},
               {"penalty", "as further rows of the least-squares problem"}},
              "How it is met; by default exact, but for neumann.")
      .real("weight", 10, "Weight of the rows of a penalty against those of the equation.")
      .above(0)
      .integer("points", unset, "Points on the face in each window; by default as dense as those inside.")
      .at_least(1);
}

void declare_observations(Schema& schema) {
  schema.tables("observations", {}, "Measured values, one table for each file and quantity.")
      .file("file", required,
            "CSV with a line of names, or HDF5 with one dataset for each column, the path relative to the deck: each "
            "coordinate of the points and the values.")
      .expression("quantity", required, "What was measured, an expression in the unknowns.")
      .text("column", required, "The column of the values.")
      .real("std", 0, "Standard deviation of a measurement.")
      .at_least(0)
      .real("relative_std", 0, "The same over |value|; both add in squares, and one of them must not be 0.")
      .at_least(0)
      .integer("noise_seed", 0,
               "Where not 0, normal noise of that standard deviation is added to the values: for studies with exact "
               "data.")
      .at_least(0)
      .at_most(1e9);
}

void declare_priors(Schema& schema) {
  schema
      .tables("priors", {},
              "What is known beforehand beside observations, one table each: that an expression is 0 up to a standard "
              "deviation. With derivatives of an unknown function it keeps noise out of it.")
      .expression("quantity", required, "An expression in the unknowns.")
      .real("std", required,
            "Its root mean square over the domain that counts as much as one measurement missed by one standard "
            "deviation.")
      .above(0);
}

void declare_training(Schema& schema) {
  schema.section("windows", "Time windows, solved one after the other, each from the last one's end.")
      .integer("count", unset,
               "Equal windows. Without count and edges, random features choose the windows by training.tolerance, and "
               "a trained network has one.")
      .at_least(1)
      .at_most(100000)
      .list(Type::real, "edges", unset,
            "Times at which windows meet, inside the range of time, ascending; instead of count.");
  schema.section("training", "How the unknown weights are found.")
      .integer("seed", 1, "Seed of all random numbers.")
      .at_least(0)
      .at_most(1e9)
      .real("tolerance", 1e-7,
            "Root mean square of the residual at unseen points that a time window of random features may have. Beside "
            "observations it is the standard deviation that the equations have, or, where the network's own error is "
            "larger, are to have: the metric model_std of a trained network is the one in use.")
      .above(0);
  schema.section("points", "Collocation points of each window.")
      .choice("kind", "sobol",
              {{"sobol", "quasi-random, shifted by the seed"},
               {"gauss", "tensor product of Gauss-Legendre nodes"},
               {"uniform", "pseudo-random"}},
              "How they are spread.")
      .integer(
          "count", unset,
          "How many on all ranks; by default 3 for each unknown weight of a random-feature network, else 4096. Rows "
          "of equations, penalties and measurements must not be fewer than the unknown weights.")
      .at_least(1);
}

void declare_features(Schema& schema) {
  schema.section("features", "The random-feature network of each window; counts only for method = \"random_features\".")
      .choice("kind", "placed",
              {{"placed", "drawn where a pilot solve finds the solution fine"},
               {"waves", "all wave vectors of a periodic domain up to a length, each with a few frequencies in time"}},
              "What features there are.")
      .integer("frequencies", 5, "Frequencies in time of each wave; each has a sine and a cosine.")
      .at_least(1)
      .at_most(100)
      .when("kind", {"waves"})
      .integer(
          "count", unset,
          "Features for each window, and so unknown weights for each unknown function. A function of d of the D "
          "coordinates alone has features of its own, this number to the power d / D. Of waves, as many whole "
          "shells of equal length are taken as make no more. By default 600; and where windows cannot be shorter and "
          "nothing was measured, twice as many again and again until training.tolerance is met, up to 5000 unknown "
          "weights.")
      .at_least(1)
      .at_most(100000)
      .choice("activation", "tanh", {{"tanh", ""}, {"sin", ""}, {"gelu", ""}}, "The function of a feature.")
      .real("slope", 1.5, "Slopes are drawn up to this over the local length of the solution.")
      .above(0);
}

void declare_network(Schema& schema) {
  schema.section("network", "The network of which every weight is trained; counts only for method = \"network\".")
      .choice("architecture", "mlp",
              {{"mlp", "a chain of layers"},
               {"modified_mlp", "hidden layers mix two gates, which are functions of the coordinates"},
               {"pirate", "residual blocks of three layers with the same gates, which begin as the identity"}},
              "How layers are joined.")
      .list(Type::integer, "hidden", {20, 20, 20},
            "Widths of the hidden layers, or of the blocks; with gates all the same. Unknowns named in `pde.arguments` "
            "have a network of their own, of half of each width.")
      .at_least(1)
      .length(1, 64)
      .boolean(
          "separate", false,
          "Whether every unknown has hidden layers of its own, of these widths, instead of one output of shared ones.")
      .choice("activation", "tanh", {{"tanh", ""}, {"sin", ""}, {"gelu", ""}}, "The activation of the hidden layers.")
      .integer("harmonics", 1, "Harmonics, each a cosine and a sine, by which a periodic coordinate enters.")
      .at_least(1)
      .at_most(1000)
      .integer("fourier_features", 0, "Random Fourier features of the coordinates before the first layer.")
      .at_least(0)
      .real("fourier_scale", 1,
            "Standard deviation of their frequencies, in units of 1 / (half the coordinate's range).")
      .above(0)
      .named_list(
          Type::real, "frequencies", unset,
          "Fourier features with these frequencies: for each coordinate one number for each feature, in the same "
          "units.")
      .arithmetic()
      .refers_to("pde.coordinates")
      .length(1, 4096)
      .choice("start", "random",
              {{"random", "all weights by Glorot's rule"},
               {"zero",
                "the output layer is 0: the solution begins as what the conditions alone give, and the first step "
                "of Levenberg-Marquardt is linear"}},
              "Weights before the first window; a later one starts from those of the window before.")
      .file("from", unset,
            "Start from the weights in this file instead: network.h5 of another run (those of its last window), or one "
            "of its checkpoints. The networks must have the same shape. Coefficients start as the deck says.")
      .boolean("factorised", false,
               "Whether weights of hidden layers are W_io = exp(s_o) V_io, with s and V trained (random weight "
               "factorisation).")
      .real("scale_mean", 1, "Mean of s to begin with.")
      .when("factorised", {"true"})
      .real("scale_std", 0.1, "Standard deviation of s to begin with.")
      .at_least(0)
      .when("factorised", {"true"});
  schema.tables("stages", {}, "Stages of training every weight, one after the other.")
      .choice("method", "lm",
              {{"lm", "Levenberg-Marquardt"},
               {"ssbroyden", "self-scaled Broyden"},
               {"adam", "Adam"},
               {"lmvm", "PETSc's limited-memory BFGS"}},
              "The training method.")
      .choice("step", "cholesky",
              {{"cholesky", "normal equations: fast"},
               {"qr", "QR of the Jacobian: accurate where the condition number must not be squared"},
               {"lsqr", "products with the Jacobian alone: for networks too large to hold it"}},
              "How the linear problem of each iteration is solved.")
      .when("method", {"lm"})
      .choice("scaling", "max",
              {{"max", "as the largest norm that its column of the Jacobian has had"},
               {"columns", "as the norm of its column"},
               {"none", "all alike, which keeps weights small: through many windows they stay of use"}},
              "How strongly a step of Levenberg-Marquardt is damped in each weight.")
      .when("method", {"lm"})
      .integer("iterations", 1000, "Most iterations.")
      .at_least(0)
      .real("seconds", unset, "Most seconds.")
      .unit("s")
      .above(0)
      .named(Type::real, "parameters", unset,
             "Other values of parameters of the equation in this stage: weights that meet an easier equation are where "
             "the next stage starts. The last stage has those of the deck.")
      .arithmetic()
      .refers_to("pde.parameters")
      .integer("resample", 0, "New collocation points every so many iterations; 0 keeps them.")
      .at_least(0)
      .real("adaptive", 0, "Share of the points that is drawn where the residual is large.")
      .at_least(0)
      .at_most(1)
      .integer(
          "batch", unset,
          "Points inside for each iteration, in whole leaves of 64, drawn from those there are; by default all. The "
          "points of conditions and observations are always all there.")
      .at_least(1)
      .when("method", {"adam"})
      .choice("weights", "none",
              {{"none", "those of the deck"},
               {"gradient_norm", "equations and penalty conditions pull equally, as their gradients have it"},
               {"ntk", "they learn equally fast, as the traces of their neural tangent kernels have it"}},
              "How each equation and each penalty condition counts; but for none, the weights of conditions have no "
              "effect.")
      .list(Type::real, "epsilon", unset,
            "Causal weights of this strength, or of these, one after the other, ascending: rows at a time in a slab "
            "count exp(-epsilon * the sum of the mean squared residuals of the slabs before). The stage ends when the "
            "last "
            "strength leaves every slab a weight above `threshold`.")
      .above(0)
      .integer("slabs", 32, "Equal slabs of a window's time, for causal weights.")
      .at_least(2)
      .at_most(100000)
      .real("threshold", 0.99,
            "The next strength comes when the least weight is above this, or when this one has had its share of the "
            "iterations.")
      .above(0)
      .at_most(1)
      .integer("reweigh", 10,
               "Weights of groups, causal weights, and the standard deviation of the equations beside observations are "
               "taken anew every so many iterations.")
      .at_least(1);
}

void declare_classical(Schema& schema) {
  schema
      .section("classical",
               "The classical solver; counts only for method = \"classical\" and reference.kind = \"classical\".")
      .real("tolerance", 1e-10, "Relative L2 error, as estimated from two resolutions, at which refinement ends.")
      .above(0)
      .integer("unknowns", 6000,
               "Most unknowns of the discretisation in space; work grows with their third power, but "
               "for one space coordinate with faces.")
      .at_least(1)
      .at_most(100000)
      .real("seconds", 600, "Most seconds, of all solves together.")
      .unit("s")
      .above(0);
}

void declare_reference(Schema& schema) {
  schema.section("reference", "What the error is measured against; it takes no part in training.")
      .choice("kind", "none",
              {{"none", "no error is measured"},
               {"expression", "a closed form for each unknown"},
               {"table", "an HDF5 table; it may have axes for parameters of the equation, too"},
               {"classical", "the classical solver, in the same run, to classical.tolerance"}},
              "Where it comes from.")
      .named(Type::expression, "expressions", unset, "The closed form of each unknown.")
      .refers_to("pde.unknowns")
      .when("kind", {"expression"})
      .list(Type::integer, "points", unset,
            "Points per coordinate, ends included; by default 101, fewer in many dimensions.")
      .at_least(1)
      .when("kind", {"expression", "classical"})
      .file("file", unset, "The table, the path relative to the deck.")
      .when("kind", {"table"})
      .real("threshold", unset,
            "The metric time_within is the last time of the output until which the error of every quantity in "
            "errors.csv has been at most this.")
      .above(0);
  schema.section("output", "What is written besides summary.json.")
      .list(Type::integer, "points", unset, "Points per coordinate of the fields; by default those of the reference.")
      .at_least(1)
      .named(Type::expression, "quantities", unset,
             "Further quantities that are written and measured, as w = \"expression in the unknowns\"; they count in "
             "the error as unknowns do.");
}

}  // namespace

void declare_keys(Schema& schema) {
  schema.text("title", "", "Free text for the reader and the report.")
      .choice(
          "method", "random_features",
          {{"random_features", "hidden layer placed by a monitor, then frozen; output weights by Gauss-Newton with QR"},
           {"network", "every weight trained, in the stages of [[stages]]"},
           {"classical", "no network: collocation in space, an implicit Runge-Kutta method in time, refined"}},
          "How the equation is solved.")
      .choice("formulation", "eulerian",
              {{"eulerian", "in the deck's coordinates"},
               {"lagrangian",
                "at labels that move with the solution: for one advection-diffusion-reaction equation on a "
                "periodic line"}},
              "Where the solution is represented.");
  declare_pde(schema);
  declare_conditions(schema);
  declare_observations(schema);
  declare_priors(schema);
  declare_training(schema);
  declare_features(schema);
  declare_network(schema);
  declare_classical(schema);
  declare_reference(schema);
}

}  // namespace residua::pinn
