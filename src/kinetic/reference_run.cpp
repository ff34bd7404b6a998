#include "kinetic/reference_run.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "grid/whole_rows.hpp"
#include "io/frame_series.hpp"
#include "io/samples.hpp"
#include "kinetic/frame.hpp"
#include "kinetic/observe.hpp"

namespace residua::kinetic {
namespace {

/// The fields that are compared, and of how many components of c, u, D and E each is the value.
constexpr std::pair<const char*, int> components[] = {{"c", 1},    {"u", 1},    {"v", 1},    {"D_xx", 1},
                                                      {"D_xy", 2}, {"D_yy", 1}, {"E_xx", 2}, {"E_xy", 2}};

std::vector<std::string> component_names() {
  std::vector<std::string> names;
  for (const auto& [name, count] : components) names.emplace_back(name);
  return names;
}

/// The frames that lie in a run directory, by the times in its history.
std::vector<std::pair<double, std::filesystem::path>> frames_in(const std::filesystem::path& directory) {
  const Samples history = Samples::read(directory / "history.csv", Communicator(MPI_COMM_SELF));
  const auto times = history.columns.find("time");
  if (times == history.columns.end())
    throw InputError(fmt::format("{}: there is no column time", (directory / "history.csv").string()));
  std::vector<std::pair<double, std::filesystem::path>> frames;
  for (std::size_t j = 0; j < times->second.size(); ++j)
    if (const auto path = directory / FrameSeries::name(static_cast<long>(j)).append(".h5");
        std::filesystem::exists(path))
      frames.emplace_back(times->second[j], path);
  return frames;
}

/// The frame at a time; nullptr when there is none.
const std::filesystem::path* find(const std::vector<std::pair<double, std::filesystem::path>>& frames, double time) {
  const auto found = std::ranges::find_if(
      frames, [&](const auto& frame) { return std::abs(frame.first - time) <= 1e-9 * std::max(1.0, time); });
  return found == frames.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<ReferenceRun> ReferenceRun::of(const Deck& deck) {
  if (!deck.has("reference.run")) return {};
  ReferenceRun reference;
  if (!deck.has("output.every"))
    throw deck.error("reference.run", "without frames of its own the run has nothing to compare", "output.every");
  reference.every_ = deck.real("output.every");
  reference.offset_ = deck.real("reference.offset");
  try {
    reference.frames_ = frames_in(deck.file_path("reference.run"));
  } catch (const InputError& error) {
    throw deck.error("reference.run", error.what());
  }
  const double end = deck.real("time.end");
  const auto outputs = static_cast<long>(std::ceil(end / reference.every_ - 1e-9));
  for (long j = 0; j <= outputs; ++j)
    if (const double t = reference.offset_ + std::min(end, static_cast<double>(j) * reference.every_);
        !find(reference.frames_, t))
      throw deck.error("reference.run", fmt::format("{} has no frame at time {:.6g}", deck.text("reference.run"), t),
                       "the same output.every in both runs");
  for (const std::string& name : deck.names("reference.windows")) {
    const std::string key = "reference.windows." + name;
    const auto ends = deck.list_of_integer(key);
    if (ends[0] > ends[1] || ends[1] > outputs)
      throw deck.error(key, fmt::format("the frames after the start are 1 to {}", outputs), "[first, last]");
    reference.windows_.push_back({name, ends[0], ends[1], {}, 0});
  }
  return reference;
}

ReferenceRun::Values ReferenceRun::compare(KineticSystem& system, double t, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const std::filesystem::path* const path = find(frames_, offset_ + t);
  if (!path) throw Error(fmt::format("the reference run has no frame at time {:.6g}", offset_ + t));
  const Frame theirs = read_frame(*path, grid.shape(), component_names(), grid.communicator());
  const CellFields ours = cell_fields(system, t, u);
  Values values = {{"vrmse", 0}};
  double all = 0;
  for (const auto& [name, count] : components) {
    const std::vector<double>& whole = theirs.at(name);
    const auto a = [&](long i) { return whole[grid.place(i)]; };
    const std::vector<double>& b = ours.at(name);
    const double middle = mean_over_cells(grid, [&](long i) { return a(i); });
    const double error = mean_over_cells(grid, [&](long i) { return (a(i) - b[i]) * (a(i) - b[i]); });
    const double spread = mean_over_cells(grid, [&](long i) { return (a(i) - middle) * (a(i) - middle); });
    values.emplace_back(fmt::format("vrmse_{}", name), std::sqrt(error / (spread + 1e-7)));
    values[0].second += count * values.back().second;
    all += count;
  }
  values[0].second /= all;
  const long frame = std::lround(t / every_);
  for (Window& window : windows_) {
    if (frame < window.first || frame > window.last) continue;
    if (window.sums.empty()) {
      window.sums = values;
    } else {
      for (std::size_t k = 0; k < values.size(); ++k) window.sums[k].second += values[k].second;
    }
    ++window.frames;
  }
  return values;
}

ReferenceRun::Values ReferenceRun::means() const {
  Values means;
  for (const Window& window : windows_)
    for (const auto& [name, sum] : window.sums)
      means.emplace_back(fmt::format("{}_{}", name, window.name), sum / window.frames);
  return means;
}

void ReferenceRun::save(State& state) const {
  for (const Window& window : windows_) {
    std::vector<double>& saved = state.arrays["reference/" + window.name];
    saved = {window.frames};
    for (const auto& [name, sum] : window.sums) saved.push_back(sum);
  }
}

void ReferenceRun::load(const State& state) {
  for (Window& window : windows_) {
    const std::vector<double>& saved = state.arrays.at("reference/" + window.name);
    window.frames = saved[0];
    window.sums.clear();
    if (saved.size() == 1) continue;
    window.sums.emplace_back("vrmse", saved[1]);
    for (std::size_t k = 0; k < std::size(components); ++k)
      window.sums.emplace_back(fmt::format("vrmse_{}", components[k].first), saved[2 + k]);
  }
}

}  // namespace residua::kinetic
