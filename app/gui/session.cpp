#include "app/gui/session.h"

#include <algorithm>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include <QFileInfo>
#include <QThread>
#include <QTimer>

#include "app/gui/dialogs/preferences.h"
#include "core/error.h"
#include "core/report.h"
#include "data/picture.h"
#include "models/models.h"
#include "models/prototype_trainer.h"
#include "tensor/device.h"
#include "video/film.h"

namespace vitrine {

Json toJson(const RunSetup &setup) {
  return {{"study", setup.study.toStdString()},
          {"data", setup.data.toStdString()},
          {"model", setup.model.toStdString()},
          {"parameters", setup.parameters},
          {"split", setup.split.toStdString()},
          {"limit", setup.limit},
          {"seed", setup.seed},
          {"device", setup.device.toStdString()}};
}

RunSetup runSetup(const Json &json) {
  const auto text = [&](const char *key, const char *otherwise) { return QString::fromStdString(json.value(key, std::string(otherwise))); };
  RunSetup setup;
  setup.study = text("study", "");
  setup.data = text("data", "");
  setup.model = text("model", "");
  setup.parameters = json.value("parameters", Json::object());
  setup.split = text("split", "all");
  setup.limit = json.value("limit", std::int64_t{0});
  setup.seed = json.value("seed", std::int64_t{1});
  setup.device = text("device", "auto");
  return setup;
}

const Artifact *Run::artifact(const std::string &artifactName) const {
  const auto it = std::find_if(m_artifacts.begin(), m_artifacts.end(), [&](const Artifact &a) { return a.name == artifactName; });
  return it == m_artifacts.end() ? nullptr : &*it;
}

const Recording &Run::frames() const {
  return m_task ? m_task->frames() : m_frames;
}

namespace {

template <class Items>
auto *findIn(const Items &items, const QString &id) {
  const auto it = std::find_if(items.begin(), items.end(), [&](const auto &item) { return item->id == id; });
  return it == items.end() ? nullptr : it->get();
}

QString stateName(Task::State state) {
  switch (state) {
    case Task::State::Waiting: return QStringLiteral("waiting");
    case Task::State::Running: return QStringLiteral("running");
    case Task::State::Paused: return QStringLiteral("paused");
    case Task::State::Done: return QStringLiteral("done");
    case Task::State::Failed: return QStringLiteral("failed");
    case Task::State::Cancelled: return QStringLiteral("cancelled");
  }
  return {};
}

QString shortName(const QString &source) {
  const QFileInfo info(source);
  return info.fileName().isEmpty() ? source : info.fileName();
}

}  // namespace

Split splitOf(const QString &name) {
  return name == u"train" ? Split::Train : name == u"test" ? Split::Test : Split::All;
}

Session::Session(QObject *parent) : QObject(parent) {
  setPictureFiles({data::writePng, data::readPicture, video::openVideo, models::prototype::openCoder});
  connect(&m_undo, &QUndoStack::indexChanged, this, [this] { setModified(true); });
  connect(this, &Session::dataChanged, this, [this] {
    for (const auto &run : m_runs) {
      findOriginals(run.get());
    }
  });
}

Session::~Session() {
  clear();
}

DataItem *Session::findData(const QString &id) const {
  return findIn(m_data, id);
}
ModelItem *Session::findModel(const QString &id) const {
  return findIn(m_models, id);
}
Run *Session::findRun(const QString &id) const {
  return findIn(m_runs, id);
}

QString Session::newId(const QString &prefix) {
  QString id;
  do {
    id = prefix + QString::number(m_next++);
  } while (findData(id) != nullptr || findModel(id) != nullptr || findRun(id) != nullptr);
  return id;
}

QString Session::openData(const QString &source, const data::TableOptions &options, const QString &id) {
  for (const auto &item : m_data) {
    if (item->source == source && item->error.isEmpty() && !options.chosen && item->run.isEmpty()) {
      return item->id;
    }
  }
  auto item = std::make_unique<DataItem>();
  item->id = id.isEmpty() ? newId(QStringLiteral("data-")) : id;
  item->name = shortName(source);
  item->source = source;
  item->selection = std::make_shared<Selection>(&m_undo);
  if (options.chosen) {
    item->options = {{"labels", options.labelColumns}, {"ignored", options.ignoredColumns}, {"separator", std::string(1, options.separator)}};
    if (options.header) {
      item->options["header"] = *options.header;
    }
  }
  const QString key = item->id;
  m_data.push_back(std::move(item));
  setModified(true);
  Q_EMIT itemsChanged();
  m_files.ask(
      key, this, [source, options] { return options.chosen ? data::openTable(source.toStdString(), options) : data::open(source.toStdString()); },
      [this, key](std::shared_ptr<const Dataset> dataset) {
        if (DataItem *opened = findData(key)) {
          opened->dataset = std::move(dataset);
          opened->error.clear();
          const Provenance &from = opened->dataset->provenance();
          Q_EMIT logged(tr("opened %1: %2 samples%3")
                            .arg(opened->name)
                            .arg(opened->dataset->count())
                            .arg(from.note.empty() ? QString() : tr(" (%1)").arg(QString::fromStdString(from.note))));
          Q_EMIT itemsChanged();
          Q_EMIT dataChanged(key);
        }
      },
      [this, key](const QString &error) {
        if (DataItem *broken = findData(key)) {
          broken->error = error;
          Q_EMIT failed(tr("Cannot open %1").arg(broken->name), error);
          Q_EMIT itemsChanged();
          Q_EMIT dataChanged(key);
        }
      });
  return key;
}

QString Session::openModel(const QString &source, const QString &id) {
  for (const auto &item : m_models) {
    if (item->source == source && item->error.isEmpty()) {
      return item->id;
    }
  }
  auto item = std::make_unique<ModelItem>();
  item->id = id.isEmpty() ? newId(QStringLiteral("model-")) : id;
  item->name = shortName(source);
  item->source = source;
  const QString key = item->id;
  m_models.push_back(std::move(item));
  setModified(true);
  Q_EMIT itemsChanged();
  m_files.ask(
      key, this, [source] { return models::open(source.toStdString(), tensor::resolveDevice("auto")); },
      [this, key](std::shared_ptr<Model> model) {
        if (ModelItem *opened = findModel(key)) {
          opened->model = std::move(model);
          opened->error.clear();
          Q_EMIT logged(tr("opened model %1: %L2 parameters").arg(opened->name).arg(opened->model->info().parameters));
          Q_EMIT itemsChanged();
          Q_EMIT modelChanged(key);
        }
      },
      [this, key](const QString &error) {
        if (ModelItem *broken = findModel(key)) {
          broken->error = error;
          Q_EMIT failed(tr("Cannot open model %1").arg(broken->name), error);
          Q_EMIT itemsChanged();
          Q_EMIT modelChanged(key);
        }
      });
  return key;
}

QString Session::deriveData(Run *run, const std::string &artifactName, const QString &id) {
  const Artifact *artifact = run->artifact(artifactName);
  const DataItem *base = findData(run->setup.data);
  const auto *embedding = artifact != nullptr ? artifact->as<Embedding>() : nullptr;
  if (embedding == nullptr || base == nullptr || !base->dataset) {
    throw InputError("an embedding becomes a data set once its run is finished and its data set is open");
  }
  auto item = std::make_unique<DataItem>();
  item->id = id.isEmpty() ? newId(QStringLiteral("data-")) : id;
  item->name = run->name;
  item->run = run->id;
  item->selection = base->selection;
  item->dataset = data::withVectors(base->dataset, *embedding->ids, embedding->vectors, run->name.toStdString());
  const QString key = item->id;
  m_data.push_back(std::move(item));
  setModified(true);
  Q_EMIT itemsChanged();
  Q_EMIT dataChanged(key);
  return key;
}

RunInputs Session::inputsOf(const RunSetup &setup) const {
  const StudyInfo &study = studies().find(setup.study.toStdString());
  RunInputs inputs;
  if (const DataItem *item = findData(setup.data)) {
    if (!item->dataset) {
      throw InputError(item->name.toStdString(), item->error.isEmpty() ? "is still being opened" : "could not be opened", "choose another data set");
    }
    inputs.dataset = item->dataset;
    inputs.ids = splitIds(*item->dataset, splitOf(setup.split), static_cast<std::size_t>(setup.limit));
  } else if (study.needsDataset) {
    throw InputError(study.title + " needs a data set: open one or choose the built-in one");
  }
  if (const ModelItem *item = findModel(setup.model)) {
    if (!item->model) {
      throw InputError(item->name.toStdString(), item->error.isEmpty() ? "is still being opened" : "could not be opened", "choose another model");
    }
    inputs.model = item->model;
  } else if (study.needsModel) {
    throw InputError(study.title + " needs a model: choose vit-fashion or open one");
  }
  inputs.device = tensor::resolveDevice(setup.device.toStdString());
  inputs.seed = static_cast<std::uint64_t>(setup.seed);
  const int threads = setting(QStringLiteral("threads")).toInt();
  inputs.threads = threads > 0 ? threads : std::max(1, QThread::idealThreadCount());
  inputs.recording = true;
  inputs.start = setup.start;
  return inputs;
}

Run *Session::start(const RunSetup &setup, const QString &name) {
  StudyInfo study = studies().find(setup.study.toStdString());
  const Json parameters = completed(study.params, setup.parameters);
  RunInputs inputs = inputsOf(setup);
  // Thread counts of torch and OpenMP belong to the calling thread, so the worker sets its own. It and the threads it makes
  // step back a little: on two cores a run at full speed would make the mouse stutter.
  study.run = [run = study.run, threads = inputs.threads, seed = inputs.seed](const Json &values, RunContext &context) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 5);
    tensor::setThreads(threads);
    tensor::setSeed(seed);
    run(values, context);
  };
  auto run = std::make_unique<Run>();
  run->id = newId(QStringLiteral("run-"));
  const auto sameStudy = std::count_if(m_runs.begin(), m_runs.end(), [&](const auto &other) { return other->setup.study == setup.study; });
  run->name = name.isEmpty() ? QStringLiteral("%1 %2").arg(QString::fromStdString(study.title)).arg(sameStudy + 1) : name;
  run->setup = setup;
  run->setup.parameters = parameters;
  run->version = study.version;
  run->state = QStringLiteral("waiting");
  run->m_task = std::make_unique<Task>(study, parameters, std::move(inputs));
  Run *added = run.get();
  connectTask(added);
  m_runs.push_back(std::move(run));
  setModified(true);
  Q_EMIT itemsChanged();
  Q_EMIT runAdded(added);
  added->m_task->start(m_long);
  return added;
}

void Session::connectTask(Run *run) {
  Task *task = run->task();
  connect(task, &Task::artifactChanged, run, [run](const Artifact &artifact) {
    auto &all = run->m_artifacts;
    const auto it = std::find_if(all.begin(), all.end(), [&](const Artifact &a) { return a.name == artifact.name; });
    if (it == all.end()) {
      all.push_back(artifact);
    } else {
      *it = artifact;
    }
    Q_EMIT run->artifactChanged(artifact);
  });
  connect(task, &Task::neighboursChanged, run, [run, task] {
    run->neighbours = task->neighbours();
    Q_EMIT run->neighboursChanged();
  });
  connect(task, &Task::logged, this, [this, run](const QString &line) { Q_EMIT logged(run->name + QStringLiteral(": ") + line); });
  connect(task, &Task::stateChanged, this, [this, run, task] {
    run->state = stateName(task->state());
    run->error = task->error();
    if (task->finished()) {
      RunSummary summary;
      summary.study = run->setup.study.toStdString();
      summary.version = run->version;
      summary.parameters = task->parameters();
      summary.inputs = task->inputs();
      summary.record = task->record();
      summary.artifacts = task->artifacts();
      run->report = reportJson(summary);
      run->setup.parameters = task->parameters();
      Q_EMIT logged(tr("%1: %2 after %3 s").arg(run->name, run->state).arg(task->secondsElapsed(), 0, 'f', 1));
      if (task->state() == Task::State::Failed) {
        Q_EMIT failed(tr("%1 stopped").arg(run->name),
                      task->error() + (task->errorDetails().isEmpty() ? QString() : QStringLiteral("\n") + task->errorDetails()));
      }
    }
    Q_EMIT run->changed();
    Q_EMIT runChanged(run);
    Q_EMIT itemsChanged();
  });
}

Run *Session::restoreRun(const Json &json, std::vector<Artifact> artifacts, Recording frames, std::shared_ptr<const Matrix> start) {
  auto run = std::make_unique<Run>();
  run->id = QString::fromStdString(json.value("id", std::string()));
  if (run->id.isEmpty() || findRun(run->id) != nullptr) {
    run->id = newId(QStringLiteral("run-"));
  }
  run->name = QString::fromStdString(json.value("name", run->id.toStdString()));
  run->setup = runSetup(json.value("setup", Json::object()));
  run->version = json.value("version", 1);
  run->report = json.value("report", Json::object());
  run->state = QString::fromStdString(json.value("state", std::string("done")));
  run->error = QString::fromStdString(json.value("error", std::string()));
  run->m_artifacts = std::move(artifacts);
  run->m_frames = std::move(frames);
  run->setup.start = std::move(start);
  Run *added = run.get();
  m_runs.push_back(std::move(run));
  Q_EMIT itemsChanged();
  Q_EMIT runAdded(added);
  findOriginals(added);
  return added;
}

void Session::rename(const QString &id, const QString &name) {
  if (name.trimmed().isEmpty()) {
    return;
  }
  if (DataItem *item = findData(id)) {
    item->name = name.trimmed();
  } else if (ModelItem *model = findModel(id)) {
    model->name = name.trimmed();
  } else if (Run *run = findRun(id)) {
    run->name = name.trimmed();
    Q_EMIT run->changed();
  }
  setModified(true);
  Q_EMIT itemsChanged();
}

void Session::remove(const QString &id) {
  for (const auto &run : m_runs) {
    if (run->live() && run->id != id && (run->setup.data == id || run->setup.model == id)) {
      throw InputError(run->name.toStdString(), "still works with it", "stop that run first");
    }
  }
  if (findRun(id) != nullptr) {
    Q_EMIT runRemoved(id);
    std::erase_if(m_runs, [&](const auto &run) { return run->id == id; });
  } else if (findData(id) != nullptr) {
    m_undo.clear();                                                   // its steps point at the data set's selection
    const std::shared_ptr<Selection> kept = findData(id)->selection;  // until the views have let go of it
    std::erase_if(m_data, [&](const auto &item) { return item->id == id; });
    Q_EMIT dataChanged(id);
  } else {
    std::erase_if(m_models, [&](const auto &item) { return item->id == id; });
    Q_EMIT modelChanged(id);
  }
  setModified(true);
  Q_EMIT itemsChanged();
  giveMemoryBack();
}

/// Once the views have let go of what was closed.
void Session::giveMemoryBack() {
  QTimer::singleShot(1000, this, [this] { m_files.post([] { tensor::giveMemoryBack(); }, QStringLiteral("memory")); });
}

void Session::clear() {
  while (!m_runs.empty()) {
    Q_EMIT runRemoved(m_runs.back()->id);
    m_runs.pop_back();
  }
  m_undo.clear();
  m_models.clear();
  const auto closed = std::exchange(m_data, {});
  m_next = 1;
  for (const auto &item : closed) {
    Q_EMIT dataChanged(item->id);  // views of its samples let go of the selection before it dies
  }
  Q_EMIT itemsChanged();
  giveMemoryBack();
  setModified(false);
}

bool Session::busy() const {
  return std::any_of(m_runs.begin(), m_runs.end(), [](const auto &run) { return run->live(); });
}

void Session::setModified(bool modified) {
  if (m_modified != modified) {
    m_modified = modified;
    Q_EMIT modifiedChanged(modified);
  }
}

}  // namespace vitrine
