// Columns of a data set or of a Table as a Qt model that sorts and filters by itself, a large one on another thread: a million rows need no
// proxy that copies them, and the GUI does not wait for their order.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include <QAbstractTableModel>

#include "core/artifact.h"
#include "core/dataset.h"

namespace vitrine {

/// One line per row, one column per core Column, before them the sample's id where rows are samples. Numbers stand right, in full in the tool tip.
class ColumnTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  static constexpr int kIdRole = Qt::UserRole;  ///< SampleId as qlonglong, -1 where rows are not samples

  static constexpr int kShareRole = Qt::UserRole + 1;  ///< of the largest value of its column, 0 to 1, where bars are wanted; else invalid

  using QAbstractTableModel::QAbstractTableModel;

  /// `owner` keeps `columns` (and `ids`, which may be null) alive.
  void setColumns(std::shared_ptr<const void> owner, const std::vector<Column> *columns, const std::vector<SampleId> *ids);
  void setTable(std::shared_ptr<const Payload> payload);  ///< must hold a Table
  void setDataset(std::shared_ptr<const Dataset> dataset);

  /// Columns of numbers that are drawn as bars too.
  void setBars(const std::vector<std::string> &names);

  /// Only rows with `text` in one of their cells (no case); empty = all.
  void setFilter(const QString &text);
  /// Only these samples; an empty list with `on` shows none.
  void setOnly(bool on, const std::vector<SampleId> &ids = {});

  SampleId idAt(int line) const;                       ///< -1 if lines are not samples
  int lineOf(SampleId id) const;                       ///< -1 if it is not shown
  std::size_t total() const { return m_query.total; }  ///< rows before filters

  int rowCount(const QModelIndex &parent = {}) const override;
  int columnCount(const QModelIndex &parent = {}) const override;
  QVariant data(const QModelIndex &index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  /// Which rows in which order; pure, so that another thread may answer it. `owner` keeps columns and ids alive.
  struct Query {
    std::shared_ptr<const void> owner;
    const std::vector<Column> *columns = nullptr;
    const std::vector<SampleId> *ids = nullptr;
    std::size_t total = 0;
    QString filter;
    bool only = false;
    std::vector<SampleId> onlyIds;  ///< ascending
    int sortColumn = -1;
    bool up = true;
    bool matches(std::size_t row) const;
    std::vector<std::uint32_t> lines() const;
  };

  bool hasIds() const { return m_query.ids != nullptr; }
  void apply();
  void take(std::vector<std::uint32_t> lines);
  Query m_query;
  std::vector<double> m_largest;  ///< of each core column that has bars; 0 for the others
  int m_request = 0;
  std::vector<std::uint32_t> m_lines;  ///< row shown at each line
  mutable std::unordered_map<SampleId, int> m_lineOf;
};

}  // namespace vitrine
