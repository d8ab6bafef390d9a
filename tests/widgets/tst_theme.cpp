// The look can be measured: contrast of text, distance of colours for all eyes, order of the maps, crisp pictures and icons.
#include <cmath>

#include <QApplication>
#include <QWidget>

#include "testing.h"
#include "widgets/icon_label.h"
#include "widgets/theme.h"

using namespace vitrine;

namespace {

using Rgb = std::array<double, 3>;

double linear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

Rgb linear(const QColor &c) {
  return {linear(c.redF()), linear(c.greenF()), linear(c.blueF())};
}

double luminance(const QColor &c) {
  const Rgb rgb = linear(c);
  return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

/// WCAG 2.1 contrast ratio.
double contrast(const QColor &a, const QColor &b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB: normal, protan, deutan, tritan.
constexpr std::array<std::array<double, 9>, 4> kSight = {{{1, 0, 0, 0, 1, 0, 0, 0, 1},
                                                          {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
                                                          {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
                                                          {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}}};

/// OKLab (Ottosson 2020) of the colour as those eyes see it, times 100: 2 is about the least one notices side by side.
Rgb seen(const QColor &colour, const std::array<double, 9> &m) {
  const Rgb in = linear(colour);
  Rgb c{};
  for (std::size_t i = 0; i < 3; ++i) {
    c[i] = std::clamp(m[i * 3] * in[0] + m[i * 3 + 1] * in[1] + m[i * 3 + 2] * in[2], 0.0, 1.0);
  }
  const double l = std::cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
  const double a = std::cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
  const double s = std::cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
  return {100 * (0.2104542553 * l + 0.7936177850 * a - 0.0040720468 * s), 100 * (1.9779984951 * l - 2.4285922050 * a + 0.4505937099 * s),
          100 * (0.0259040371 * l + 0.7827717662 * a - 0.8086757660 * s)};
}

double leastDistance(std::size_t count) {
  double least = 1e9;
  for (const auto &sight : kSight) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Rgb a = seen(categoryColour(i, count), sight), b = seen(categoryColour(j, count), sight);
        least = std::min(least, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
      }
    }
  }
  return least;
}

}  // namespace

class TestTheme : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void textIsReadable();
  void categoriesStayApart();
  void mapsGrow();
  void divergingIsSymmetric();
  void columnColoursFollowTheColumn();
  void legendFollowsTheColumn();
  void figuresAreTabular();
  void iconsFollowTheTheme();
  void everyOwnIconDraws();
  void picturesAreCrisp();
  void picturesShrinkByArea();
  void sheetHasNoNameLeft();
};

void TestTheme::textIsReadable() {
  for (const bool dark : {true, false}) {
    applyTheme(dark);
    const Theme &t = theme();
    for (const QColor &ground : {t.window, t.panel, t.raised}) {
      QVERIFY(contrast(t.text, ground) >= 7);
      QVERIFY2(contrast(t.secondary, ground) >= 4.5, qPrintable(QString::number(contrast(t.secondary, ground))));
    }
    for (const QColor &ground : {t.window, t.panel}) {
      QVERIFY(contrast(t.warning, ground) >= 4.5);
      QVERIFY2(contrast(t.error, ground) >= 4.5, qPrintable(QString::number(contrast(t.error, ground))));
    }
    const QPalette palette = QApplication::palette();
    QVERIFY(contrast(palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)) >= 4.5);
    QVERIFY(contrast(palette.color(QPalette::Link), t.panel) >= 4.5);
    QVERIFY(contrast(QColor(0x0b1622), t.accent) >= 4.5);  // words on the primary button
    QCOMPARE(palette.color(QPalette::Window), t.window);
  }
}

void TestTheme::categoriesStayApart() {
  for (const bool dark : {true, false}) {
    applyTheme(dark);
    QVERIFY2(leastDistance(8) > 6.5, qPrintable(QString::number(leastDistance(8))));
    QVERIFY2(leastDistance(23) > 6, qPrintable(QString::number(leastDistance(23))));
    QCOMPARE(categoryColour(0, 3), QColor(0x0072b2));          // Okabe and Ito
    QCOMPARE(categoryColour(23, 40), categoryColour(39, 40));  // "other"
    QVERIFY(categoryColour(22, 23) != categoryColour(23, 40));
    for (std::size_t i = 0; i < 23; ++i) {
      QVERIFY2(contrast(categoryColour(i, 23), theme().panel) > 1.2, qPrintable(QString::number(i)));
    }
  }
}

void TestTheme::mapsGrow() {
  for (const char *map : {"viridis", "cividis", "magma"}) {
    for (int i = 1; i <= 100; ++i) {
      const double before = seen(mapColour(map, (i - 1) / 100.0), kSight[0])[0], now = seen(mapColour(map, i / 100.0), kSight[0])[0];
      QVERIFY2(now > before - 0.3 && (i < 15 || now - before < 3), map);
    }
    QVERIFY(seen(mapColour(map, 1), kSight[0])[0] - seen(mapColour(map, 0), kSight[0])[0] > 55);
  }
  QCOMPARE(mapColour("viridis", 0), QColor(0x440154));
  QCOMPARE(mapColour("viridis", 7), QColor(0xfde725));  // clamped
  QCOMPARE(mapColour("magma", 1), QColor(0xfcfdbf));
  QVERIFY(mapColour("viridis", std::nan("")).isValid());
}

void TestTheme::divergingIsSymmetric() {
  for (const bool dark : {true, false}) {
    applyTheme(dark);
    const QColor middle = mapColour("diverging", 0.5);
    QVERIFY(middle.saturationF() < 0.3F);
    for (const double t : {0.1, 0.25, 0.4}) {
      const double low = seen(mapColour("diverging", t), kSight[0])[0], high = seen(mapColour("diverging", 1 - t), kSight[0])[0];
      QVERIFY2(std::abs(low - high) < 6, qPrintable(QString::number(low - high)));  // equal sizes look equally strong
      for (const auto &sight : kSight) {
        const Rgb a = seen(mapColour("diverging", t), sight), b = seen(mapColour("diverging", 1 - t), sight);
        const double apart = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        QVERIFY2(apart > (t < 0.3 ? 8 : 5), qPrintable(QStringLiteral("%1 at %2").arg(apart).arg(t)));  // the signs stay apart for all eyes
      }
    }
  }
}

void TestTheme::columnColoursFollowTheColumn() {
  const auto pixel = [](std::uint32_t packed) {
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(&packed);
    return QColor(bytes[0], bytes[1], bytes[2], bytes[3]);
  };
  Column label;
  label.kind = Column::Kind::Category;
  label.categories = {"a", "b", "c"};
  label.codes = {2, 0, -1};
  auto colours = columnColours(&label, 5);
  QCOMPARE(colours.size(), std::size_t{5});
  QCOMPARE(pixel(colours[0]), categoryColour(2, 3));
  QCOMPARE(pixel(colours[1]), categoryColour(0, 3));
  QVERIFY(colours[2] != colours[1] && colours[2] != colours[0]);

  Column numbers;
  for (int i = 0; i < 1000; ++i) {
    numbers.numbers.push_back(i);
  }
  numbers.numbers[999] = 1e9;  // an outlier must not flatten the rest
  numbers.numbers[500] = std::nan("");
  colours = columnColours(&numbers, 1000);
  QCOMPARE(pixel(colours[0]), mapColour("viridis", 0));
  QCOMPARE(pixel(colours[999]), mapColour("viridis", 1));
  QVERIFY(seen(pixel(colours[700]), kSight[0])[0] > seen(pixel(colours[300]), kSight[0])[0] + 10);
  QVERIFY(pixel(colours[500]).saturationF() < 0.3F);
  QCOMPARE(columnColours(nullptr, 3)[0], columnColours(nullptr, 3)[2]);
  Column empty;
  QCOMPARE(columnColours(&empty, 0).size(), std::size_t{0});
}

void TestTheme::legendFollowsTheColumn() {
  Column label;
  label.kind = Column::Kind::Category;
  for (int i = 0; i < 30; ++i) {
    label.categories.push_back("class " + std::to_string(i));
  }
  auto legend = legendOf(&label);
  QCOMPARE(legend.size(), std::size_t{24});
  QCOMPARE(legend.back().text, QStringLiteral("other (7)"));
  QCOMPARE(legend.back().colour, categoryColour(29, 30));
  QCOMPARE(legend[3].category, 3);
  Column numbers;
  numbers.numbers = {0, 50, 100};
  legend = legendOf(&numbers);
  QCOMPARE(legend.front().text, QStringLiteral("100"));
  QCOMPARE(legend.back().text, QStringLiteral("0"));
  QCOMPARE(legend.front().category, -1);
  QVERIFY(legendOf(nullptr).empty());
}

void TestTheme::figuresAreTabular() {
  for (const int size : {9, 10, 12, 16}) {
    const QFontMetricsF metrics(uiFont(size));
    for (char16_t digit = u'1'; digit <= u'9'; ++digit) {
      QCOMPARE(metrics.horizontalAdvance(QString(8, QChar(digit))), metrics.horizontalAdvance(QString(8, u'0')));
    }
    const QFontMetricsF mono(monoFont(size));
    QCOMPARE(mono.horizontalAdvance(QStringLiteral("iiii")), mono.horizontalAdvance(QStringLiteral("WWWW")));
  }
}

void TestTheme::iconsFollowTheTheme() {
  applyTheme(true);
  QVERIFY2(QIcon::hasThemeIcon("document-open"), "breeze is not found");
  const QIcon open = icon("open"), projection = icon("projection");
  const auto brightest = [](const QIcon &drawn, qreal scale) {
    const QImage image = drawn.pixmap(QSize(16, 16), scale).toImage().convertToFormat(QImage::Format_ARGB32);
    int inked = 0, bright = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        inked += image.pixelColor(x, y).alpha() > 128 ? 1 : 0;
        bright = image.pixelColor(x, y).alpha() > 200 ? std::max(bright, image.pixelColor(x, y).lightness()) : bright;
      }
    }
    return inked > 8 ? bright : -1;
  };
  for (const QIcon &each : {open, projection}) {
    applyTheme(true);
    QVERIFY(brightest(each, 1) > 200);
    QCOMPARE(each.pixmap(QSize(16, 16), 2).size(), QSize(32, 32));
    QVERIFY(brightest(each, 2) > 200);
    applyTheme(false);
    QVERIFY(brightest(each, 1) >= 0 && brightest(each, 1) < 80);
  }
  QVERIFY(icon("no-such-icon-anywhere").isNull());
}

void TestTheme::everyOwnIconDraws() {
  for (const char *name :
       {"open", "save",     "play", "pause", "stop",  "undo",  "redo",      "camera",     "film",  "search", "box-select", "lasso", "pan",
        "fit",  "settings", "help", "image", "table", "curve", "attention", "projection", "model", "data",   "export",     "close", "more"}) {
    QVERIFY2(QFile::exists(QStringLiteral(":/icons/%1.svg").arg(name)), name);  // the fallback
    const QImage drawn = iconPixmap(name, 22, 1, Qt::black).toImage();
    bool any = false;
    for (int i = 0; i < 22 * 22; ++i) {
      any = any || drawn.pixelColor(i % 22, i / 22).alpha() > 100;
    }
    QVERIFY2(any, name);
  }
}

void TestTheme::picturesAreCrisp() {
  Image small{2, 2, 1, {0, 255, 255, 0}};
  const QImage shown = fitted(small, {9, 7});
  QCOMPARE(shown.size(), QSize(6, 6));  // three times, not 3.5
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 6; ++x) {
      QCOMPARE(qGray(shown.pixel(x, y)), ((x / 3 + y / 3) % 2) * 255);
    }
  }
  Image seeThrough{1, 1, 4, {10, 20, 30, 0}};
  const QImage board = fitted(seeThrough, {16, 16});
  QVERIFY(board.pixel(0, 0) != board.pixel(8, 0));     // a checkerboard, not the colour below full transparency
  QVERIFY(toQImage(Image{3, 3, 3, {1, 2}}).isNull());  // too few bytes
  QVERIFY(fitted(Image{}, {10, 10}).isNull());
}

void TestTheme::picturesShrinkByArea() {
  Image stripes{64, 64, 1, std::vector<std::uint8_t>(64 * 64)};
  for (std::size_t i = 0; i < stripes.pixels.size(); ++i) {
    stripes.pixels[i] = i % 2 == 0 ? 0 : 255;
  }
  const QImage shown = fitted(stripes, {16, 40});
  QCOMPARE(shown.size(), QSize(16, 16));
  for (int x = 0; x < 16; ++x) {
    QVERIFY(std::abs(qGray(shown.pixel(x, 8)) - 127) < 12);  // the mean, where picking single pixels gives black or white
  }
}

void TestTheme::sheetHasNoNameLeft() {
  applyTheme(true);
  QVERIFY(qApp->styleSheet().size() > 1000);
  QVERIFY(!qApp->styleSheet().contains(u'@') || qApp->styleSheet().count(u'@') == 1);  // one in its comment
  QVERIFY(!qApp->styleSheet().contains(u'%') || qApp->styleSheet().count(u'%') == 1);
  const QStringList parts = qApp->styleSheet().split("url(");
  for (qsizetype i = 1; i < parts.size(); ++i) {
    QVERIFY2(QFile::exists(parts[i].section(u')', 0, 0)), qPrintable(parts[i]));
  }
}

VITRINE_TEST(TestTheme)
#include "tst_theme.moc"
