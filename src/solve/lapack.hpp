// The few BLAS and LAPACK routines that the library calls, by direct prototypes: PETSc links them already.
// Matrices are column-major with leading dimension ld; sizes are int, as in LP64 libraries. A nonzero info is an Error.
#pragma once

#include <complex>
#include <string>

#include "base/error.hpp"
#include "map/blas.hpp"

extern "C" {
void dsyrk_(const char* uplo, const char* trans, const int* n, const int* k, const double* alpha, const double* a,
            const int* lda, const double* beta, double* c, const int* ldc);
void dgemv_(const char* t, const int* m, const int* n, const double* alpha, const double* a, const int* lda,
            const double* x, const int* incx, const double* beta, double* y, const int* incy);
void dtrsm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const double* alpha, const double* a, const int* lda, double* b, const int* ldb);
void dtrsv_(const char* uplo, const char* trans, const char* diag, const int* n, const double* a, const int* lda,
            double* x, const int* incx);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info);
void dgeqrt_(const int* m, const int* n, const int* nb, double* a, const int* lda, double* t, const int* ldt,
             double* work, int* info);
void dtpqrt2_(const int* m, const int* n, const int* l, double* a, const int* lda, double* b, const int* ldb, double* t,
              const int* ldt, int* info);
void dtrmm_(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, const int* n,
            const double* alpha, const double* a, const int* lda, double* b, const int* ldb);
void dtrcon_(const char* norm, const char* uplo, const char* diag, const int* n, const double* a, const int* lda,
             double* rcond, double* work, int* iwork, int* info);
void dgelsy_(const int* m, const int* n, const int* nrhs, double* a, const int* lda, double* b, const int* ldb,
             int* jpvt, const double* rcond, int* rank, double* work, const int* lwork, int* info);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* pivots, int* info);
void zgetrf_(const int* m, const int* n, std::complex<double>* a, const int* lda, int* pivots, int* info);
void dgetrs_(const char* t, const int* n, const int* nrhs, const double* a, const int* lda, const int* pivots,
             double* b, const int* ldb, int* info);
void zgetrs_(const char* t, const int* n, const int* nrhs, const std::complex<double>* a, const int* lda,
             const int* pivots, std::complex<double>* b, const int* ldb, int* info);
void dgbtrf_(const int* m, const int* n, const int* kl, const int* ku, double* a, const int* lda, int* pivots,
             int* info);
void zgbtrf_(const int* m, const int* n, const int* kl, const int* ku, std::complex<double>* a, const int* lda,
             int* pivots, int* info);
void dgbtrs_(const char* t, const int* n, const int* kl, const int* ku, const int* nrhs, const double* a,
             const int* lda, const int* pivots, double* b, const int* ldb, int* info);
void zgbtrs_(const char* t, const int* n, const int* kl, const int* ku, const int* nrhs, const std::complex<double>* a,
             const int* lda, const int* pivots, std::complex<double>* b, const int* ldb, int* info);
void dgeev_(const char* left, const char* right, const int* n, double* a, const int* lda, double* real,
            double* imaginary, double* vl, const int* ldvl, double* vr, const int* ldvr, double* work, const int* lwork,
            int* info);
}

namespace residua::lapack {

inline void check(int info, const char* routine) {
  if (info != 0) throw Error(std::string(routine) + " of LAPACK failed: info = " + std::to_string(info));
}

using blas::gemm;

/// y <- alpha op(a) x + beta y
inline void gemv(char trans, int m, int n, double alpha, const double* a, int lda, const double* x, double beta,
                 double* y) {
  const int one = 1;
  dgemv_(&trans, &m, &n, &alpha, a, &lda, x, &one, &beta, y, &one);
}

}  // namespace residua::lapack
