// What every viewer's picture needs: the frame of grab() at any size, and crisp pixels.
#pragma once

#include <functional>

#include <QImage>
#include <QPainter>

namespace vitrine {

/// Calls `paint` for a picture of `pixels` device pixels on the theme's panel colour. The layout is that of a view of `onScreen` logical pixels:
/// a larger picture of the same shape shows the same, finer; a smaller one is laid out anew so that its type stays readable.
/// Empty for an empty size.
QImage figure(QSize pixels, QSize onScreen, const std::function<void(QPainter &, const QRectF &)> &paint);

/// Text broken into lines from the top of `room`, which may be too low for it; returns the y below the text. `painter` may be null to ask only for that.
double drawWrapped(QPainter *painter, const QRectF &room, const QFont &font, const QColor &colour, const QString &text);
/// Moves a position onto the device's pixel grid, so that hairlines and pictures stay sharp at any scale.
double snapped(double position, double pixelRatio);
/// Draws a picture (one picture pixel = a whole number of device pixels, nearest neighbour) in the middle of `box`; shrinks with an area filter where
/// it does not fit. Returns where it stands, in logical pixels.
QRectF drawCrisp(QPainter &painter, const QImage &picture, const QRectF &box);

}  // namespace vitrine
