#include "map/activation.hpp"

#include "base/error.hpp"

namespace residua {

std::string to_string(Activation activation) {
  switch (activation) {
    case Activation::tanh:
      return "tanh";
    case Activation::sin:
      return "sin";
    case Activation::gelu:
      return "gelu";
  }
  throw Error("no such activation");
}

Activation activation_of(const std::string& name) {
  for (const Activation activation : {Activation::tanh, Activation::sin, Activation::gelu})
    if (to_string(activation) == name) return activation;
  throw Error("no activation is called " + name);
}

}  // namespace residua
