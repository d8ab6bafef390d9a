// Limits that keep the code readable. What must exceed one stands in style_allowed.txt with its reason.
#include <QMap>
#include <QRegularExpression>

#include "sources.h"
#include "testing.h"

using namespace vitrine::testing;

namespace {

constexpr int kFileLines = 500, kFunctionLines = 60, kColumns = 160;

/// The text without comments, strings and characters; line breaks stay, so that line numbers do.
QString bare(const QString &text) {
  static const QRegularExpression skip(R"re(//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')re",
                                       QRegularExpression::DotMatchesEverythingOption);
  QString result;
  qsizetype from = 0;
  auto matches = skip.globalMatch(text);
  while (matches.hasNext()) {
    const auto match = matches.next();
    if (match.captured().startsWith('\'') && match.capturedStart() > 0 && text[match.capturedStart() - 1].isDigit()) {
      continue;  // 1'000
    }
    result += text.mid(from, match.capturedStart() - from) + (match.captured().startsWith('/') ? " " : "0") + QString(match.captured().count('\n'), '\n');
    from = match.capturedEnd();
  }
  return result + text.mid(from);
}

struct Function {
  QString head;
  int line = 0, lines = 0;
};

/// Bodies that stand in a namespace or class: from the line of the opening brace to that of the closing one. Lambdas count with what holds them.
QList<Function> functionsOf(const QString &text) {
  static const QRegularExpression container(R"(\b(namespace|class|struct|union|enum|extern)\b[^()]*$)");
  QList<Function> functions;
  QString head;
  int line = 1, inside = 0, start = 0;
  QString startHead;
  for (const QChar c : bare(text)) {
    if (c == '\n') {
      ++line;
    }
    if (inside > 0) {
      inside += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (inside == 0 && start > 0) {
        functions.append({startHead.simplified(), start, line - start + 1});
        head.clear();
      }
    } else if (c == '{') {
      const bool opens = !container.match(head).hasMatch();
      inside = opens ? 1 : 0;
      start = opens && head.contains('(') ? line : 0;
      startHead = head;
      head.clear();
    } else if (c == ';' || c == '}') {
      head.clear();
    } else {
      head += c;
    }
  }
  return functions;
}

/// "path: reason" a line.
QMap<QString, QString> allowed() {
  QMap<QString, QString> map;
  for (const QString &line : textOf("tests/style_allowed.txt").split('\n', Qt::SkipEmptyParts)) {
    if (!line.startsWith('#')) {
      map[line.section(": ", 0, 0)] = line.section(": ", 1).trimmed();
    }
  }
  return map;
}

}  // namespace

class TstStyle : public QObject {
  Q_OBJECT

  QStringList m_files = sourceFiles();
  QMap<QString, QString> m_allowed = allowed();

 private Q_SLOTS:
  void theCounterCounts() {
    const auto functions = functionsOf(
        "namespace a {\nstruct B {\n  int f() const { return '{'; }\n  int g = 1'000;\n};\n// {\nvoid h(int) {\n  if (x) {\n    s(\"}\");\n  }\n}\n}\n");
    QCOMPARE(functions.size(), 2);
    QCOMPARE(functions[0].lines, 1);
    QCOMPARE(functions[1].line, 7);
    QCOMPARE(functions[1].lines, 5);
  }

  void exceptionsHaveReasonsAndFiles() {
    for (auto it = m_allowed.begin(); it != m_allowed.end(); ++it) {
      QVERIFY2(m_files.contains(it.key()), qPrintable(it.key() + " is excused but not there"));
      QVERIFY2(it.value().size() > 15, qPrintable(it.key() + " is excused without a reason"));
    }
  }

  void filesAreShort() {
    QStringList wrong;
    for (const QString &file : m_files) {
      const auto lines = textOf(file).count('\n');
      if (lines > kFileLines && !m_allowed.contains(file)) {
        wrong << QString("%1 has %2 lines").arg(file).arg(lines);
      }
    }
    QVERIFY2(textOf("app/gui/main_window.cpp").count('\n') <= 300, "MainWindow composes; it does not know");
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void functionsAreShort() {
    QStringList wrong;
    int seen = 0;
    for (const QString &file : m_files) {
      for (const Function &function : functionsOf(textOf(file))) {
        ++seen;
        if (function.lines > kFunctionLines && !m_allowed.contains(file)) {
          wrong << QString("%1:%2 has %3 lines: %4").arg(file).arg(function.line).arg(function.lines).arg(function.head.right(60));
        }
      }
    }
    QVERIFY(seen > 200);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void linesFitTheScreen() {
    QStringList wrong;
    for (const QString &file : m_files) {
      const QStringList lines = textOf(file).split('\n');
      for (qsizetype i = 0; i < lines.size(); ++i) {
        if (lines[i].size() > kColumns || lines[i].contains('\t') || lines[i].endsWith(' ')) {
          wrong << QString("%1:%2 is too long, has a tab or ends in a blank").arg(file).arg(i + 1);
        }
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  void filesSayWhyTheyExist() {
    QStringList wrong;
    for (const QString &file : m_files) {
      const QString header = QString(file).replace(QRegularExpression(R"(\.cpp$)"), ".h");
      const bool explained = file.endsWith(".cpp") && m_files.contains(header);
      if (!explained && !textOf(file).startsWith("// ")) {
        wrong << file;
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable("no first comment: " + wrong.join("\n")));
  }

  void namesSayWhatThingsAre() {
    const QRegularExpression empty("(manager|helper|utils?|common|misc)(_|\\.|$)");
    for (const QString &file : m_files) {
      QVERIFY2(!empty.match(file.section('/', -1)).hasMatch(), qPrintable(file));
      QVERIFY2(!textOf(file).contains(QRegularExpression(R"(\b(class|struct) (?!vtk|Q)\w*(Manager|Helper|Utils)\b)")), qPrintable(file));
    }
  }

  /// No notes to oneself, and nothing that is true on one machine only.
  void nothingIsLeftLying() {
    const QRegularExpression notes(
        "\\b(TO"
        "DO|FIX"
        "ME|XX"
        "X)\\b");
    const QRegularExpression machine("[\" (](/home/|/work/|/root/|/Users/|/tmp/|[A-Z]:\\\\\\\\)");
    QStringList wrong;
    for (const QString &file : m_files) {
      const QString text = textOf(file);
      if (text.contains(notes)) {
        wrong << file + " holds a note to its author";
      }
      if (text.contains(machine) && !m_allowed.contains(file)) {
        wrong << file + " names a folder of one machine";
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }
};
VITRINE_TEST(TstStyle)

#include "tst_style.moc"
