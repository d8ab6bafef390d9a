// One main() for every test program: runs its classes one after the other.
#include <memory>

#include <QApplication>

#include "testing.h"

std::vector<std::function<QObject *()>> &vitrine::testing::registered() {
  static std::vector<std::function<QObject *()>> all;
  return all;
}

/// Runs every class; with a first argument that names a class, only that one (further arguments go to QtTest).
int main(int argc, char **argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName("vitrine-test");
  QStringList arguments = app.arguments();
  QString only;
  if (arguments.size() > 1 && !arguments[1].startsWith('-') && arguments[1].front().isUpper()) {
    only = arguments.takeAt(1);
  }
  int failures = 0;
  for (const auto &make : vitrine::testing::registered()) {
    const std::unique_ptr<QObject> test(make());
    if (only.isEmpty() || only == test->metaObject()->className()) {
      failures += QTest::qExec(test.get(), arguments);
    }
  }
  return failures > 0 ? 1 : 0;
}
