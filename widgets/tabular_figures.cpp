// OpenType: a shaper applies some features without being asked, "rlig" among them. Where a font has none, its record "tnum" takes that name.
#include "widgets/tabular_figures.h"

#include <array>
#include <utility>
#include <vector>

#include <QByteArray>
#include <QFontDatabase>
#include <QRawFont>
#include <QtEndian>

namespace vitrine {

namespace {

constexpr const char *kFamily = "Vitri";  // as long as "Inter", so that the name table keeps its layout

/// Renames the feature records (offset 6 of GSUB: list of tag and offset). False if there is no tnum, or rlig is taken.
bool switchOnTabular(QByteArray &gsub) {
  if (gsub.size() < 10) {
    return false;
  }
  const auto u16 = [&gsub](qsizetype at) { return at + 2 <= gsub.size() ? qFromBigEndian<quint16>(gsub.constData() + at) : quint16{0}; };
  const qsizetype list = u16(6), count = u16(list);
  bool found = false;
  for (qsizetype i = 0; i < count; ++i) {
    const qsizetype record = list + 2 + i * 6;
    const QByteArray tag = gsub.mid(record, 4);
    if (tag == "rlig") {
      return false;
    }
    if (tag == "tnum") {
      gsub.replace(record, 4, "rlig");
      found = true;
    }
  }
  return found;
}

QByteArray utf16(const QByteArray &ascii) {
  QByteArray wide;
  for (const char c : ascii) {
    wide.append('\0').append(c);
  }
  return wide;
}

/// An sfnt file of the font's tables, with its figures switched and its family renamed (two fonts of one name would shadow one another).
QByteArray switchedCopy(const QRawFont &font) {
  static constexpr std::array<const char *, 16> kTags = {"CFF ", "GDEF", "GPOS", "GSUB", "OS/2", "cmap", "cvt ", "fpgm",
                                                         "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"};  // ascending
  std::vector<std::pair<const char *, QByteArray>> tables;
  bool switched = false;
  for (const char *tag : kTags) {
    QByteArray table = font.fontTable(tag);
    if (table.isEmpty()) {
      continue;
    }
    if (qstrcmp(tag, "GSUB") == 0) {
      switched = switchOnTabular(table);
    } else if (qstrcmp(tag, "name") == 0) {
      table.replace(utf16("Inter"), utf16(kFamily)).replace("Inter", kFamily);
    }
    tables.emplace_back(tag, table);
  }
  if (!switched) {
    return {};
  }
  QByteArray head, body;
  const auto put = [](QByteArray &to, auto value) {
    const auto big = qToBigEndian(value);
    to.append(reinterpret_cast<const char *>(&big), sizeof big);
  };
  const bool cff = qstrcmp(tables.front().first, "CFF ") == 0;
  put(head, cff ? quint32{0x4F54544F} : quint32{0x00010000});
  put(head, static_cast<quint16>(tables.size()));
  head.append(6, '\0');  // search hints, which no reader of today uses
  const auto start = static_cast<quint32>(12 + 16 * tables.size());
  for (const auto &[tag, table] : tables) {
    head.append(tag, 4);
    put(head, quint32{0});  // checksum: not verified by FreeType
    put(head, start + static_cast<quint32>(body.size()));
    put(head, static_cast<quint32>(table.size()));
    body.append(table).append((4 - table.size() % 4) % 4, '\0');
  }
  return head + body;
}

}  // namespace

QString tabularInter() {
  if (!QFontDatabase::families().contains(QStringLiteral("Inter"))) {
    return {};
  }
  QString family;
  for (const auto &[weight, italic] : {std::pair{QFont::Normal, false}, {QFont::Medium, false}, {QFont::Bold, false}, {QFont::Normal, true}}) {
    const QRawFont font = QRawFont::fromFont(QFont(QStringLiteral("Inter"), 10, weight, italic));
    const QByteArray copy = font.familyName().startsWith(QLatin1String("Inter")) ? switchedCopy(font) : QByteArray();
    const int id = copy.isEmpty() ? -1 : QFontDatabase::addApplicationFontFromData(copy);
    if (id >= 0 && weight == QFont::Normal && !italic) {
      family = QFontDatabase::applicationFontFamilies(id).value(0);
    }
  }
  return family;
}

}  // namespace vitrine
