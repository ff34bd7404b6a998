// Doubles that begin at a cache line. BLAS kernels may sum in another order where an array begins elsewhere, so that
// what has to have the same bits in every run lies in such arrays, as far as those kernels work on it.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace residua {

template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), line)); }
  void deallocate(T* p, std::size_t /*count*/) { ::operator delete(p, line); }
  bool operator==(const LineAllocator& /*other*/) const { return true; }
};

using AlignedVector = std::vector<double, LineAllocator<double>>;

}  // namespace residua
