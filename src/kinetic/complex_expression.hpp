// Complex formulas in real ones.
#pragma once

#include "map/expression.hpp"

namespace residua::kinetic {

struct ComplexExpression {
  Expression re, im;
};

inline ComplexExpression operator+(const ComplexExpression& a, const ComplexExpression& b) {
  return {a.re + b.re, a.im + b.im};
}
inline ComplexExpression operator-(const ComplexExpression& a, const ComplexExpression& b) {
  return {a.re - b.re, a.im - b.im};
}
inline ComplexExpression operator*(const Expression& a, const ComplexExpression& b) { return {a * b.re, a * b.im}; }
inline ComplexExpression operator*(const ComplexExpression& a, const ComplexExpression& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline ComplexExpression conj(const ComplexExpression& a) { return {a.re, -a.im}; }
inline Expression norm(const ComplexExpression& a) { return a.re * a.re + a.im * a.im; }

}  // namespace residua::kinetic
