#include "tests/checks/checks.h"

#include <cmath>

#include "core/error.h"

namespace vitrine::checks {

const std::vector<SelfCheck> &all() {
  static const std::vector<SelfCheck> checks = [] {
    std::vector<SelfCheck> list;
    for (const auto &part : {coreChecks(), engineChecks(), videoCodeChecks(), studyChecks()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return checks;
}

std::string faultOf(const SelfCheck &check) {
  try {
    check.run();
    return {};
  } catch (const std::exception &error) {
    return error.what();
  } catch (const Cancelled &) {
    return "was cancelled";
  }
}

void require(bool holds, const std::string &fault) {
  if (!holds) {
    throw std::runtime_error(fault);
  }
}

void requireNear(double value, double wanted, double tolerance, const std::string &what) {
  require(std::abs(value - wanted) <= tolerance,
          what + " is " + std::to_string(value) + ", not " + std::to_string(wanted) + " within " + std::to_string(tolerance));
}

void requireRefused(const std::function<void()> &call, const std::string &part) {
  try {
    call();
  } catch (const InputError &error) {
    require(std::string(error.what()).find(part) != std::string::npos, std::string("the message \"") + error.what() + "\" does not speak of \"" + part + "\"");
    return;
  }
  require(false, "is accepted, though it should be refused with \"" + part + "\"");
}

}  // namespace vitrine::checks
