// history.csv: the convergence of a run, one row at a time.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace residua {

/// Rows `iteration,seconds,<values>`, each on the disk as soon as it is added. One rank owns the file. Numbers are
/// written so that they read back exactly; a value that a row leaves out is an empty field.
class History {
 public:
  using Values = std::vector<std::pair<std::string, double>>;

  /// Continues the file at `path` after its first `rows` rows: what follows them is cut off, since the iterations that
  /// made it will be done again. With 0 rows the file starts anew. It is created by the first row.
  History(std::filesystem::path path, long rows);

  /// The first row of a file fixes the names; an Error when a later one has another name.
  void add(long iteration, double seconds, const Values& values);

  long rows() const { return rows_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void open(const Values& values);

  std::filesystem::path path_;
  std::vector<std::string> names_;
  long rows_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace residua
