#include "base/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

namespace residua {
namespace {

constexpr int default_width = 80;

int width_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return default_width;
  return size.ws_col;
}

/// The width of the terminal that mpirun, our parent, writes its errors to; 0 when it is not mpirun or has no terminal.
int width_of_launcher() {
  const std::string parent = fmt::format("/proc/{}", getppid());
  std::string name;
  std::ifstream(parent + "/comm") >> name;
  constexpr std::array launchers{"mpirun", "mpiexec", "orterun", "prterun", "mpiexec.hydra", "hydra_pmi_proxy"};
  if (std::ranges::find(launchers, name) == launchers.end()) return 0;
  const int descriptor = open((parent + "/fd/2").c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return 0;
  const int width = isatty(descriptor) ? width_of(descriptor) : 0;
  close(descriptor);
  return width;
}

}  // namespace

Terminal& Terminal::instance() {
  static Terminal terminal;
  return terminal;
}

Terminal::Terminal() { width_ = isatty(STDERR_FILENO) ? width_of(STDERR_FILENO) : width_of_launcher(); }

void Terminal::status(std::string_view text) {
  if (!shows_status() || text == status_) return;
  status_ = text.substr(0, static_cast<std::size_t>(width_ - 1));
  fmt::print(stderr, "\r\x1b[K{}", status_);
  std::fflush(stderr);
}

void Terminal::line(std::string_view text) {
  if (status_.empty()) {
    fmt::print(stderr, "{}\n", text);
  } else {
    fmt::print(stderr, "\r\x1b[K{}\n{}", text, status_);
  }
  std::fflush(stderr);
}

}  // namespace residua
