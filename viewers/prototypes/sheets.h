// What leaves the workshop: grids of numbers for the screen, tables, and sheets as pictures or PDF.
#pragma once

#include <functional>

#include "viewers/prototypes/matrix_view.h"
#include "viewers/prototypes/scene.h"

class QPainter;

namespace vitrine {

MatrixPicture weightsPicture(const WorkshopScene &scene);    ///< prototypes x classes, row-centred; raw values in the tips
MatrixPicture confusionPicture(const WorkshopScene &scene);  ///< true x called, of the test samples
MatrixPicture changesPicture(const WorkshopScene &scene);    ///< all and each class: right before, now, difference

Table weightsTable(const WorkshopScene &scene);
Table confusionTable(const WorkshopScene &scene);
Table changesTable(const WorkshopScene &scene);
Table evidenceTable(const WorkshopScene &scene);  ///< of the sample's asked class

/// "86.1 % right (87.3 % as trained)": of the test samples.
QString accuracyText(const WorkshopScene &scene);

/// Paints a sheet of this size (logical pixels, 96 an inch) now, as PDF if the file's name ends so, else as a picture at twice the size; the job that is
/// returned writes it, on any thread: empty if written, else what went wrong.
std::function<QString()> sheetJob(const QString &file, QSizeF size, const std::function<void(QPainter &, const QRectF &)> &paint);

}  // namespace vitrine
