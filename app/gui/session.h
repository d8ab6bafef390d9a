// What is open: data sets, models, runs, and the lanes they work on. The window, the workspace and the project file are views of this.
#pragma once

#include <memory>
#include <vector>

#include <QUndoStack>

#include "data/data.h"
#include "widgets/selection.h"
#include "widgets/task.h"

namespace vitrine {

/// An open data set. Views of the same samples share one Selection, also across data sets derived from one another.
struct DataItem {
  QString id, name;
  QString source;                          ///< built-in name or path; empty for a derived one
  Json options = Json::object();           ///< how a table was mapped
  QString run;                             ///< derived: the run whose embedding it is
  std::shared_ptr<const Dataset> dataset;  ///< null while it loads or if it could not be opened
  std::shared_ptr<Selection> selection;
  QString error;
};

struct ModelItem {
  QString id, name, source;
  std::shared_ptr<Model> model;
  QString error;
};

/// All that is needed to do a run again.
struct RunSetup {
  QString study, data, model;  ///< ids; data and model may be empty
  Json parameters = Json::object();
  QString split = "all";
  qint64 limit = 0;
  qint64 seed = 1;
  QString device = "auto";
  std::shared_ptr<const Matrix> start;  ///< positions to go on from (a branch)
};
Split splitOf(const QString &name);
Json toJson(const RunSetup &setup);
RunSetup runSetup(const Json &json);

class Run : public QObject {
  Q_OBJECT
 public:
  QString id, name;
  RunSetup setup;
  int version = 1;
  Json report = Json::object();  ///< seconds, metrics, baselines, checks: as in report.json
  QString state;                 ///< "running", "done", "failed", "cancelled", "waiting", "paused", "opening"
  QString error;

  Task *task() const { return m_task.get(); }
  bool live() const { return m_task && !m_task->finished(); }
  const std::vector<Artifact> &artifacts() const { return m_artifacts; }
  const Artifact *artifact(const std::string &artifactName) const;
  const Recording &frames() const;
  std::shared_ptr<NeighbourSource> neighbours;
  /// Shared by the views of a run whose samples are of no open data set (a film from a file).
  Selection *ownSelection() { return &m_ownSelection; }

 Q_SIGNALS:
  void changed();  ///< state, name, data set or report
  void artifactChanged(const vitrine::Artifact &artifact);
  void neighboursChanged();

 private:
  friend class Session;
  std::unique_ptr<Task> m_task;
  Recording m_frames;  ///< of a run that came from a project
  std::vector<Artifact> m_artifacts;
  Selection m_ownSelection;
};

class Session : public QObject {
  Q_OBJECT
 public:
  explicit Session(QObject *parent = nullptr);
  ~Session() override;

  const std::vector<std::unique_ptr<DataItem>> &data() const { return m_data; }
  const std::vector<std::unique_ptr<ModelItem>> &models() const { return m_models; }
  const std::vector<std::unique_ptr<Run>> &runs() const { return m_runs; }
  DataItem *findData(const QString &id) const;
  ModelItem *findModel(const QString &id) const;
  Run *findRun(const QString &id) const;

  /// Starts opening (a built-in name or a path) and returns its id at once; dataChanged or failed follows. An open source is not opened twice.
  QString openData(const QString &source, const data::TableOptions &options = {}, const QString &id = {});
  QString openModel(const QString &source, const QString &id = {});
  /// A .vnv file as a run that ended elsewhere: its film and what belongs to it come at once, its originals as soon as a data set that fits is open.
  /// runChanged or failed (and runRemoved) follows. A file that is open is not opened twice.
  QString openFilm(const QString &path);
  /// Opens whatever the path is: a film of ours, a model file or data.
  QString openPath(const QString &path);
  /// The embedding of a run as a data set: same samples, other vectors.
  QString deriveData(Run *run, const std::string &artifactName, const QString &id = {});

  /// Checks the setup and queues it. Throws InputError.
  Run *start(const RunSetup &setup, const QString &name = {});
  Run *restoreRun(const Json &json, std::vector<Artifact> artifacts, Recording frames = {}, std::shared_ptr<const Matrix> start = nullptr);
  void rename(const QString &id, const QString &name);
  /// Closes a data set, a model or a run. Throws InputError while a running task needs it.
  void remove(const QString &id);
  void clear();

  /// Runs that still wait for their data or model start when those have come.
  QUndoStack *undo() { return &m_undo; }
  Lane *interactive() { return &m_interactive; }
  Lane *files() { return &m_files; }
  bool busy() const;  ///< a run is going on or waiting
  bool modified() const { return m_modified; }
  void setModified(bool modified);

 Q_SIGNALS:
  void dataChanged(const QString &id);
  void modelChanged(const QString &id);
  void runAdded(vitrine::Run *run);
  void runRemoved(const QString &id);
  void runChanged(vitrine::Run *run);
  void itemsChanged();  ///< anything in the three lists, names included
  void failed(const QString &what, const QString &details);
  void logged(const QString &line);
  void modifiedChanged(bool modified);

 private:
  RunInputs inputsOf(const RunSetup &setup) const;
  void connectTask(Run *run);
  void findOriginals(Run *run);
  QString newId(const QString &prefix);
  void giveMemoryBack();
  QUndoStack m_undo;
  Lane m_long{QStringLiteral("runs")}, m_interactive{QStringLiteral("clicks")}, m_files{QStringLiteral("files")};
  std::vector<std::unique_ptr<DataItem>> m_data;
  std::vector<std::unique_ptr<ModelItem>> m_models;
  std::vector<std::unique_ptr<Run>> m_runs;
  int m_next = 1;
  bool m_modified = false;
};

}  // namespace vitrine
