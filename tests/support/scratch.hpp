// A folder for the files of one test, the same for all ranks, gone when the test ends.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/communicator.hpp"

namespace residua::test {

class Scratch {
 public:
  explicit Scratch(const Communicator& communicator) : communicator_(communicator) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::current_path() / ("scratch-" + std::string(test->test_suite_name()) + "-" + test->name() +
                                               "-np" + std::to_string(communicator.size()));
    if (communicator.root()) {
      std::filesystem::remove_all(path_);
      std::filesystem::create_directories(path_);
    }
    communicator.barrier();
  }
  ~Scratch() {
    communicator_.barrier();
    if (communicator_.root()) std::filesystem::remove_all(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  const Communicator& communicator_;
  std::filesystem::path path_;
};

}  // namespace residua::test
