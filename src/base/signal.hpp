// The signals by which a batch system or a person asks a run to save or to end.
//
//   SIGUSR1          save, and go on
//   SIGTERM, SIGINT  save, and end; a second SIGINT ends at once
//
// The handlers set a flag and nothing else; the run asks for the flags between two iterations and lets all ranks agree.
#pragma once

namespace residua {

struct Signals {
  bool save = false;
  bool stop = false;
};

/// Installs the handlers. To be called after the libraries that install their own (MPI, PETSc).
void catch_signals();

/// What has come to this process since the last call. Not collective.
Signals take_signals();

}  // namespace residua
