// Reads the help's Markdown files, writes the studies' pages from their descriptions, and searches them all.
#include "app/gui/dialogs/help_pages.h"

#include <algorithm>

#include <QFile>
#include <QRegularExpression>

#include "core/resources.h"

namespace vitrine {

namespace {

/// Reading order of the pages for users, then for developers; a page on disk that is in neither list stands between them.
constexpr const char *kUserPages[] = {"getting-started", "data",     "models",   "projection",   "attention",  "video", "prototypes",
                                      "exporting",       "projects", "keyboard", "command-line", "vnv-format", "trust"};
constexpr const char *kDeveloperPages[] = {"add-a-study", "add-a-viewer", "add-a-reader"};

QString cell(const std::string &text) {
  return QString::fromStdString(text).replace(QChar('|'), QStringLiteral("\\|")).replace(QChar('\n'), QChar(' '));
}

QString plainNumber(double value) {
  return QString::number(value, 'g', 6);
}

QString allowedValues(const ParamSpec &spec) {
  if (!spec.choices.empty()) {
    QStringList choices;
    for (const auto &choice : spec.choices) {
      choices << QString::fromStdString(choice);
    }
    return choices.join(QStringLiteral(", "));
  }
  if (spec.minimum && spec.maximum) {
    return QStringLiteral("%1 to %2").arg(plainNumber(*spec.minimum), plainNumber(*spec.maximum));
  }
  return spec.minimum                            ? QStringLiteral("at least %1").arg(plainNumber(*spec.minimum))
         : spec.type == ParamSpec::Type::Boolean ? QStringLiteral("on, off")
                                                 : QString();
}

QString defaultText(const ParamSpec &spec) {
  if (spec.defaultValue.is_boolean()) {
    return spec.defaultValue.get<bool>() ? QStringLiteral("on") : QStringLiteral("off");
  }
  if (spec.defaultValue.is_string()) {
    return QString::fromStdString(spec.defaultValue.get<std::string>());
  }
  return plainNumber(spec.defaultValue.get<double>());
}

QString needs(const StudyInfo &study) {
  QStringList parts;
  parts << (study.needsDataset ? study.needsImages ? QStringLiteral("a data set of pictures") : QStringLiteral("a data set") : QStringLiteral("no data set"));
  if (study.needsModel) {
    parts << QStringLiteral("a model");
  } else if (study.usesModel) {
    parts << QStringLiteral("a model if there is one");
  }
  return parts.join(QStringLiteral(", "));
}

HelpPage pageOf(const QString &id, const QString &markdown, const QString &folder, HelpGroup group) {
  static const QRegularExpression heading(QStringLiteral("^#\\s+(.+)$"), QRegularExpression::MultilineOption);
  const auto match = heading.match(markdown);
  return {id, match.hasMatch() ? match.captured(1).trimmed() : id, markdown, folder, group};
}

QString plain(const QString &markdown) {
  static const QRegularExpression marks(QStringLiteral("[#*`|>]|\\]\\([^)]*\\)|!?\\[|^\\s*:?-{2,}:?"), QRegularExpression::MultilineOption);
  return QString(markdown).remove(marks).simplified();
}

}  // namespace

QString studyPage(const StudyInfo &study) {
  QString page = QStringLiteral("# %1\n\n%2\n\n").arg(QString::fromStdString(study.title), QString::fromStdString(study.summary));
  if (!study.help.empty()) {
    page += QString::fromStdString(study.help).trimmed() + QStringLiteral("\n\n");
  }
  page += QStringLiteral("## The claim\n\n%1\n\n").arg(QString::fromStdString(study.claim));
  if (!study.paper.empty()) {
    page += QStringLiteral("Paper: %1\n\n").arg(QString::fromStdString(study.paper));
  }
  page += QStringLiteral("Needs: %1. On the command line: `vitrine-cli run %2`.\n\n").arg(needs(study), QString::fromStdString(study.id));
  if (study.params.empty()) {
    return page + QStringLiteral("It has no parameters.\n");
  }
  page += QStringLiteral("## Parameters\n\n| parameter | default | allowed | what it does |\n|---|---|---|---|\n");
  for (const ParamSpec &spec : study.params) {
    QString label = QStringLiteral("%1 `%2`").arg(cell(spec.label), cell(spec.name));
    label += spec.isLive ? QStringLiteral(" *live*") : QString();
    const QString unit = spec.unitName.empty() ? QString() : QStringLiteral(" ") + cell(spec.unitName);
    page += QStringLiteral("| %1 | %2%3 | %4 | %5 |\n")
                .arg(label, cell(defaultText(spec).toStdString()), unit, cell(allowedValues(spec).toStdString()), cell(spec.help));
  }
  return page + QStringLiteral("\n*live*: may be changed while the study runs.\n");
}

std::vector<HelpPage> helpPages() {
  namespace fs = std::filesystem;
  const fs::path folder = resources() / "help";
  std::vector<QString> names(std::begin(kUserPages), std::end(kUserPages));
  std::vector<QString> others;
  std::error_code none;
  for (const auto &entry : fs::directory_iterator(folder, none)) {
    const QString stem = QString::fromStdString(entry.path().stem().string());
    const auto known = [&stem](const char *name) { return stem == QLatin1String(name); };
    if (entry.path().extension() == ".md" && std::none_of(std::begin(kUserPages), std::end(kUserPages), known) &&
        std::none_of(std::begin(kDeveloperPages), std::end(kDeveloperPages), known)) {
      others.push_back(stem);
    }
  }
  std::sort(others.begin(), others.end());
  names.insert(names.end(), others.begin(), others.end());
  std::vector<HelpPage> pages;
  const auto read = [&pages, &folder](const QString &name, HelpGroup group) {
    QFile file(QString::fromStdString((folder / (name.toStdString() + ".md")).string()));
    if (file.open(QIODevice::ReadOnly)) {
      pages.push_back(pageOf(name, QString::fromUtf8(file.readAll()), QString::fromStdString(folder.string()), group));
    }
  };
  for (const QString &name : names) {
    read(name, HelpGroup::Guide);
  }
  for (const StudyInfo &study : studies().all()) {
    pages.push_back(pageOf(QStringLiteral("study:") + QString::fromStdString(study.id), studyPage(study), {}, HelpGroup::Study));
  }
  for (const char *name : kDeveloperPages) {
    read(QString::fromLatin1(name), HelpGroup::Developer);
  }
  return pages;
}

std::vector<HelpHit> searchHelp(const std::vector<HelpPage> &pages, const QString &text) {
  const QStringList words = text.split(QChar(' '), Qt::SkipEmptyParts);
  std::vector<HelpHit> hits;
  for (std::size_t i = 0; i < pages.size() && !words.isEmpty(); ++i) {
    const QString body = plain(pages[i].markdown);
    HelpHit hit{i, 0, {}};
    bool all = true;
    for (const QString &word : words) {
      const int count = static_cast<int>(body.count(word, Qt::CaseInsensitive)) + 10 * static_cast<int>(pages[i].title.count(word, Qt::CaseInsensitive));
      all = all && count > 0;
      hit.count += count;
    }
    if (!all) {
      continue;
    }
    constexpr qsizetype kBefore = 30, kLength = 90;
    const qsizetype at = std::max<qsizetype>(0, body.indexOf(words.front(), 0, Qt::CaseInsensitive) - kBefore);
    hit.excerpt =
        (at > 0 ? QStringLiteral("...") : QString()) + body.mid(at, kLength).trimmed() + (at + kLength < body.size() ? QStringLiteral("...") : QString());
    hits.push_back(hit);
  }
  std::stable_sort(hits.begin(), hits.end(), [](const HelpHit &a, const HelpHit &b) { return a.count > b.count; });
  return hits;
}

}  // namespace vitrine
