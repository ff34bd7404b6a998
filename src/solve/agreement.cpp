#include "solve/agreement.hpp"

#include "base/error.hpp"

namespace residua {

void throw_first(const Communicator& comm, const std::string& message) {
  const auto first = static_cast<int>(comm.min(static_cast<double>(message.empty() ? comm.size() : comm.rank())));
  if (first < comm.size()) throw Error(comm.broadcast(message, first));
}

}  // namespace residua
