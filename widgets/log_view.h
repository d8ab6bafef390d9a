// The log: plain lines in monospace with the time of day, newest below, to be copied as a whole.
#pragma once

#include <QWidget>

class QPlainTextEdit;

namespace vitrine {

class LogView : public QWidget {
  Q_OBJECT
 public:
  explicit LogView(QWidget *parent = nullptr);

  void append(const QString &line, const QString &source = {});  ///< keeps the last 5,000 lines; stays where the reader has scrolled to
  QString text() const;
  void clear();

 private:
  QPlainTextEdit *m_text;
};

}  // namespace vitrine
