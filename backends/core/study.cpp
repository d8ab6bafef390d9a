#include "core/study.h"

#include <algorithm>
#include <numeric>

namespace vitrine {

const ParamSpec *StudyInfo::param(const std::string &name) const {
  const auto it = std::find_if(params.begin(), params.end(), [&](const ParamSpec &spec) { return spec.name == name; });
  return it == params.end() ? nullptr : &*it;
}

void StudyRegistry::insert(StudyInfo info) {
  const bool taken = std::any_of(m_studies.begin(), m_studies.end(), [&](const StudyInfo &other) { return other.id == info.id; });
  if (taken) {
    throw std::logic_error("study id " + info.id + " is registered twice");
  }
  m_studies.push_back(std::move(info));
}

const StudyInfo &StudyRegistry::find(const std::string &id) const {
  std::string known;
  for (const auto &info : m_studies) {
    if (info.id == id) {
      return info;
    }
    known += (known.empty() ? "" : ", ") + info.id;
  }
  throw InputError("no study is called " + id + "; there are " + known);
}

}  // namespace vitrine
