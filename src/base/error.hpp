// The two kinds of failure, and the exit code that each means for the command.
#pragma once

#include <stdexcept>
#include <string>

namespace residua {

/// The run failed: diverged, a file could not be written, a library reported an error. Exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the user gave cannot be used: a deck, a command line, a data file. Exit code 2.
/// `what()` holds the whole message; the fields say where the mistake is, for tools.
class InputError : public Error {
 public:
  struct Place {
    std::string file;  ///< as the user named it; "command line" for an override
    int line = 0;      ///< from 1; 0 when the mistake has no line
    int column = 0;    ///< from 1; 0 when unknown
    std::string key;   ///< dotted name of the deck key; may be empty
  };

  explicit InputError(const std::string& message) : Error(message) {}
  InputError(Place place, const std::string& message) : Error(message), place_(std::move(place)) {}

  const Place& place() const { return place_; }

 private:
  Place place_;
};

}  // namespace residua
