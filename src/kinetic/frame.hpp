// Fields of one time over the periodic square, as a run writes them (`fields_of`, observe.hpp) and other programs may:
// a table (io/table.hpp) with the axes y and x.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "grid/fourier_grid.hpp"

namespace residua::kinetic {

using Frame = std::map<std::string, std::vector<double>>;

/// The fields of these names, each [ny][nx]. Read by rank 0, given to all; collective. InputError that names the file
/// where it lacks one, or is not over the cells of a grid of this shape.
Frame read_frame(const std::filesystem::path& path, const FourierGrid::Shape& shape,
                 const std::vector<std::string>& names, const Communicator& communicator);

}  // namespace residua::kinetic
