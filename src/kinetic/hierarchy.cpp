#include <vector>

#include "kinetic/angular.hpp"
#include "kinetic/model.hpp"

namespace residua::kinetic {
namespace {

class Hierarchy final : public Angular {
 public:
  explicit Hierarchy(std::unique_ptr<Closure> closure) : closure_(std::move(closure)) {}

  int fields() const override { return closure_->level() + 1; }
  int stride() const override { return 2; }

  void fourth(Moments g, long cells, Complex* w) const override {
    if (fields() > 2)
      std::copy_n(g[2], cells, w);
    else
      closure_->apply(g, cells, w);
  }

  void source(const FlowRow& row, Complex* s) override {
    const int n = row.cells, top = closure_->level();
    const Complex* above = row.fourth;  // f_{top + 1}
    if (top > 1) {
      top_.resize(n);
      closure_->apply({row.g, row.stride}, n, top_.data());
      above = top_.data();
    }
    std::fill_n(s, n, 0.0);
    for (int m = 1; m <= top; ++m) {
      const Complex *below = row.g + (m - 1) * row.stride, *at = row.g + m * row.stride;
      const Complex* const next = m < top ? row.g + (m + 1) * row.stride : above;
      Complex* const to = s + static_cast<long>(m) * n;
      for (int i = 0; i < n; ++i) {
        const double om = row.vorticity[i].real();
        const Complex a = row.turn[i];
        to[i] = static_cast<double>(m) *
                (Complex(-om * at[i].imag(), om * at[i].real()) + times(a, below[i]) - times(std::conj(a), next[i]));
      }
    }
  }

 private:
  std::unique_ptr<Closure> closure_;
  std::vector<Complex> top_;
};

}  // namespace

std::unique_ptr<Angular> make_hierarchy(std::unique_ptr<Closure> closure) {
  return std::make_unique<Hierarchy>(std::move(closure));
}

}  // namespace residua::kinetic
