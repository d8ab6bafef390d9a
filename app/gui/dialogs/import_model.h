// The table of the import dialog: the roles of the columns above, the first rows of the file below.
#pragma once

#include <filesystem>
#include <vector>

#include <QAbstractTableModel>
#include <QStyledItemDelegate>

#include "data/data.h"

namespace vitrine {

enum class ColumnRole { Value, Label, Ignore };

struct LineCount {
  std::size_t lines = 0;  ///< with text on them; 0 = unknown (compressed)
  bool exact = false;     ///< false: estimated from the first megabytes and the file's size
};
/// Reads at most `limit` bytes. Quoted line breaks count as text. Throws InputError if the file cannot be read.
LineCount countLines(const std::filesystem::path &file, std::size_t limit = std::size_t{64} << 20);

/// Row 0 holds the roles (editable through RoleDelegate, or V, L and I on selected columns in the dialog), the rest the preview.
class PreviewModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  /// Numbers become values, the other columns labels; number columns called like a class ("label", "target") or like row ids are labels too.
  /// Roles that the user chose stay with columns of the same name.
  void setPreview(data::TablePreview preview);
  const data::TablePreview &preview() const { return m_preview; }
  ColumnRole role(int column) const { return m_roles[static_cast<std::size_t>(column)]; }
  void setRole(int column, ColumnRole role);
  QStringList names(ColumnRole role) const;
  /// The first cell in the preview that is to give a value but is no finite number, in words; empty if all is well.
  QString fault() const;

  int rowCount(const QModelIndex &parent = {}) const override;
  int columnCount(const QModelIndex &parent = {}) const override;
  QVariant data(const QModelIndex &index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex &index) const override;

 Q_SIGNALS:
  void rolesChanged();

 private:
  bool wrong(int row, int column) const;  ///< this cell of a value column is no number
  data::TablePreview m_preview;
  std::vector<ColumnRole> m_roles;
  std::vector<std::pair<std::string, ColumnRole>> m_chosen;
};

/// Draws row 0 as a combo box and opens a real one on a click or F2.
class RoleDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  static QString text(ColumnRole role);

  void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
  QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
  void setEditorData(QWidget *editor, const QModelIndex &index) const override;
  void setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const override;
};

}  // namespace vitrine
