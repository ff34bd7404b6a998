#include "run/outcome.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/terminal.hpp"
#include "base/timer.hpp"
#include "io/crc32c.hpp"

namespace residua {
namespace {

struct Outcome {
  int code = 0;
  bool failed = false;  ///< by an exception
  std::string message;
};

Outcome outcome_of(const std::function<int()>& work) {
  try {
    return {work(), false, ""};
  } catch (const InputError& error) {
    return {2, true, error.what()};
  } catch (const Error& error) {
    return {1, true, error.what()};
  } catch (const std::bad_alloc&) {
    return {1, true, "out of memory"};
  } catch (const std::exception& error) {
    return {1, true, std::string("internal error: ") + error.what()};
  }
}

/// A communicator of its own: the vote meets no message of `work`.
class VoteCommunicator {
 public:
  explicit VoteCommunicator(MPI_Comm comm) { MPI_Comm_dup(comm, &comm_); }
  ~VoteCommunicator() { MPI_Comm_free(&comm_); }
  VoteCommunicator(const VoteCommunicator&) = delete;
  VoteCommunicator& operator=(const VoteCommunicator&) = delete;
  MPI_Comm get() const { return comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

/// Waits for an operation; gives up after `grace` seconds when `limited`.
bool complete(MPI_Request& request, bool limited, double grace) {
  const Timer timer;
  for (int done = 0;;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return true;
    if (limited && timer.seconds() > grace) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

int end_together(const Communicator& communicator, const std::function<int()>& work, double grace) {
  const VoteCommunicator vote(communicator.mpi());
  const Outcome mine = outcome_of(work);
  Terminal::instance().status("");
  const auto ranks = static_cast<std::size_t>(communicator.size());
  const auto rank = static_cast<std::size_t>(communicator.rank());

  // Of each rank: exit code, and what tells its message from others.
  const unsigned ballot[2] = {static_cast<unsigned>(mine.code), mine.failed ? crc32c(mine.message) : 0};
  std::vector<unsigned> ballots(2 * ranks);
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallgather(ballot, 2, MPI_UNSIGNED, ballots.data(), 2, MPI_UNSIGNED, vote.get(), &request);
  if (!complete(request, mine.failed, grace)) {
    log().error("{}", mine.message);
    MPI_Abort(communicator.mpi(), mine.code);
  }

  bool heard = false;  // a lower rank says the same
  int code = 0;
  for (std::size_t i = 0; i < ranks; ++i) {
    const int other = static_cast<int>(ballots[2 * i]);
    if (i < rank && other == mine.code && ballots[2 * i + 1] == ballot[1]) heard = true;
    if (other != 0) code = code == 0 ? other : std::min(code, other);
  }
  if (mine.failed && !heard) log().error("{}", mine.message);
  communicator.barrier();  // every message is out before a rank ends and the launcher ends the others
  return code;
}

}  // namespace residua
