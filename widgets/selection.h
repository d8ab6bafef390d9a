// The one set of sample ids that every view shares. Changes of the set are undoable; hover and current are not.
#pragma once

#include <vector>

#include <QObject>

#include "core/buffers.h"

class QUndoStack;

namespace vitrine {

enum class SelectMode { Replace, Add, Subtract, Intersect };
/// The house's modifiers: Shift adds, Ctrl subtracts, Shift+Ctrl intersects.
SelectMode selectMode(Qt::KeyboardModifiers modifiers);

class Selection : public QObject {
  Q_OBJECT
 public:
  explicit Selection(QUndoStack *undo = nullptr, QObject *parent = nullptr);

  const std::vector<SampleId> &ids() const { return m_ids; }  ///< ascending, unique
  bool contains(SampleId id) const;
  SampleId current() const { return m_current; }  ///< clicked last (inspector, neighbours, attention); -1 = none
  SampleId hovered() const { return m_hovered; }  ///< -1 = none

  void apply(std::vector<SampleId> ids, SelectMode mode);
  void clear() { apply({}, SelectMode::Replace); }
  void setCurrent(SampleId id);
  void setHovered(SampleId id);
  /// Looks at what lies beside a sample: `offset` from it in the space of its embedding; empty = at the sample itself.
  void setProbe(SampleId nearest, const std::vector<float> &offset) { Q_EMIT probed(nearest, offset); }

 Q_SIGNALS:
  void changed();
  void currentChanged(vitrine::SampleId id);
  void hoveredChanged(vitrine::SampleId id);
  void probed(vitrine::SampleId nearest, const std::vector<float> &offset);

 private:
  friend class SelectCommand;
  void assign(std::vector<SampleId> ids);
  QUndoStack *m_undo;
  std::vector<SampleId> m_ids;
  SampleId m_current = -1, m_hovered = -1;
};

}  // namespace vitrine
