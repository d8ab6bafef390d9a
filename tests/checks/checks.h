// Checks of the backends as plain functions: QtTest programs call them, and so does `vitrine-cli selftest` on machines without Qt.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vitrine::checks {

struct SelfCheck {
  std::string name;           ///< "core/npy round trip"
  std::function<void()> run;  ///< throws what is wrong (see require)
};

/// All of them, core first.
const std::vector<SelfCheck> &all();
/// Runs one; empty if it holds, else what is wrong.
std::string faultOf(const SelfCheck &check);

/// Throws std::runtime_error(fault) unless `holds`.
void require(bool holds, const std::string &fault);
/// Throws unless |value - wanted| <= tolerance; `what` names the value.
void requireNear(double value, double wanted, double tolerance, const std::string &what);
/// Throws unless `call` throws InputError whose message contains `part`.
void requireRefused(const std::function<void()> &call, const std::string &part);

std::vector<SelfCheck> coreChecks();
std::vector<SelfCheck> engineChecks();
std::vector<SelfCheck> videoCodeChecks();
std::vector<SelfCheck> studyChecks();

}  // namespace vitrine::checks
