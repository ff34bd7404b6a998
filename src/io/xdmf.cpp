#include "io/xdmf.hpp"

#include <vector>

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

  std::string grid(std::size_t time) const {
    std::string text = "      <Grid Name=\"grid\" GridType=\"Uniform\">\n";
    if (fields.has_time()) text += fmt::format("        <Time Value=\"{:.17g}\"/>\n", axes[0].values[time]);
    text += fmt::format("        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"{}\"/>\n", padded_lengths());
    text += geometry();
    for (const std::string& name : fields.names()) {
      text += fmt::format("        <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Node\">{}</Attribute>\n",
                          name, selection(name, time));
    }
    return text + "      </Grid>\n";
  }
};

}  // namespace

std::string xdmf(const FieldSet& fields, const std::string& hdf5_file) {
  const Grid grid{fields, hdf5_file};
  std::string text = "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n";
  if (fields.has_time()) {
    text += "    <Grid Name=\"fields\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
    for (std::size_t i = 0; i < grid.length(0); ++i) text += grid.grid(i);
    text += "    </Grid>\n";
  } else {
    text += grid.grid(0);
  }
  return text + "  </Domain>\n</Xdmf>\n";
}

}  // namespace residua
