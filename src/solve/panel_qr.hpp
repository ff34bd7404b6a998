// One panel of the QR factorisation of two stacked upper triangles, and what its reflectors do to other columns.
//
//     [A]      [R]                  Q = I - [I] T [I]'     A: n x n upper triangular, n at most BlockTriangle::width
//     [B] = Q  [0],                         [V]   [V]      B: m x n, of which the last n rows are upper triangular
//
// V takes B's place, with zeros kept below its triangle, so that products with it need no care for its shape.
// Recursive in the columns (as dgeqrt3 of LAPACK is for a dense panel), so that nearly all is matrix products.
#pragma once

namespace residua {

/// R into a, V into b, T (upper triangular) into t. Leading dimensions lda, ldb, ldt.
void factor_panel(int m, int n, double* a, int lda, double* b, int ldb, double* t, int ldt);

/// [c; d] <- Q' [c; d], c: n x columns, d: m x columns. `work` has n x columns numbers.
void apply_panel(int m, int n, int columns, const double* v, int ldv, const double* t, int ldt, double* c, int ldc,
                 double* d, int ldd, double* work);

}  // namespace residua
