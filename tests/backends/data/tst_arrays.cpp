// NumPy arrays as data: vectors, pictures, labels, and what is refused.
#include <cmath>

#include "data/data.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

std::vector<float> ramp(std::size_t n) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<float>(i);
  }
  return values;
}

std::shared_ptr<const Dataset> array(const std::string &bytes) {
  const Folder folder;
  return data::openArray(folder.put("a.npy", bytes));
}

QString said(const std::string &bytes) {
  return refusal([&] { array(bytes); });
}

std::vector<float> row(const Dataset &set, SampleId id) {
  std::vector<float> values(set.featureCount());
  set.values(id, values);
  return values;
}

}  // namespace

class TstArrays : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void vectorsStayAsTheyAre() {
    const auto set = array(npy("<f4", "(3, 2)", ramp(6)));
    QCOMPARE(set->count(), std::size_t{3});
    QCOMPARE(row(*set, 2), (std::vector<float>{4, 5}));
    QVERIFY(!set->hasImages() && set->columns().empty());
    QCOMPARE(row(*array(npy<std::uint8_t>("|u1", "(2, 2)", {0, 255, 3, 4})), 0), (std::vector<float>{0, 255}));
    QCOMPARE(row(*array(npy<std::uint8_t>("|b1", "(2, 2)", {0, 1, 1, 0})), 1), (std::vector<float>{1, 0}));
    QCOMPARE(row(*array(npy<double>(">f8", "(2, 1)", {0, 0})), 1), (std::vector<float>{0}));
    QCOMPARE(row(*array(npy<std::int64_t>("<i8", "(2, 1)", {-7, 1 << 20})), 0), (std::vector<float>{-7}));
  }

  void deepArraysArePictures() {
    std::vector<std::uint8_t> bytes(2 * 2 * 3 * 3);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(7 * i);
    }
    const auto colour = array(npy("|u1", "(2, 2, 3, 3)", bytes));
    const Image image = colour->image(1);
    QCOMPARE(image.width, 3);
    QCOMPARE(image.height, 2);
    QCOMPARE(image.channels, 3);
    QCOMPARE(image.pixels[0], bytes[18]);
    QCOMPARE(row(*colour, 1)[17], static_cast<float>(bytes[35]) / 255);

    const auto unit = array(npy<float>("<f4", "(2, 1, 2)", {0, 0.5F, 1, 0.25F}));
    QCOMPARE(row(*unit, 0), (std::vector<float>{0, 0.5F}));
    QCOMPARE(unit->image(0).pixels, (std::vector<std::uint8_t>{0, 128}));
    const auto wide = array(npy<float>("<f4", "(2, 1, 2)", {-1, 0, 1, 3}));
    QCOMPARE(row(*wide, 0), (std::vector<float>{0, 0.25F}));
    QCOMPARE(wide->image(1).pixels, (std::vector<std::uint8_t>{128, 255}));
    QVERIFY(wide->provenance().note.find("from -1 to 3") != std::string::npos);
    const auto byte = array(npy<std::int32_t>("<i4", "(2, 1, 1, 1)", {51, 255}));
    QCOMPARE(byte->image(0).pixels, (std::vector<std::uint8_t>{51}));
  }

  void refusesWithTheReason_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const std::string &bytes, const char *message) {
      QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QString(message);
    };
    const std::vector<float> none;
    row("5-D", npy("<f4", "(3, 4, 5, 6, 7)", none), "shape (3, 4, 5, 6, 7); a data set is samples x features, or samples x height x width");
    row("1-D", npy("<f4", "(3,)", ramp(3)), "shape (3,)");
    row("0-D", npy("<f4", "()", ramp(1)), "shape ()");
    row("one row", npy("<f4", "(1, 3)", ramp(3)), "single row");
    row("empty", npy("<f4", "(0, 3)", none), "is empty");
    row("complex", npy("<c8", "(2, 2)", ramp(8)), "complex");
    row("text", npy("<U1", "(2, 2)", ramp(4)), "holds text");
    row("object", npy("|O", "(2, 2)", none), "Python objects");
    row("channels first", npy("<f4", "(2, 3, 8, 8)", ramp(384)), "transpose(0, 2, 3, 1)");
    row("five channels", npy("<f4", "(2, 8, 8, 5)", ramp(640)), "5 channels");
    row("nan", npy<float>("<f4", "(2, 3)", {1, 2, 3, 4, NAN, INFINITY}), "row 1, column 1 (counted from 0) is not a number");
    row("inf", npy<double>("<f8", "(2, 2)", {1, 2, 3, 1e300}), "row 1, column 1 (counted from 0) is infinite");
    row("huge", npy("<f4", "(100000000, 100000000)", none), "but there are 0");
    row("not one", "\x93NUMPX", "does not begin with");
    row("nothing", "", "is empty");
  }
  void refusesWithTheReason() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, message);
    const QString answer = said(bytes.toStdString());
    QVERIFY2(answer.contains(message) && answer.contains("a.npy") && !answer.contains('\n'), qPrintable(answer));
  }

  void labelsComeFromAFile() {
    const Folder folder;
    const auto file = folder.put("v.npy", npy("<f4", "(3, 2)", ramp(6)));
    const auto labels = [&](const std::string &name, const std::string &bytes) { return data::openArray(file, folder.put(name, bytes))->columns(); };
    QCOMPARE(labels("l.txt", "b\na\nb\n")[0].categories, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(labels("l.txt", "b\n\nb\n")[0].codes, (std::vector<std::int32_t>{0, -1, 0}));
    QCOMPARE(labels("l.npy", npy<std::int64_t>("<i8", "(3,)", {7, 5, 7}))[0].codes, (std::vector<std::int32_t>{1, 0, 1}));
    QCOMPARE(labels("l.npy", npy<float>("<f4", "(3, 1)", {0.5F, 1, 2}))[0].numbers, (std::vector<double>{0.5, 1, 2}));
    const auto several = labels("l.tsv", "id\tword\tlabel\n4\tx\tp\n5\ty\tq\n6\tz\tp\n");
    QCOMPARE(several.size(), std::size_t{2});
    QCOMPARE(several[0].texts, (std::vector<std::string>{"x", "y", "z"}));
    QCOMPARE(several[1].codes, (std::vector<std::int32_t>{0, 1, 0}));
    QVERIFY(refusal([&] { labels("l.txt", "a\nb\nc\nd\ne\n"); }).contains("l.txt: holds 5 lines for 3 samples"));
    QVERIFY(refusal([&] { labels("l.npy", npy("<f4", "(2,)", ramp(2))); }).contains("holds 2 values for 3 samples"));
    QVERIFY(refusal([&] { labels("l.tsv", "a\tb\nc\nd\te\n"); }).contains("l.tsv:2"));
    QVERIFY(refusal([&] { data::openArray(file, folder.path() / "none.txt"); }).contains("none.txt: no such file"));
  }

  void labelsAreFoundBesideTheArray() {
    const Folder folder;
    const auto file = folder.put("v.npy", npy("<f4", "(3, 2)", ramp(6)));
    folder.put("labels.tsv", "id\tlabel\n1\tcoat\n2\tbag\n3\tcoat\n");  // as a run leaves it
    QCOMPARE(data::openArray(file)->label()->codes, (std::vector<std::int32_t>{1, 0, 1}));
    folder.put("labels.tsv", "id\tlabel\n1\tcoat\n");
    QVERIFY(data::openArray(file)->columns().empty());
    QVERIFY(data::openArray(file)->provenance().note.find("of other samples") != std::string::npos);
    folder.put("v.labels.tsv", "p\nq\np\n");
    QCOMPARE(data::openArray(file)->label()->categories, (std::vector<std::string>{"p", "q"}));
    folder.put("v.labels.tsv", "p\n");
    QVERIFY(refusal([&] { data::openArray(file); }).contains("v.labels.tsv: holds 1 line for 3 samples"));
  }

  void archivesHoldDataAndLabels() {
    const Folder folder;
    const auto zip = [&](const std::vector<std::pair<std::string, std::string>> &entries, bool packed = false) {
      writeZip(folder.path() / "a.npz", entries, packed);
      return data::openArray(folder.path() / "a.npz");
    };
    const std::string x = npy("<f4", "(3, 2)", ramp(6)), y = npy<std::int64_t>("<i8", "(3,)", {1, 0, 1}), w = npy("<f4", "(3,)", ramp(3));
    const auto set = zip({{"weights.npy", w}, {"y.npy", y}, {"other.npy", x}, {"x.npy", npy("<f4", "(3, 1)", ramp(3))}}, true);
    QCOMPARE(set->featureCount(), std::size_t{1});
    QCOMPARE(set->label()->codes, (std::vector<std::int32_t>{1, 0, 1}));
    QCOMPARE(set->column("weights")->numbers, (std::vector<double>{0, 1, 2}));
    QCOMPARE(zip({{"a.npy", x}, {"b.npy", y}})->label()->categories, (std::vector<std::string>{"0", "1"}));
    QVERIFY(zip({{"arr_0.npy", x}, {"arr_1.npy", x}})->columns().empty());
    QVERIFY(refusal([&] { zip({{"a.npy", x}, {"b.npy", x}}); }).contains("not clear which array is the data: a (3, 2), b (3, 2)"));
    QVERIFY(refusal([&] { zip({{"a.npy", w}}); }).contains("a.npz[a]: shape (3,)"));
    QVERIFY(refusal([&] { zip({{"a.txt", "hello"}}); }).contains("without arrays"));
    QVERIFY(refusal([&] { zip({{"x.npy", npy("<f4", "(1000000000, 1000000000)", ramp(4))}}); }).contains("a.npz[x]"));
    QVERIFY(refusal([&] { data::openArray(folder.put("b.npz", "PK\3\4 and then nothing")); }).contains("b.npz: not a whole .npz archive"));
  }
};
VITRINE_TEST(TstArrays)

#include "tst_arrays.moc"
