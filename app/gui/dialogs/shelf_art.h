// The pictures of the shelf: resources/shelf/ID-dark.png and -light.png where there are such, else a drawing in the manner of the study's family.
#pragma once

#include <QPixmap>

namespace vitrine {

/// Fills `size` (logical pixels) without stretching; what does not fit is cut off at the edges.
QPixmap shelfPicture(const QString &id, const QString &family, QSize size, qreal scale);

}  // namespace vitrine
