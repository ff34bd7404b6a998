#include "grid/pencil_exchange.hpp"

#include <algorithm>

namespace residua {

PencilExchange::PencilExchange(const FourierGrid& grid, const LineBlocks& blocks, Transpose& transpose, int fields)
    : grid_(grid),
      layout_(grid.layout()),
      blocks_(blocks),
      transpose_(transpose),
      fields_(fields),
      first_rank_(grid.communicator().rank() - grid.group().rank()),
      part_(grid.group().rank()),
      parts_(grid.group().size()) {}

template <class Body>
void PencilExchange::for_columns(int part, const Body& body) const {
  const LineShare& share = blocks_.columns(first_rank_ + part);
  const int first = layout_.columns()[first_rank_ / parts_];
  for (int field = 0; field < fields_; ++field)
    for (int c = share.begin(field); c < share.end(field); ++c) body(field, first + c);
}

std::vector<long> PencilExchange::of_share() const {
  std::vector<long> counts(parts_);
  for_columns(part_, [&](int /*field*/, int column) {
    for (int s = 0; s < parts_; ++s) {
      const auto [first, end] = part_of_column(column, s);
      counts[s] += end - first;
    }
  });
  return counts;
}

std::vector<long> PencilExchange::of_rank() const {
  std::vector<long> counts(parts_);
  for (int s = 0; s < parts_; ++s)
    for_columns(s, [&](int /*field*/, int column) {
      const auto [first, end] = part_of_column(column, part_);
      counts[s] += end - first;
    });
  return counts;
}

long PencilExchange::most_rows() const {
  return lines_ * (fields_ * widest(layout_.rows()) / parts_ + 1L) * grid_.shape().nx +
         lines_ * fields_ * widest(layout_.rows()) * static_cast<long>(widest(layout_.parts_of_row()));
}

long PencilExchange::most_modes() const {
  long most = 0;
  for (int rank = 0; rank < blocks_.ranks(); ++rank)
    most = std::max(most, layout_.first_mode(rank + 1) - layout_.first_mode(rank));
  return fields_ * most + (fields_ * widest(layout_.columns()) / parts_ + 1L) * layout_.column_length();
}

void PencilExchange::send_rows(int lines, const std::function<void(int row, int field, Complex* to)>& write) {
  lines_ = lines;
  const long width = lines * grid_.width(), own = lines * rows(part_).lines();
  std::vector<long> to, from;
  for (int s = 0; s < parts_; ++s) {
    to.push_back(rows(s).lines() * width);
    from.push_back(own * (layout_.parts_of_row()[s + 1] - layout_.parts_of_row()[s]));
  }
  transpose_.begin(to, most_rows());
  for (int s = 0; s < parts_; ++s)
    for (int field = 0; field < fields_; ++field)
      for (int row = rows(s).begin(field); row < rows(s).end(field); ++row)
        write(row, field, transpose_.to(s) + line(rows(s), row, field) * width);
  transpose_.exchange(from);
}

void PencilExchange::take_row(int row, int field, int line, Complex* to) const {
  const long at = lines_ * this->line(rows(part_), row, field) + line;
  for (int s = 0; s < parts_; ++s) {
    const int first = layout_.parts_of_row()[s], width = layout_.parts_of_row()[s + 1] - first;
    std::copy_n(transpose_.from(s) + at * width, width, to + first);
  }
}

void PencilExchange::begin_whole_rows() {
  lines_ = 1;
  std::vector<long> to;
  for (int s = 0; s < parts_; ++s)
    to.push_back(rows(part_).lines() * (layout_.parts_of_row()[s + 1] - layout_.parts_of_row()[s]));
  transpose_.begin(to, most_rows());
}

void PencilExchange::send_whole_row(int row, int field, const Complex* from) {
  const long at = line(rows(part_), row, field);
  for (int s = 0; s < parts_; ++s) {
    const int first = layout_.parts_of_row()[s], width = layout_.parts_of_row()[s + 1] - first;
    std::copy_n(from + first, width, transpose_.to(s) + at * width);
  }
}

void PencilExchange::take_parts(Complex* cells) {
  const int width = grid_.width();
  std::vector<long> from;
  for (int s = 0; s < parts_; ++s) from.push_back(rows(s).lines() * width);
  transpose_.exchange(from);
  for (int s = 0; s < parts_; ++s)  // lines one after the other, as cells are
    std::copy_n(transpose_.from(s), from[s], cells + rows(s).first() * width);
}

void PencilExchange::begin_columns() {
  transpose_.begin(of_share(), most_modes());
  cursor_.assign(parts_, 0);
}

void PencilExchange::send_column(int column, const Complex* from) {
  for (int s = 0; s < parts_; ++s) {
    const auto [first, end] = part_of_column(column, s);
    std::copy_n(from + first, end - first, transpose_.to(s) + cursor_[s]);
    cursor_[s] += end - first;
  }
}

void PencilExchange::take_modes(Complex* modes) {
  transpose_.exchange(of_rank());
  for (int s = 0; s < parts_; ++s) {
    const Complex* from = transpose_.from(s);
    for_columns(s, [&](int field, int column) {
      const auto [first, end] = part_of_column(column, part_);
      Complex* to = modes + field * grid_.modes() + layout_.mode_of(column, first) - grid_.first_mode();
      for (int j = first; j < end; ++j, to += FourierLayout::stride(column)) *to = *from++;
    });
  }
}

void PencilExchange::send_modes(const Complex* modes) {
  transpose_.begin(of_rank(), most_modes());
  for (int s = 0; s < parts_; ++s) {
    Complex* to = transpose_.to(s);
    for_columns(s, [&](int field, int column) {
      const auto [first, end] = part_of_column(column, part_);
      const Complex* from = modes + field * grid_.modes() + layout_.mode_of(column, first) - grid_.first_mode();
      for (int j = first; j < end; ++j, from += FourierLayout::stride(column)) *to++ = *from;
    });
  }
  transpose_.exchange(of_share());
  cursor_.assign(parts_, 0);
}

void PencilExchange::take_column(int column, Complex* to) {
  for (int s = 0; s < parts_; ++s) {
    const auto [first, end] = part_of_column(column, s);
    std::copy_n(transpose_.from(s) + cursor_[s], end - first, to + first);
    cursor_[s] += end - first;
  }
}

}  // namespace residua
