// Asks for a preview whenever separator or header change, and says below the table what would come out.
#include "app/gui/dialogs/import_dialog.h"

#include <algorithm>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPushButton>
#include <QStyle>
#include <QTableView>
#include <QVBoxLayout>

#include "app/gui/dialogs/import_model.h"
#include "app/gui/dialogs/label.h"
#include "data/columns.h"
#include "widgets/format.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

struct Separator {
  char character;
  const char *name;
};
constexpr Separator kSeparators[] = {{',', QT_TR_NOOP("comma")}, {';', QT_TR_NOOP("semicolon")}, {'\t', QT_TR_NOOP("tab")}, {' ', QT_TR_NOOP("space")}};

QString separatorName(char character) {
  for (const Separator &separator : kSeparators) {
    if (separator.character == character) {
      return ImportDialog::tr(separator.name);
    }
  }
  return QString(QLatin1Char(character));
}

QString listed(const QStringList &names) {
  constexpr int kMost = 4;
  return names.size() <= kMost ? names.join(QStringLiteral(", "))
                               : ImportDialog::tr("%1 and %2 more").arg(names.mid(0, kMost).join(QStringLiteral(", "))).arg(names.size() - kMost);
}

}  // namespace

ImportDialog::ImportDialog(std::filesystem::path file, Lane *lane, QWidget *parent)
    : QDialog(parent), m_file(std::move(file)), m_lane(lane), m_model(new PreviewModel(this)) {
  setWindowTitle(tr("Open a table"));
  resize(960, 600);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 12);
  layout->setSpacing(12);
  layout->addWidget(roleLabel(QString::fromStdString(m_file.filename().string()), "title"));
  layout->addWidget(makeControls());
  m_table = new QTableView;
  m_table->setModel(m_model);
  m_table->setItemDelegate(new RoleDelegate(m_table));
  m_table->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_table->setSelectionBehavior(QAbstractItemView::SelectColumns);
  m_table->setAccessibleName(tr("Columns and first rows"));
  m_table->horizontalHeader()->setDefaultSectionSize(104);
  m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  m_table->verticalHeader()->setDefaultSectionSize(28);
  m_table->verticalHeader()->setFont(uiFont(9));
  m_table->installEventFilter(this);
  connect(m_table, &QTableView::clicked, this, [this](const QModelIndex &index) {
    if (index.row() == 0) {
      m_table->edit(index);
    }
  });
  layout->addWidget(m_table, 1);
  m_message = roleLabel(tr("Reading the first rows..."));
  m_message->setWordWrap(true);
  m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(m_message);
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_open = buttons->addButton(tr("Open"), QDialogButtonBox::AcceptRole);
  m_open->setDefault(true);
  m_open->setEnabled(false);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  connect(m_model, &PreviewModel::rolesChanged, this, &ImportDialog::describe);
  ask();
}

QWidget *ImportDialog::makeControls() {
  auto *panel = new QWidget;
  auto *row = new QHBoxLayout(panel);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  m_separator = new QComboBox;
  m_separator->addItem(tr("found out"), 0);
  for (const Separator &separator : kSeparators) {
    m_separator->addItem(tr(separator.name), separator.character);
  }
  m_header = new QComboBox;
  m_header->addItems({tr("found out"), tr("first row has names"), tr("no names")});
  for (const auto &[text, box] : {std::pair{tr("&Separator"), m_separator}, std::pair{tr("&Header"), m_header}}) {
    auto *label = roleLabel(text);
    label->setBuddy(box);
    row->addWidget(label);
    row->addWidget(box);
    row->addSpacing(8);
    connect(box, &QComboBox::activated, this, &ImportDialog::ask);
  }
  row->addStretch(1);
  row->addWidget(roleLabel(tr("Selected columns:"), "secondary"));
  const std::pair<ColumnRole, QString> roles[] = {{ColumnRole::Value, tr("Values")}, {ColumnRole::Label, tr("Labels")}, {ColumnRole::Ignore, tr("Ignore")}};
  for (const auto &[role, text] : roles) {
    auto *button = new QPushButton(text);
    button->setAutoDefault(false);
    button->setToolTip(tr("Key %1 in the table").arg(text.front()));
    connect(button, &QPushButton::clicked, this, [this, value = static_cast<int>(role)] { assign(value); });
    row->addWidget(button);
  }
  return panel;
}

void ImportDialog::ask() {
  data::TableOptions options;
  options.separator = static_cast<char>(m_separator->currentData().toInt());
  if (m_header->currentIndex() > 0) {
    options.header = m_header->currentIndex() == 1;
  }
  struct Answer {
    data::TablePreview preview;
    LineCount lines;
  };
  m_lane->ask(
      QStringLiteral("import-preview"), this,
      [file = m_file, options] {
        constexpr std::size_t kRows = 50;
        return Answer{data::previewTable(file, kRows, options), countLines(file)};
      },
      [this](const Answer &answer) { showPreview(answer.preview, answer.lines.lines, answer.lines.exact); }, [this](const QString &text) { showError(text); });
}

void ImportDialog::showPreview(const data::TablePreview &preview, std::size_t lines, bool exact) {
  m_error.clear();
  m_lines = lines;
  m_exact = exact;
  m_separator->setItemText(0, tr("found out: %1").arg(separatorName(preview.separator)));
  m_header->setItemText(0, preview.header ? tr("found out: first row has names") : tr("found out: no names"));
  m_model->setPreview(preview);
  m_table->setRowHeight(0, 32);
  Q_EMIT previewReady();
}

void ImportDialog::showError(const QString &text) {
  m_error = text;
  m_model->setPreview({});
  Q_EMIT previewReady();
}

void ImportDialog::describe() {
  const QStringList values = m_model->names(ColumnRole::Value), labels = m_model->names(ColumnRole::Label), ignored = m_model->names(ColumnRole::Ignore);
  const auto samples = static_cast<qint64>(m_lines - std::min<std::size_t>(m_lines, m_model->preview().header ? 1 : 0));
  QString text = m_error, fault = m_error;
  if (fault.isEmpty()) {
    fault = values.isEmpty()             ? tr("No column gives values: a sample needs at least one number.")
            : m_lines > 0 && samples < 2 ? tr("The file holds one sample; a data set needs two or more.")
                                         : m_model->fault();
  }
  if (fault.isEmpty()) {
    const QString expected = tr("%1 samples expected").arg(count(samples));
    text = m_lines == 0 ? tr("Samples: known once the file is unpacked") : m_exact ? expected : tr("About %1").arg(expected);
    text += values.size() == 1 ? tr(", 1 value each") : tr(", %1 values each").arg(values.size());
    text += labels.isEmpty() ? tr("; no label") : labels.size() == 1 ? tr("; label: %1").arg(labels.front()) : tr("; labels: %1").arg(listed(labels));
    text += ignored.isEmpty() ? QString() : tr("; ignored: %1").arg(listed(ignored));
  }
  m_message->setText(fault.isEmpty() ? text : fault);
  m_message->setProperty("role", fault.isEmpty() ? "" : "error");
  m_message->style()->unpolish(m_message);
  m_message->style()->polish(m_message);
  m_open->setEnabled(fault.isEmpty());
}

void ImportDialog::assign(int role) {
  for (const QModelIndex &index : m_table->selectionModel()->selectedColumns()) {
    m_model->setRole(index.column(), static_cast<ColumnRole>(role));
  }
}

bool ImportDialog::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent *>(event)->key();
    const int role = key == Qt::Key_V ? 0 : key == Qt::Key_L ? 1 : key == Qt::Key_I ? 2 : -1;
    if (role >= 0) {
      assign(role);
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

data::TableOptions ImportDialog::options() const {
  data::TableOptions options;
  options.separator = m_model->preview().separator;
  options.header = m_model->preview().header;
  QStringList labels = m_model->names(ColumnRole::Label);  // the first one colours the map: row numbers last
  std::stable_partition(labels.begin(), labels.end(), [](const QString &name) { return !data::isRowName(name.toStdString()); });
  for (const QString &name : labels) {
    options.labelColumns.push_back(name.toStdString());
  }
  for (const QString &name : m_model->names(ColumnRole::Ignore)) {
    options.ignoredColumns.push_back(name.toStdString());
  }
  options.chosen = true;
  return options;
}

QString ImportDialog::message() const {
  return m_message->text();
}

bool ImportDialog::importable() const {
  return m_open->isEnabled();
}

}  // namespace vitrine
