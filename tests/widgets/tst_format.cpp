// How numbers read.
#include <cmath>

#include "testing.h"
#include "widgets/format.h"

using namespace vitrine;

class TestFormat : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void numbers_data();
  void numbers();
  void times_data();
  void times();
  void others();
};

void TestFormat::numbers_data() {
  QTest::addColumn<double>("value");
  QTest::addColumn<QString>("text");
  QTest::newRow("zero") << 0.0 << "0";
  QTest::newRow("whole") << 12.0 << "12";
  QTest::newRow("three digits") << 1.254 << "1.25";
  QTest::newRow("keeps zeros, so that columns stand still") << 0.91 << "0.910";
  QTest::newRow("rounds up into the next place") << 9.996 << "10.0";
  QTest::newRow("rounds up to a thousand") << 999.7 << "1,000";
  QTest::newRow("small") << 0.01234 << "0.0123";
  QTest::newRow("tiny") << 1.234e-7 << "1.23e-7";
  QTest::newRow("large") << 70000.4 << "70,000";
  QTest::newRow("negative") << -0.5 << "-0.500";
  QTest::newRow("huge") << 3e18 << "3.00e18";
  QTest::newRow("unknown") << std::nan("") << QString(QChar(0x2013));
}

void TestFormat::numbers() {
  QFETCH(double, value);
  QFETCH(QString, text);
  QCOMPARE(number(value), text);
}

void TestFormat::times_data() {
  QTest::addColumn<double>("seconds");
  QTest::addColumn<QString>("text");
  QTest::newRow("none") << 0.0 << "<0.01 s";
  QTest::newRow("hardly any") << 0.001 << "<0.01 s";
  QTest::newRow("hundredths") << 0.123 << "0.12 s";
  QTest::newRow("tenths") << 2.44 << "2.4 s";
  QTest::newRow("edge") << 9.97 << "10 s";
  QTest::newRow("minute") << 59.7 << "1 min 00 s";
  QTest::newRow("minutes") << 185.0 << "3 min 05 s";
  QTest::newRow("hours") << 7800.0 << "2 h 10 min";
}

void TestFormat::times() {
  QFETCH(double, seconds);
  QFETCH(QString, text);
  QCOMPARE(duration(seconds).replace(QChar(0x202f), u' ').replace(QChar(0x00a0), u' '), text);
}

void TestFormat::others() {
  const auto plain = [](QString text) { return text.replace(QChar(0x202f), u' ').replace(QChar(0x00a0), u' '); };
  QCOMPARE(count(1234567), QStringLiteral("1,234,567"));
  QCOMPARE(plain(percent(0.912)), QStringLiteral("91.2 %"));
  QCOMPARE(plain(percent(0.0333)), QStringLiteral("3.33 %"));
  QCOMPARE(plain(bytes(512)), QStringLiteral("512 B"));
  QCOMPARE(plain(bytes(1024.0 * 1024 * 1229)), QStringLiteral("1.20 GiB"));
  QCOMPARE(plain(bytes(1000)), QStringLiteral("0.977 KiB"));
  QCOMPARE(plain(counted(1, "sample", "samples")), QStringLiteral("1 sample"));
  QCOMPARE(plain(counted(12000, "sample", "samples")), QStringLiteral("12,000 samples"));
  QCOMPARE(plain(number(1.5, "px")), QStringLiteral("1.50 px"));
}

VITRINE_TEST(TestFormat)
#include "tst_format.moc"
