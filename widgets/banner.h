// The bar that tells of an error or a warning in the place where it happened: what, where, what to do.
#pragma once

#include <functional>

#include <QWidget>

class QLabel;
class QPushButton;

namespace vitrine {

class IconLabel;

/// Hidden until it has something to say; sits at the top of the view or panel it speaks for.
class Banner : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { Warning, Error };
  explicit Banner(QWidget *parent = nullptr);

  /// `what` names the thing and what is wrong with it; `advice` what to do (may be empty); `details` is what "copy details" copies (empty: what + advice).
  void show(Kind kind, const QString &what, const QString &advice = {}, const QString &details = {});
  using QWidget::show;
  /// One more button, until the banner closes.
  void setAction(const QString &text, std::function<void()> run);
  void dismiss();
  QString text() const;  ///< what + advice as shown

 Q_SIGNALS:
  void dismissed();

 protected:
  void keyPressEvent(QKeyEvent *event) override;  ///< Escape closes

 private:
  QString m_details;
  IconLabel *m_icon;
  QLabel *m_what;
  QPushButton *m_action, *m_copy;
  std::function<void()> m_run;
};

}  // namespace vitrine
