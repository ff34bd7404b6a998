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

}  // namespace residua
