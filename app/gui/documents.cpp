#include "app/gui/documents.h"

#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QSettings>

#include "app/gui/dialogs/import_dialog.h"
#include "app/gui/dialogs/preferences.h"

namespace vitrine {

namespace {

bool isProject(const QString &path) {
  return QFileInfo(path + QStringLiteral("/project.json")).isFile();
}

bool isTable(const QString &path) {
  const QString suffix = QFileInfo(path).suffix().toLower();
  return suffix == u"csv" || suffix == u"tsv";
}

}  // namespace

Documents::Documents(Session &session, ViewerArea &area, QWidget *window) : QObject(window), m_session(session), m_area(area), m_window(window) {
  connect(&session, &Session::modifiedChanged, this, &Documents::titleChanged);
}

void Documents::open(const QStringList &paths, bool ask) {
  for (const QString &given : paths) {
    const QFileInfo info(given);
    QString path = info.exists() ? info.absoluteFilePath() : given;
    if (info.fileName() == u"project.json") {
      path = info.absolutePath();
    }
    if (isProject(path)) {
      leave([this, path] { openProject(path); });
    } else if (ask && info.isFile() && isTable(path)) {
      importTable(path);
    } else {
      showOnceOpen(m_session.openPath(path));
      if (info.exists()) {
        remember(path);
      }
    }
  }
}

/// Whoever opens data or a film wants to see them.
void Documents::showOnceOpen(const QString &dataId) {
  if (Run *film = m_session.findRun(dataId)) {
    if (m_area.open(film, "model") == nullptr) {
      connect(
          film, &Run::changed, &m_area, [this, film] { m_area.open(film, "model"); }, Qt::SingleShotConnection);
    }
    return;
  }
  auto *waiting = new QObject(this);
  const auto look = [this, waiting, dataId] {
    const DataItem *item = m_session.findData(dataId);
    if (item == nullptr || !item->error.isEmpty() || item->dataset) {
      waiting->deleteLater();
      if (item != nullptr && item->dataset) {
        m_area.openData(dataId);
      }
    }
  };
  connect(&m_session, &Session::dataChanged, waiting, [look, dataId](const QString &id) {
    if (id == dataId) {
      look();
    }
  });
  look();
}

void Documents::importTable(const QString &path) {
  auto *dialog = new ImportDialog(path.toStdString(), m_session.files(), m_window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog, path] {
    showOnceOpen(m_session.openData(path, dialog->options()));
    remember(path);
  });
  dialog->open();
}

void Documents::openProject(const QString &folder) {
  m_session.files()->ask(
      QStringLiteral("project"), this, [path = folder.toStdString()] { return project::read(path); },
      [this, folder](project::Contents contents) {
        m_session.clear();
        m_folder = folder;
        m_json = contents.json;
        const Json views = contents.json.value("views", Json::object());
        for (const std::string &missing : contents.missing) {
          Q_EMIT failed(tr("A part of the project is missing"), QString::fromStdString(missing));
        }
        project::restore(m_session, std::move(contents), folder.toStdString());
        m_area.restore(views);
        m_session.setModified(false);
        remember(folder);
        Q_EMIT titleChanged();
        Q_EMIT projectOpened();
      },
      [this, folder](const QString &error) { Q_EMIT failed(tr("Cannot open the project %1").arg(QFileInfo(folder).fileName()), error); });
}

void Documents::chooseFiles() {
  open(QFileDialog::getOpenFileNames(m_window, tr("Open data, models or a project"), QString(),
                                     tr("All that Vitrine reads (*.csv *.tsv *.npy *.npz *.gz *idx3-ubyte *.mp4 *.mkv *.webm *.avi *.mov *.m4v *.mpg *.ts "
                                        "*.gif *.vnv *.safetensors *.pt *.pth "
                                        "project.json);;All files (*)")));
}

void Documents::chooseFolder() {
  const QString folder = QFileDialog::getExistingDirectory(m_window, tr("Open a folder of pictures"));
  if (!folder.isEmpty()) {
    open({folder});
  }
}

void Documents::chooseProject() {
  const QString folder = QFileDialog::getExistingDirectory(m_window, tr("Open a project (a folder NAME.vitrine)"));
  if (folder.isEmpty()) {
    return;
  }
  if (isProject(folder)) {
    open({folder});
  } else {
    Q_EMIT failed(tr("Not a project"), tr("%1 holds no project.json").arg(folder));
  }
}

void Documents::save() {
  if (m_folder.isEmpty()) {
    saveAs();
  } else {
    saveTo(m_folder);
  }
}

void Documents::saveAs() {
  QString folder = QFileDialog::getSaveFileName(m_window, tr("Save the project as a folder"), QDir::home().filePath(QStringLiteral("exploration.vitrine")),
                                                tr("Vitrine project (*.vitrine)"), nullptr, QFileDialog::DontConfirmOverwrite);
  if (folder.isEmpty()) {
    m_afterSave = nullptr;
    return;
  }
  if (!folder.endsWith(QStringLiteral(".vitrine"))) {
    folder += QStringLiteral(".vitrine");
  }
  const QFileInfo info(folder);
  if (info.exists() && !isProject(folder) && !(info.isDir() && QDir(folder).isEmpty())) {
    Q_EMIT failed(tr("Not saved"), tr("%1 is there already and is no Vitrine project; choose another name").arg(folder));
    return;
  }
  saveTo(folder);
}

void Documents::saveTo(const QString &folder) {
  m_saving = true;
  const Json before = folder == m_folder ? m_json : Json::object();
  const auto snapshot = project::snapshot(m_session, m_area.state(), before);
  m_session.setModified(false);  // a change made while the file is written counts again
  m_session.files()->ask(
      QStringLiteral("save"), this, [snapshot, path = folder.toStdString()] { return project::write(snapshot, path); },
      [this, folder](const Json &written) {
        m_saving = false;
        m_folder = folder;
        m_json = written;
        remember(folder);
        Q_EMIT titleChanged();
        Q_EMIT said(tr("saved %1").arg(folder));
        if (const auto after = std::exchange(m_afterSave, nullptr)) {
          after();
        }
      },
      [this](const QString &error) {
        m_saving = false;
        m_afterSave = nullptr;
        m_session.setModified(true);
        Q_EMIT failed(tr("The project was not saved"), error);
      });
}

void Documents::leave(const std::function<void()> &go) {
  const bool worth = m_session.modified() && !m_session.runs().empty();
  if (!worth || !setting(QStringLiteral("confirm_close")).toBool()) {
    go();
    return;
  }
  auto *box = new QMessageBox(QMessageBox::Question, tr("Vitrine"),
                              m_session.busy() ? tr("A run is still going on, and the project is not saved.") : tr("The project is not saved."),
                              QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
  box->setInformativeText(tr("Save it before it is closed?"));
  box->setDefaultButton(QMessageBox::Save);
  box->setAttribute(Qt::WA_DeleteOnClose);
  connect(box, &QMessageBox::finished, this, [this, go](int answer) {
    if (answer == QMessageBox::Discard) {
      go();
    } else if (answer == QMessageBox::Save) {
      m_afterSave = go;
      save();
    }
  });
  box->open();
}

QStringList Documents::recent() const {
  return QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("recent")).toStringList();
}

void Documents::remember(const QString &path) {
  QStringList paths = recent();
  paths.removeAll(path);
  paths.prepend(path);
  paths = paths.mid(0, setting(QStringLiteral("recent_count")).toInt());
  QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("recent"), paths);
  Q_EMIT recentChanged(recent());
}

void Documents::forget(const QString &path) {
  QStringList paths = recent();
  paths.removeAll(path);
  QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("recent"), paths);
  Q_EMIT recentChanged(paths);
}

QString Documents::title() const {
  const QString name = m_folder.isEmpty() ? tr("untitled") : QFileInfo(m_folder).completeBaseName();
  return QStringLiteral("%1%2 - Vitrine").arg(name, m_session.modified() ? QStringLiteral("*") : QString());
}

}  // namespace vitrine
