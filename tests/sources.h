// The program's own source files, for tests about the code itself.
#pragma once

#include <QDirIterator>
#include <QFile>
#include <QStringList>

namespace vitrine::testing {

/// Paths below the repository's root ("backends/core/schema.h") of all .h and .cpp files, sorted.
inline QStringList sourceFiles() {
  QStringList files;
  const QString root = QStringLiteral(VITRINE_SOURCE_DIR "/");
  for (const char *folder : {"app", "backends", "tests", "viewers", "widgets"}) {
    QDirIterator entries(root + folder, {"*.h", "*.cpp"}, QDir::Files, QDirIterator::Subdirectories);
    while (entries.hasNext()) {
      files << entries.next().mid(root.size());
    }
  }
  files.sort();
  return files;
}

inline QString textOf(const QString &file) {
  QFile stream(QStringLiteral(VITRINE_SOURCE_DIR "/") + file);
  return stream.open(QIODevice::ReadOnly) ? QString::fromUtf8(stream.readAll()) : QString();
}

}  // namespace vitrine::testing
