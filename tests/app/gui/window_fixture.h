// What the window's tests share: a small data set on disk, a window on it, and waiting for what happens in the background.
#pragma once

#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "app/gui/main_window.h"
#include "app/gui/run_panel.h"
#include "core/npy.h"
#include "core/seed.h"

namespace vitrine::testing {

/// Three gaussian blobs in eight dimensions, 150 rows, with a label column.
inline QString writeBlobs(const QString &folder) {
  Rng rng(7);
  QString text = QStringLiteral("a,b,c,d,e,f,g,h,kind\n");
  for (int i = 0; i < 150; ++i) {
    for (int j = 0; j < 8; ++j) {
      text += QString::number((i % 3 == j % 3 ? 6.0 : 0.0) + rng.normal(), 'f', 4) + QLatin1Char(',');
    }
    text += QStringLiteral("kind-%1\n").arg(i % 3);
  }
  const QString file = folder + QStringLiteral("/blobs.csv");
  const QByteArray bytes = text.toUtf8();
  writeFile(file.toStdString(), {bytes.constData(), static_cast<std::size_t>(bytes.size())});
  return file;
}

inline RunSetup quickMap(const QString &dataId, int iterations = 120) {
  RunSetup setup;
  setup.study = QStringLiteral("tsne");
  setup.data = dataId;
  setup.parameters = {{"perplexity", 10}, {"iterations", iterations}, {"exaggeration_iterations", 50}};
  return setup;
}

/// Opens the blobs and waits until they are there; returns the data set's id.
inline QString openBlobs(MainWindow &window, const QString &folder) {
  window.openPaths({writeBlobs(folder)}, false);
  const QString id = window.session().data().back()->id;
  if (!QTest::qWaitFor([&] { return window.session().findData(id)->dataset != nullptr; }, 5000)) {
    qWarning("the blobs did not open: %s", qPrintable(window.session().findData(id)->error));
  }
  return id;
}

inline bool waitForEnd(Run *run, int milliseconds = 30000) {
  return QTest::qWaitFor([run] { return !run->live(); }, milliseconds);
}

}  // namespace vitrine::testing
