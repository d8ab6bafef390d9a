#include "widgets/selection.h"

#include <algorithm>
#include <iterator>

#include <QUndoStack>

namespace vitrine {

SelectMode selectMode(Qt::KeyboardModifiers modifiers) {
  const bool shift = modifiers.testFlag(Qt::ShiftModifier), ctrl = modifiers.testFlag(Qt::ControlModifier);
  return shift && ctrl ? SelectMode::Intersect : shift ? SelectMode::Add : ctrl ? SelectMode::Subtract : SelectMode::Replace;
}

class SelectCommand : public QUndoCommand {
 public:
  SelectCommand(Selection *selection, std::vector<SampleId> after)
      : QUndoCommand(QObject::tr("Select")), m_selection(selection), m_before(selection->ids()), m_after(std::move(after)) {}
  void undo() override { m_selection->assign(m_before); }
  void redo() override { m_selection->assign(m_after); }

 private:
  Selection *m_selection;
  std::vector<SampleId> m_before, m_after;
};

Selection::Selection(QUndoStack *undo, QObject *parent) : QObject(parent), m_undo(undo) {}

bool Selection::contains(SampleId id) const {
  return std::binary_search(m_ids.begin(), m_ids.end(), id);
}

void Selection::apply(std::vector<SampleId> ids, SelectMode mode) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<SampleId> result;
  switch (mode) {
    case SelectMode::Replace: result = std::move(ids); break;
    case SelectMode::Add: std::set_union(m_ids.begin(), m_ids.end(), ids.begin(), ids.end(), std::back_inserter(result)); break;
    case SelectMode::Subtract: std::set_difference(m_ids.begin(), m_ids.end(), ids.begin(), ids.end(), std::back_inserter(result)); break;
    case SelectMode::Intersect: std::set_intersection(m_ids.begin(), m_ids.end(), ids.begin(), ids.end(), std::back_inserter(result)); break;
  }
  if (result == m_ids) {
    return;
  }
  if (m_undo != nullptr) {
    m_undo->push(new SelectCommand(this, std::move(result)));
  } else {
    assign(std::move(result));
  }
}

void Selection::setCurrent(SampleId id) {
  if (id != m_current) {
    m_current = id;
    Q_EMIT currentChanged(id);
  }
}

void Selection::setHovered(SampleId id) {
  if (id != m_hovered) {
    m_hovered = id;
    Q_EMIT hoveredChanged(id);
  }
}

void Selection::assign(std::vector<SampleId> ids) {
  m_ids = std::move(ids);
  Q_EMIT changed();
}

}  // namespace vitrine
