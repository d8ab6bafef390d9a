// A study is data and a function. Its file's last line registers it; the family's CMake line generates the index.
#pragma once

#include "core/run_context.h"

namespace vitrine {

struct StudyInfo {
  std::string id;       ///< kebab-case, for ever
  std::string title;    ///< as the shelf shows it
  std::string family;   ///< folder below backends/studies
  std::string paper;    ///< authors, year, title
  std::string summary;  ///< one sentence: what it computes
  std::string claim;    ///< one sentence: what the paper claims, and how this study checks it
  int version = 1;      ///< raised when the same parameters give other numbers
  bool needsDataset = true;
  bool needsModel = false;
  bool usesModel = false;  ///< takes one if given
  bool needsImages = false;
  bool takesStart = false;                ///< draws a map and can go on from RunInputs::start
  std::vector<std::string> actions = {};  ///< what may be done to it by hand while it runs (see Action)
  Json smoke = Json::object();            ///< parameters of a run of about a second on 200 samples, for the tests
  std::string help;                       ///< Markdown: what one sees, what the knobs do to it, how to read it

  std::vector<ParamSpec> params;                        ///< filled by StudyRegistry::add
  std::function<void(const Json &, RunContext &)> run;  ///< filled by StudyRegistry::add; values may be partial

  const ParamSpec *param(const std::string &name) const;
};

class StudyRegistry {
 public:
  template <class P>
  void add(StudyInfo info, const Schema<P> &schema, void (*run)(const P &, RunContext &)) {
    auto shared = std::make_shared<const Schema<P>>(schema);
    info.params = shared->specs();
    info.run = [shared, run](const Json &values, RunContext &context) {
      const Json all = completed(shared->specs(), values);
      context.bind(shared.get(), all);
      run(shared->parse(all), context);
      context.flush();
    };
    insert(std::move(info));
  }

  const std::vector<StudyInfo> &all() const { return m_studies; }
  /// Throws InputError that lists the ids.
  const StudyInfo &find(const std::string &id) const;

 private:
  void insert(StudyInfo info);
  std::vector<StudyInfo> m_studies;
};

/// Every study of the program; generated from the CMake lists of the families (study_index.cpp).
const StudyRegistry &studies();

}  // namespace vitrine

/// The last line of a study's file: VITRINE_STUDY(tsne), with `describe(StudyRegistry &)` in the namespace vitrine::study::tsne.
#define VITRINE_STUDY(stem)                                        \
  void vitrine_register_##stem(vitrine::StudyRegistry &registry) { \
    vitrine::study::stem::describe(registry);                      \
  }
