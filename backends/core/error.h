// The two ways a run may end early. Backends throw; Task and the command line's main are the only catchers.
#pragma once

#include <stdexcept>
#include <string>

namespace vitrine {

/// Bad input or usage: one sentence that says what is wrong, where (file, line or byte) and what to do.
/// The command line prints it alone on one line and exits with 2; the window shows it in a banner.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string &message) : std::runtime_error(message) {}
  InputError(const std::string &where, const std::string &what, const std::string &advice = {})
      : std::runtime_error(where + ": " + what + (advice.empty() ? "" : "; " + advice)) {}
};

/// Thrown by RunContext::step() after a cancel. No std::exception on purpose: a study that catches those cannot swallow it.
struct Cancelled {};

}  // namespace vitrine
