// Films of ours from files: opened beside data sets and models, and joined with the frames they were made from.
#include <QFile>
#include <QFileInfo>

#include "app/gui/session.h"
#include "core/error.h"
#include "video/clip.h"
#include "video/film.h"

namespace vitrine {

namespace {

constexpr double kSameFilm = 12;  // dB: even a poor fit is nearer to its own originals, and other films are not

bool isFilm(const QString &path) {
  QFile file(path);
  if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly)) {
    return false;
  }
  const QByteArray head = file.read(4);
  return video::isVnv({reinterpret_cast<const std::uint8_t *>(head.constData()), static_cast<std::size_t>(head.size())}) ||
         path.endsWith(QStringLiteral(".vnv"), Qt::CaseInsensitive);
}

bool isModelFile(const QString &path) {
  const QString suffix = QFileInfo(path).suffix().toLower();
  return suffix == u"safetensors" || suffix == u"pt" || suffix == u"pth" || suffix == u"torchscript";
}

struct Candidate {
  QString id;
  std::shared_ptr<const Dataset> data;
};

/// The data set whose frames, cut as the film's were, it resembles most; empty if none does. Compares one frame in the middle.
QString bestOriginals(const Video &film, const Json &cut, const std::vector<Candidate> &candidates) {
  QString best;
  double most = kSameFilm;
  const std::size_t count = film.frames->count(), middle = count / 2;
  const Image made = film.frames->frame(middle);
  for (const auto &[id, data] : candidates) {
    try {
      const auto size = [&](const char *name) { return video::parseSize(cut.value(name, std::string()), name); };
      const Image frame = video::cropAndShrink(data->image(data->ids()[middle]), size("crop"), size("resize"), data->provenance().name);
      if (frame.width == made.width && frame.height == made.height) {
        const double likeness = video::psnr(frame.pixels, made.pixels);
        best = likeness > most ? id : best;
        most = std::max(most, likeness);
      }
    } catch (const InputError &) {  // frames that cannot be cut so are no originals of this film
    }
  }
  return best;
}

/// The same artifacts over other ids.
Artifact withIds(const Artifact &artifact, const Ids &ids) {
  Payload payload = *artifact.payload;
  if (auto *film = std::get_if<Video>(&payload)) {
    film->ids = ids;
  } else if (auto *path = std::get_if<Projection>(&payload)) {
    path->ids = ids;
  }
  return {artifact.name, std::make_shared<const Payload>(std::move(payload)), artifact.metadata};
}

}  // namespace

QString Session::openPath(const QString &path) {
  return isFilm(path) ? openFilm(path) : isModelFile(path) ? openModel(path) : openData(path);
}

QString Session::openFilm(const QString &path) {
  for (const auto &run : m_runs) {
    if (run->report.value("source", std::string()) == path.toStdString()) {
      return run->id;
    }
  }
  const QString name = QFileInfo(path).fileName();
  Run *run = restoreRun({{"name", name.toStdString()}, {"report", {{"source", path.toStdString()}}}, {"state", "opening"}}, {});
  setModified(true);
  m_files.ask(
      run->id, this, [path] { return video::openFilm(path.toStdString()); },
      [this, name, id = run->id](std::vector<Artifact> parts) {
        if (Run *opened = findRun(id)) {
          opened->m_artifacts = std::move(parts);
          opened->state = QStringLiteral("done");
          const auto &film = *opened->m_artifacts.front().as<Video>()->frames;
          Q_EMIT logged(tr("opened %1: %2 frames of %3 x %4").arg(name).arg(film.count()).arg(film.width()).arg(film.height()));
          Q_EMIT opened->changed();
          Q_EMIT runChanged(opened);
          Q_EMIT itemsChanged();
          findOriginals(opened);
        }
      },
      [this, name, id = run->id](const QString &error) {
        if (findRun(id) != nullptr) {
          remove(id);
        }
        Q_EMIT failed(tr("Cannot open %1").arg(name), error);
      });
  return run->id;
}

void Session::findOriginals(Run *run) {
  const Artifact *model = run->setup.study.isEmpty() ? run->artifact("model") : nullptr;
  const DataItem *known = findData(run->setup.data);
  if (model == nullptr || model->as<Video>() == nullptr || (known != nullptr && known->error.isEmpty())) {
    return;
  }
  std::vector<Candidate> candidates;
  for (const auto &item : m_data) {
    if (item->dataset && item->dataset->hasImages() && item->dataset->count() >= model->as<Video>()->frames->count()) {
      candidates.push_back({item->id, item->dataset});
    }
  }
  if (candidates.empty()) {
    return;
  }
  m_files.ask(
      run->id, this, [film = model->payload, cut = model->metadata, candidates] { return bestOriginals(std::get<Video>(*film), cut, candidates); },
      [this, id = run->id](const QString &found) {
        Run *joined = findRun(id);
        const DataItem *data = found.isEmpty() ? nullptr : findData(found);
        if (joined == nullptr || data == nullptr || !data->dataset) {
          return;
        }
        const auto &all = data->dataset->ids();
        const std::size_t count = joined->m_artifacts.front().as<Video>()->frames->count();
        const auto ids = std::make_shared<const std::vector<SampleId>>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
        for (Artifact &artifact : joined->m_artifacts) {
          artifact = withIds(artifact, ids);
        }
        joined->setup.data = found;
        Q_EMIT logged(tr("%1 beside its originals: %2").arg(joined->name, data->name));
        Q_EMIT joined->changed();
        for (const Artifact &artifact : joined->m_artifacts) {
          Q_EMIT joined->artifactChanged(artifact);
        }
      },
      [this](const QString &error) { Q_EMIT logged(error); });
}

}  // namespace vitrine
