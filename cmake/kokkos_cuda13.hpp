
// Appended to Kokkos' configuration header by get_kokkos.sh --cuda: CUDA 13 changed the signatures of three functions that
// Kokkos before 4.7 calls; here are the old ones.
#ifdef __CUDACC__
#include <cuda_runtime.h>
#if CUDART_VERSION >= 13000
inline cudaMemLocation residua_memory_location(int device) {
  cudaMemLocation location{};
  location.type = device == cudaCpuDeviceId ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice;
  location.id = device == cudaCpuDeviceId ? 0 : device;
  return location;
}
inline cudaError_t cudaGraphAddDependencies(cudaGraph_t graph, const cudaGraphNode_t* from, const cudaGraphNode_t* to,
                                            size_t count) {
  return cudaGraphAddDependencies(graph, from, to, nullptr, count);
}
inline cudaError_t cudaMemAdvise(const void* memory, size_t bytes, cudaMemoryAdvise advice, int device) {
  return cudaMemAdvise(memory, bytes, advice, residua_memory_location(device));
}
inline cudaError_t cudaMemPrefetchAsync(const void* memory, size_t bytes, int device, cudaStream_t stream = nullptr) {
  return cudaMemPrefetchAsync(memory, bytes, residua_memory_location(device), 0, stream);
}
#endif
#endif
