// The form: what it shows is what a study gets, what is changed says so, and a running study hears live changes only.
#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QToolButton>
#include <QWheelEvent>

#include "core/error.h"
#include "testing.h"
#include "widgets/number_box.h"
#include "widgets/param_form.h"
#include "widgets/param_row.h"

using namespace vitrine;

namespace {

struct Knobs {
  double perplexity = 30, rate = 0, share = 0.5;
  std::int64_t iterations = 750, seed = 9'000'000'000;
  bool start = true;
  std::string metric = "euclidean", note;
};

const std::vector<ParamSpec> &specs() {
  static const Schema<Knobs> schema = [] {
    Schema<Knobs> s;
    s.add("perplexity", &Knobs::perplexity, "Perplexity", "More weighs more neighbours.").range(5, 200).live();
    s.add("iterations", &Knobs::iterations, "Iterations", "More settles the map.").range(1, 100000);
    s.add("share", &Knobs::share, "Share", "More takes more.").range(0, 1);
    s.add("start", &Knobs::start, "Start from PCA", "Repeatable.");
    s.add("metric", &Knobs::metric, "Metric", "Distance.").oneOf({"euclidean", "cosine"});
    s.add("rate", &Knobs::rate, "Learning rate", "0 = automatic.").atLeast(0).logScale().unit("px").inAdvanced().live();
    s.add("seed", &Knobs::seed, "Seed", "Another picture.").inAdvanced();
    s.add("note", &Knobs::note, "Note", "Anything.").inAdvanced();
    return s;
  }();
  return schema.specs();
}

template <class T>
T *control(const ParamForm &form, const QString &label) {
  const auto all = form.findChildren<T *>();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](T *widget) { return widget->accessibleName().startsWith(label) && qobject_cast<ResetDot *>(widget) == nullptr; });
  return it == all.end() ? nullptr : *it;
}

/// Types a number and leaves the box.
void type(QAbstractSpinBox *box, const QString &text) {
  box->setFocus();
  box->selectAll();
  QTest::keyClicks(box, text);
  QTest::keyClick(box, Qt::Key_Return);
}

}  // namespace

class TestParamForm : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void defaultsComeOutAsTheyWentIn();
  void valuesRoundTrip();
  void everyControlIsNamedAndReachable();
  void typingChangesOnce();
  void outOfRangeIsSaidWhileTyping();
  void wrongValuesAreShownAtTheirRow();
  void dotGoesBackToTheDefault();
  void changedSinceTheLastRun();
  void runningFreezesAllButLive();
  void stepsMakeSense();
  void wheelOnlyWhenFocused();
  void advancedOnesAreFolded();
};

void TestParamForm::defaultsComeOutAsTheyWentIn() {
  ParamForm form;
  form.setSpecs(specs());
  QVERIFY(form.values() == completed(specs(), Json::object()));
  QVERIFY(form.values()["iterations"].is_number_integer());
  QCOMPARE(form.values()["seed"].get<std::int64_t>(), 9'000'000'000);  // more than an int
}

void TestParamForm::valuesRoundTrip() {
  const Json given = {{"perplexity", 12.5}, {"iterations", 1000}, {"share", 1e-5}, {"start", false},
                      {"metric", "cosine"}, {"rate", 200.125},    {"seed", -3},    {"note", "größer"}};
  ParamForm form;
  form.setSpecs(specs(), given);
  QVERIFY(form.values() == completed(specs(), given));
  form.reset();
  QVERIFY(form.values() == completed(specs(), Json::object()));
  form.setSpecs(specs());  // a second time leaves no rows of the first
  QCOMPARE(form.findChildren<ParamRow *>().size(), qsizetype{8});
}

void TestParamForm::everyControlIsNamedAndReachable() {
  ParamForm form;
  form.setSpecs(specs());
  form.show();
  for (const auto &spec : specs()) {
    const QString label = QString::fromStdString(spec.label);
    auto *widget = control<QWidget>(form, label);
    QVERIFY2(widget != nullptr, qPrintable(label));
    QVERIFY(widget->focusPolicy() & Qt::TabFocus);
    QCOMPARE(widget->accessibleDescription(), QString::fromStdString(spec.help));
    QVERIFY(widget->toolTip().contains(QString::fromStdString(spec.help).toHtmlEscaped()));
  }
}

void TestParamForm::typingChangesOnce() {
  ParamForm form;
  form.setSpecs(specs());
  form.show();
  QSignalSpy changed(&form, &ParamForm::valueChanged);
  type(control<NumberBox>(form, "Perplexity"), "45");
  QCOMPARE(changed.count(), 1);  // not one for 4 and one for 45
  QCOMPARE(changed.front().at(0).toString(), QStringLiteral("perplexity"));
  QCOMPARE(form.values()["perplexity"].get<double>(), 45.0);
  control<QCheckBox>(form, "Start")->click();
  QCOMPARE(form.values()["start"].get<bool>(), false);
  control<QComboBox>(form, "Metric")->setCurrentText("cosine");
  QCOMPARE(form.values()["metric"].get<std::string>(), std::string("cosine"));
  QCOMPARE(changed.count(), 3);
}

void TestParamForm::outOfRangeIsSaidWhileTyping() {
  ParamForm form;
  form.setSpecs(specs());
  form.show();
  auto *box = control<NumberBox>(form, "Perplexity");
  box->setFocus();
  box->selectAll();
  QTest::keyClicks(box, "900");
  const auto labels = form.findChildren<QLabel *>();
  const bool said = std::any_of(labels.begin(), labels.end(), [](const QLabel *label) { return label->isVisible() && label->text() == "allowed is 5 to 200"; });
  QVERIFY(said);
  QTest::keyClick(box, Qt::Key_Return);
  QCOMPARE(form.values()["perplexity"].get<double>(), 200.0);  // the nearest allowed one
  QTest::keyClicks(box, "abc");
  QCOMPARE(form.values()["perplexity"].get<double>(), 200.0);
  auto *rate = control<NumberBox>(form, "Learning rate");
  rate->setValue(0.25);
  QVERIFY(rate->text().endsWith("px"));
  form.findChild<QToolButton *>()->click();
  type(rate, "1.5e-3");
  QCOMPARE(form.values()["rate"].get<double>(), 1.5e-3);
}

void TestParamForm::wrongValuesAreShownAtTheirRow() {
  ParamForm form;
  form.setSpecs(specs());
  form.show();
  form.setValues({{"perplexity", 1}, {"iterations", 10}, {"unknown", 3}});
  QCOMPARE(form.values()["perplexity"].get<double>(), 30.0);
  QCOMPARE(form.values()["iterations"].get<int>(), 10);
  const auto visibleError = [&form](const QString &part) {
    const auto labels = form.findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel *label) { return label->isVisible() && label->property("role") == "error" && label->text().contains(part); });
  };
  QVERIFY(visibleError("5 to 200"));
  form.clearErrors();
  QVERIFY(!visibleError("5 to 200"));
  form.showError("rate", "too fast for this data");  // unfolds what it speaks of
  QVERIFY(visibleError("too fast"));
  control<NumberBox>(form, "Learning rate")->setValue(3);
  QVERIFY(!visibleError("too fast"));
}

void TestParamForm::dotGoesBackToTheDefault() {
  ParamForm form;
  form.setSpecs(specs(), {{"share", 0.75}});
  form.show();
  const auto dots = form.findChildren<ResetDot *>();
  ResetDot *shown = nullptr;
  for (auto *dot : dots) {
    if (dot->isVisible()) {
      QVERIFY(shown == nullptr);
      shown = dot;
    }
  }
  QVERIFY(shown != nullptr);
  QVERIFY(shown->accessibleName().contains("Share") && shown->accessibleName().contains("0.5"));
  QSignalSpy changed(&form, &ParamForm::valueChanged);
  shown->click();
  QCOMPARE(form.values()["share"].get<double>(), 0.5);
  QCOMPARE(changed.count(), 1);
  QVERIFY(!shown->isVisible());
}

void TestParamForm::changedSinceTheLastRun() {
  ParamForm form;
  form.setSpecs(specs());
  QCOMPARE(form.changedSinceRun(), 0);
  form.setLastRun(completed(specs(), {{"perplexity", 50}}));
  QCOMPARE(form.changedSinceRun(), 1);
  form.setValues({{"perplexity", 50}});
  QCOMPARE(form.changedSinceRun(), 0);
  form.setValues({{"share", 0.1}, {"metric", "cosine"}});
  QCOMPARE(form.changedSinceRun(), 2);
  const auto labels = form.findChildren<QLabel *>();
  auto *summary = *std::find_if(labels.begin(), labels.end(), [](const QLabel *label) { return label->text().startsWith("2 changed"); });
  Q_EMIT summary->linkActivated("last");
  QCOMPARE(form.changedSinceRun(), 0);
  QCOMPARE(form.values()["perplexity"].get<double>(), 50.0);
  form.setLastRun(std::nullopt);
  QCOMPARE(form.changedSinceRun(), 0);
}

void TestParamForm::runningFreezesAllButLive() {
  ParamForm form;
  form.setSpecs(specs());
  form.setRunning(true);
  for (const auto &spec : specs()) {
    QCOMPARE(control<QWidget>(form, QString::fromStdString(spec.label))->isEnabled(), spec.isLive);
  }
  form.setRunning(false);
  QVERIFY(control<QWidget>(form, "Iterations")->isEnabled());
}

void TestParamForm::stepsMakeSense() {
  ParamForm form;
  form.setSpecs(specs());
  const auto stepped = [&form](const char *label, double from, int steps) {
    auto *box = control<NumberBox>(form, label);
    box->setValue(from);
    box->stepBy(steps);
    return box->value();
  };
  QCOMPARE(stepped("Perplexity", 30, 1), 31.0);
  QCOMPARE(stepped("Iterations", 750, 1), 760.0);
  QCOMPARE(stepped("Iterations", 5, -100), 1.0);  // stops at the end of the range
  QCOMPARE(stepped("Share", 0.5, 1), 0.51);
  QCOMPARE(stepped("Learning rate", 1, 1), 2.0);  // 1, 2, 5, 10
  QCOMPARE(stepped("Learning rate", 2, 1), 5.0);
  QCOMPARE(stepped("Learning rate", 5, 1), 10.0);
  QCOMPARE(stepped("Learning rate", 10, -1), 5.0);
  QCOMPARE(stepped("Learning rate", 300, -1), 200.0);
  QVERIFY(stepped("Learning rate", 0, 1) > 0);
}

void TestParamForm::wheelOnlyWhenFocused() {
  ParamForm form;
  form.setSpecs(specs());
  form.show();
  form.activateWindow();
  auto *box = control<NumberBox>(form, "Perplexity");
  const auto turn = [box] {
    QWheelEvent wheel(QPointF(5, 5), box->mapToGlobal(QPointF(5, 5)), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(box, &wheel);
  };
  box->clearFocus();
  turn();
  QCOMPARE(box->value(), 30.0);
  box->setFocus();
  QTRY_VERIFY(box->hasFocus());
  turn();
  QVERIFY(box->value() > 30);
}

void TestParamForm::advancedOnesAreFolded() {
  ParamForm form;
  form.setSpecs(specs(), {{"rate", 5}});
  form.show();
  auto *fold = form.findChild<QToolButton *>();
  auto *rate = control<NumberBox>(form, "Learning rate");
  QVERIFY(!rate->isVisible());
  QCOMPARE(fold->text(), QStringLiteral("More (1 changed)"));
  fold->click();
  QVERIFY(rate->isVisible());
  ParamForm plain;
  plain.setSpecs({specs().front()});
  plain.show();
  QVERIFY(!plain.findChild<QToolButton *>()->isVisible());
}

VITRINE_TEST(TestParamForm)
#include "tst_param_form.moc"
