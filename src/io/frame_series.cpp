#include "io/frame_series.hpp"

#include <fmt/format.h>

#include "io/fields.hpp"
#include "io/file.hpp"
#include "io/xdmf.hpp"

namespace residua {

std::string FrameSeries::name(long frame) { return fmt::format("frame_{:04}", frame); }

void FrameSeries::write(const FieldSet& fields, double time) {
  fields.write(directory_ / name(static_cast<long>(times_.size())));
  times_.push_back(time);
  if (!has_xdmf(fields)) return;
  on_root(fields.communicator(), [&] {
    std::vector<XdmfMoment> moments;
    for (const double t : times_) moments.push_back({t, name(static_cast<long>(moments.size())) + ".h5"});
    write_file(directory_ / "frames.xdmf", {xdmf_series(fields, moments)});
  });
}

}  // namespace residua
