// Undo steps of the projection view.
#include "viewers/projection/map_commands.h"

#include <utility>

#include <QObject>

namespace vitrine {

namespace {
constexpr int kCameraId = 0x50a1;
constexpr qint64 kTogether = 1000;  // ms between moves that count as one
}  // namespace

CameraCommand::CameraCommand(QObject *view, const Camera &before, const Camera &after, bool merges, Apply apply)
    : QUndoCommand(QObject::tr("Move camera")), m_view(view), m_before(before), m_after(after), m_merges(merges), m_apply(std::move(apply)) {
  m_age.start();
}

int CameraCommand::id() const {
  return kCameraId;
}

bool CameraCommand::mergeWith(const QUndoCommand *later) {
  const auto *next = static_cast<const CameraCommand *>(later);
  if (!m_merges || !next->m_merges || next->m_view != m_view || m_age.elapsed() > kTogether) {
    return false;
  }
  m_after = next->m_after;
  m_age.start();
  return true;
}

void CameraCommand::undo() {
  if (m_view != nullptr) {
    m_apply(m_before);
  }
}

void CameraCommand::redo() {
  if (m_view != nullptr) {
    m_apply(m_after);
  }
}

ColourCommand::ColourCommand(QObject *view, const QString &before, const QString &after, Apply apply)
    : QUndoCommand(QObject::tr("Colour by %1").arg(after.isEmpty() ? QObject::tr("one colour") : after)),
      m_view(view),
      m_before(before),
      m_after(after),
      m_apply(std::move(apply)) {}

void ColourCommand::undo() {
  if (m_view != nullptr) {
    m_apply(m_before);
  }
}

void ColourCommand::redo() {
  if (m_view != nullptr) {
    m_apply(m_after);
  }
}

}  // namespace vitrine
