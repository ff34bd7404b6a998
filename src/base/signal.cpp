#include "base/signal.hpp"

#include <csignal>

namespace residua {
namespace {

volatile std::sig_atomic_t save_flag = 0;
volatile std::sig_atomic_t stop_flag = 0;

extern "C" void on_save(int) { save_flag = 1; }
extern "C" void on_stop(int) { stop_flag = 1; }

void install(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

bool take(volatile std::sig_atomic_t& flag) {
  if (flag == 0) return false;
  flag = 0;
  return true;
}

}  // namespace

void catch_signals() {
  install(SIGUSR1, on_save, SA_RESTART);
  install(SIGTERM, on_stop, SA_RESTART);
  install(SIGINT, on_stop, SA_RESTART | static_cast<int>(SA_RESETHAND));
}

Signals take_signals() { return {take(save_flag), take(stop_flag)}; }

}  // namespace residua
