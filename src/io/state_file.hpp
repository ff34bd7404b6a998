// A State as one file: HDF5 (arrays/<name>, texts/<name>) behind 512 bytes of text that hold its length and the CRC-32C
// of every byte that follows; HDF5 tools read it as it is. The sum is checked before HDF5 sees a byte.
//
// A label, any text, says what the state belongs to.
#pragma once

#include <filesystem>
#include <string>

#include "base/communicator.hpp"
#include "io/state.hpp"

namespace residua {

/// Complete and flushed before it has its name. Not collective.
void write_state(const std::filesystem::path& path, const State& state, const std::string& label);

/// Read by rank 0, given to all. Collective. InputError that names the file when it cannot be read, is damaged or has
/// another label; `kind` says in it what the file should have been ("a closure").
State read_state(const std::filesystem::path& path, const std::string& label, const std::string& kind,
                 const Communicator& communicator);

/// The part of a file that HDF5 reads; Error, without the file's name, when a byte is not what was written. Not
/// collective.
std::string sound_body(const std::filesystem::path& path);

/// What a body holds. InputError that names the file when it was written in a format that this version cannot read.
struct LabelledState {
  std::string label;
  State state;
};
LabelledState parse_body(const std::string& body, const std::filesystem::path& path);

}  // namespace residua
