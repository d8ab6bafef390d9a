// One door for everything: what a path is, is told by its content.
#include "data/data.h"
#include "data/picture.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

class TstOpen : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void contentCountsNotTheName() {
    const Folder folder;
    QCOMPARE(data::open(folder.put("a.txt", idx({2, 1, 1}, "ab")).string())->count(), std::size_t{2});
    QCOMPARE(data::open(folder.put("b.jpg", npy<float>("<f4", "(3, 1)", {1, 2, 3})).string())->count(), std::size_t{3});
    QCOMPARE(data::open(folder.put("c.npy", "1 2\n3 4\n5 6\n7 8\n").string())->count(), std::size_t{4});
    QCOMPARE(data::open(folder.put("d", gzip("1,2\n3,4\n")).string())->count(), std::size_t{2});
    QCOMPARE(data::open(folder.put("e", gzip(idx({2, 1, 1}, "ab"))).string())->count(), std::size_t{2});
    writeZip(folder.path() / "f.csv", {{"x.npy", npy<float>("<f4", "(2, 1)", {1, 2})}});
    QCOMPARE(data::open((folder.path() / "f.csv").string())->count(), std::size_t{2});
  }

  void everyRefusalIsOneLineThatHelps() {
    const Folder folder;
    const auto said = [](const fs::path &path) {
      const QString answer = refusal([&] { data::open(path.string()); });
      return answer.contains('\n') ? QString("several lines") : answer;
    };
    const QString list = "readable are a folder of pictures, films";
    QVERIFY(said(folder.path() / "none").contains("no such file, folder or built-in data set; " + list));
    QVERIFY(said("").contains(list));
    QVERIFY(said("fashion-mnits").contains("fashion-mnits: no such file"));
    QVERIFY(said(folder.put("empty.csv", "")).contains("empty.csv: is empty; " + list));
    QVERIFY(said(folder.put("x.mp4", std::string("\0\0\0\x18"
                                                 "ftypmp42\1\2\3\4",
                                                 16)))
                .contains("no film that FFmpeg can read"));
    QVERIFY(said(folder.put("prose.txt", "It was a bright cold day in April, and the\nclocks were striking thirteen.\nWinston\nSmith, his chin, nuzzled\n"))
                .contains("no table of numbers"));
    QVERIFY(said(folder.put("a/readme.md", "# hello\n").parent_path()).contains("holds no pictures"));
    QVERIFY(said(folder.put("p/project.json", "{}").parent_path()).contains("is a project"));
    QVERIFY(said(folder.put("z.npy.gz", gzip(npy<float>("<f4", "(2, 1)", {1, 2})))).contains("unpack it first"));
    QVERIFY(said("/dev/null").contains("not an ordinary file"));
    writePicture(folder.path() / "one.png");
    QVERIFY(said(folder.path() / "one.png").contains("open the folder that holds it"));
  }

  void inspectTellsWithoutLoading() {
    const Folder folder;
    const Json idxJson = data::inspect(folder.put("a.gz", gzip(idx({5, 2, 3}, counting(30)))));
    QVERIFY(idxJson["kind"] == "idx");
    QVERIFY(idxJson["shape"] == Json({5, 2, 3}));
    const Json npyJson = data::inspect(folder.put("a.npy", npy<float>("<f4", "(3, 1)", {1, 2, 3})));
    QVERIFY(npyJson["count"] == 3);
    QVERIFY(npyJson["type"] == "float32");
    const Json csvJson = data::inspect(folder.put("a.csv", "a,label\n1,x\n2,y\n3,x\n4,y\n"));
    QVERIFY(csvJson["count"] == 4);
    QVERIFY(csvJson["values"] == 1);
    writeZip(folder.path() / "a.npz", {{"x.npy", npy<float>("<f4", "(2, 1)", {1, 2})}});
    QVERIFY(data::inspect(folder.path() / "a.npz")["arrays"]["x"]["shape"] == Json({2, 1}));
    fs::create_directories(folder.path() / "pictures" / "cats");
    writePicture(folder.path() / "pictures" / "cats" / "one.png");
    const Json folderJson = data::inspect(folder.path() / "pictures");
    QVERIFY(folderJson["count"] == 1);
    QVERIFY(folderJson["classes"] == Json({"cats"}));
    QVERIFY(folderJson["values"] == 18);
    QVERIFY(refusal([&] { data::inspect(folder.path() / "none"); }).contains("none"));
  }

  void theBuiltInIsListed() {
    const auto all = data::builtIns();
    QCOMPARE(all.size(), std::size_t{1});
    QCOMPARE(all[0].name, std::string("fashion-mnist"));
    QVERIFY(all[0].installed);
  }

  void vectorsOverADataSet() {
    const Folder folder;
    folder.put("train-labels-idx1-ubyte", idx({4}, {0, 1, 0, 1}));
    folder.put("t10k-images-idx3-ubyte", idx({2, 1, 1}, "ef"));
    folder.put("t10k-labels-idx1-ubyte", idx({2}, {1, 0}));
    const auto base = data::openIdx(folder.put("train-images-idx3-ubyte", idx({4, 1, 1}, "abcd")));
    Matrix vectors(3, 2);
    vectors.values = {1, 2, 3, 4, 5, 6};
    const auto set = data::withVectors(base, {3, 1, 5}, vectors, "embed");
    QCOMPARE(set->count(), std::size_t{3});
    QCOMPARE(set->trainCount(), std::size_t{2});
    QCOMPARE(set->image(5).pixels[0], std::uint8_t{'f'});
    QCOMPARE(set->label()->codes, (std::vector<std::int32_t>{1, 1, 0}));
    QCOMPARE(*set->row(5), std::size_t{2});
    QVERIFY(!set->row(0));
    std::vector<float> values(2);
    set->values(1, values);
    QCOMPARE(values, (std::vector<float>{3, 4}));
    QCOMPARE(set->provenance().name, std::string("embed"));
    QVERIFY(refusal([&] { data::withVectors(base, {3, 1}, vectors, "embed"); }).contains("3 vectors for 2 samples"));
    QVERIFY(refusal([&] { data::withVectors(base, {3, 1, 9}, vectors, "embed"); }).contains("sample 9 is not in"));
    QVERIFY(refusal([&] { data::withVectors(base, {3, 1, 3}, vectors, "embed"); }).contains("sample 3 stands in it twice"));
  }

 private:
  static void writePicture(const fs::path &file) { data::writePng(file, {3, 2, 3, std::vector<std::uint8_t>(18, 100)}); }
};
VITRINE_TEST(TstOpen)

#include "tst_open.moc"
