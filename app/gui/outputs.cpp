#include "app/gui/outputs.h"

#include <map>

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QProgressDialog>
#include <QStandardPaths>

#include "app/gui/dialogs/preferences.h"
#include "app/gui/dialogs/screenshot_dialog.h"

namespace vitrine {

namespace {

/// A file name out of a title: "t-SNE 1 - projection" -> "t-sne-1-projection".
QString fileStem(const QString &title) {
  QString stem;
  for (const QChar c : title.toLower()) {
    if (c.isLetterOrNumber() || (c == u'-' && !stem.endsWith(u'-'))) {
      stem += c;
    } else if (!stem.isEmpty() && !stem.endsWith(u'-')) {
      stem += u'-';
    }
  }
  return stem.isEmpty() ? QStringLiteral("vitrine") : stem;
}

const Projection *projectionOf(const ViewerFrame *frame) {
  const Artifact *artifact = frame != nullptr && frame->run() != nullptr ? frame->run()->artifact(frame->artifact()) : nullptr;
  return artifact != nullptr ? artifact->as<Projection>() : nullptr;
}

}  // namespace

Outputs::Outputs(Session &session, ViewerArea &area, QWidget *window) : QObject(window), m_session(session), m_area(area), m_window(window) {
  m_lastFolder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
  if (m_lastFolder.isEmpty() || !QDir(m_lastFolder).exists()) {
    m_lastFolder = QDir::homePath();
  }
}

QString Outputs::askFile(const QString &title, const QString &name, const QString &filter, QString *chosen) {
  const QString file = QFileDialog::getSaveFileName(m_window, title, QDir(m_lastFolder).filePath(name), filter, chosen);
  if (!file.isEmpty()) {
    m_lastFolder = QFileInfo(file).absolutePath();
  }
  return file;
}

void Outputs::onFiles(std::function<void()> write, const QString &file) {
  m_session.files()->ask(
      QString(), this,
      [write = std::move(write)] {
        write();
        return true;
      },
      [this, file](bool) { Q_EMIT said(tr("wrote %1").arg(file)); }, [this](const QString &error) { Q_EMIT failed(tr("Nothing was written"), error); });
}

void Outputs::screenshot() {
  ViewerFrame *frame = m_area.active();
  if (frame == nullptr) {
    Q_EMIT failed(tr("No view to picture"), tr("open a result first; the active tab is what a screenshot shows"));
    return;
  }
  Viewer *viewer = frame->viewer();
  ScreenshotDialog dialog([viewer](QSize size) { return viewer->grab(size); }, viewer->size() * viewer->devicePixelRatioF(),
                          QDir(m_lastFolder).filePath(fileStem(frame->title()) + QStringLiteral(".png")), m_window);
  if (dialog.exec() == QDialog::Accepted) {
    m_lastFolder = QFileInfo(dialog.path()).absolutePath();
    onFiles([picture = dialog.picture(), path = dialog.path()] { writePicture(picture, path); }, dialog.path());
  }
}

void Outputs::copyPicture() {
  if (ViewerFrame *frame = m_area.active()) {
    const QImage picture = frame->viewer()->grab(frame->viewer()->size() * frame->viewer()->devicePixelRatioF());
    if (!picture.isNull()) {
      QApplication::clipboard()->setImage(picture);
      Q_EMIT said(tr("copied a picture of %1 x %2 pixels").arg(picture.width()).arg(picture.height()));
      return;
    }
  }
  Q_EMIT failed(tr("Nothing to copy"), tr("the active view shows nothing yet"));
}

void Outputs::exportData() {
  ViewerFrame *frame = m_area.active();
  const Artifact *whole = frame != nullptr && frame->run() != nullptr ? frame->run()->artifact(frame->artifact()) : nullptr;
  const auto table = frame != nullptr ? frame->viewer()->exported() : std::nullopt;
  const bool isArray = whole != nullptr && (whole->kind() == "projection" || whole->kind() == "embedding" || whole->kind() == "attention");
  if (!table && !isArray) {
    Q_EMIT failed(tr("Nothing to export"), tr("the active view holds no table and no array"));
    return;
  }
  QStringList filters;
  if (table) {
    filters << tr("Table, comma separated (*.csv)") << tr("Table, tab separated (*.tsv)");
  }
  if (isArray) {
    filters << tr("NumPy array (*.npy)");
  }
  const QString file = askFile(tr("Export the data of this view"), fileStem(frame->title()) + (table ? QStringLiteral(".csv") : QStringLiteral(".npy")),
                               filters.join(QStringLiteral(";;")));
  if (!file.isEmpty()) {
    writeArtifactData(
        file.endsWith(QStringLiteral(".npy"), Qt::CaseInsensitive) && whole != nullptr ? *whole : table.value_or(whole != nullptr ? *whole : Artifact{}), file);
  }
}

void Outputs::exportSelection() {
  ViewerFrame *frame = m_area.active();
  const DataItem *data = frame != nullptr ? m_session.findData(frame->dataId()) : nullptr;
  if (data == nullptr || data->selection->ids().empty()) {
    Q_EMIT failed(tr("Nothing is selected"), tr("select points or pictures first"));
    return;
  }
  const QString file = askFile(tr("Export the selection"), QStringLiteral("selection.csv"), tr("Table, comma separated (*.csv);;Table, tab separated (*.tsv)"));
  if (!file.isEmpty()) {
    writeSelection(data->id, frame, file);
  }
}

void Outputs::exportFilm() {
  ViewerFrame *frame = m_area.active();
  const bool shown = frame != nullptr && frame->viewer()->filmLength() > 0;
  if (!shown && (frame == nullptr || frame->run() == nullptr || frame->run()->frames().empty())) {
    Q_EMIT failed(tr("No film to export"), tr("the active view shows no film and its run recorded no frames; runs of t-SNE and UMAP do"));
    return;
  }
  std::map<QString, std::string> codecs;
  QStringList filters;
  for (const data::FilmCodec &codec : data::filmCodecs()) {
    if (!codec.encoder.empty()) {
      const QString title = QString::fromStdString(codec.title);
      filters << (codec.lossless ? tr("Film, %1 (*.mkv)") : tr("Film, %1 (*.mp4 *.mkv)")).arg(title);
      codecs[filters.back()] = codec.id;
    }
  }
  QString chosen = filters.value(0);
  const QString file = askFile(shown ? tr("Export the film as it is shown") : tr("Export the run as a film"), fileStem(frame->title()) + QStringLiteral(".mp4"),
                               filters.join(QStringLiteral(";;")), &chosen);
  if (file.isEmpty()) {
    return;
  }
  FilmExport *film = writeFilm(frame, QSize(1280, 720), file, codecs[chosen]);
  auto *progress = new QProgressDialog(tr("Writing the film..."), tr("Cancel"), 0, 100, m_window);
  progress->setAttribute(Qt::WA_DeleteOnClose);
  connect(film, &FilmExport::progress, progress, [progress](int done, int total) {
    progress->setMaximum(total);
    progress->setValue(done);
  });
  connect(film, &FilmExport::finished, progress, &QWidget::close);
  connect(film, &FilmExport::failed, progress, &QWidget::close);
  connect(progress, &QProgressDialog::canceled, film, &FilmExport::cancel);
}

void Outputs::writeShot(ViewerFrame *frame, QSize pixels, const QString &file) {
  const QImage picture = frame->viewer()->grab(pixels);
  onFiles([picture, file] { writePicture(picture, file); }, file);
}

void Outputs::writeWindow(const QString &file) {
  const QImage picture = m_window->grab().toImage();
  onFiles([picture, file] { writePicture(picture, file); }, file);
}

FilmExport *Outputs::writeFilm(ViewerFrame *frame, QSize pixels, const QString &file, const std::string &codec) {
  data::FilmOptions options;
  options.codec = codec;
  auto *film = new FilmExport(frame, file, pixels, setting(QStringLiteral("film_frame_rate")).toDouble(), options, this);
  connect(film, &FilmExport::finished, this, [this, film](const QString &written) {
    Q_EMIT said(tr("wrote %1").arg(written));
    film->deleteLater();
  });
  connect(film, &FilmExport::failed, this, [this, film](const QString &error) {
    Q_EMIT failed(tr("The film was not written"), error);
    film->deleteLater();
  });
  return film;
}

void Outputs::writeSelection(const QString &dataId, ViewerFrame *coordinates, const QString &file) {
  if (const DataItem *data = m_session.findData(dataId)) {
    writeArtifactData({"selection", std::make_shared<const Payload>(selectionTable(*data, projectionOf(coordinates))), Json::object()}, file);
  }
}

void Outputs::writeArtifactData(const Artifact &artifact, const QString &file) {
  onFiles([artifact, file] { writeData(artifact, file); }, file);
}

}  // namespace vitrine
