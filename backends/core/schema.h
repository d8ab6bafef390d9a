// A parameter is declared once, beside its struct member; form, command line, project file and docs are read from it.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

namespace vitrine {

using Json = nlohmann::json;

struct ParamSpec {
  enum class Type { Boolean, Integer, Real, Text };

  std::string name;   ///< snake_case key, for ever
  std::string label;  ///< as the form shows it
  std::string help;   ///< what more and less do to the picture
  Type type = Type::Real;
  Json defaultValue;
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;  ///< for Text: the only values allowed
  std::string unitName;
  bool advanced = false;     ///< folded away under "more"
  bool isLive = false;       ///< may change while the study runs
  bool logarithmic = false;  ///< the form steps by factors

  ParamSpec &range(double lo, double hi);
  ParamSpec &atLeast(double lo);
  ParamSpec &oneOf(std::initializer_list<const char *> values);
  ParamSpec &unit(std::string text);
  ParamSpec &inAdvanced();
  ParamSpec &live();
  ParamSpec &logScale();
};

/// As people write it: 30, not 30.0.
std::string plainNumber(double value);
std::string typeName(ParamSpec::Type type);  ///< "boolean", "integer", "real", "text"

/// The value that `text` spells for this parameter, checked. Throws InputError.
Json parseText(const ParamSpec &spec, const std::string &text);
/// Checks one value and brings it to the parameter's type (3 -> 3.0). Throws InputError with the allowed range.
Json checkedValue(const ParamSpec &spec, const Json &value);
/// All parameters: `given` over the defaults, each checked. Unknown keys throw InputError that lists the known ones.
Json completed(const std::vector<ParamSpec> &specs, const Json &given);
Json toJson(const ParamSpec &spec);

template <class P>
class Schema {
 public:
  template <class T>
  ParamSpec &add(const std::string &name, T P::*member, std::string label, std::string help) {
    ParamSpec spec;
    spec.name = name;
    spec.label = std::move(label);
    spec.help = std::move(help);
    if constexpr (std::is_same_v<T, bool>) {
      spec.type = ParamSpec::Type::Boolean;
    } else if constexpr (std::is_integral_v<T>) {
      spec.type = ParamSpec::Type::Integer;
    } else if constexpr (std::is_floating_point_v<T>) {
      spec.type = ParamSpec::Type::Real;
    } else {
      static_assert(std::is_same_v<T, std::string>, "a parameter is bool, integer, real or std::string");
      spec.type = ParamSpec::Type::Text;
    }
    spec.defaultValue = P{}.*member;
    m_specs.push_back(std::move(spec));
    m_read.push_back([name, member](const Json &from, P &to) { to.*member = from.at(name).template get<T>(); });
    return m_specs.back();
  }

  const std::vector<ParamSpec> &specs() const { return m_specs; }
  /// Throws InputError for a value out of range or an unknown key.
  P parse(const Json &given) const {
    const Json all = completed(m_specs, given);
    P result;
    for (const auto &read : m_read) {
      read(all, result);
    }
    return result;
  }

 private:
  std::vector<ParamSpec> m_specs;
  std::vector<std::function<void(const Json &, P &)>> m_read;
};

}  // namespace vitrine
