// Says how a CSV or TSV is to be read: separator, header, and what each column is for, with a preview that answers at once.
#pragma once

#include <filesystem>

#include <QDialog>

#include "data/data.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace vitrine {

class Lane;
class PreviewModel;

class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  /// The file is only read on `lane`; the dialog shows at once and fills when the preview is there.
  ImportDialog(std::filesystem::path file, Lane *lane, QWidget *parent = nullptr);

  /// What openTable() shall be given; the two lists are complete (`chosen` is set).
  data::TableOptions options() const;
  /// The line below the table: what will come out, or what is wrong.
  QString message() const;
  bool importable() const;

 Q_SIGNALS:
  void previewReady();  ///< a preview, or the reason why there is none, is on screen

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

 private:
  QWidget *makeControls();
  void ask();
  void showPreview(const data::TablePreview &preview, std::size_t lines, bool exact);
  void showError(const QString &text);
  void describe();
  void assign(int role);

  std::filesystem::path m_file;
  Lane *m_lane;
  PreviewModel *m_model;
  QComboBox *m_separator = nullptr, *m_header = nullptr;
  QTableView *m_table = nullptr;
  QLabel *m_message = nullptr;
  QPushButton *m_open = nullptr;
  QString m_error;
  std::size_t m_lines = 0;  ///< of the whole file, header included
  bool m_exact = false;     ///< counted, not estimated from the file's size
};

}  // namespace vitrine
