#include "viewers/video/video_viewer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kStrip = 64;
constexpr std::size_t kWorst = 5;
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

QualityStrip::QualityStrip(QWidget *parent) : QWidget(parent) {
  setFixedHeight(kStrip);
  setAccessibleName(tr("Quality of each frame"));
  setToolTip(tr("PSNR of each frame against the original; the worst are marked. Click to go there"));
  setCursor(Qt::PointingHandCursor);
}

void QualityStrip::setQuality(const std::vector<double> &quality) {
  m_quality = quality;
  update();
}

void QualityStrip::setFrame(std::size_t frame) {
  m_frame = frame;
  update();
}

std::vector<std::size_t> QualityStrip::worst(std::size_t most) const {
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < m_quality.size(); ++i) {
    if (!std::isnan(m_quality[i])) {
      frames.push_back(i);
    }
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(most, frames.size()));
  std::partial_sort(frames.begin(), frames.begin() + kept, frames.end(), [this](std::size_t a, std::size_t b) { return m_quality[a] < m_quality[b]; });
  frames.resize(static_cast<std::size_t>(kept));
  return frames;
}

void QualityStrip::paint(QPainter &painter, const QRectF &area, const std::vector<double> &quality, std::size_t frame, const std::vector<std::size_t> &worst) {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(area, theme().panel);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : quality) {
    if (!std::isnan(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  const auto x = [&](std::size_t i) {
    return area.left() + 8 + (area.width() - 60) * (static_cast<double>(i) + 0.5) / static_cast<double>(std::max<std::size_t>(quality.size(), 1));
  };
  painter.setPen(QPen(theme().accent, 1.5));
  if (frame < quality.size()) {
    painter.drawLine(QPointF(x(frame), area.top() + 4), QPointF(x(frame), area.bottom() - 4));
  }
  if (!(low <= high)) {
    return;
  }
  const auto y = [&](double value) { return area.bottom() - 8 - (area.height() - 16) * (value - low) / std::max(high - low, 1e-6); };
  QPolygonF line;
  painter.setPen(QPen(theme().text, 1.25));
  for (std::size_t i = 0; i <= quality.size(); ++i) {
    if (i < quality.size() && !std::isnan(quality[i])) {
      line << QPointF(x(i), y(quality[i]));
    } else if (!line.isEmpty()) {
      painter.drawPolyline(line);
      line.clear();
    }
  }
  painter.setBrush(theme().warning);
  painter.setPen(Qt::NoPen);
  for (const std::size_t i : worst) {
    painter.drawEllipse(QPointF(x(i), y(quality[i])), 3, 3);
  }
  painter.setFont(uiFont(8));
  painter.setPen(theme().secondary);
  const QRectF scale(area.right() - 48, area.top() + 2, 44, area.height() - 4);
  painter.drawText(scale, Qt::AlignRight | Qt::AlignTop, QStringLiteral("%1 dB").arg(high, 0, 'f', 1));
  painter.drawText(scale, Qt::AlignRight | Qt::AlignBottom, QStringLiteral("%1 dB").arg(low, 0, 'f', 1));
}

void QualityStrip::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  paint(painter, rect(), m_quality, m_frame, worst(kWorst));
}

void QualityStrip::mousePressEvent(QMouseEvent *event) {
  if (!m_quality.empty()) {
    const double part = (event->position().x() - 8) / std::max(1.0, width() - 60.0) * static_cast<double>(m_quality.size());
    Q_EMIT frameChosen(static_cast<std::size_t>(std::clamp(part, 0.0, static_cast<double>(m_quality.size() - 1))));
  }
}

void QualityStrip::mouseMoveEvent(QMouseEvent *event) {
  mousePressEvent(event);
}

VideoViewer::VideoViewer(QWidget *parent) : Viewer(parent), m_canvas(new VideoCanvas(this)), m_strip(new QualityStrip(this)) {
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_canvas, 1);
  layout->addWidget(m_strip);
  setMinimumSize(240, 180);
  setFocusProxy(m_canvas);
  buildTools();
  connect(m_canvas, &VideoCanvas::pixelChanged, this, &Viewer::statusChanged);
  connect(m_strip, &QualityStrip::frameChosen, this, &VideoViewer::seek);
  m_clock.setTimerType(Qt::PreciseTimer);
  connect(&m_clock, &QTimer::timeout, this, [this] {
    if (m_shown == m_frame && count() > 0) {  // where decoding is slower than the film, it plays as fast as it decodes
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
  tool("step-back", tr("Back"), "Left", tr("One frame back"), [this] { seek(m_frame == 0 ? count() - 1 : m_frame - 1); });
  tool("step-on", tr("On"), "Right", tr("One frame on"), [this] { seek(count() == 0 ? 0 : (m_frame + 1) % count()); });
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
      const auto *video = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Video>();
      const auto at = video == nullptr || video->ids == nullptr ? std::vector<SampleId>::const_iterator() : std::ranges::find(*video->ids, id);
      if (video != nullptr && video->ids != nullptr && at != video->ids->end() && !playing()) {
        seek(static_cast<std::size_t>(at - video->ids->begin()));
      }
    });
  }
  if (other) {
    reset();
  }
}

void VideoViewer::show(const Artifact &artifact) {
  const auto *video = artifact.as<Video>();
  m_artifact = artifact;
  m_film = video == nullptr ? nullptr : video->frames;
  reset();
}

/// Another film, or other originals: everything is looked at anew.
void VideoViewer::reset() {
  m_originals = m_context.originals != nullptr && m_film != nullptr && m_context.originals->count() == m_film->count() ? m_context.originals : nullptr;
  m_quality.assign(count(), kNone);
  m_strip->setQuality(m_quality);
  m_strip->setVisible(m_originals != nullptr);
  m_frame = std::min(m_frame, count() == 0 ? 0 : count() - 1);
  m_error.clear();
  m_seen = false;
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
  m_strip->setFrame(frame);
  decode();
}

struct VideoViewer::Decoded {
  std::size_t frame = 0;
  QImage original, made;
  double quality = kNone;
  QString error;
};

VideoViewer::Decoded VideoViewer::decoded(const FrameSource &film, const FrameSource *originals, std::size_t frame) {
  Decoded result;
  result.frame = frame;
  try {
    result.made = rgb(film.frame(frame));
    result.original = originals == nullptr ? QImage() : rgb(originals->frame(frame));
  } catch (const std::exception &problem) {
    result.error = QString::fromUtf8(problem.what());
  }
  result.quality = decibels(result.original, result.made);
  return result;
}

void VideoViewer::take(const Decoded &decoded) {
  m_shown = decoded.frame;
  m_error = decoded.error;
  m_seen = true;
  m_canvas->setPictures(decoded.original, decoded.made, tr("reconstruction  %1").arg(inDecibels(decoded.quality)).trimmed());
  m_strip->setFrame(decoded.frame);
}

void VideoViewer::decode() {
  m_decoding.request([this, film = m_film, originals = m_originals, frame = m_frame](const std::atomic<bool> &) {
    const Decoded result = decoded(*film, originals.get(), frame);
    QMetaObject::invokeMethod(this, [this, film, originals, result] {
      if (film == m_film && originals == m_originals) {
        take(result);
        Q_EMIT statusChanged();
      }
    });
  });
}

/// The quality of every frame, beside what is being looked at.
void VideoViewer::measure() {
  if (m_originals == nullptr) {
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
  } else {
    m_clock.stop();
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
  if (!m_seen || m_shown != m_frame) {  // a picture is of the frame that was asked for
    take(decoded(*m_film, m_originals.get(), m_frame));
  }
  return figure(pixels, size().expandedTo({480, 320}), [&](QPainter &painter, const QRectF &area) {
    const double strip = m_originals == nullptr ? 0 : kStrip;
    m_canvas->paint(painter, area.adjusted(0, 0, 0, -strip));
    if (strip > 0) {
      QualityStrip::paint(painter, QRectF(area.left(), area.bottom() - strip, area.width(), strip), m_quality, m_shown, m_strip->worst(kWorst));
    }
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
  return {{"frame", m_frame}, {"compare", static_cast<int>(m_canvas->compare())}, {"gain", m_canvas->gain()}};
}

void VideoViewer::restore(const Json &state) {
  const auto number = [&](const char *name, int otherwise) {
    return state.contains(name) && state[name].is_number_integer() ? state[name].get<int>() : otherwise;
  };
  m_canvas->setCompare(static_cast<Compare>(std::clamp(number("compare", 0), 0, 2)));
  m_canvas->setGain(number("gain", 4));
  refreshTools();
  seek(static_cast<std::size_t>(std::max(0, number("frame", 0))));
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
