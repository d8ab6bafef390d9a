// Numbers in a coloured grid with names on both sides: weights, confusion, what edits changed.
#pragma once

#include <functional>

#include <QColor>
#include <QWidget>

namespace vitrine {

struct MatrixPicture {
  struct Cell {
    QString text, tip;
    QColor colour;
  };
  QString heading;  ///< above the grid, wrapped
  QStringList rows, columns;
  std::vector<Cell> cells;  ///< rows x columns
  std::vector<QColor> rowColours;
  std::vector<std::uint8_t> faint;  ///< rows drawn at low strength; may be empty
  QString corner;                   ///< above the row names
};

class MatrixView : public QWidget {
  Q_OBJECT
 public:
  explicit MatrixView(const QString &name, QWidget *parent = nullptr);

  void setPicture(MatrixPicture picture);
  const MatrixPicture &picture() const { return m_picture; }
  QRectF cell(std::size_t row, std::size_t column) const;
  void paint(QPainter &painter, const QRectF &area) const;

 Q_SIGNALS:
  void activated(std::size_t row, std::size_t column);  ///< clicked, or Enter on the cell reached by the arrow keys

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void focusOutEvent(QFocusEvent *event) override;
  bool event(QEvent *event) override;

 private:
  struct Layout {
    double heading = 0, head = 0, names = 0, width = 0, height = 0;
  };
  Layout layoutIn(const QRectF &area) const;
  QRectF cellIn(const QRectF &area, const Layout &layout, std::size_t row, std::size_t column) const;
  int at(const QPointF &place) const;  ///< -1 = no cell

  MatrixPicture m_picture;
  int m_cursor = -1;
};

}  // namespace vitrine
