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
  std::vector<Derivative> derivatives() const override { return closure_->derivatives(); }
  bool sees_strain() const override { return closure_->sees_strain(); }

  const Complex* fourth(Moments g, long cells, Complex* work) const override {
    if (fields() > 2) return g[2];
    closure_->apply(g, cells, work);
    return work;
  }

  void begin(const FlowCells& in) override {
    if (closure_->level() == 1) return;  // w it is
    top_.resize(in.cells);
    closure_->apply(in.g, in.cells, top_.data());
  }

  void source(const FlowCells& in, int m, long first, int count, Complex* s) const override {
    if (m == 0) {
      std::fill_n(s, count, 0.0);
      return;
    }
    const int top = closure_->level();
    const Complex *below = in.g[m - 1] + first, *at = in.g[m] + first, *turn = in.turn + first;
    const Complex* const above = (m < top ? in.g[m + 1] : (top == 1 ? in.fourth : top_.data())) + first;
    const Complex* const vorticity = in.vorticity + first;
    for (int i = 0; i < count; ++i) {
      const double om = vorticity[i].real();
      s[i] = static_cast<double>(m) * (Complex(-om * at[i].imag(), om * at[i].real()) + times(turn[i], below[i]) -
                                       times(std::conj(turn[i]), above[i]));
    }
  }

 private:
  std::unique_ptr<Closure> closure_;
  std::vector<Complex> top_;  ///< f_{N+1}
};

}  // namespace

std::unique_ptr<Angular> make_hierarchy(std::unique_ptr<Closure> closure) {
  return std::make_unique<Hierarchy>(std::move(closure));
}

}  // namespace residua::kinetic
