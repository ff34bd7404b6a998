// PETSc objects that destroy themselves, and the arrays of vectors.
#pragma once

#include <petsctao.h>
#include <petscts.h>

#include <span>
#include <utility>
#include <vector>

#include "base/communicator.hpp"
#include "solve/petsc.hpp"

namespace residua {

/// Owns one reference to a PETSc object.
template <class Object, auto Destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Object object) : object_(object) {}
  Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Handle() {
    if (object_) static_cast<void>(Destroy(&object_));
  }
  operator Object() const { return object_; }  // NOLINT: PETSc's functions take the object itself
  Object get() const { return object_; }
  Object* address() { return &object_; }  ///< for PETSc's create functions

 private:
  Object object_ = nullptr;
};

using VecHandle = Handle<Vec, VecDestroy>;
using MatHandle = Handle<Mat, MatDestroy>;
using KspHandle = Handle<KSP, KSPDestroy>;
using SnesHandle = Handle<SNES, SNESDestroy>;
using TaoHandle = Handle<Tao, TaoDestroy>;
using TsHandle = Handle<TS, TSDestroy>;

/// This rank's entries of a vector, for reading, while the object lives.
class VecReader {
 public:
  explicit VecReader(Vec vec) : vec_(vec) {
    PetscInt n = 0;
    RESIDUA_PETSC(VecGetLocalSize(vec_, &n));
    RESIDUA_PETSC(VecGetArrayRead(vec_, &data_));
    size_ = static_cast<std::size_t>(n);
  }
  ~VecReader() { static_cast<void>(VecRestoreArrayRead(vec_, &data_)); }
  VecReader(const VecReader&) = delete;
  VecReader& operator=(const VecReader&) = delete;
  std::span<const double> span() const { return {data_, size_}; }

 private:
  Vec vec_;
  const double* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The same for writing every entry.
class VecWriter {
 public:
  explicit VecWriter(Vec vec) : vec_(vec) {
    PetscInt n = 0;
    RESIDUA_PETSC(VecGetLocalSize(vec_, &n));
    RESIDUA_PETSC(VecGetArrayWrite(vec_, &data_));
    size_ = static_cast<std::size_t>(n);
  }
  ~VecWriter() { static_cast<void>(VecRestoreArrayWrite(vec_, &data_)); }
  VecWriter(const VecWriter&) = delete;
  VecWriter& operator=(const VecWriter&) = delete;
  std::span<double> span() const { return {data_, size_}; }

 private:
  Vec vec_;
  double* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A vector with `local` entries on this rank. Collective.
VecHandle make_vec(const Communicator& comm, long local);

/// What this rank has of `total` entries, in PETSc's own even split.
long even_share(const Communicator& comm, long total);

/// All entries, on every rank. Collective.
std::vector<double> gather(const Communicator& comm, Vec vec);

/// Takes this rank's entries from a replicated array. Not collective.
void scatter(std::span<const double> all, Vec vec);

}  // namespace residua
