// Undo steps that set one value of a view: its camera, its colouring, a layer of prototypes, the knobs of a film.
#pragma once

#include <functional>
#include <typeinfo>
#include <utility>

#include <QElapsedTimer>
#include <QPointer>
#include <QUndoCommand>

namespace vitrine {

template <class Value>
class ValueCommand : public QUndoCommand {
 public:
  using Apply = std::function<void(const Value &)>;
  static constexpr int kAlone = -1;

  /// `apply` is called only while `view` lives. Steps of one view and `series` that follow each other within a second are one step (wheel, slider, drag).
  ValueCommand(const QString &text, QObject *view, Value before, Value after, Apply apply, int series = kAlone)
      : QUndoCommand(text), m_view(view), m_before(std::move(before)), m_after(std::move(after)), m_apply(std::move(apply)), m_series(series) {
    m_age.start();
  }
  int id() const override { return static_cast<int>(typeid(Value).hash_code() & 0x7FFFFFFF); }
  bool mergeWith(const QUndoCommand *later) override {
    const auto *next = static_cast<const ValueCommand *>(later);
    if (m_series == kAlone || next->m_series != m_series || next->m_view != m_view || m_age.elapsed() > kTogether) {
      return false;
    }
    m_after = next->m_after;
    m_age.start();
    return true;
  }
  void undo() override { set(m_before); }
  void redo() override { set(m_after); }

 private:
  static constexpr qint64 kTogether = 1000;
  void set(const Value &value) const {
    if (m_view != nullptr) {
      m_apply(value);
    }
  }
  QPointer<QObject> m_view;
  Value m_before, m_after;
  Apply m_apply;
  int m_series;
  QElapsedTimer m_age;
};

}  // namespace vitrine
