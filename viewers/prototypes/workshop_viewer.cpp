#include "viewers/prototypes/workshop_viewer.h"

#include <algorithm>
#include <mutex>

#include <QComboBox>
#include <QSignalBlocker>
#include <QSlider>
#include <QUndoStack>

#include "viewers/prototypes/gallery.h"
#include "viewers/prototypes/matrix_view.h"
#include "viewers/prototypes/plane.h"
#include "viewers/prototypes/scrolled.h"
#include "viewers/prototypes/why.h"
#include "widgets/sample_picture.h"
#include "widgets/selection.h"
#include "widgets/task.h"
#include "widgets/theme.h"
#include "widgets/value_command.h"

namespace vitrine {

namespace {

constexpr double kMixSteps = 100;

/// Parts that fit each other: a payload that a program built is taken as it is, one that does not fit is as good as none.
bool whole(const Prototypes &p) {
  const std::size_t n = p.latents.rows, k = p.weights.cols;
  return p.ids != nullptr && p.prototypes.rows > 0 && k > 0 && n > 0 && p.weights.rows == p.prototypes.rows && p.latents.cols == p.prototypes.cols &&
         p.ids->size() == n && p.labels.size() == n && p.testCount <= n &&
         std::ranges::all_of(p.labels, [k](std::int32_t label) { return label >= 0 && static_cast<std::size_t>(label) < k; });
}

QImage decoded(const Prototypes &payload, std::span<const float> latent) {
  return payload.coder == nullptr ? QImage() : toQImage(payload.coder->decode(latent));
}

QImage pictureOf(const Prototypes &payload, const Dataset *dataset, SampleId id) {
  if (dataset == nullptr || !dataset->hasImages() || !dataset->row(id)) {
    return {};
  }
  try {
    const Image image = dataset->image(id);
    return toQImage(payload.coder == nullptr ? image : payload.coder->input(image));
  } catch (const std::exception &) {  // a picture that cannot be read is said where the sample itself is shown
    return {};
  }
}

}  // namespace

struct WorkshopViewer::Prepared {
  explicit Prepared(std::shared_ptr<const Prototypes> given) : payload(std::move(given)), scores(*payload), decodedFrom(payload->prototypes) {}
  std::shared_ptr<const Prototypes> payload;
  std::mutex mutex;  ///< of what follows: a view that changed its lane may have a job on each
  PrototypeScores scores;
  Matrix decodedFrom;  ///< where the prototypes of the latest pictures stand
  LatentPlane plane;
  Matrix places;
  std::vector<QImage> pictures, nearest;
  PrototypeScores::Result before;
  std::vector<double> means;
};

struct WorkshopViewer::Judged {
  PrototypeScores::Result now;
  std::vector<double> means;
  std::vector<std::pair<std::size_t, QImage>> pictures;  ///< of the prototypes that were moved
};

Viewer *makeWorkshopViewer(QWidget *parent) {
  return new WorkshopViewer(parent);
}

std::shared_ptr<WorkshopViewer::Prepared> WorkshopViewer::prepared(const std::shared_ptr<const Prototypes> &payload,
                                                                   const std::shared_ptr<const Dataset> &dataset) {
  auto made = std::make_shared<Prepared>(payload);
  made->plane = principalPlane(payload->latents);
  made->places = inPlane(made->plane, payload->latents);
  made->before = made->scores.of(layerOf(*payload));
  made->means = made->scores.meanDistances();
  for (std::size_t j = 0; j < payload->prototypes.rows; ++j) {
    made->pictures.push_back(decoded(*payload, payload->prototypes.row(j)));
    made->nearest.push_back(j < payload->nearest.size() ? pictureOf(*payload, dataset.get(), payload->nearest[j]) : QImage());
  }
  return made;
}

void WorkshopViewer::setContext(const ViewerContext &context) {
  const bool other = context.dataset != m_context.dataset || context.interactive != m_context.interactive;
  if (m_context.selection != nullptr) {
    disconnect(m_context.selection, nullptr, this, nullptr);
  }
  m_context = context;
  if (context.selection != nullptr) {
    connect(context.selection, &Selection::changed, this, &WorkshopViewer::readSelection);
    connect(context.selection, &Selection::currentChanged, this, [this](SampleId id) {
      if (id >= 0 && id != m_scene.sample.id) {
        ask(id);
      }
    });
    connect(context.selection, &Selection::hoveredChanged, this, [this](SampleId id) { m_plane->setHovered(asked(id).row); });
  }
  if (other && m_payload != nullptr) {
    m_payload = nullptr;
    m_wanted = m_wanted.is_null() ? state() : m_wanted;
    show(m_artifact);
  }
  readSelection();
}

void WorkshopViewer::show(const Artifact &artifact) {
  const auto *prototypes = artifact.as<Prototypes>();
  if (prototypes == nullptr || (m_payload != nullptr && m_payload.get() == prototypes)) {
    return;
  }
  m_artifact = artifact;
  m_payload = whole(*prototypes) ? std::shared_ptr<const Prototypes>(artifact.payload, prototypes) : nullptr;
  ++m_round;
  m_judging = m_again = m_asking = m_mixing = false;
  m_preparing = m_payload != nullptr;
  if (m_payload == nullptr || m_context.interactive == nullptr) {
    m_prepared = nullptr;
    m_scene = {};
    refresh();
    return;
  }
  m_context.interactive->ask(
      {}, this, [payload = m_payload, dataset = m_context.dataset] { return prepared(payload, dataset); },
      [this, round = m_round](const std::shared_ptr<Prepared> &made) {
        if (round == m_round) {
          takePrepared(made);
        }
      },
      [this, round = m_round](const QString &problem) {
        if (round == m_round) {
          m_preparing = false;
          m_note = problem;
          Q_EMIT statusChanged();
        }
      });
}

void WorkshopViewer::takePrepared(const std::shared_ptr<Prepared> &made) {
  m_preparing = false;
  m_prepared = made;
  m_dragFrom.reset();
  const AskedSample before = m_scene.sample;
  WorkshopScene scene;
  scene.payload = made->payload;
  scene.layer = layerOf(*made->payload);
  scene.pictures = made->pictures;
  scene.nearest = made->nearest;
  scene.before = scene.now = made->before;
  scene.means = made->means;
  scene.plane = made->plane;
  scene.places = made->places;
  std::ranges::copy_if(m_scene.chosen, std::back_inserter(scene.chosen), [&](std::size_t j) { return j < scene.count(); });
  m_scene = std::move(scene);
  {
    const QSignalBlocker quiet(m_replay);
    const auto moments = static_cast<int>(m_scene.payload->replay.size());
    m_replay->setRange(0, moments);
    m_replay->setValue(moments);
    m_replay->setVisible(moments > 0);
  }
  const SampleId current = m_context.selection == nullptr ? -1 : m_context.selection->current();
  ask(current >= 0 ? current : before.id >= 0 ? before.id : m_scene.payload->ids->front());
  readSelection();
  if (const Json wanted = std::exchange(m_wanted, Json()); !wanted.is_null()) {
    restore(wanted);
  }
  refresh();
  mix();
}

void WorkshopViewer::setLayer(const PrototypeLayer &layer) {
  if (m_prepared == nullptr || layer.prototypes.cols != m_scene.layer.prototypes.cols || layer.count() != m_scene.count() || layer == m_scene.layer) {
    return;
  }
  m_scene.layer = layer;
  refresh();
  judge();
}

/// The newest layer is judged; those that came while another was being judged are passed over, but a drag never waits for its end.
void WorkshopViewer::judge() {
  if (m_judging || m_context.interactive == nullptr) {
    m_again = m_judging;
    return;
  }
  m_judging = true;
  const auto work = [made = m_prepared, layer = m_scene.layer] {
    const std::lock_guard lock(made->mutex);
    Judged judged;
    judged.now = made->scores.of(layer);
    judged.means = made->scores.meanDistances();
    for (std::size_t j = 0; j < layer.count(); ++j) {
      if (!std::ranges::equal(layer.prototypes.row(j), made->decodedFrom.row(j))) {
        judged.pictures.emplace_back(j, decoded(*made->payload, layer.prototypes.row(j)));
        std::ranges::copy(layer.prototypes.row(j), made->decodedFrom.row(j).begin());
      }
    }
    return judged;
  };
  const auto done = [this, round = m_round](const Judged &judged) {
    if (round == m_round) {
      takeJudged(judged);
    }
  };
  m_context.interactive->ask({}, this, work, done, [this, round = m_round](const QString &problem) {
    if (round == m_round) {
      m_judging = false;
      m_note = problem;
      Q_EMIT statusChanged();
    }
  });
}

void WorkshopViewer::takeJudged(const Judged &judged) {
  m_judging = false;
  m_scene.now = judged.now;
  m_scene.means = judged.means;
  for (const auto &[j, picture] : judged.pictures) {
    m_scene.pictures[j] = picture;
  }
  if (std::exchange(m_again, false)) {
    judge();
  }
  refresh();
  mix();
}

void WorkshopViewer::push(const QString &what, const PrototypeLayer &before, const PrototypeLayer &after, int moved) {
  const auto apply = [this, payload = std::weak_ptr<const Prototypes>(m_scene.payload)](const PrototypeLayer &wanted) {
    if (m_scene.payload == payload.lock()) {
      setLayer(wanted);
    }
  };
  m_context.undo->push(new ValueCommand<PrototypeLayer>(what, this, before, after, apply, moved));
}

void WorkshopViewer::edit(const PrototypeLayer &layer, const QString &what) {
  if (m_prepared != nullptr && !(layer == m_scene.layer)) {
    push(what, m_scene.layer, layer, -1);
  }
}

void WorkshopViewer::moveTo(std::size_t j, float x, float y) {
  if (m_prepared == nullptr) {
    return;
  }
  m_dragFrom = m_dragFrom ? m_dragFrom : std::optional(m_scene.layer);
  setLayer(moved(m_scene.layer, j, draggedTo(m_scene.plane, m_scene.layer.prototypes.row(j), x, y)));
}

void WorkshopViewer::settle(std::size_t j) {
  if (const auto from = std::exchange(m_dragFrom, std::nullopt); from && !(*from == m_scene.layer)) {
    push(tr("Move prototype %1").arg(j + 1), *from, m_scene.layer, static_cast<int>(j));
  }
}

/// What is known at once: the row, the code and the class of one of the payload's samples.
AskedSample WorkshopViewer::asked(SampleId id) const {
  AskedSample sample;
  sample.id = id;
  if (m_scene.payload == nullptr || id < 0) {
    return sample;
  }
  const auto &ids = *m_scene.payload->ids;
  if (const auto at = std::ranges::find(ids, id); at != ids.end()) {
    sample.row = static_cast<std::size_t>(at - ids.begin());
    const auto latent = m_scene.payload->latents.row(*sample.row);
    sample.latent.assign(latent.begin(), latent.end());
    sample.truth = m_scene.payload->labels[*sample.row];
  }
  return sample;
}

AskedSample WorkshopViewer::answered(AskedSample sample, const Prototypes &payload, const Dataset *dataset) {
  const auto row = dataset == nullptr ? std::nullopt : dataset->row(sample.id);
  sample.picture = pictureOf(payload, dataset, sample.id);
  if (sample.latent.empty() && row && dataset->hasImages() && payload.coder != nullptr) {
    sample.latent = payload.coder->encode(dataset->image(sample.id));
    const Column *label = dataset->label();
    const auto name = label == nullptr ? payload.classNames.end() : std::ranges::find(payload.classNames, label->text(*row));
    sample.truth = name == payload.classNames.end() ? -1 : static_cast<int>(name - payload.classNames.begin());
  }
  sample.rebuilt = sample.latent.empty() ? QImage() : decoded(payload, sample.latent);
  return sample;
}

void WorkshopViewer::ask(SampleId id) {
  if (m_scene.payload == nullptr || m_context.interactive == nullptr) {
    return;
  }
  m_scene.sample = asked(id);
  m_scene.askedClass.reset();
  scrollToTop(m_whyView);
  m_asking = true;
  m_note.clear();
  refresh();
  const auto work = [sample = m_scene.sample, payload = m_scene.payload, dataset = m_context.dataset] { return answered(sample, *payload, dataset.get()); };
  const auto done = [this, round = m_round](const AskedSample &sample) {
    if (round == m_round && sample.id == m_scene.sample.id) {
      m_asking = false;
      m_scene.sample = sample;
      refresh();
    }
  };
  m_context.interactive->ask(QStringLiteral("prototypes %1").arg(reinterpret_cast<quintptr>(this)), this, work, done,
                             [this, id, round = m_round](const QString &problem) {
                               if (round == m_round && id == m_scene.sample.id) {
                                 m_asking = false;
                                 m_note = problem;
                                 Q_EMIT statusChanged();
                               }
                             });
}

void WorkshopViewer::askFor(std::optional<std::size_t> classIndex) {
  m_scene.askedClass = classIndex;
  refresh();
}

/// What the network makes of a code between the two chosen prototypes.
void WorkshopViewer::mix() {
  if (m_scene.chosen.size() != 2 || m_scene.payload->coder == nullptr || m_context.interactive == nullptr) {
    m_mixed->setPicture({});
    return;
  }
  const auto a = m_scene.layer.prototypes.row(m_scene.chosen[0]), b = m_scene.layer.prototypes.row(m_scene.chosen[1]);
  const auto t = static_cast<float>(m_mixSlider->value() / kMixSteps);
  std::vector<float> between(a.size());
  std::ranges::transform(a, b, between.begin(), [t](float x, float y) { return x + t * (y - x); });
  const Why why = explained(between, m_scene.layer, m_scene.means, std::nullopt);
  m_mixed->setAccessibleName(
      tr("Between prototypes %1 and %2: %3").arg(m_scene.chosen[0] + 1).arg(m_scene.chosen[1] + 1).arg(m_scene.className(why.predicted)));
  m_mixed->setToolTip(m_mixed->accessibleName());
  m_mixing = true;
  const auto work = [payload = m_scene.payload, between] { return decoded(*payload, between); };
  const auto done = [this, round = m_round](const QImage &picture) {
    if (round == m_round) {
      m_mixing = false;
      m_mixed->setPicture(picture);
    }
  };
  m_context.interactive->ask(QStringLiteral("prototypes between %1").arg(reinterpret_cast<quintptr>(this)), this, work, done);
}

QImage WorkshopViewer::grab(QSize pixels) {
  if (m_payload != nullptr && m_scene.payload != m_payload) {  // a picture is of what was given, not of what has been prepared so far
    takePrepared(prepared(m_payload, m_context.dataset));
  }
  if (m_scene.payload == nullptr) {
    return {};
  }
  if (m_asking) {
    m_scene.sample = answered(m_scene.sample, *m_scene.payload, m_context.dataset.get());
    refresh();
  }
  return painted(pixels);
}

}  // namespace vitrine
