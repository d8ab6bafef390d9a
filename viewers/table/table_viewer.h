// Tables and embeddings as rows: sorted by a click, filtered, copied; rows of samples are linked with the shared selection both ways.
#pragma once

#include <QTimer>

#include "viewers/viewer.h"
#include "widgets/column_table.h"
#include "widgets/selection.h"

class QLabel;
class QLineEdit;

namespace vitrine {

class EmptyState;
class RowView;

class TableViewer : public Viewer {
  Q_OBJECT
 public:
  explicit TableViewer(QWidget *parent = nullptr);

  void setContext(const ViewerContext &context) override;
  using Viewer::show;
  void show(const Artifact &artifact) override;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return {m_find, m_onlySelected, m_copy}; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  std::optional<Artifact> exported() const override { return m_artifact; }

  ColumnTable &table() { return m_table; }
  RowView &view() { return *m_view; }
  /// The selected rows as they stand (the current row where none is selected), with a header line, as tab-separated text. Goes to the clipboard.
  void copy();

 private:
  void take(std::shared_ptr<const Payload> table);
  void embed(const Artifact &artifact);
  void link();
  void applyFilter();
  void narrow();
  void refresh();
  /// Runs `work` on the interactive lane (here, where there is none) and hands its result to `done`.
  template <class Work, class Done>
  void later(const char *what, Work work, Done done);

  ViewerContext m_context;
  std::optional<Artifact> m_artifact;
  std::shared_ptr<const Payload> m_payload;      ///< the Table in view: the artifact's own, or made of an embedding
  Ids m_ids;                                     ///< the samples', or row numbers from 0 where rows are no samples
  Selection m_ownSelection;                      ///< of row numbers
  Selection *m_selection;                        ///< the shared one where rows are samples, else our own
  std::optional<std::vector<SampleId>> m_found;  ///< by the filter; nothing where there is none
  ColumnTable m_table;
  QTimer m_typing;
  RowView *m_view;
  EmptyState *m_empty;
  QLineEdit *m_filter;
  QLabel *m_badge;
  QAction *m_find, *m_onlySelected, *m_copy;
};

Viewer *makeTableViewer(QWidget *parent);

}  // namespace vitrine
