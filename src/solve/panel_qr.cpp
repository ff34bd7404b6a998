#include "solve/panel_qr.hpp"

#include <algorithm>
#include <array>

#include "solve/block_triangle.hpp"
#include "solve/lapack.hpp"

namespace residua {
namespace {

constexpr int narrow = 8;  // columns that are factored one by one

}  // namespace

void apply_panel(int m, int n, int columns, const double* v, int ldv, const double* t, int ldt, double* c, int ldc,
                 double* d, int ldd, double* work) {
  for (int j = 0; j < columns; ++j) std::copy_n(c + j * ldc, n, work + j * n);
  lapack::gemm('T', 'N', n, columns, m, 1.0, v, ldv, d, ldd, 1.0, work, n);
  const double one = 1;
  dtrmm_("L", "U", "T", "N", &n, &columns, &one, t, &ldt, work, &n);
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < n; ++i) c[i + j * ldc] -= work[i + j * n];
  }
  lapack::gemm('N', 'N', m, columns, n, -1.0, v, ldv, work, n, 1.0, d, ldd);
}

void factor_panel(int m, int n, double* a, int lda, double* b, int ldb, double* t, int ldt) {
  if (n <= narrow) {
    int info = 0;
    dtpqrt2_(&m, &n, &n, a, &lda, b, &ldb, t, &ldt, &info);
    lapack::check(info, "dtpqrt2");
    return;
  }
  const int left = n / 2, right = n - left, m_left = m - right;  // the triangle of the left half ends higher
  double* a12 = a + left * lda;
  double* b2 = b + left * ldb;
  double* t12 = t + left * ldt;
  double* t22 = t12 + left;
  std::array<double, BlockTriangle::width * BlockTriangle::width / 4> work;
  factor_panel(m_left, left, a, lda, b, ldb, t, ldt);
  apply_panel(m_left, left, right, b, ldb, t, ldt, a12, lda, b2, ldb, work.data());
  factor_panel(m, right, a12 + left, lda, b2, ldb, t22, ldt);
  // T12 = -T11 (V1' V2) T22
  lapack::gemm('T', 'N', left, right, m_left, -1.0, b, ldb, b2, ldb, 0.0, t12, ldt);
  const double one = 1;
  dtrmm_("L", "U", "N", "N", &left, &right, &one, t, &ldt, t12, &ldt);
  dtrmm_("R", "U", "N", "N", &left, &right, &one, t22, &ldt, t12, &ldt);
}

}  // namespace residua
