// The XDMF description by which ParaView and VisIt open the fields of an HDF5 file.
#pragma once

#include <string>
#include <vector>

namespace residua {

class FieldSet;

/// The text of the .xdmf file for the fields in `hdf5_file`, a path relative to it: a rectilinear grid with up to three
/// space axes, or one grid per moment when the first axis of the file is time.
std::string xdmf(const FieldSet& fields, const std::string& hdf5_file);

/// Whether the fields have as few space axes as XDMF describes, three.
bool has_xdmf(const FieldSet& fields);

/// A file of fields without time, and when they were so.
struct XdmfMoment {
  double time = 0;
  std::string hdf5_file;
};

/// One grid per moment, all with the axes and names of `fields`.
std::string xdmf_series(const FieldSet& fields, const std::vector<XdmfMoment>& moments);

}  // namespace residua
