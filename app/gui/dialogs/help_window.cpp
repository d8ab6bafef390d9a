// Shows one page at a time; the list at the left is the index, or the hits while one searches.
#include "app/gui/dialogs/help_window.h"

#include <QApplication>
#include <QDesktopServices>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>
#include <QSplitter>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextTable>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kReadingWidth = 820;  ///< longer lines are hard to follow

bool isCode(const QTextBlockFormat &format) {
  return format.hasProperty(QTextFormat::BlockCodeLanguage) || format.hasProperty(QTextFormat::BlockCodeFence);
}

/// Within a frame of frameCode(); its first block has lost the mark of code.
bool framed(const QTextBlock &block) {
  const QTextCursor cursor(block);
  return cursor.currentTable() == nullptr && cursor.currentFrame() != block.document()->rootFrame();
}

void styleHeading(QTextCursor cursor, QTextBlockFormat format) {
  const int level = format.headingLevel();
  format.setTopMargin(level == 1 ? 0 : 18);
  format.setBottomMargin(6);
  cursor.setBlockFormat(format);
  cursor.select(QTextCursor::BlockUnderCursor);
  QTextCharFormat text;
  text.setFont(uiFont(level == 1 ? 16 : level == 2 ? 12 : 10));
  text.setFontWeight(QFont::Medium);
  cursor.mergeCharFormat(text);
}

/// Qt's Markdown importer knows no style sheet: sizes, spacing and colours of the house are set block by block.
void styleBlocks(QTextDocument *document) {
  QTextBlockFormat unseen;
  unseen.setLineHeight(1, QTextBlockFormat::FixedHeight);
  for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
    QTextCursor cursor(block);
    QTextBlockFormat format = block.blockFormat();
    if (format.headingLevel() > 0) {
      styleHeading(cursor, format);
    } else if (block.text().isEmpty() && cursor.currentTable() == nullptr && !framed(block)) {
      cursor.setBlockFormat(unseen);  // what a frame leaves before and behind it
    } else if (cursor.currentTable() == nullptr) {
      const bool picture = !block.begin().atEnd() && block.begin().fragment().charFormat().isImageFormat();
      format.setLineHeight(picture ? 100 : 128, QTextBlockFormat::ProportionalHeight);
      format.setBottomMargin(block.textList() == nullptr && !framed(block) ? 10 : format.bottomMargin());
      cursor.setBlockFormat(format);
    }
  }
}

/// Puts each run of code lines into a frame: a block's own background leaves stripes between the lines.
void frameCode(QTextDocument *document) {
  std::vector<std::pair<int, int>> ranges;
  for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
    if (!isCode(block.blockFormat())) {
      continue;
    }
    const int end = block.position() + block.length() - 1;
    if (!ranges.empty() && isCode(block.previous().blockFormat())) {
      ranges.back().second = end;
    } else {
      ranges.emplace_back(block.position(), end);
    }
  }
  QTextFrameFormat format;
  format.setBackground(theme().raised);
  format.setPadding(8);
  format.setBottomMargin(10);
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {  // from the end: a frame adds positions behind it
    QTextCursor cursor(document);
    cursor.setPosition(range->first);
    cursor.setPosition(range->second, QTextCursor::KeepAnchor);
    cursor.insertFrame(format);
  }
}

/// Inline code in the house's monospace, links in the accent.
void styleFragments(QTextDocument *document) {
  struct Part {
    int from, length;
    QTextCharFormat format;
  };
  std::vector<Part> parts;
  for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
    for (auto it = block.begin(); !it.atEnd(); ++it) {
      const QTextFragment fragment = it.fragment();
      QTextCharFormat format = fragment.charFormat();
      const bool code = format.fontFixedPitch() || framed(block);
      if (code) {
        format.setFont(monoFont(9), QTextCharFormat::FontPropertiesSpecifiedOnly);
        format.setFontFamilies({monoFont(9).family()});
      }
      if (format.isAnchor()) {
        format.setForeground(QApplication::palette().link());
        format.setFontUnderline(false);
      }
      if (code || format.isAnchor()) {
        parts.push_back({fragment.position(), fragment.length(), format});
      }
    }
  }
  for (const Part &part : parts) {
    QTextCursor cursor(document);
    cursor.setPosition(part.from);
    cursor.setPosition(part.from + part.length, QTextCursor::KeepAnchor);
    cursor.setCharFormat(part.format);
  }
}

void styleTables(QTextDocument *document) {
  for (QTextFrame *frame : document->rootFrame()->childFrames()) {
    auto *table = qobject_cast<QTextTable *>(frame);
    if (table == nullptr) {
      continue;
    }
    QTextTableFormat format = table->format();
    format.setBorderCollapse(true);
    format.setBorder(1);
    format.setBorderBrush(theme().hairline);
    format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
    format.setCellPadding(6);
    format.setCellSpacing(0);
    format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
    table->setFormat(format);
    for (int column = 0; column < table->columns(); ++column) {
      QTextTableCell cell = table->cellAt(0, column);
      QTextCharFormat head = cell.format();
      head.setBackground(theme().raised);
      cell.setFormat(head);
    }
  }
}

QHash<QUrl, QImage> picturesOf(const QTextDocument *document) {
  QHash<QUrl, QImage> pictures;
  for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
    for (auto it = block.begin(); !it.atEnd(); ++it) {
      if (const QTextImageFormat format = it.fragment().charFormat().toImageFormat(); format.isValid()) {
        const QUrl url = document->baseUrl().resolved(QUrl(format.name()));
        if (const QImage picture(url.toLocalFile()); !picture.isNull()) {
          pictures.insert(url, picture);
        }
      }
    }
  }
  return pictures;
}

}  // namespace

void HelpWindow::makeParts() {
  m_search = new QLineEdit;
  m_search->setPlaceholderText(tr("Search all pages"));
  m_search->setAccessibleName(tr("Search all pages"));
  m_search->setClearButtonEnabled(true);
  m_search->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  connect(m_search, &QLineEdit::textChanged, this, &HelpWindow::fillIndex);
  connect(m_search, &QLineEdit::returnPressed, this, [this] {
    if (m_index->count() > 0) {
      open(m_index->item(0)->data(Qt::UserRole).toString());
    }
  });
  m_index = new QListWidget;
  m_index->setAccessibleName(tr("Pages"));
  m_index->setWordWrap(true);
  connect(m_index, &QListWidget::currentItemChanged, this, [this](QListWidgetItem *item) {
    if (item != nullptr && item->data(Qt::UserRole).toString() != m_current) {
      open(item->data(Qt::UserRole).toString());
    }
  });
  m_text = new QTextBrowser;
  m_text->setOpenLinks(false);
  m_text->setAccessibleName(tr("Page"));
  m_text->setLineWrapMode(QTextEdit::FixedPixelWidth);
  m_text->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);  // else it may come and go with the width of a picture
  m_text->viewport()->installEventFilter(this);
  connect(m_text, &QTextBrowser::anchorClicked, this, &HelpWindow::follow);
}

HelpWindow::HelpWindow(QWidget *parent) : QWidget(parent, Qt::Window), m_pages(helpPages()) {
  setWindowTitle(tr("Vitrine help"));
  resize(1040, 720);
  makeParts();
  auto *back = new QToolButton, *forward = new QToolButton;
  back->setIcon(icon(QStringLiteral("back")));
  back->setToolTip(tr("Back (Alt+Left)"));
  forward->setIcon(icon(QStringLiteral("forward")));
  forward->setToolTip(tr("Forward (Alt+Right)"));
  connect(back, &QToolButton::clicked, this, [this] { step(-1); });
  connect(forward, &QToolButton::clicked, this, [this] { step(1); });
  auto *left = new QWidget;
  auto *side = new QVBoxLayout(left);
  side->setContentsMargins(8, 8, 8, 8);
  auto *head = new QHBoxLayout;
  head->addWidget(back);
  head->addWidget(forward);
  head->addWidget(m_search, 1);
  side->addLayout(head);
  side->addWidget(m_index, 1);
  auto *split = new QSplitter;
  split->addWidget(left);
  split->addWidget(m_text);
  split->setStretchFactor(1, 1);
  split->setSizes({280, 760});
  split->setChildrenCollapsible(false);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(split);
  fillIndex();
  m_index->setFocus();
  if (!m_pages.empty()) {
    open(m_pages.front().id);
  } else {
    m_text->setPlainText(tr("The help pages were not found beside the program (resources/help)."));
  }
}

void HelpWindow::fillIndex() {
  const QSignalBlocker quiet(m_index);
  m_index->clear();
  const auto add = [this](const HelpPage &page, const QString &below) {
    auto *item = new QListWidgetItem(below.isEmpty() ? page.title : QStringLiteral("%1\n%2").arg(page.title, below), m_index);
    item->setData(Qt::UserRole, page.id);
    if (page.id == m_current) {
      m_index->setCurrentItem(item);
    }
  };
  const auto note = [this](const QString &text) {
    auto *item = new QListWidgetItem(text, m_index);
    item->setFlags(Qt::NoItemFlags);
    item->setFont(uiFont(9));
    return item;
  };
  if (m_search->text().trimmed().isEmpty()) {
    std::optional<HelpGroup> group;
    for (const HelpPage &page : m_pages) {
      if (group != page.group) {
        note(page.group == HelpGroup::Guide ? tr("Guide") : page.group == HelpGroup::Study ? tr("Studies") : tr("For developers"));
        group = page.group;
      }
      add(page, {});
    }
    return;
  }
  for (const HelpHit &hit : searchHelp(m_pages, m_search->text())) {
    add(m_pages[hit.page], hit.excerpt);
  }
  if (m_index->count() == 0) {
    note(tr("No page has all of these words."));
  }
}

void HelpWindow::open(const QString &page) {
  const QString target = page.section(QChar('#'), 0, 0), id = target.endsWith(QStringLiteral(".md")) ? target.chopped(3) : target;
  const bool known = std::any_of(m_pages.begin(), m_pages.end(), [&id](const HelpPage &p) { return p.id == id; });
  if (m_pages.empty()) {
    return;
  }
  m_current = known ? id : m_pages.front().id;
  if (m_place < 0 || m_history[m_place] != m_current) {
    m_history = m_history.mid(0, m_place + 1) << m_current;
    m_place = static_cast<int>(m_history.size()) - 1;
  }
  render();
  for (int row = 0; row < m_index->count(); ++row) {
    if (m_index->item(row)->data(Qt::UserRole).toString() == m_current) {
      m_index->setCurrentRow(row);
    }
  }
  if (page.contains(QChar('#'))) {
    m_text->scrollToAnchor(page.section(QChar('#'), 1));
  }
}

void HelpWindow::render() {
  const auto page = std::find_if(m_pages.begin(), m_pages.end(), [this](const HelpPage &p) { return p.id == m_current; });
  if (page == m_pages.end()) {
    return;
  }
  m_text->setSearchPaths({page->folder});
  QTextDocument *document = m_text->document();
  document->setDefaultFont(uiFont(10));
  document->setMarkdown(page->markdown, QTextDocument::MarkdownDialectGitHub);
  document->setDocumentMargin(24);
  document->setBaseUrl(QUrl::fromLocalFile(page->folder + QChar('/')));
  frameCode(document);
  styleBlocks(document);
  styleFragments(document);
  styleTables(document);
  m_pictures = picturesOf(document);
  fitPictures(m_text->lineWrapColumnOrWidth());
  m_text->moveCursor(QTextCursor::Start);
  m_text->verticalScrollBar()->setValue(0);

  QList<QTextEdit::ExtraSelection> marks;
  for (const QString &word : m_search->text().split(QChar(' '), Qt::SkipEmptyParts)) {
    for (QTextCursor hit = document->find(word); !hit.isNull(); hit = document->find(word, hit)) {
      QTextEdit::ExtraSelection mark;
      mark.cursor = hit;
      mark.format.setBackground(palette().highlight());
      marks << mark;
    }
  }
  m_text->setExtraSelections(marks);
}

/// Pictures wider than the text are brought down to it, smoothly: the text's own scaling is rough.
void HelpWindow::fitPictures(int textWidth) {
  QTextDocument *document = m_text->document();
  const double width = textWidth - 2 * document->documentMargin(), ratio = devicePixelRatioF();
  for (auto it = m_pictures.cbegin(); width > 0 && it != m_pictures.cend(); ++it) {
    QImage picture = it.value();
    if (picture.width() > width) {
      picture = picture.scaledToWidth(qRound(width * ratio), Qt::SmoothTransformation);
      picture.setDevicePixelRatio(ratio);
    }
    document->addResource(QTextDocument::ImageResource, it.key(), picture);
  }
  document->markContentsDirty(0, document->characterCount());
}

void HelpWindow::follow(const QUrl &url) {
  if (url.scheme() == QStringLiteral("http") || url.scheme() == QStringLiteral("https")) {
    QDesktopServices::openUrl(url);
  } else if (url.scheme() == QStringLiteral("study")) {
    open(QStringLiteral("study:") + url.path());
  } else if (url.path().isEmpty() && url.hasFragment()) {
    m_text->scrollToAnchor(url.fragment());
  } else {
    open(url.fileName() + (url.hasFragment() ? QStringLiteral("#") + url.fragment() : QString()));
  }
}

void HelpWindow::step(int by) {
  if (m_place + by >= 0 && m_place + by < m_history.size()) {
    m_place += by;
    open(m_history[m_place]);
  }
}

bool HelpWindow::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::Resize) {
    const int width = std::min(kReadingWidth, m_text->viewport()->width());
    if (width != m_text->lineWrapColumnOrWidth()) {
      fitPictures(width);
      m_text->setLineWrapColumnOrWidth(width);
    }
  }
  return QWidget::eventFilter(watched, event);
}

void HelpWindow::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange) {
    render();
  }
  QWidget::changeEvent(event);
}

void HelpWindow::keyPressEvent(QKeyEvent *event) {
  const bool alt = event->modifiers().testFlag(Qt::AltModifier);
  if (event->key() == Qt::Key_Escape) {
    m_search->text().isEmpty() ? static_cast<void>(close()) : m_search->clear();
  } else if (alt && (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right)) {
    step(event->key() == Qt::Key_Left ? -1 : 1);
  } else if (event->matches(QKeySequence::Find)) {
    m_search->setFocus(Qt::ShortcutFocusReason);
  } else {
    QWidget::keyPressEvent(event);
  }
}

}  // namespace vitrine
