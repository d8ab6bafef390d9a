// What is selected, in one line and one bar for each label.
#pragma once

#include <memory>
#include <vector>

#include <QColor>
#include <QWidget>

#include "core/dataset.h"

namespace vitrine {

class Lane;
class Selection;

class SelectionSummary : public QWidget {
  Q_OBJECT
 public:
  explicit SelectionSummary(Lane *lane, QWidget *parent = nullptr);

  void setContext(std::shared_ptr<const Dataset> dataset, Selection *selection);
  QString text() const { return m_text; }  ///< "1,200 of 70,000 samples selected"

  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent *event) override;

 private:
  struct Share {
    QString name;
    QColor colour;
    qint64 selected = 0;
  };
  void count();
  std::shared_ptr<const Dataset> m_dataset;
  Selection *m_selection = nullptr;
  Lane *m_lane;
  QString m_text;
  std::vector<Share> m_shares;  ///< largest first
};

}  // namespace vitrine
