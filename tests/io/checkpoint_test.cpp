// Checkpoints survive what happens to files: damage, truncation, a crash while writing.
#include "io/checkpoint.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "base/error.hpp"
#include "io/crc32c.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "io/state_file.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointStore store(const std::string& fingerprint = "deck", int keep = 3) {
    return {scratch / "checkpoints", fingerprint, keep, world};
  }

  static State state(double value) {
    State state;
    state.arrays["network/weights"] = {value, -0.0, std::numeric_limits<double>::denorm_min(),
                                       std::nextafter(1.0, 2.0)};
    state.arrays["empty"] = {};
    state.texts["method"] = std::string("bytes \0 and \n all", 16);
    state.texts["nothing"] = "";
    return state;
  }

  void save_three() {
    for (const double value : {1.0, 2.0, 3.0}) store().save(state(value));
  }

  /// Rank 0 changes a file; the others wait.
  template <typename Work>
  void on_disk(const Work& work) {
    if (world.root()) work();
    world.barrier();
  }

  Communicator world;
  test::Scratch scratch{world};
};

void flip_byte(const fs::path& path, std::size_t offset) {
  std::string bytes = read_file(path);
  bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 1);
  write_file(path, {bytes});
}

TEST(Crc32c, CheckValue) { EXPECT_EQ(crc32c("123456789"), 0xE3069283U); }

TEST_F(CheckpointTest, NothingThere) { EXPECT_FALSE(store().load_newest()); }

TEST_F(CheckpointTest, RoundTripIsExact) {
  store().save(state(0.1));
  const auto loaded = store().load_newest();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, state(0.1));
  EXPECT_TRUE(std::signbit(loaded->arrays.at("network/weights")[1]));
}

TEST_F(CheckpointTest, StateOfRankZeroCounts) {
  store().save(state(world.rank()));
  EXPECT_EQ(*store().load_newest(), state(0));
}

TEST_F(CheckpointTest, KeepsTheNewest) {
  for (int i = 1; i <= 5; ++i) store("deck", 2).save(state(i));
  world.barrier();
  const auto files = store().files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.back().filename(), "checkpoint-000005.h5");
  EXPECT_EQ(*store().load_newest(), state(5));
}

TEST_F(CheckpointTest, LeavesNoTemporaryFile) {
  save_three();
  world.barrier();
  for (const auto& entry : fs::directory_iterator(scratch / "checkpoints")) EXPECT_EQ(entry.path().extension(), ".h5");
}

TEST_F(CheckpointTest, EveryDamagedByteIsNoticed) {
  save_three();
  on_disk([&] {
    const fs::path newest = store().files().back();
    const std::size_t size = fs::file_size(newest);
    const Communicator self(MPI_COMM_SELF);
    CheckpointStore alone(scratch / "checkpoints", "deck", 3, self);
    for (std::size_t offset = 0; offset < size; offset += std::max<std::size_t>(size / 60, 1)) {
      flip_byte(newest, offset);
      EXPECT_EQ(*alone.load_newest(), state(2)) << "byte " << offset;
      flip_byte(newest, offset);
    }
    EXPECT_EQ(*alone.load_newest(), state(3));
  });
}

TEST_F(CheckpointTest, TwoDamaged) {
  save_three();
  on_disk([&] {
    const auto files = store().files();
    flip_byte(files[2], 700);
    fs::resize_file(files[1], fs::file_size(files[1]) / 2);
  });
  EXPECT_EQ(*store().load_newest(), state(1));
}

TEST_F(CheckpointTest, AllDamaged) {
  save_three();
  on_disk([&] {
    for (const fs::path& file : store().files()) fs::resize_file(file, 0);
  });
  EXPECT_FALSE(store().load_newest());
}

TEST_F(CheckpointTest, CrashWhileWritingCostsNothing) {
  save_three();
  on_disk([&] { std::ofstream(scratch / "checkpoints/checkpoint-000004.h5.part") << "half a fi"; });
  EXPECT_EQ(*store().load_newest(), state(3));
  store().save(state(4));
  EXPECT_EQ(*store().load_newest(), state(4));
}

TEST_F(CheckpointTest, DamagedNewestIsNotOverwritten) {
  save_three();
  on_disk([&] { flip_byte(store().files().back(), 600); });
  store().save(state(9));
  EXPECT_EQ(*store().load_newest(), state(9));
}

TEST_F(CheckpointTest, OtherDeckIsRefusedOnAllRanks) {
  store("nu = 1\nseed = 1\n").save(state(1));
  try {
    store("nu = 1\nseed = 2\n").load_newest();
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("there `seed = 1`, now `seed = 2`"), std::string::npos) << error.what();
  }
}

TEST_F(CheckpointTest, LaterFormatIsRefused) {
  on_disk([&] {
    const hdf5::Handle file = hdf5::create_image();
    hdf5::write_attribute(file, "format", 3.0);
    hdf5::write_attribute(file, "residua", std::string("9.9"));
    const std::string body = hdf5::image_of(file);
    std::string header = fmt::format("Residua checkpoint\nlength {}\ncrc32c {:08x}\n", body.size(), crc32c(body));
    header.resize(512, '\n');
    fs::create_directory(scratch / "checkpoints");
    write_file(scratch / "checkpoints/checkpoint-000001.h5", {header, body});
  });
  try {
    store().load_newest();
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("written by Residua 9.9 in format 3"), std::string::npos) << error.what();
  }
}

TEST_F(CheckpointTest, UnwritableIsAnErrorOnAllRanks) {
  on_disk([&] { std::ofstream(scratch / "checkpoints") << "a file where the folder should be"; });
  EXPECT_THROW(store().save(state(1)), Error);
}

TEST_F(CheckpointTest, HeaderDoesNotHideTheFileFromHdf5) {
  store().save(state(7));
  world.barrier();
  const hdf5::Handle file = hdf5::own(H5Fopen(store().files().back().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "open");
  EXPECT_EQ(hdf5::read(file, "arrays/network/weights")[0], 7.0);
}

TEST_F(CheckpointTest, StateFileIsReadBackOrRefusedByName) {
  const fs::path path = scratch / "closure.h5";
  on_disk([&] { write_state(path, state(4), "label"); });
  EXPECT_EQ(read_state(path, "label", "a closure", world), state(4));
  const auto refusal = [&](const std::string& label) -> std::string {
    try {
      read_state(path, label, "a closure", world);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal("another"), path.string() + " is not a closure");
  on_disk([&] { flip_byte(path, 700); });
  EXPECT_EQ(refusal("label"), path.string() + " is not a closure or is damaged: wrong checksum");
  on_disk([&] { fs::remove(path); });
  EXPECT_NE(refusal("label").find(path.string()), std::string::npos);
}

}  // namespace
}  // namespace residua
