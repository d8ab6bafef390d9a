// The lane: order, newest wins, answers on the right thread, nothing to those who are gone.
#include <atomic>

#include "studies.h"
#include "testing.h"
#include "widgets/task.h"

using namespace vitrine;
using vitrine::testing::rest;

class TestLane : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsOrder();
  void newestOfAKeyWins();
  void answersOnTheAskersThread();
  void tellsErrors();
  void forgetsThoseWhoAreGone();
  void dropsWhatWaitsAtItsEnd();
};

void TestLane::keepsOrder() {
  Lane lane("lane");
  std::vector<int> order;
  std::atomic<int> done{0};
  for (int i = 0; i < 20; ++i) {
    lane.post([&order, &done, i] { order.push_back(i), ++done; });
  }
  QTRY_COMPARE(done.load(), 20);
  for (int i = 0; i < 20; ++i) {
    QCOMPARE(order[static_cast<std::size_t>(i)], i);
  }
}

void TestLane::newestOfAKeyWins() {
  Lane lane("lane");
  std::atomic<int> ran{0};
  std::vector<int> answers;
  int others = 0;
  lane.post([] { rest(60); });
  for (int i = 0; i < 10; ++i) {
    lane.ask(
        "click", this, [&ran, i] { return ++ran, i; }, [&answers](int answer) { answers.push_back(answer); });
    lane.ask(
        {}, this, [] { return 1; }, [&others](int one) { others += one; });
  }
  QTRY_COMPARE(others, 10);  // without a key every answer comes
  QCOMPARE(answers, std::vector<int>{9});
  QCOMPARE(ran.load(), 1);  // those that still waited were not even started

  answers.clear();
  std::atomic<bool> started{false};
  lane.ask(
      "click", this, [&started] { return started = true, rest(60), 1; }, [&answers](int answer) { answers.push_back(answer); });
  QTRY_VERIFY(started.load());
  lane.ask(
      "click", this, [] { return 2; }, [&answers](int answer) { answers.push_back(answer); });
  QTRY_COMPARE(answers, std::vector<int>{2});  // the older one ran to its end, but its answer is of no use
  QTest::qWait(20);
  QCOMPARE(answers.size(), std::size_t{1});
}

void TestLane::answersOnTheAskersThread() {
  Lane lane("lane");
  QThread *work = nullptr, *answer = nullptr;
  lane.ask(
      {}, this, [&work] { work = QThread::currentThread(); }, [&answer] { answer = QThread::currentThread(); });
  QTRY_VERIFY(answer != nullptr);
  QCOMPARE(answer, QThread::currentThread());
  QVERIFY(work != nullptr && work != answer);
  QCOMPARE(work->objectName(), QStringLiteral("lane"));
}

void TestLane::tellsErrors() {
  Lane lane("lane");
  QString error;
  bool answered = false;
  lane.ask(
      {}, this, []() -> int { throw InputError("a.png", "is no picture"); }, [&answered](int) { answered = true; },
      [&error](const QString &text) { error = text; });
  QTRY_COMPARE(error, QStringLiteral("a.png: is no picture"));
  QVERIFY(!answered);
}

void TestLane::forgetsThoseWhoAreGone() {
  Lane lane("lane");
  auto receiver = std::make_unique<QObject>();
  std::atomic<bool> ran{false};
  bool answered = false;
  lane.ask(
      {}, receiver.get(), [&ran] { return rest(20), ran = true, 1; }, [&answered](int) { answered = true; });
  receiver.reset();
  QTRY_VERIFY(ran.load());
  QTest::qWait(30);
  QVERIFY(!answered);
}

void TestLane::dropsWhatWaitsAtItsEnd() {
  std::atomic<int> ran{0};
  {
    Lane lane("lane");
    lane.post([&ran] { ++ran, rest(40); });
    QTRY_COMPARE(ran.load(), 1);
    for (int i = 0; i < 5; ++i) {
      lane.post([&ran] { ++ran; });
    }
  }
  QCOMPARE(ran.load(), 1);
}

VITRINE_TEST(TestLane)
#include "tst_lane.moc"
