// The plain checks of core, the engines and the models (tests/checks) and a small run of each study, which vitrine-cli selftest runs too.
#include "testing.h"
#include "tests/checks/checks.h"

using namespace vitrine;

class TstChecks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void holds_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto &check : checks::all()) {
      QTest::newRow(check.name.c_str()) << index++;
    }
  }
  void holds() {
    QFETCH(int, index);
    const std::string fault = checks::faultOf(checks::all()[static_cast<std::size_t>(index)]);
    QVERIFY2(fault.empty(), fault.c_str());
  }
  void aCheckCanFail() {
    QVERIFY(!checks::faultOf({"fails", [] { checks::requireNear(1, 2, 0.5, "one"); }}).empty());
    QVERIFY(!checks::faultOf({"refuses nothing", [] { checks::requireRefused([] {}, "x"); }}).empty());
  }
};
VITRINE_TEST(TstChecks)

#include "tst_checks.moc"
