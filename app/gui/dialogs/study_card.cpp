// Paints a card and places cards in a grid.
#include "app/gui/dialogs/study_card.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QTextLayout>

#include "app/gui/dialogs/shelf_art.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kGap = 12, kPadding = 12, kSummaryLines = 3;

/// Wraps `text` into `box`, at most `lines` lines, the last one elided.
void drawWrapped(QPainter &painter, QRect box, const QString &text, int lines) {
  const QFontMetrics metrics(painter.font());
  QTextLayout layout(text, painter.font());
  layout.beginLayout();
  int y = box.top();
  for (int i = 0; i < lines; ++i) {
    QTextLine line = layout.createLine();
    if (!line.isValid()) {
      break;
    }
    line.setLineWidth(box.width());
    const bool more = line.textStart() + line.textLength() < text.size();
    const QString shown =
        i + 1 == lines && more ? metrics.elidedText(text.mid(line.textStart()), Qt::ElideRight, box.width()) : text.mid(line.textStart(), line.textLength());
    painter.drawText(QPoint(box.left(), y + metrics.ascent()), shown);
    y += metrics.lineSpacing();
  }
  layout.endLayout();
}

int textHeight() {
  return QFontMetrics(uiFont(12)).lineSpacing() + 4 + QFontMetrics(uiFont(9)).lineSpacing() + 8 + kSummaryLines * QFontMetrics(uiFont(10)).lineSpacing();
}

}  // namespace

StudyCard::StudyCard(const StudyInfo &study, QWidget *parent)
    : QAbstractButton(parent),
      m_id(QString::fromStdString(study.id)),
      m_family(QString::fromStdString(study.family)),
      m_paper(QString::fromStdString(study.paper)),
      m_summary(QString::fromStdString(study.summary)) {
  setText(QString::fromStdString(study.title));
  setAccessibleName(text());
  setAccessibleDescription(m_summary);
  setToolTip(QStringLiteral("<p>%1</p>").arg(QString::fromStdString(study.claim).toHtmlEscaped()));
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setAttribute(Qt::WA_Hover);
}

bool StudyCard::matches(const QString &text) const {
  const QString all = QStringList{m_id, m_family, this->text(), m_paper, m_summary}.join(QChar('\n'));
  const QStringList words = text.split(QChar(' '), Qt::SkipEmptyParts);
  return std::all_of(words.begin(), words.end(), [&all](const QString &word) { return all.contains(word, Qt::CaseInsensitive); });
}

QSize StudyCard::sizeHint() const {
  return {kMinimumWidth, kPictureHeight + 2 * kPadding + textHeight()};
}

void StudyCard::paintEvent(QPaintEvent *) {
  const Theme &t = theme();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
  QPainterPath outline;
  outline.addRoundedRect(frame, 6, 6);
  painter.fillPath(outline, isDown() || underMouse() ? t.raised : t.panel);

  const QSize pictureSize(width() - 2, kPictureHeight);
  if (m_picture.size() != pictureSize * devicePixelRatioF()) {
    m_picture = shelfPicture(m_id, m_family, pictureSize, devicePixelRatioF());
  }
  painter.save();
  painter.setClipPath(outline);
  painter.drawPixmap(1, 1, m_picture);
  painter.restore();
  painter.setPen(QPen(hasFocus() ? t.accent : underMouse() ? t.secondary : t.hairline, hasFocus() ? 2 : 1));
  painter.drawPath(outline);

  QRect box = rect().adjusted(kPadding, kPictureHeight + kPadding, -kPadding, -kPadding);
  painter.setFont(uiFont(12));
  painter.setPen(t.text);
  drawWrapped(painter, box, text(), 1);
  box.setTop(box.top() + QFontMetrics(uiFont(12)).lineSpacing() + 4);
  painter.setFont(uiFont(9));
  painter.setPen(t.secondary);
  drawWrapped(painter, box, m_paper, 1);
  box.setTop(box.top() + QFontMetrics(uiFont(9)).lineSpacing() + 8);
  painter.setFont(uiFont(10));
  painter.setPen(t.text);
  drawWrapped(painter, box, m_summary, kSummaryLines);
}

void StudyCard::keyPressEvent(QKeyEvent *event) {
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down: event->ignore(); return;  // the grid knows where they lead
    case Qt::Key_Return:
    case Qt::Key_Enter: click(); return;
    default: QAbstractButton::keyPressEvent(event);
  }
}

void StudyCard::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) {
    m_picture = {};
    update();
  }
  QAbstractButton::changeEvent(event);
}

CardGrid::CardGrid(QWidget *parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void CardGrid::add(StudyCard *card) {
  card->setParent(this);
  m_cards.push_back(card);
  place();
}

int CardGrid::filter(const QString &text) {
  int count = 0;
  for (StudyCard *card : m_cards) {
    const bool match = card->matches(text);
    card->setVisible(match);
    count += match ? 1 : 0;
  }
  place();
  updateGeometry();
  return count;
}

std::vector<StudyCard *> CardGrid::shown() const {
  std::vector<StudyCard *> result;
  std::copy_if(m_cards.begin(), m_cards.end(), std::back_inserter(result), [](const StudyCard *card) { return !card->isHidden(); });
  return result;
}

int CardGrid::columnsFor(int width) const {
  return std::max(1, (width + kGap) / (StudyCard::kMinimumWidth + kGap));
}

int CardGrid::columns() const {
  return columnsFor(width());
}

int CardGrid::heightForWidth(int width) const {
  const int count = static_cast<int>(shown().size()), rows = (count + columnsFor(width) - 1) / columnsFor(width);
  return rows == 0 ? 0 : rows * (m_cards.front()->sizeHint().height() + kGap) - kGap;
}

QSize CardGrid::sizeHint() const {
  return {3 * (StudyCard::kMinimumWidth + kGap) - kGap, heightForWidth(3 * (StudyCard::kMinimumWidth + kGap) - kGap)};
}

QSize CardGrid::minimumSizeHint() const {
  return {StudyCard::kMinimumWidth, m_cards.empty() ? 0 : heightForWidth(width())};
}

void CardGrid::resizeEvent(QResizeEvent *) {
  place();
}

void CardGrid::place() {
  const auto cards = shown();
  const int across = columns();
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const int column = static_cast<int>(i) % across, row = static_cast<int>(i) / across, height = cards[i]->sizeHint().height();
    const int left = column * (width() + kGap) / across, right = (column + 1) * (width() + kGap) / across - kGap;
    cards[i]->setGeometry(left, row * (height + kGap), right - left, height);
  }
}

void CardGrid::keyPressEvent(QKeyEvent *event) {
  const int by = event->key() == Qt::Key_Left    ? -1
                 : event->key() == Qt::Key_Right ? 1
                 : event->key() == Qt::Key_Up    ? -columns()
                 : event->key() == Qt::Key_Down  ? columns()
                                                 : 0;
  const auto cards = shown();
  const auto here = std::find_if(cards.begin(), cards.end(), [](const StudyCard *card) { return card->hasFocus(); });
  const std::ptrdiff_t there = here - cards.begin() + by;
  if (by == 0 || here == cards.end()) {
    QWidget::keyPressEvent(event);
  } else if (there >= 0 && there < static_cast<std::ptrdiff_t>(cards.size())) {
    cards[static_cast<std::size_t>(there)]->setFocus(Qt::TabFocusReason);
  } else if (there < 0) {
    focusNextPrevChild(false);
  }
}

}  // namespace vitrine
