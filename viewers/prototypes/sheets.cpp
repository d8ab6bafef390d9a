#include "viewers/prototypes/sheets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QBuffer>
#include <QObject>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

QString tr(const char *text) {
  return QObject::tr(text);
}

/// Right ones and all of class k.
std::pair<std::size_t, std::size_t> rightOf(const PrototypeScores::Result &result, std::size_t k, std::size_t classes) {
  std::size_t all = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    all += result.confusion[k * classes + c];
  }
  return {result.confusion[k * classes + k], all};
}

double share(std::pair<std::size_t, std::size_t> part) {
  return part.second == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(part.first) / static_cast<double>(part.second);
}

QString points(double difference) {
  return std::isnan(difference) ? QString() : QStringLiteral("%1%2").arg(difference > 0 ? QStringLiteral("+") : QString()).arg(100 * difference, 0, 'f', 1);
}

Column numbers(const std::string &name) {
  Column column;
  column.name = name;
  return column;
}

Column texts(const std::string &name) {
  Column column;
  column.name = name;
  column.kind = Column::Kind::Text;
  return column;
}

QStringList classNames(const WorkshopScene &scene) {
  QStringList names;
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    names << scene.className(k);
  }
  return names;
}

}  // namespace

MatrixPicture weightsPicture(const WorkshopScene &scene) {
  const Matrix centred = rowCentred(scene.layer.weights);
  double most = 1e-12;
  std::ranges::for_each(centred.values, [&](float value) { most = std::max(most, std::abs(static_cast<double>(value))); });
  MatrixPicture picture;
  picture.heading = tr("What a distance to each prototype does to each class, less the row's mean. Blue: nearness speaks for the class; orange: against it.");
  picture.columns = classNames(scene);
  picture.corner = tr("prototype");
  for (std::size_t j = 0; j < scene.count(); ++j) {
    picture.rows << scene.title(j);
    picture.rowColours.push_back(scene.classColour(scene.classOfPrototype(j)));
    picture.faint.push_back(scene.layer.on[j] == 0 ? 1 : 0);
    for (std::size_t k = 0; k < scene.classes(); ++k) {
      const double value = centred.row(j)[k];
      picture.cells.push_back(
          {QString::number(value, 'f', 1),
           tr("Prototype %1, %2: weight %3, less the row's mean %4")
               .arg(j + 1)
               .arg(scene.className(k), QString::number(static_cast<double>(scene.layer.weights.row(j)[k]), 'f', 4), QString::number(value, 'f', 4)),
           mapColour(QStringLiteral("diverging"), 0.5 + 0.5 * value / most)});
    }
  }
  return picture;
}

MatrixPicture confusionPicture(const WorkshopScene &scene) {
  MatrixPicture picture;
  if (!scene.ready()) {
    return picture;
  }
  picture.heading = tr("Test samples by true class (rows) and by what they are called (columns). Click a cell to select its samples everywhere.");
  picture.columns = picture.rows = classNames(scene);
  picture.corner = tr("true");
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    picture.rowColours.push_back(scene.classColour(k));
    const std::size_t all = rightOf(scene.now, k, scene.classes()).second;
    for (std::size_t c = 0; c < scene.classes(); ++c) {
      const std::size_t n = scene.now.confusion[k * scene.classes() + c], was = scene.before.confusion[k * scene.classes() + c];
      const double part = all == 0 ? 0 : static_cast<double>(n) / static_cast<double>(all);
      QString tip = tr("%1 called %2: %3 of %4").arg(scene.className(k), scene.className(c)).arg(n).arg(all);
      tip += n == was ? QString() : tr(" (%1 as trained)").arg(was);
      picture.cells.push_back(
          {n == 0 ? QString() : QString::number(n), tip, mapColour(QStringLiteral("diverging"), k == c ? 0.5 - 0.5 * part : 0.5 + 0.5 * part)});
    }
  }
  return picture;
}

MatrixPicture changesPicture(const WorkshopScene &scene) {
  MatrixPicture picture;
  if (!scene.ready()) {
    return picture;
  }
  const QStringList lines = changes(scene);
  picture.heading = lines.isEmpty()
                        ? tr("Nothing is changed. Switch a prototype off, drag its star, merge two or give one another class: here stands what it does.")
                        : lines.join(QStringLiteral("; ")) + u'.';
  picture.columns = QStringList{tr("as trained"), tr("now"), tr("change")};
  picture.corner = tr("right, %");
  const auto row = [&](const QString &name, const QColor &colour, double before, double now, const QString &of) {
    picture.rows << name;
    picture.rowColours.push_back(colour);
    const double change = now - before;
    picture.cells.push_back({std::isnan(before) ? QString() : QString::number(100 * before, 'f', 1), of, {}});
    picture.cells.push_back({std::isnan(now) ? QString() : QString::number(100 * now, 'f', 1), of, {}});
    picture.cells.push_back({points(change), tr("%1 points").arg(points(change)),
                             std::isnan(change) ? QColor() : mapColour(QStringLiteral("diverging"), 0.5 - std::clamp(change * 2.5, -0.5, 0.5))});
  };
  row(tr("all classes"), {}, scene.before.accuracy(), scene.now.accuracy(), tr("%1 test samples").arg(scene.now.tested));
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    const auto before = rightOf(scene.before, k, scene.classes()), now = rightOf(scene.now, k, scene.classes());
    row(scene.className(k), scene.classColour(k), share(before), share(now), tr("%1 test samples of %2").arg(now.second).arg(scene.className(k)));
  }
  return picture;
}

Table weightsTable(const WorkshopScene &scene) {
  Column number = numbers("prototype"), kind = texts("class"), on = numbers("on"), nearest = numbers("nearest"), squared = numbers("nearest_squared");
  std::vector<Column> weights;
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    weights.push_back(numbers("weight " + scene.className(k).toStdString()));
  }
  for (std::size_t j = 0; j < scene.count(); ++j) {
    const bool known = !scene.movedFromTraining(j) && j < scene.payload->nearest.size() && j < scene.payload->nearestSquared.size();
    number.numbers.push_back(static_cast<double>(j + 1));
    kind.texts.push_back(scene.className(scene.classOfPrototype(j)).toStdString());
    on.numbers.push_back(scene.layer.on[j]);
    nearest.numbers.push_back(known ? static_cast<double>(scene.payload->nearest[j]) : std::numeric_limits<double>::quiet_NaN());
    squared.numbers.push_back(known ? static_cast<double>(scene.payload->nearestSquared[j]) : std::numeric_limits<double>::quiet_NaN());
    for (std::size_t k = 0; k < scene.classes(); ++k) {
      weights[k].numbers.push_back(static_cast<double>(scene.layer.weights.row(j)[k]));
    }
  }
  Table table{nullptr, {number, kind, on, nearest, squared}};
  std::ranges::move(weights, std::back_inserter(table.columns));
  return table;
}

Table confusionTable(const WorkshopScene &scene) {
  Table table{nullptr, {texts("true")}};
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    table.columns.front().texts.push_back(scene.className(k).toStdString());
  }
  for (std::size_t c = 0; c < scene.classes(); ++c) {
    Column column = numbers("called " + scene.className(c).toStdString());
    for (std::size_t k = 0; k < scene.classes(); ++k) {
      column.numbers.push_back(static_cast<double>(scene.now.confusion[k * scene.classes() + c]));
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

Table changesTable(const WorkshopScene &scene) {
  Column name = texts("class"), count = numbers("test_samples"), before = numbers("right_as_trained"), now = numbers("right_now"), change = numbers("change");
  const auto row = [&](const QString &text, std::size_t n, double was, double is) {
    name.texts.push_back(text.toStdString());
    count.numbers.push_back(static_cast<double>(n));
    before.numbers.push_back(was);
    now.numbers.push_back(is);
    change.numbers.push_back(is - was);
  };
  row(tr("all classes"), scene.now.tested, scene.before.accuracy(), scene.now.accuracy());
  for (std::size_t k = 0; k < scene.classes(); ++k) {
    const auto was = rightOf(scene.before, k, scene.classes()), is = rightOf(scene.now, k, scene.classes());
    row(scene.className(k), is.second, share(was), share(is));
  }
  return {nullptr, {name, count, before, now, change}};
}

Table evidenceTable(const WorkshopScene &scene) {
  Column number = numbers("prototype"), kind = texts("class"), distance = numbers("squared_distance"), adds = numbers("contribution"),
         support = numbers("support");
  for (const Evidence &e : scene.why.evidence) {
    number.numbers.push_back(static_cast<double>(e.prototype + 1));
    kind.texts.push_back(scene.className(scene.classOfPrototype(e.prototype)).toStdString());
    distance.numbers.push_back(e.distance);
    adds.numbers.push_back(e.contribution);
    support.numbers.push_back(e.support);
  }
  return {nullptr, {number, kind, distance, adds, support}};
}

QString accuracyText(const WorkshopScene &scene) {
  if (!scene.ready()) {
    return {};
  }
  const QString now = tr("%1 right").arg(percent(scene.now.accuracy()));
  return scene.edited() ? tr("%1 (as trained %2)").arg(now, percent(scene.before.accuracy())) : now;
}

std::function<QString()> sheetJob(const QString &file, QSizeF size, const std::function<void(QPainter &, const QRectF &)> &paint) {
  QByteArray pdfBytes;
  QImage picture;
  if (file.endsWith(QStringLiteral(".pdf"), Qt::CaseInsensitive)) {
    const PaperTheme paper;
    QBuffer buffer(&pdfBytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    pdf.setCreator(QStringLiteral("Vitrine"));
    pdf.setResolution(96);
    pdf.setPageSize(QPageSize(size * 72 / 96, QPageSize::Point));
    pdf.setPageMargins({});
    QPainter painter(&pdf);
    painter.fillRect(QRectF(QPointF(), size), theme().panel);
    paint(painter, QRectF(QPointF(), size));
  } else {
    picture = figure((size * 2).toSize(), size.toSize(), paint);
  }
  return [file, pdfBytes, picture] {
    QSaveFile out(file);  // the file appears whole or not at all
    const bool written = out.open(QIODevice::WriteOnly) && (picture.isNull() ? out.write(pdfBytes) == pdfBytes.size() : picture.save(&out, "PNG"));
    return written && out.commit() ? QString() : tr("%1 cannot be written: %2").arg(file, out.errorString());
  };
}

}  // namespace vitrine
