// Frames of a run in time: fields as frame_0000.h5, frame_0001.h5, .. with an XDMF file each, and frames.xdmf, which
// ParaView opens as one series of all of them with their times. Each file has its name only when it is complete.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace residua {

class FieldSet;

class FrameSeries {
 public:
  explicit FrameSeries(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// "frame_0007", counted from 0.
  static std::string name(long frame);

  /// Writes the next frame, whose fields and axes, none of them time, are those of the frames before. Collective.
  void write(const FieldSet& fields, double time);

  /// Of the frames so far. A run that goes on sets those before its checkpoint: later ones are written again.
  const std::vector<double>& times() const { return times_; }
  void set_times(std::vector<double> times) { times_ = std::move(times); }

 private:
  std::filesystem::path directory_;
  std::vector<double> times_;
};

}  // namespace residua
