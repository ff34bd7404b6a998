// A pack: as many doubles as one SIMD register of this build holds, with the operators of the compiler's vector
// extension. Kernels are templates on the pack type V; on a device V is double, one lane.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <Kokkos_BitManipulation.hpp>
#include <Kokkos_Macros.hpp>
#include <Kokkos_MathematicalFunctions.hpp>
#if defined(__FMA__) || defined(__AVX__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/// Before a loop of few, constant iterations over packs: what it indexes stays in registers.
#if defined(__clang__) || defined(__CUDACC__)
#define RESIDUA_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define RESIDUA_UNROLL _Pragma("GCC unroll 32")
#else
#define RESIDUA_UNROLL
#endif

namespace residua {

#if defined(__AVX512F__)
inline constexpr int native_lanes = 8;
inline constexpr int native_panel_rows = 8;  ///< rows of a register tile: panel x 3 packs, with 3 + 1 more for operands
#elif defined(__AVX__)
inline constexpr int native_lanes = 4;
inline constexpr int native_panel_rows = 4;
#elif defined(__ARM_NEON)
inline constexpr int native_lanes = 2;
inline constexpr int native_panel_rows = 8;
#else
inline constexpr int native_lanes = 2;
inline constexpr int native_panel_rows = 4;
#endif

template <class V>
struct PackTraits;

template <>
struct PackTraits<double> {
  static constexpr int lanes = 1;
  using Integers = std::int64_t;
};

#if defined(__CUDACC__) || defined(__HIPCC__)
using NativePack = double;  ///< compilers for devices have no vector extension, not even for the host's part
#else
typedef double NativePack __attribute__((vector_size(native_lanes * sizeof(double))));
typedef std::int64_t NativeIntegers __attribute__((vector_size(native_lanes * sizeof(double))));

template <>
struct PackTraits<NativePack> {
  static constexpr int lanes = native_lanes;
  using Integers = NativeIntegers;
};
#endif

template <class V>
inline constexpr int lanes = PackTraits<V>::lanes;

template <class V>
using IntegersOf = typename PackTraits<V>::Integers;

/// Load and store; no alignment is required.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V load(const double* p) {
  V v;
  memcpy(&v, p, sizeof(V));
  return v;
}

template <class V>
KOKKOS_FORCEINLINE_FUNCTION void store(double* p, V v) {
  memcpy(p, &v, sizeof(V));
}

/// Stores past the caches, for arrays that do not fit in them: whole cache lines need not be read first. p is aligned
/// to the size of a pack; `finish_streaming` orders such stores before later ones.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION void stream(double* p, V v) {
  if constexpr (lanes<V> == 1) {
    *p = v;
  } else {
#if defined(__AVX512F__)
    _mm512_stream_pd(p, (__m512d)v);
#elif defined(__AVX__)
    _mm256_stream_pd(p, (__m256d)v);
#else
    store(p, v);
#endif
  }
}

inline void finish_streaming() {
#if defined(__AVX__)
  _mm_sfence();
#endif
}

/// The same number in every lane.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V spread(double a) {
  if constexpr (lanes<V> == 1)
    return a;
  else
    return a - V{};  // -0.0 stays -0.0
}

/// Loads into a register that all uses share: compilers like to fold a load into each of its uses, and then the number
/// of loads bounds a loop of products.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V load_once(const double* p) {
  V v = load<V>(p);
  if constexpr (lanes < V >> 1) {
#if defined(__x86_64__) && defined(__GNUC__)
    asm("" : "+x"(v));
#elif defined(__aarch64__) && defined(__GNUC__)
    asm("" : "+w"(v));
#endif
  }
  return v;
}

/// a b + c, rounded once.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V fma(V a, V b, V c) {
  if constexpr (lanes<V> == 1) {
    return Kokkos::fma(a, b, c);
  } else {
#if defined(__AVX512F__)
    return (V)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
    return (V)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__ARM_NEON)
    return (V)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    V r;
    for (int i = 0; i < lanes<V>; ++i) r[i] = Kokkos::fma(a[i], b[i], c[i]);
    return r;
#endif
  }
}

template <class V>
requires(lanes<V> > 1) KOKKOS_FORCEINLINE_FUNCTION V fma(double a, V b, V c) { return fma(spread<V>(a), b, c); }

/// a b + c, in the way that is fastest: for sums of products, where one rounding more does not matter.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V multiply_add(V a, V b, V c) {
#if defined(__FMA__) || defined(__ARM_NEON) || defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__)
  return fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// The bits of the lanes, and back.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION IntegersOf<V> bits(V v) {
  return Kokkos::bit_cast<IntegersOf<V>>(v);
}

template <class V>
KOKKOS_FORCEINLINE_FUNCTION V from_bits(IntegersOf<V> i) {
  return Kokkos::bit_cast<V>(i);
}

template <class V>
KOKKOS_FORCEINLINE_FUNCTION V absolute(V v) {
  return from_bits<V>(bits(v) & INT64_MAX);
}

/// |magnitude| with the sign of `sign`.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V copy_sign(V magnitude, V sign) {
  return from_bits<V>((bits(magnitude) & INT64_MAX) | (bits(sign) & INT64_MIN));
}

/// True when any lane's mask is set. `Mask` is what a comparison of packs gives.
template <class Mask>
KOKKOS_FORCEINLINE_FUNCTION bool any(Mask mask) {
  if constexpr (std::is_arithmetic_v<Mask>) {
    return mask != 0;
  } else {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX__)
    return _mm256_movemask_pd((__m256d)mask) != 0;
#else
    return (mask[0] | mask[1]) != 0;
#endif
  }
}

/// Calls f on every lane: for rare cases.
template <class V, class F>
KOKKOS_INLINE_FUNCTION V each_lane(V v, const F& f) {
  if constexpr (lanes<V> == 1) {
    return f(v);
  } else {
    for (int i = 0; i < lanes<V>; ++i) v[i] = f(v[i]);
    return v;
  }
}

}  // namespace residua
