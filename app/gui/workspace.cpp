#include "app/gui/workspace.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>

#include "core/error.h"
#include "viewers/viewer.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kId = Qt::UserRole;
constexpr int kArtifact = Qt::UserRole + 1;

QString stateNote(const Run &run) {
  return run.state == u"done" ? QString() : run.state;
}

QString dataNote(const DataItem &item) {
  if (!item.error.isEmpty()) {
    return QObject::tr("could not be opened");
  }
  return item.dataset ? count(static_cast<qint64>(item.dataset->count())) : QObject::tr("opening...");
}

}  // namespace

Workspace::Workspace(Session &session, QWidget *parent) : QTreeWidget(parent), m_session(session) {
  setColumnCount(2);
  setHeaderHidden(true);
  setIndentation(14);
  setRootIsDecorated(true);
  setFrameShape(QFrame::NoFrame);
  setUniformRowHeights(true);
  setEditTriggers(QAbstractItemView::EditKeyPressed);
  setAccessibleName(tr("Workspace: data sets, models and runs"));
  header()->setStretchLastSection(false);
  header()->setSectionResizeMode(0, QHeaderView::Stretch);
  header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  connect(&session, &Session::itemsChanged, this, &Workspace::refresh);
  connect(&session, &Session::runAdded, this, [this](Run *run) {
    connect(run, &Run::artifactChanged, this, [this, run, known = std::size_t{0}](const Artifact &) mutable {
      if (run->artifacts().size() != known) {  // partial results of a known artifact change nothing here
        known = run->artifacts().size();
        refresh();
      }
    });
  });
  connect(this, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem *item) { activate(item); });
  connect(this, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem *item, int column) {
    if (!m_filling && column == 0) {
      m_session.rename(item->data(0, kId).toString(), item->text(0));
    }
  });
  connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem *item) {
    if (item != nullptr && !m_filling) {
      if (Run *run = m_session.findRun(item->data(0, kId).toString())) {
        Q_EMIT currentRunChanged(run);
      }
    }
  });
  refresh();
}

QTreeWidgetItem *Workspace::section(const QString &title) {
  auto *item = new QTreeWidgetItem(this, {title});
  item->setFlags(Qt::ItemIsEnabled);
  item->setForeground(0, theme().secondary);
  item->setFont(0, uiFont(9));
  return item;
}

void Workspace::fillData(QTreeWidgetItem *above) {
  for (const auto &dataItem : m_session.data()) {
    auto *item = new QTreeWidgetItem(above, {dataItem->name, dataNote(*dataItem)});
    item->setIcon(0, icon(QStringLiteral("data")));
    item->setData(0, kId, dataItem->id);
    item->setToolTip(0, dataItem->error.isEmpty() ? (dataItem->dataset ? QString::fromStdString(dataItem->dataset->provenance().source) : dataItem->source)
                                                  : dataItem->error);
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    if (!dataItem->error.isEmpty()) {
      item->setForeground(1, theme().error);
    }
  }
}

void Workspace::fillModels(QTreeWidgetItem *above) {
  for (const auto &model : m_session.models()) {
    const QString note = !model->error.isEmpty() ? tr("could not be opened") : model->model ? QString() : tr("opening...");
    auto *item = new QTreeWidgetItem(above, {model->name, note});
    item->setIcon(0, icon(QStringLiteral("model")));
    item->setData(0, kId, model->id);
    item->setToolTip(0, model->error.isEmpty() ? model->source : model->error);
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    if (!model->error.isEmpty()) {
      item->setForeground(1, theme().error);
    }
  }
}

void Workspace::fillRuns(QTreeWidgetItem *above) {
  for (const auto &run : m_session.runs()) {
    auto *item = new QTreeWidgetItem(above, {run->name, stateNote(*run)});
    item->setIcon(0, icon(QStringLiteral("study")));
    item->setData(0, kId, run->id);
    item->setToolTip(0, run->error);
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    item->setForeground(1, run->state == u"failed" ? theme().error : theme().secondary);
    for (const Artifact &artifact : run->artifacts()) {
      auto *child = new QTreeWidgetItem(item, {QString::fromStdString(artifact.name)});
      const ViewerInfo *info = viewerFor(artifact.kind());
      child->setIcon(0, icon(info != nullptr ? QString::fromLatin1(info->iconName) : QStringLiteral("table")));
      child->setData(0, kId, run->id);
      child->setData(0, kArtifact, QString::fromStdString(artifact.name));
    }
    item->setExpanded(true);
  }
}

void Workspace::refresh() {
  if (state() == QAbstractItemView::EditingState) {
    return;
  }
  m_filling = true;
  const QTreeWidgetItem *current = currentItem();
  const QString id = current != nullptr ? current->data(0, kId).toString() : QString();
  const QString artifact = current != nullptr ? current->data(0, kArtifact).toString() : QString();
  clear();
  fillData(section(tr("Data sets")));
  fillModels(section(tr("Models")));
  fillRuns(section(tr("Runs")));
  for (int i = 0; i < topLevelItemCount(); ++i) {
    topLevelItem(i)->setExpanded(true);
  }
  for (QTreeWidgetItemIterator it(this); *it != nullptr && !id.isEmpty(); ++it) {
    if ((*it)->data(0, kId).toString() == id && (*it)->data(0, kArtifact).toString() == artifact) {
      setCurrentItem(*it);
    }
  }
  m_filling = false;
}

void Workspace::select(const QString &id) {
  for (QTreeWidgetItemIterator it(this); *it != nullptr; ++it) {
    if ((*it)->data(0, kId).toString() == id && (*it)->data(0, kArtifact).isNull()) {
      setCurrentItem(*it);
    }
  }
}

void Workspace::activate(QTreeWidgetItem *item) {
  const QString id = item->data(0, kId).toString();
  if (Run *run = m_session.findRun(id)) {
    const std::string artifact = item->data(0, kArtifact).toString().toStdString();
    if (!artifact.empty() || !run->artifacts().empty()) {
      Q_EMIT artifactRequested(run, artifact.empty() ? run->artifacts().front().name : artifact);
    }
  } else if (m_session.findData(id) != nullptr) {
    Q_EMIT selectionGridRequested(id);
  }
}

void Workspace::removeItem(QTreeWidgetItem *item) {
  try {
    m_session.remove(item->data(0, kId).toString());
  } catch (const InputError &error) {
    Q_EMIT failed(tr("Cannot remove it"), QString::fromUtf8(error.what()));
  }
}

QMenu *Workspace::menuFor(QTreeWidgetItem *item) {
  auto *menu = new QMenu(this);
  const QString id = item->data(0, kId).toString();
  const std::string artifact = item->data(0, kArtifact).toString().toStdString();
  Run *run = m_session.findRun(id);
  if (run != nullptr) {
    menu->addAction(icon(QStringLiteral("open")), tr("Show"), this, [this] { activate(currentItem()); });
    menu->addAction(icon(QStringLiteral("refresh")), tr("Run again with other settings"), this, [this, run] { Q_EMIT runAgainRequested(run); });
    const Artifact *shown = run->artifact(artifact);
    if (shown != nullptr && shown->kind() == "embedding") {
      menu->addAction(icon(QStringLiteral("data")), tr("Use as a data set"), this, [this, run, artifact] {
        try {
          m_session.deriveData(run, artifact);
        } catch (const InputError &error) {
          Q_EMIT failed(tr("Cannot use it as a data set"), QString::fromUtf8(error.what()));
        }
      });
    }
  } else {
    const bool isData = m_session.findData(id) != nullptr;
    if (isData) {
      menu->addAction(icon(QStringLiteral("image")), tr("Show as a grid of pictures"), this, [this, id] { Q_EMIT selectionGridRequested(id); });
    }
    QMenu *with = menu->addMenu(icon(QStringLiteral("study")), tr("Run a study with it"));
    for (const StudyInfo &study : studies().all()) {
      if (isData ? study.needsDataset : study.needsModel || study.usesModel) {
        with->addAction(QString::fromStdString(study.title), this, [this, id, isData, name = QString::fromStdString(study.id)] {
          Q_EMIT studyRequested(name, isData ? id : QString(), isData ? QString() : id);
        });
      }
    }
  }
  if (artifact.empty()) {
    menu->addSeparator();
    menu->addAction(icon(QStringLiteral("rename")), tr("Rename"), QKeySequence(Qt::Key_F2), this, [this] { editItem(currentItem(), 0); });
    menu->addAction(icon(QStringLiteral("delete")), tr("Remove"), QKeySequence(Qt::Key_Delete), this, [this] { removeItem(currentItem()); });
  }
  return menu;
}

void Workspace::contextMenuEvent(QContextMenuEvent *event) {
  QTreeWidgetItem *item = event->reason() == QContextMenuEvent::Keyboard ? currentItem() : itemAt(event->pos());
  if (item != nullptr && !item->data(0, kId).isNull()) {
    setCurrentItem(item);  // the menu's actions work on the current item: it outlives a refresh
    QMenu *menu = menuFor(item);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(event->reason() == QContextMenuEvent::Keyboard ? viewport()->mapToGlobal(visualItemRect(item).center()) : event->globalPos());
  }
}

void Workspace::keyPressEvent(QKeyEvent *event) {
  QTreeWidgetItem *item = currentItem();
  if (event->key() == Qt::Key_Delete && item != nullptr && item->data(0, kArtifact).isNull() && !item->data(0, kId).isNull()) {
    removeItem(item);
    return;
  }
  QTreeWidget::keyPressEvent(event);
}

}  // namespace vitrine
