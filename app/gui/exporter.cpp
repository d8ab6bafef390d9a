#include "app/gui/exporter.h"

#include <QBuffer>
#include <QTimer>

#include "core/csv.h"
#include "core/error.h"
#include "core/npy.h"
#include "core/report.h"
#include "data/picture.h"

namespace vitrine {

void writePicture(const QImage &picture, const QString &file) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  const bool jpeg = file.endsWith(QStringLiteral(".jpg"), Qt::CaseInsensitive) || file.endsWith(QStringLiteral(".jpeg"), Qt::CaseInsensitive);
  if (picture.isNull() || !picture.save(&buffer, jpeg ? "JPEG" : "PNG", jpeg ? 95 : -1)) {
    throw std::runtime_error(file.toStdString() + ": there is no picture to write");
  }
  writeFile(file.toStdString(), {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

namespace {

/// The cells of some rows, in the order of `rows`.
Column picked(const Column &from, const std::vector<std::size_t> &rows) {
  Column to;
  to.name = from.name;
  to.kind = from.kind;
  to.categories = from.categories;
  for (const std::size_t row : rows) {
    switch (from.kind) {
      case Column::Kind::Number: to.numbers.push_back(from.numbers[row]); break;
      case Column::Kind::Category: to.codes.push_back(from.codes[row]); break;
      case Column::Kind::Text: to.texts.push_back(from.texts[row]); break;
    }
  }
  return to;
}

/// One number column per dimension for the selected ids; NaN where the projection does not hold a sample.
std::vector<Column> coordinates(const std::vector<SampleId> &ids, const Projection &projection) {
  std::vector<Column> columns(projection.positions.cols);
  for (std::size_t d = 0; d < columns.size(); ++d) {
    columns[d].name = std::string(1, "xyz"[std::min<std::size_t>(d, 2)]);
    columns[d].numbers.assign(ids.size(), std::numeric_limits<double>::quiet_NaN());
  }
  for (std::size_t row = 0; row < projection.ids->size(); ++row) {
    const auto it = std::lower_bound(ids.begin(), ids.end(), (*projection.ids)[row]);
    if (it != ids.end() && *it == (*projection.ids)[row]) {
      for (std::size_t d = 0; d < columns.size(); ++d) {
        columns[d].numbers[static_cast<std::size_t>(it - ids.begin())] = static_cast<double>(projection.positions.row(row)[d]);
      }
    }
  }
  return columns;
}

}  // namespace

Table selectionTable(const DataItem &data, const Projection *projection) {
  Table table;
  const auto &ids = data.selection->ids();
  table.ids = std::make_shared<const std::vector<SampleId>>(ids);
  if (projection != nullptr) {
    for (auto &column : coordinates(ids, *projection)) {
      table.columns.push_back(std::move(column));
    }
  }
  if (data.dataset) {
    std::vector<std::size_t> rows;
    for (const SampleId id : ids) {
      rows.push_back(data.dataset->row(id).value_or(0));
    }
    for (const Column &column : data.dataset->columns()) {
      table.columns.push_back(picked(column, rows));
    }
  }
  return table;
}

void writeData(const Artifact &artifact, const QString &file) {
  const std::string path = file.toStdString();
  if (file.endsWith(QStringLiteral(".npy"), Qt::CaseInsensitive)) {
    const Matrix *matrix = artifact.as<Embedding>() != nullptr    ? &artifact.as<Embedding>()->vectors
                           : artifact.as<Projection>() != nullptr ? &artifact.as<Projection>()->positions
                                                                  : nullptr;
    if (matrix != nullptr) {
      writeNpy(path, {matrix->rows, matrix->cols}, matrix->values);
    } else if (const auto *maps = artifact.as<AttentionMaps>()) {
      const auto size = [](int value) { return static_cast<std::size_t>(value); };
      writeNpy(path, {maps->ids ? maps->ids->size() : 1, size(maps->layers), size(maps->heads), size(maps->tokens), size(maps->tokens)}, maps->maps);
    } else {
      throw InputError(path, "a " + artifact.kind() + " is no array", "choose a name that ends in .csv");
    }
    return;
  }
  const char separator = file.endsWith(QStringLiteral(".tsv"), Qt::CaseInsensitive) ? '\t' : ',';
  if (const auto *table = artifact.as<Table>()) {
    writeFile(path, csv(*table, separator));
  } else if (const auto *curve = artifact.as<Curve>()) {
    writeFile(path, csv(*curve));
  } else {
    throw InputError(path, "a " + artifact.kind() + " is no table", "choose a name that ends in .npy");
  }
}

/// Shared with the encoding thread: frames go in on the GUI thread, the film comes out on the lane.
struct FilmExport::Encoder {
  std::unique_ptr<data::FilmWriter> writer;
  std::atomic<int> waiting{0};
};

FilmExport::FilmExport(ViewerFrame *frame, const QString &file, QSize size, double framesPerSecond, const data::FilmOptions &options, QObject *parent)
    : QObject(parent),
      m_frame(frame),
      m_frames(frame->run() != nullptr ? frame->run()->frames() : Recording()),
      m_encoder(std::make_shared<Encoder>()),
      m_file(file),
      m_title(frame->title()),
      m_size(size),
      m_length(frame->viewer()->filmLength()) {
  for (std::size_t i = 0; i < m_frames.size(); ++i) {
    if (m_frames.name(i) == frame->artifact()) {
      m_order.push_back(i);
    }
  }
  const Artifact *result = (m_order.empty() && m_length == 0) || frame->run() == nullptr ? nullptr : frame->run()->artifact(frame->artifact());
  const ViewerInfo *info = result == nullptr ? nullptr : viewerFor(result->kind());
  if (info == nullptr) {
    QTimer::singleShot(0, this, [this] { end(tr("this run recorded no frames; run it again")); });
    return;
  }
  m_viewer.reset(info->make(nullptr));
  m_viewer->resize(size);
  m_viewer->setContext(frame->viewerContext());
  m_viewer->show(*result);
  m_viewer->restore(frame->viewer()->state());
  const double rate = m_length > 0 ? frame->viewer()->filmRate() : framesPerSecond;
  m_lane.ask(
      QString(), this,
      [encoder = m_encoder, path = file.toStdString(), size, rate, options] {
        encoder->writer = std::make_unique<data::FilmWriter>(path, size.width(), size.height(), rate, options);
        return true;
      },
      [this](bool) { renderNext(); }, [this](const QString &error) { end(error); });
}

FilmExport::~FilmExport() = default;

void FilmExport::cancel() {
  end(tr("cancelled"));
}

void FilmExport::renderNext() {
  if (m_done) {
    return;
  }
  if (m_encoder->waiting > 4) {  // the encoder is slower than the painter: wait without blocking
    QTimer::singleShot(10, this, &FilmExport::renderNext);
    return;
  }
  if (m_next == total()) {
    m_lane.ask(
        QString(), this,
        [encoder = m_encoder] {
          encoder->writer->finish();
          return true;
        },
        [this](bool) { end({}); }, [this](const QString &error) { end(error); });
    return;
  }
  if (m_length > 0) {
    m_viewer->filmPicture(m_next, m_size, m_title, [this](const QImage &picture) { encode(picture); });
  } else {
    try {
      m_viewer->show(m_frames[m_order[m_next]]);
    } catch (const std::runtime_error &error) {  // a project's recording may be damaged
      end(QString::fromUtf8(error.what()));
      return;
    }
    encode(m_viewer->grab(m_size));
  }
}

void FilmExport::encode(const QImage &rendered) {
  if (m_done) {
    return;
  }
  const QImage picture = rendered.convertToFormat(QImage::Format_RGB888);
  ++m_encoder->waiting;
  m_lane.ask(
      QString(), this,
      [encoder = m_encoder, picture] {
        Image image{picture.width(), picture.height(), 3, {}};
        image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
        for (int y = 0; y < image.height; ++y) {
          std::copy_n(picture.constScanLine(y), static_cast<std::size_t>(image.width) * 3,
                      image.pixels.begin() + static_cast<std::ptrdiff_t>(y) * image.width * 3);
        }
        encoder->writer->add(image);
        --encoder->waiting;
        return true;
      },
      [](bool) {}, [this](const QString &error) { end(error); });
  ++m_next;
  Q_EMIT progress(static_cast<int>(m_next), static_cast<int>(total()));
  QTimer::singleShot(0, this, &FilmExport::renderNext);
}

void FilmExport::end(const QString &error) {
  if (m_done) {
    return;
  }
  m_done = true;
  if (error.isEmpty()) {
    Q_EMIT finished(m_file);
  } else {
    Q_EMIT failed(error);
  }
}

}  // namespace vitrine
