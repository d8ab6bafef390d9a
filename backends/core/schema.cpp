#include "core/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace vitrine {

ParamSpec &ParamSpec::range(double lo, double hi) {
  minimum = lo;
  maximum = hi;
  return *this;
}
ParamSpec &ParamSpec::atLeast(double lo) {
  minimum = lo;
  return *this;
}
ParamSpec &ParamSpec::oneOf(std::initializer_list<const char *> values) {
  choices.assign(values.begin(), values.end());
  return *this;
}
ParamSpec &ParamSpec::unit(std::string text) {
  unitName = std::move(text);
  return *this;
}
ParamSpec &ParamSpec::inAdvanced() {
  advanced = true;
  return *this;
}
ParamSpec &ParamSpec::live() {
  isLive = true;
  return *this;
}
ParamSpec &ParamSpec::logScale() {
  logarithmic = true;
  return *this;
}

std::string typeName(ParamSpec::Type type) {
  switch (type) {
    case ParamSpec::Type::Boolean: return "boolean";
    case ParamSpec::Type::Integer: return "integer";
    case ParamSpec::Type::Real: return "real";
    case ParamSpec::Type::Text: return "text";
  }
  return {};
}

std::string plainNumber(double value) {
  Json json = value;
  if (std::floor(value) == value && std::abs(value) < 1e15) {
    json = static_cast<std::int64_t>(value);
  }
  return json.dump();
}

namespace {

std::string allowed(const ParamSpec &spec) {
  if (!spec.choices.empty()) {
    std::string list;
    for (const auto &choice : spec.choices) {
      list += (list.empty() ? "" : ", ") + choice;
    }
    return "one of " + list;
  }
  if (spec.minimum && spec.maximum) {
    return plainNumber(*spec.minimum) + " to " + plainNumber(*spec.maximum);
  }
  if (spec.minimum) {
    return "at least " + plainNumber(*spec.minimum);
  }
  return spec.type == ParamSpec::Type::Boolean ? "true or false" : "a " + typeName(spec.type) + " value";
}

[[noreturn]] void refuse(const ParamSpec &spec, const std::string &value) {
  throw InputError("parameter " + spec.name + " = " + value + ": allowed is " + allowed(spec));
}

}  // namespace

Json checkedValue(const ParamSpec &spec, const Json &value) {
  using Type = ParamSpec::Type;
  Json result = value;
  if (spec.type == Type::Boolean) {
    if (!value.is_boolean()) {
      refuse(spec, value.dump());
    }
    return result;
  }
  if (spec.type == Type::Text) {
    if (!value.is_string() || (!spec.choices.empty() && std::find(spec.choices.begin(), spec.choices.end(), value.get<std::string>()) == spec.choices.end())) {
      refuse(spec, value.dump());
    }
    return result;
  }
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    refuse(spec, value.dump());
  }
  const double real = value.get<double>();
  if (spec.type == Type::Integer) {
    if (std::floor(real) != real || std::abs(real) > 9e15) {
      refuse(spec, value.dump());
    }
    result = static_cast<std::int64_t>(real);
  } else {
    result = real;
  }
  if ((spec.minimum && real < *spec.minimum) || (spec.maximum && real > *spec.maximum)) {
    refuse(spec, plainNumber(real));
  }
  return result;
}

Json parseText(const ParamSpec &spec, const std::string &text) {
  using Type = ParamSpec::Type;
  if (spec.type == Type::Text) {
    return checkedValue(spec, text);
  }
  if (spec.type == Type::Boolean) {
    if (text == "true" || text == "1" || text == "yes" || text == "on") {
      return true;
    }
    if (text == "false" || text == "0" || text == "no" || text == "off") {
      return false;
    }
    refuse(spec, text);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(spec, text.empty() ? "(empty)" : text);
  }
  return checkedValue(spec, value);
}

Json completed(const std::vector<ParamSpec> &specs, const Json &given) {
  Json result = Json::object();
  for (const auto &spec : specs) {
    const auto it = given.find(spec.name);
    result[spec.name] = checkedValue(spec, it == given.end() ? spec.defaultValue : *it);
  }
  for (const auto &[key, value] : given.items()) {
    if (!result.contains(key)) {
      std::string known;
      for (const auto &spec : specs) {
        known += (known.empty() ? "" : ", ") + spec.name;
      }
      throw InputError("no parameter is called " + key + "; known are " + (known.empty() ? "none" : known));
    }
  }
  return result;
}

Json toJson(const ParamSpec &spec) {
  Json json = {{"name", spec.name},         {"label", spec.label}, {"help", spec.help}, {"type", typeName(spec.type)}, {"default", spec.defaultValue},
               {"advanced", spec.advanced}, {"live", spec.isLive}};
  if (spec.minimum) {
    json["minimum"] = *spec.minimum;
  }
  if (spec.maximum) {
    json["maximum"] = *spec.maximum;
  }
  if (!spec.choices.empty()) {
    json["choices"] = spec.choices;
  }
  if (!spec.unitName.empty()) {
    json["unit"] = spec.unitName;
  }
  return json;
}

}  // namespace vitrine
