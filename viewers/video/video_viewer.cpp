#include "viewers/video/video_viewer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <QPainter>
#include <QUndoStack>
#include <QVBoxLayout>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/theme.h"
#include "widgets/value_command.h"

namespace vitrine {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

QImage rgb(const Image &image) {
  return toQImage(image).convertToFormat(QImage::Format_RGB888);
}

/// dB of one frame, NaN where the two do not fit each other (as HNeRV's evaluation has it: of values in [0, 1], 1e-9 against infinity).
double decibels(const QImage &a, const QImage &b) {
  if (a.isNull() || a.size() != b.size()) {
    return kNone;
  }
  std::int64_t sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    const uchar *p = a.constScanLine(y), *q = b.constScanLine(y);
    for (int i = 0; i < 3 * a.width(); ++i) {
      const int d = int{p[i]} - int{q[i]};
      sum += d * d;
    }
  }
  return -10 * std::log10(static_cast<double>(sum) / (255.0 * 255.0 * 3 * a.width() * a.height()) + 1e-9);
}

QString inDecibels(double value) {
  return std::isnan(value) ? QString() : QStringLiteral("%1 dB").arg(value, 0, 'f', 2);
}

}  // namespace

Viewer *makeVideoViewer(QWidget *parent) {
  return new VideoViewer(parent);
}

VideoViewer::VideoViewer(QWidget *parent) : Viewer(parent), m_canvas(new VideoCanvas(this)), m_strip(new QualityStrip(this)), m_knobs(new FilmKnobs(this)) {
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_canvas, 1);
  layout->addWidget(m_knobs);
  layout->addWidget(m_strip);
  setMinimumSize(240, 180);
  setFocusProxy(m_canvas);
  buildTools();
  connect(m_canvas, &VideoCanvas::pixelChanged, this, &Viewer::statusChanged);
  connect(m_strip, &QualityStrip::frameChosen, this, &VideoViewer::choose);
  connect(m_knobs, &FilmKnobs::changed, this, &VideoViewer::takeKnobs);
  m_rest.setSingleShot(true);
  m_rest.setInterval(300);
  connect(&m_rest, &QTimer::timeout, this, &VideoViewer::measure);
  m_clock.setTimerType(Qt::PreciseTimer);
  connect(&m_clock, &QTimer::timeout, this, [this] {
    if (m_shown == m_frame && count() > 0) {  // where even a preview is slower than the film, it plays as fast as it decodes
      seek((m_frame + 1) % count());
    }
  });
}

VideoViewer::~VideoViewer() {
  *m_stale = true;
}

void VideoViewer::buildTools() {
  const auto tool = [this](const char *iconName, const QString &text, const char *key, const QString &help, const std::function<void()> &act) {
    QAction *action = addTool(QString::fromLatin1(iconName), text, QString::fromLatin1(key), help);
    connect(action, &QAction::triggered, this, act);
    m_tools << action;
    return action;
  };
  const auto compare = [this](Compare wanted) {
    if (wanted == Compare::Difference && m_canvas->compare() == wanted) {
      m_canvas->setGain(m_canvas->gain() >= 32 ? 2 : 2 * m_canvas->gain());
    }
    m_canvas->setCompare(wanted);
    refreshTools();
  };
  m_play = tool("play", tr("Play"), "Space", tr("Play in a loop, or pause"), [this] { setPlaying(!playing()); });
  tool("step-back", tr("Back"), "Left", tr("One frame back"), [this] { choose(m_frame == 0 ? count() - 1 : m_frame - 1); });
  tool("step-on", tr("On"), "Right", tr("One frame on"), [this] { choose(count() == 0 ? 0 : (m_frame + 1) % count()); });
  m_side = tool("side-by-side", tr("Both"), "S", tr("Original and reconstruction side by side"), [compare] { compare(Compare::Side); });
  m_wipe = tool("wipe", tr("Wipe"), "W", tr("The original left of a line that follows the mouse"), [compare] { compare(Compare::Wipe); });
  m_difference =
      tool("difference", tr("Difference"), "D", tr("Reconstruction minus original, amplified; again for more"), [compare] { compare(Compare::Difference); });
  tool("fit", tr("Fit"), "F", tr("Show the whole picture"), [this] { m_canvas->fit(); });
  for (QAction *action : {m_side, m_wipe, m_difference}) {
    action->setCheckable(true);
  }
  refreshTools();
}

void VideoViewer::refreshTools() {
  m_side->setChecked(m_canvas->compare() == Compare::Side);
  m_wipe->setChecked(m_canvas->compare() == Compare::Wipe);
  m_difference->setChecked(m_canvas->compare() == Compare::Difference);
  for (QAction *action : {m_side, m_wipe, m_difference}) {
    action->setEnabled(m_originals != nullptr);
  }
  m_play->setIcon(icon(playing() ? QStringLiteral("pause") : QStringLiteral("play")));
}

void VideoViewer::setContext(const ViewerContext &context) {
  const bool other = m_context.originals != context.originals;
  if (m_context.selection != nullptr) {
    disconnect(m_context.selection, nullptr, this, nullptr);
  }
  m_context = context;
  if (context.selection != nullptr) {
    connect(context.selection, &Selection::currentChanged, this, [this](SampleId id) {
      if (const auto frame = frameOf(id); frame && !playing() && *frame != m_frame) {
        seek(*frame);
      }
    });
    connect(context.selection, &Selection::probed, this, [this](SampleId id, const std::vector<float> &offset) {
      if (const auto frame = frameOf(id); frame && !playing() && !(offset.empty() && m_offset.empty() && *frame == m_frame)) {
        seek(*frame);
        m_offset = offset;
        decode();
      }
    });
  }
  if (other) {
    reset();
  }
}

std::optional<std::size_t> VideoViewer::frameOf(SampleId id) const {
  const auto *video = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Video>();
  if (video == nullptr || video->ids == nullptr) {
    return std::nullopt;
  }
  const auto at = std::ranges::find(*video->ids, id);
  return at == video->ids->end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - video->ids->begin()));
}

void VideoViewer::choose(std::size_t frame) {
  seek(frame);
  const auto *video = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Video>();
  if (m_context.selection != nullptr && video != nullptr && video->ids != nullptr && frame < video->ids->size()) {
    m_context.selection->setCurrent((*video->ids)[frame]);
  }
}

void VideoViewer::show(const Artifact &artifact) {
  const auto *video = artifact.as<Video>();
  m_artifact = artifact;
  m_film = video == nullptr ? nullptr : video->frames;
  m_latents = video == nullptr ? nullptr : video->latents;
  m_made = {};
  m_openedBytes = 0;
  const FilmEditor *editor = video == nullptr ? nullptr : video->editor.get();
  m_knobs->setFilm(editor);
  m_edit = m_knobs->edit();
  reset();
  if (editor != nullptr) {
    countBytes();
  }
}

void VideoViewer::setEdit(const FilmEdit &edit) {
  m_knobs->setEdit(edit);
  m_edit = m_knobs->edit();
  change();
}

void VideoViewer::takeKnobs(const FilmEdit &edit) {
  const FilmEdit before = m_edit;
  if (m_context.undo == nullptr || before == edit) {
    setEdit(edit);
    return;
  }
  const auto apply = [this, film = std::weak_ptr(m_artifact.payload)](const FilmEdit &wanted) {
    if (m_artifact.payload == film.lock()) {
      setEdit(wanted);
    }
  };
  m_context.undo->push(new ValueCommand<FilmEdit>(tr("Change the film's code"), this, before, edit, apply, 0));
}

/// The knobs were moved: what is on the screen is made anew, the rest once they rest.
void VideoViewer::change() {
  const auto *video = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Video>();
  if (video == nullptr || video->editor == nullptr) {
    return;
  }
  *m_stale = true;  // what is being measured is of another film
  m_stale = std::make_shared<std::atomic<bool>>(false);
  m_quality.assign(count(), kNone);
  m_strip->setQuality(m_quality);
  decode();
  m_rest.start();
  countBytes();
}

/// Of the file as the knobs have it, and the first time of the one that was opened.
void VideoViewer::countBytes() {
  const auto &editor = m_artifact.as<Video>()->editor;
  const double pixels = static_cast<double>(m_film->width()) * m_film->height() * static_cast<double>(count());
  m_knobs->setBytes(std::nullopt, m_openedBytes, pixels);
  m_counting.request([this, editor, edit = m_knobs->edit(), opened = m_openedBytes, pixels](const std::atomic<bool> &stop) {
    const std::size_t first = opened > 0 ? opened : editor->bytes({});
    const std::size_t now = stop ? 0 : editor->bytes(edit);
    QMetaObject::invokeMethod(this, [this, editor, edit, first, now, pixels] {
      if (m_artifact.as<Video>()->editor == editor && m_knobs->edit() == edit) {
        m_openedBytes = first;
        m_knobs->setBytes(now, first, pixels);
        Q_EMIT statusChanged();
      }
    });
  });
}

/// Another film, or other originals: everything is looked at anew.
void VideoViewer::reset() {
  m_originals = m_context.originals != nullptr && m_film != nullptr && m_context.originals->count() == m_film->count() ? m_context.originals : nullptr;
  m_quality.assign(count(), kNone);
  m_strip->setQuality(m_quality);
  m_strip->setVisible(m_originals != nullptr);
  m_frame = std::min(m_frame, count() == 0 ? 0 : count() - 1);
  m_error.clear();
  m_seen = m_shownHalf = false;
  m_wholeSeconds = 0;
  *m_stale = true;
  m_stale = std::make_shared<std::atomic<bool>>(false);
  refreshTools();
  if (count() > 0) {
    decode();
    measure();
  } else {
    m_canvas->setPictures({}, {}, {});
  }
  Q_EMIT statusChanged();
}

void VideoViewer::seek(std::size_t frame) {
  if (frame >= count()) {
    return;
  }
  m_frame = frame;
  m_offset.clear();
  m_strip->setFrame(frame);
  decode();
}

/// What is to be on the screen, and after it has been made, what is.
struct VideoViewer::Decoded {
  std::size_t frame = 0;
  std::vector<float> offset;  ///< of the code from the frame's own
  FilmEdit edit;
  std::shared_ptr<const FrameSource> film;
  std::shared_ptr<LatentDecoder> latents;
  bool half = false;  ///< a preview will do, where the film has one
  QImage original, made;
  double quality = kNone;
  double seconds = 0;  ///< to decode it
  QString error;
};

/// Any thread.
void VideoViewer::fill(Decoded &wanted, const FilmEditor *editor, const FrameSource *originals) {
  try {
    if (editor != nullptr) {
      const Video video = editor->edited(wanted.edit);
      wanted.film = video.frames;
      wanted.latents = video.latents;
    }
    wanted.original = originals == nullptr ? QImage() : rgb(originals->frame(wanted.frame));
    const Image half = std::exchange(wanted.half, false) ? wanted.film->preview(wanted.frame) : Image();
    wanted.half = !half.pixels.empty();
    if (wanted.half) {
      wanted.made = rgb(half).scaled(wanted.film->width(), wanted.film->height(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    } else if (wanted.offset.empty() || wanted.latents == nullptr || wanted.offset.size() != wanted.latents->dims()) {
      const auto start = std::chrono::steady_clock::now();
      wanted.made = rgb(wanted.film->frame(wanted.frame));
      wanted.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      wanted.quality = decibels(wanted.original, wanted.made);
    } else {
      std::vector<float> code = wanted.latents->latent(wanted.frame);
      std::ranges::transform(code, wanted.offset, code.begin(), std::plus<>());
      wanted.made = rgb(wanted.latents->decode(code));
    }
  } catch (const std::exception &problem) {
    wanted.error = QString::fromUtf8(problem.what());
  }
}

VideoViewer::Decoded VideoViewer::wanted(bool whole) const {
  const bool half = !whole && playing() && m_offset.empty() && m_wholeSeconds * m_film->rate() > 1;
  return {m_frame, m_offset, m_knobs->edit(), m_film, m_latents, half, {}, {}, kNone, 0, {}};
}

/// Makes the film anew where the knobs stand elsewhere than when it was made; null: it need not be.
std::shared_ptr<const FilmEditor> VideoViewer::editorWanted() const {
  const auto *video = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Video>();
  return video == nullptr || m_knobs->edit() == m_made ? nullptr : video->editor;
}

void VideoViewer::take(const Decoded &made) {
  if (!(made.edit == m_made)) {
    m_film = made.film;
    m_latents = made.latents;
    m_made = made.edit;
    m_rest.start();
  }
  m_shown = made.frame;
  m_shownHalf = made.half;
  m_wholeSeconds = made.seconds > 0 && m_wholeSeconds > 0 ? std::min(m_wholeSeconds, made.seconds) : std::max(m_wholeSeconds, made.seconds);
  m_error = made.error;
  m_seen = true;
  m_canvas->setPictures(made.original, made.made,
                        made.half             ? tr("reconstruction at half size while it plays")
                        : made.offset.empty() ? tr("reconstruction  %1").arg(inDecibels(made.quality)).trimmed()
                                              : tr("a code off the path, nearest to frame %1").arg(made.frame + 1));
  m_strip->setFrame(made.frame);
  if (made.half && !playing()) {  // it came after the film was stopped
    decode();
  }
}

void VideoViewer::decode() {
  m_decoding.request(
      [this, result = wanted(), editor = editorWanted(), payload = m_artifact.payload, originals = m_originals](const std::atomic<bool> &) mutable {
        fill(result, editor.get(), originals.get());
        QMetaObject::invokeMethod(this, [this, payload, originals, result] {
          if (payload == m_artifact.payload && originals == m_originals) {
            take(result);
            Q_EMIT statusChanged();
          }
        });
      });
}

/// The quality of every frame, beside what is being looked at; of a film that is still being made anew once it is there.
void VideoViewer::measure() {
  if (m_originals == nullptr || m_film == nullptr || !(m_knobs->edit() == m_made)) {
    return;
  }
  m_measuring.request([this, film = m_film, originals = m_originals, stale = m_stale](const std::atomic<bool> &stop) {
    std::vector<double> quality(film->count(), kNone);
    for (std::size_t i = 0; i < quality.size() && !stop && !*stale; ++i) {
      try {
        quality[i] = decibels(rgb(originals->frame(i)), rgb(film->frame(i)));
      } catch (const std::exception &) {  // said where the frame is looked at
      }
      if (i % 8 == 7 || i + 1 == quality.size()) {
        QMetaObject::invokeMethod(this, [this, stale, quality] {
          if (!*stale) {
            m_quality = quality;
            m_strip->setQuality(quality);
            Q_EMIT statusChanged();
          }
        });
      }
    }
  });
}

void VideoViewer::setPlaying(bool playing) {
  if (playing && count() > 1) {
    m_clock.start(static_cast<int>(std::lround(1000 / std::clamp(m_film->rate(), 1.0, 240.0))));
  } else if (m_clock.stop(); m_shownHalf) {  // all of it
    decode();
  }
  refreshTools();
}

void VideoViewer::hideEvent(QHideEvent *) {
  setPlaying(false);
}

QImage VideoViewer::grab(QSize pixels) {
  if (count() == 0) {
    return {};
  }
  if (!m_seen || m_shown != m_frame || m_shownHalf) {  // a picture is of the frame that was asked for
    Decoded now = wanted(true);
    fill(now, editorWanted().get(), m_originals.get());
    take(now);
  }
  return figure(pixels, size().expandedTo({480, 320}), [&](QPainter &painter, const QRectF &area) {
    const double strip = m_originals == nullptr ? 0 : QualityStrip::kHeight;
    m_canvas->paint(painter, area.adjusted(0, 0, 0, -strip));
    if (strip > 0) {
      QualityStrip::paint(painter, QRectF(area.left(), area.bottom() - strip, area.width(), strip), m_quality, m_shown, m_strip->worst(QualityStrip::kWorst));
    }
  });
}

void VideoViewer::filmPicture(std::size_t i, QSize pixels, const QString &title, std::function<void(const QImage &)> done) {
  *m_stale = true;
  m_rest.stop();
  if (m_knobs->isVisibleTo(this) && m_knobs->costs().isEmpty()) {  // the caption names the bytes: they are being counted
    QTimer::singleShot(30, this, [this, i, pixels, title, done] { filmPicture(i, pixels, title, done); });
    return;
  }
  m_frame = i;
  m_offset.clear();
  m_decoding.request([this, result = wanted(true), editor = editorWanted(), originals = m_originals, pixels, title, done](const std::atomic<bool> &) mutable {
    fill(result, editor.get(), originals.get());
    QMetaObject::invokeMethod(this, [this, result, pixels, title, done] {
      take(result);
      QStringList parts{title, tr("frame %1 of %2").arg(result.frame + 1).arg(count()), inDecibels(result.quality), m_knobs->costs()};
      parts.removeAll(QString());
      done(figure(pixels, QSize(960, 540), [&](QPainter &painter, const QRectF &area) {
        constexpr double kLine = 28;
        m_canvas->paint(painter, area.adjusted(0, 0, 0, -kLine));
        painter.setFont(uiFont(10));
        painter.setPen(theme().text);
        painter.drawText(QRectF(area.left() + 8, area.bottom() - kLine, area.width() - 16, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                         parts.join(QStringLiteral("  -  ")));
      }));
    });
  });
}

QString VideoViewer::status() const {
  if (count() == 0) {
    return {};
  }
  if (!m_error.isEmpty()) {
    return m_error;
  }
  QStringList parts{tr("frame %1 of %2").arg(m_shown + 1).arg(count()), QStringLiteral("%1 x %2").arg(m_film->width()).arg(m_film->height())};
  double sum = 0;
  std::size_t known = 0;
  for (const double value : m_quality) {
    sum += std::isnan(value) ? 0 : value;
    known += std::isnan(value) ? 0 : 1;
  }
  if (known == m_quality.size()) {
    const auto worst = m_strip->worst(3);
    QStringList numbers;
    std::ranges::transform(worst, std::back_inserter(numbers), [](std::size_t i) { return QString::number(i + 1); });
    parts << tr("mean %1, worst frames %2").arg(inDecibels(sum / static_cast<double>(known)), numbers.join(QStringLiteral(", ")));
  }
  if (const QString pixel = m_canvas->pixelText(); !pixel.isEmpty()) {
    parts << pixel;
  }
  return parts.join(QStringLiteral(" - "));
}

Json VideoViewer::state() const {
  return {{"frame", m_frame},
          {"compare", static_cast<int>(m_canvas->compare())},
          {"gain", m_canvas->gain()},
          {"weight_bits", m_knobs->edit().weightBits},
          {"prune", m_knobs->edit().prune},
          {"code_noise", m_knobs->edit().codeNoise},
          {"weight_noise", m_knobs->edit().weightNoise}};
}

void VideoViewer::restore(const Json &state) {
  const auto number = [&](const char *name, int otherwise) {
    return state.contains(name) && state[name].is_number_integer() ? state[name].get<int>() : otherwise;
  };
  m_canvas->setCompare(static_cast<Compare>(std::clamp(number("compare", 0), 0, 2)));
  m_canvas->setGain(number("gain", 4));
  refreshTools();
  const auto share = [&](const char *name) { return state.contains(name) && state[name].is_number() ? state[name].get<double>() : 0.0; };
  seek(static_cast<std::size_t>(std::max(0, number("frame", 0))));
  const int bits = number("weight_bits", 0);
  if (const FilmEdit edit{bits >= 2 && bits <= 8 ? bits : 0, share("prune"), share("code_noise"), share("weight_noise")}; !(edit == m_knobs->edit())) {
    setEdit(edit);
  }
}

std::optional<Artifact> VideoViewer::exported() const {
  if (count() == 0) {
    return std::nullopt;
  }
  Column frames, quality;
  frames.name = "frame";
  quality.name = "psnr";
  quality.numbers = m_quality;
  for (std::size_t i = 0; i < count(); ++i) {
    frames.numbers.push_back(static_cast<double>(i + 1));
  }
  return Artifact{m_artifact.name + "-quality", std::make_shared<const Payload>(Table{nullptr, {frames, quality}})};
}

}  // namespace vitrine
