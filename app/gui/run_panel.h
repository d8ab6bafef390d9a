// The settings of a run: which study, on what, with which parameters. For a run that goes on: its live parameters, pause and stop.
#pragma once

#include <QPointer>
#include <QWidget>

#include "app/gui/session.h"

class QComboBox;
class QLabel;
class QPushButton;
class QScrollArea;
class QSpinBox;
class QFormLayout;

namespace vitrine {

class ParamForm;

class RunPanel : public QWidget {
  Q_OBJECT
 public:
  explicit RunPanel(Session &session, QWidget *parent = nullptr);

  /// A new run of a study; empty ids leave the choice that stands.
  void prepare(const QString &study, const QString &dataId = {}, const QString &modelId = {});
  /// The settings of a run that is or was.
  void show(Run *run);
  using QWidget::show;
  /// A new run that goes on from the positions of a recorded frame; waits for the settings and the start button.
  void branch(Run *run, const Artifact &frame);
  RunSetup setup() const;
  void start();                            ///< as the button does
  void startSetup(const RunSetup &setup);  ///< fills the form with the setup, then starts it

 Q_SIGNALS:
  void started(vitrine::Run *run);
  void failed(const QString &what, const QString &details);
  void helpRequested(const QString &page);

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

 private:
  void build();
  void connectParts();
  void addInputs(QFormLayout *form);
  void fill(const RunSetup &setup);
  void refreshLists();
  void chooseStudy(const QString &study, const Json &values);
  void refreshState();
  void refreshEstimate();
  Session &m_session;
  QPointer<Run> m_run;
  QString m_shownStudy;
  std::shared_ptr<const Matrix> m_startFrom;  ///< of a branch
  QLabel *m_summary = nullptr, *m_estimate = nullptr, *m_result = nullptr;
  QComboBox *m_study = nullptr, *m_data = nullptr, *m_model = nullptr, *m_split = nullptr, *m_device = nullptr;
  QSpinBox *m_limit = nullptr, *m_seed = nullptr;
  ParamForm *m_form = nullptr;
  QScrollArea *m_scroll = nullptr;
  QPushButton *m_start = nullptr, *m_pause = nullptr, *m_stop = nullptr;
};

}  // namespace vitrine
