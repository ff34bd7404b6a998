// The XDMF description by which ParaView and VisIt open the fields of an HDF5 file.
#pragma once

#include <string>

namespace residua {

class FieldSet;

/// The text of the .xdmf file for the fields in `hdf5_file`, a path relative to it: a rectilinear grid with up to three
/// space axes, or one grid per moment when the first axis of the file is time.
std::string xdmf(const FieldSet& fields, const std::string& hdf5_file);

}  // namespace residua
