// Steps of a map that Ctrl+Z takes back: where the camera stands, what colours the points.
#pragma once

#include <functional>

#include <QElapsedTimer>
#include <QPointer>
#include <QUndoCommand>

#include "viewers/projection/camera.h"

class QObject;

namespace vitrine {

/// Camera steps of one view that follow each other within a second (wheel, arrow keys) are one step.
class CameraCommand : public QUndoCommand {
 public:
  using Apply = std::function<void(const Camera &)>;
  /// `apply` is called only while `view` lives.
  CameraCommand(QObject *view, const Camera &before, const Camera &after, bool merges, Apply apply);
  int id() const override;
  bool mergeWith(const QUndoCommand *later) override;
  void undo() override;
  void redo() override;

 private:
  QPointer<QObject> m_view;
  Camera m_before, m_after;
  bool m_merges;
  Apply m_apply;
  QElapsedTimer m_age;
};

class ColourCommand : public QUndoCommand {
 public:
  using Apply = std::function<void(const QString &)>;
  ColourCommand(QObject *view, const QString &before, const QString &after, Apply apply);
  void undo() override;
  void redo() override;

 private:
  QPointer<QObject> m_view;
  QString m_before, m_after;
  Apply m_apply;
};

}  // namespace vitrine
