#include "io/xdmf.hpp"

#include <optional>

#include <fmt/format.h>

#include "io/fields.hpp"

namespace residua {
namespace {

/// A grid always has three axes in VTK; those that the fields lack have the one value 0.
struct Grid {
  const FieldSet& fields;
  std::string file;
  std::vector<Axis> axes = fields.file_axes();  // slowest first
  std::size_t first_space = fields.has_time() ? 1 : 0;

  std::size_t length(std::size_t i) const { return axes[i].values.size(); }

  std::string lengths(std::size_t from) const {
    std::string text;
    for (std::size_t i = from; i < axes.size(); ++i) text += fmt::format("{}{}", i == from ? "" : " ", length(i));
    return text;
  }

  std::string padded_lengths() const {
    std::string text = lengths(first_space);
    for (std::size_t n = axes.size() - first_space; n < 3; ++n) text = "1 " + text;
    return text;
  }

  std::string geometry() const {
    std::string text = "        <Geometry GeometryType=\"VXVYVZ\">\n";
    for (std::size_t n = 0; n < 3; ++n) {
      if (n < axes.size() - first_space) {
        const Axis& axis = axes[axes.size() - 1 - n];
        text += fmt::format(
            "          <DataItem Name=\"{0}\" Format=\"HDF\" NumberType=\"Float\" Precision=\"8\" Dimensions=\"{1}\">"
            "{2}:/coordinates/{0}</DataItem>\n",
            axis.name, axis.values.size(), file);
      } else {
        text +=
            "          <DataItem Format=\"XML\" NumberType=\"Float\" Precision=\"8\" Dimensions=\"1\">0</DataItem>\n";
      }
    }
    return text + "        </Geometry>\n";
  }

  /// A field, of which one moment is taken when there is time; a selection also where it takes all, since readers go
  /// by its three dimensions.
  std::string selection(const std::string& name, std::size_t time) const {
    std::string start, step, count;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const bool is_time = i < first_space;
      start += fmt::format("{} ", is_time ? time : 0);
      step += "1 ";
      count += fmt::format("{} ", is_time ? 1 : length(i));
    }
    return fmt::format(
        "<DataItem ItemType=\"HyperSlab\" Dimensions=\"{0}\"><DataItem Format=\"XML\" Dimensions=\"3 {1}\">{2}{3}{4}"
        "</DataItem><DataItem Format=\"HDF\" NumberType=\"Float\" Precision=\"8\" Dimensions=\"{5}\">{6}:/values/{7}"
        "</DataItem></DataItem>",
        padded_lengths(), axes.size(), start, step, count, lengths(0), file, name);
  }

  /// The grid of one moment, with the time that is written there.
  std::string grid(std::size_t moment, std::optional<double> time) const {
    std::string text = "      <Grid Name=\"grid\" GridType=\"Uniform\">\n";
    if (time) text += fmt::format("        <Time Value=\"{:.17g}\"/>\n", *time);
    text += fmt::format("        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"{}\"/>\n", padded_lengths());
    text += geometry();
    for (const std::string& name : fields.names()) {
      text += fmt::format("        <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Node\">{}</Attribute>\n",
                          name, selection(name, moment));
    }
    return text + "      </Grid>\n";
  }
};

std::string document(const std::string& grids) {
  return "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n" + grids + "  </Domain>\n</Xdmf>\n";
}

std::string collection(const std::string& grids) {
  return "    <Grid Name=\"fields\" GridType=\"Collection\" CollectionType=\"Temporal\">\n" + grids + "    </Grid>\n";
}

}  // namespace

std::string xdmf(const FieldSet& fields, const std::string& hdf5_file) {
  const Grid grid{fields, hdf5_file};
  if (!fields.has_time()) return document(grid.grid(0, {}));
  std::string grids;
  for (std::size_t i = 0; i < grid.length(0); ++i) grids += grid.grid(i, grid.axes[0].values[i]);
  return document(collection(grids));
}

bool has_xdmf(const FieldSet& fields) { return fields.file_axes().size() - (fields.has_time() ? 1 : 0) <= 3; }

std::string xdmf_series(const FieldSet& fields, const std::vector<XdmfMoment>& moments) {
  std::string grids;
  for (const auto& [time, file] : moments) grids += Grid{fields, file}.grid(0, time);
  return document(collection(grids));
}

}  // namespace residua
