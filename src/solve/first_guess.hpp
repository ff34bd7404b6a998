// First guesses of a sequence of linear equations A_k x_k = b_k that change little from one to the next, as those of
// the stages of a method in time do: from the last solutions, by least squares in the right-hand sides (in the spirit
// of P. F. Fischer, Comput. Methods Appl. Mech. Eng. 163 (1998) 193; here A changes, too, and is not applied). With the
// differences B_j = b_j - b_{j-1} and X_j = x_j - x_{j-1} of neighbours,
//
//     x ~ x_k + sum_j c_j X_j,   c from   |b - b_k - sum_j c_j B_j| -> min,
//
// is x_k exactly where b is b_k, and what a polynomial in time would give where the sequence is one: the weights of all
// x sum to 1, so that a change of A counts as one of b does. It does not ask what the sequence is a function of.
#pragma once

#include <span>
#include <vector>

#include "solve/vec_dot.hpp"

namespace residua {

class FirstGuess {
 public:
  /// From at most so many differences.
  FirstGuess(int most, DotProducts dots);

  /// x <- the guess for A x = b; where nothing is kept x stays as it is. Collective.
  void guess(std::span<const double> b, std::span<double> x);
  /// x solves A x = b with the b of the last `guess`.
  void keep(std::span<const double> b, std::span<const double> x);
  void clear();

  /// All that later guesses depend on: parts of vectors on this rank, and numbers that are the same on all.
  struct Kept {
    std::vector<std::vector<double>> vectors;
    std::vector<double> numbers;
  };
  Kept save() const;
  void load(const Kept& kept);

 private:
  struct Difference {
    std::vector<double> b, x;
    std::vector<double> products;  ///< B . B_j, j from this one to older ones
  };
  /// c for the products of b - b_k with the differences: of the newest ones, up to one that depends on them.
  std::vector<double> weights() const;

  std::size_t most_;
  DotProducts dots_;
  bool begun_ = false;                   ///< there is a last one: parts of it may be empty
  std::vector<double> b_, x_;            ///< the last
  std::vector<double> change_;           ///< b - b_k of the last guess
  std::vector<Difference> differences_;  ///< the newest first
  std::vector<double> products_;         ///< of b - b_k in the last guess: with itself, and with all differences
  bool significant_ = false;             ///< that it is more than what solutions are exact to
};

}  // namespace residua
