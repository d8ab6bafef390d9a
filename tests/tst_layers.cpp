// Arrows go one way: which folder may include which, and which library may be seen where.
#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include "sources.h"
#include "testing.h"

using namespace vitrine::testing;

namespace {

/// Folder -> the project's folders that its files may include (its own is always allowed).
const QMap<QString, QStringList> kArrows = {
    {"backends/core", {}},
    {"backends/tensor", {"core"}},
    {"backends/data", {"core"}},
    {"backends/projection", {"core", "tensor"}},
    {"backends/models", {"core", "tensor"}},
    {"backends/video", {"core", "tensor"}},
    {"backends/studies", {"core", "data", "models", "projection", "video"}},
    {"widgets", {"core"}},
    {"viewers", {"widgets", "core"}},
    {"app", {"viewers", "widgets", "core", "tensor", "data", "models", "projection", "video", "tests/checks"}},
    {"tests/checks", {"core", "tensor", "data", "models", "projection", "video"}},
};

/// Folder -> what the name of an outside header may not look like there.
const QMap<QString, QString> kForbidden = {
    {"backends/core", "^(Q[A-Za-z]|vtk|torch|ATen|c10|caffe2|opencv|libav|libsw|zip|zlib|CLI)"},
    {"backends", "^(Q[A-Z]|Qt|vtk)"},
    {"widgets", "^(vtk|torch|ATen|c10|opencv)"},
    {"viewers", "^(torch|ATen|c10|caffe2)"},
    {"", "(highgui|QtCharts|QChart)"},
};

struct Include {
  QString name;
  bool quoted;
};

QList<Include> includesOf(const QString &file) {
  static const QRegularExpression line(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])", QRegularExpression::MultilineOption);
  QList<Include> all;
  auto matches = line.globalMatch(textOf(file));
  while (matches.hasNext()) {
    const auto match = matches.next();
    all.append({match.captured(2), match.captured(1) == "\""});
  }
  return all;
}

bool isTorch(const QString &name) {
  return QRegularExpression("^(torch|ATen|c10|caffe2)/").match(name).hasMatch();
}

/// Folder of an include as the arrows name it: "core", "studies", "tests/checks".
QString folderOf(const QString &include) {
  return include.startsWith("tests/checks/") ? "tests/checks" : include.section('/', 0, 0);
}

/// The file in the tree that a quoted include means; empty if it is not ours.
QString resolved(const QString &from, const QString &include) {
  for (const QString &candidate : {include, "backends/" + include, from.section('/', 0, -2) + "/" + include}) {
    if (QFile::exists(QStringLiteral(VITRINE_SOURCE_DIR "/") + candidate)) {
      return candidate;
    }
  }
  return {};
}

/// The longest key that is a folder of `file`.
QString ruleFor(const QString &file, const QStringList &keys) {
  QString best;
  for (const QString &key : keys) {
    if (file.startsWith(key + "/") && key.size() > best.size()) {
      best = key;
    }
  }
  return best;
}

}  // namespace

class TstLayers : public QObject {
  Q_OBJECT

  QStringList m_files = sourceFiles();

 private Q_SLOTS:
  void theTreeIsSeen() {
    QVERIFY(m_files.contains("backends/core/schema.h") && m_files.size() > 50);
    QCOMPARE(includesOf("backends/core/report.h").first().name, QString("core/csv.h"));
  }

  void foldersIncludeOnlyWhatTheyMay() {
    QStringList wrong;
    for (const QString &file : m_files) {
      const QString rule = ruleFor(file, kArrows.keys());
      if (rule.isEmpty()) {
        continue;  // tests see everything
      }
      for (const Include &include : includesOf(file)) {
        const QString target = include.quoted ? resolved(file, include.name) : QString();
        if (target.isEmpty() || target.startsWith(rule + "/")) {
          continue;
        }
        const QString folder = folderOf(target.startsWith("backends/") ? target.mid(9) : target);
        if (!kArrows[rule].contains(folder) && !(rule == "app" || (rule == "tests/checks" && folder == "studies"))) {
          wrong << file + " includes " + include.name;
        }
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void nobodyIncludesTheProgram() {
    QStringList wrong;
    for (const QString &file : m_files) {
      for (const Include &include : includesOf(file)) {
        if (include.quoted && resolved(file, include.name).startsWith("app/") && !file.startsWith("app/") && !file.startsWith("tests/")) {
          wrong << file + " includes " + include.name;
        }
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void studiesSeeOnlyTheirOwnFamily() {
    QStringList wrong;
    for (const QString &file : m_files) {
      if (file.startsWith("backends/studies/")) {
        for (const Include &include : includesOf(file)) {
          const QString target = resolved(file, include.name);
          if (target.startsWith("backends/studies/") && target.section('/', 2, 2) != file.section('/', 2, 2)) {
            wrong << file + " includes " + include.name;
          }
        }
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void librariesStayWhereTheyBelong() {
    QStringList wrong;
    for (const QString &file : m_files) {
      for (auto rule = kForbidden.begin(); rule != kForbidden.end(); ++rule) {
        if (!rule.key().isEmpty() && !file.startsWith(rule.key() + "/")) {
          continue;
        }
        const QRegularExpression forbidden(rule.value());
        for (const Include &include : includesOf(file)) {
          if ((!include.quoted || rule.key().isEmpty()) && forbidden.match(include.name).hasMatch()) {
            wrong << file + " includes " + include.name;
          }
        }
      }
      if (!file.startsWith("tests/") && textOf(file).contains(QRegularExpression(R"(\b(imshow|namedWindow)\s*\()"))) {
        wrong << file + " opens a window of OpenCV's";
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  /// A header that needs torch, directly or not, may be seen by .cpp files of the folders that live with torch, and by nobody else.
  void torchStaysInside() {
    const QRegularExpression home("^backends/(tensor|models|video)/|^backends/projection/device_");  // the kernels stay free of torch
    QSet<QString> carriers;
    for (bool grew = true; grew;) {
      grew = false;
      for (const QString &file : m_files) {
        for (const Include &include : includesOf(file)) {
          if (file.endsWith(".h") && !carriers.contains(file) && (isTorch(include.name) || carriers.contains(resolved(file, include.name)))) {
            carriers.insert(file);
            grew = true;
          }
        }
      }
    }
    QStringList wrong;
    for (const QString &file : m_files) {
      for (const Include &include : includesOf(file)) {
        const bool carries = isTorch(include.name) || carriers.contains(resolved(file, include.name));
        if (carries && !home.match(file).hasMatch() && !file.startsWith("tests/backends/")) {
          wrong << file + " includes " + include.name;
        }
      }
    }
    for (const QString &face : {QString("backends/tensor/device.h"), QString("backends/models/models.h"), QString("backends/projection/device_tsne.h")}) {
      if (carriers.contains(face)) {
        wrong << face + " shows torch to everybody";
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }
};
VITRINE_TEST(TstLayers)

#include "tst_layers.moc"
