// The one BLAS routine that is called below `solve`, by a direct prototype: PETSc links it already. Matrices are
// column-major with leading dimension ld; sizes are int, as in LP64 libraries.
#pragma once

extern "C" {
void dgemm_(const char* ta, const char* tb, const int* m, const int* n, const int* k, const double* alpha,
            const double* a, const int* lda, const double* b, const int* ldb, const double* beta, double* c,
            const int* ldc);
}

namespace residua::blas {

/// c <- alpha op(a) op(b) + beta c
inline void gemm(char ta, char tb, int m, int n, int k, double alpha, const double* a, int lda, const double* b,
                 int ldb, double beta, double* c, int ldc) {
  dgemm_(&ta, &tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}

}  // namespace residua::blas
