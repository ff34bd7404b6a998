#include "grid/line_blocks.hpp"

namespace residua {

LineBlocks::LineBlocks(const FourierLayout& layout, const ProcessGrid& ranks, int rank, int fields, int parts)
    : fields_(fields) {
  for (int r = 0; r < ranks.ranks(); ++r) {
    const int group = r / ranks.along_x, part = r % ranks.along_x;
    const auto length = [&](const std::vector<int>& cuts) { return cuts[group + 1] - cuts[group]; };
    rows_.emplace_back(fields, length(layout.rows()), part, ranks.along_x);
    columns_.emplace_back(fields, length(layout.columns()), part, ranks.along_x);
  }
  for (int r = 0; r < ranks.ranks(); ++r) {
    long row = 0, column = 0;
    for (int field = 0; field < fields; ++field) {
      row_starts_.push_back(row);
      column_starts_.push_back(column);
      row += static_cast<long>(parts) * stride(rows_[rank].count(field)) * columns_[r].count(field);
      column += static_cast<long>(parts) * columns_[rank].count(field) * stride(rows_[r].count(field));
    }
    row_counts_.push_back(row);
    column_counts_.push_back(column);
  }
}

}  // namespace residua
