// vitrine-cli as its users meet it: exit codes, one line on stderr, an untouched --out, a complete report.
#include <unistd.h>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <csignal>

#include "core/npy.h"
#include "testing.h"
#include "video/torch_file.h"

using namespace vitrine;

namespace {

struct Said {
  int code = -1;
  QByteArray out, err;
};

Said cli(const QStringList &arguments) {
  QProcess process;
  process.start(QStringLiteral(VITRINE_BIN_DIR "/vitrine-cli"), arguments);
  if (!process.waitForFinished(120000) || process.exitStatus() != QProcess::NormalExit) {
    return {-1, process.readAllStandardOutput(), "died: " + process.readAllStandardError()};
  }
  return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QByteArray bytes(const QString &file) {
  QFile stream(file);
  return stream.open(QIODevice::ReadOnly) ? stream.readAll() : QByteArray();
}

void write(const QString &file, const QByteArray &content) {
  QFile stream(file);
  QVERIFY(stream.open(QIODevice::WriteOnly));
  stream.write(content);
}

/// A .npy file with any header.
QByteArray npy(const char *type, const char *shape, qsizetype size) {
  QByteArray header = QByteArray("{'descr': '") + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header += QByteArray(63 - (10 + header.size()) % 64 + 1 - 1, ' ') + '\n';
  QByteArray file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header + QByteArray(size, '\0');
}

/// Everything below a folder, hidden files too, with contents.
QMap<QString, QByteArray> everything(const QString &folder) {
  QMap<QString, QByteArray> all;
  for (const QFileInfo &entry : QDir(folder).entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)) {
    all[entry.fileName()] = entry.isDir() ? QByteArray("folder") : bytes(entry.filePath());
  }
  return all;
}

}  // namespace

class TstCli : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString at(const QString &name) const { return m_folder.filePath(name); }
  QJsonObject report(const QString &out) const { return QJsonDocument::fromJson(bytes(at(out + "/report.json"))).object(); }

 private Q_SLOTS:
  void initTestCase() {
    std::vector<float> values(300 * 6);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>((i * 7919) % 1009) / 100.0F + static_cast<float>(i / 6 % 3 * 20);
    }
    writeNpy(at("good.npy").toStdString(), {300, 6}, values);
    values[6 * 17 + 2] = std::nanf("");
    writeNpy(at("nan.npy").toStdString(), {300, 6}, values);
    writeNpy(at("one row.npy").toStdString(), {1, 6}, std::span(values).first(6));
    write(at("complex.npy"), npy("<c8", "(4, 4)", 4 * 4 * 8));
    write(at("five.npy"), npy("<f4", "(2, 2, 2, 2, 2)", 32 * 4));
    write(at("short.npy"), npy("<f4", "(100, 6)", 10));
    write(at("text.npy"), "this is no array");
    write(at("empty.csv"), "");
    write(at("ragged.csv"), "a,b,c\n1,2,3\n1,2\n4,5,6\n");
    write(at("words.safetensors"), "not a model");
  }

  void helpAndVersion() {
    for (const QStringList &arguments : {QStringList{"--help"}, {"run", "--help"}, {"--version"}, {"list"}, {"list", "--json"}, {"describe", "tsne"}}) {
      const Said said = cli(arguments);
      QCOMPARE(said.code, 0);
      QVERIFY2(!said.out.isEmpty() && said.err.isEmpty(), qPrintable(arguments.join(' ') + said.err));
    }
    const QJsonObject tsne = QJsonDocument::fromJson(cli({"describe", "tsne", "--json"}).out).object();
    QCOMPARE(tsne["id"].toString(), "tsne");
    QCOMPARE(tsne["parameters"].toArray().first().toObject()["default"].toDouble(), 30.0);
  }

  void runWritesItsReport() {
    const Said said = cli(
        {"run", "tsne", "--data", at("good.npy"), "--set", "perplexity=15", "--set", "iterations=100", "--seed", "3", "--threads", "2", "--out", at("tsne")});
    QVERIFY2(said.code == 0 && said.err.isEmpty(), said.err.constData());
    const QJsonObject json = report("tsne");
    QCOMPARE(json["study"].toString(), "tsne");
    QCOMPARE(json["parameters"].toObject()["perplexity"].toDouble(), 15.0);
    QCOMPARE(json["parameters"].toObject()["learning_rate"].toDouble(-1), 0.0);  // complete, not only what was given
    QCOMPARE(json["data"].toObject()["count"].toInt(), 300);
    QCOMPARE(json["seed"].toInt(), 3);
    QCOMPARE(json["device"].toString(), "cpu");
    QCOMPARE(json["threads"].toInt(), 2);
    QVERIFY(json["seconds"].toObject()["total"].toDouble() > 0 && json["peak_rss_mib"].toDouble() > 1);
    QVERIFY(json["metrics"].toObject().contains("kl") && !json["checks"].toArray().isEmpty() && json["baselines"].isObject());
    for (const auto &entry : json["artifacts"].toArray()) {
      QVERIFY2(QFile::exists(at("tsne/" + entry.toObject()["file"].toString())), qPrintable(entry.toObject()["name"].toString()));
    }
    const NpyArray map = readNpy(at("tsne/projection.npy").toStdString());
    QCOMPARE(map.shape, (std::vector<std::size_t>{300, 2}));
    QCOMPARE(readNpy(at("tsne/ids.npy").toStdString()).number(299), 299.0);
    QVERIFY(!QFile::exists(at("tsne/labels.tsv")));  // these have none
    QVERIFY2(said.out.contains("kl"), said.out.constData());
  }

  void sameSeedSameFiles() {
    for (const QString out : {"a", "b"}) {
      QCOMPARE(cli({"run", "tsne", "--data", at("good.npy"), "--set", "perplexity=15", "--set", "iterations=60", "--threads", "2", "--quiet", "--out", at(out)})
                   .code,
               0);
    }
    QCOMPARE(bytes(at("a/projection.npy")), bytes(at("b/projection.npy")));
    QCOMPARE(bytes(at("a/cost.csv")), bytes(at("b/cost.csv")));
  }

  void anOldFolderIsReused() {
    QDir().mkpath(at("old/components"));
    write(at("old/note.txt"), "mine");
    write(at("old/report.json"), "old");
    const Said said = cli({"run", "pca", "--data", at("good.npy"), "--quiet", "--limit", "200", "--out", at("old") + "/"});
    QVERIFY2(said.code == 0, said.err.constData());
    QVERIFY(said.out.isEmpty() && said.err.isEmpty());
    QCOMPARE(report("old")["data"].toObject()["count"].toInt(), 200);
    QCOMPARE(bytes(at("old/note.txt")), QByteArray("mine"));
    QVERIFY(everything(at("old")).keys().filter(".vitrine").isEmpty());
  }

  void labelsStandBesideTheMap() {
    write(at("table.csv"), [] {
      QByteArray rows = "a,b,c,kind\n";
      for (int i = 0; i < 40; ++i) {
        rows += QByteArray::number(i * 7 % 11) + "," + QByteArray::number(i * 5 % 13) + "," + QByteArray::number(i) +
                (i % 2 == 0 ? ",even\n" : ",\"odd, quoted\"\n");
      }
      return rows;
    }());
    const Said said = cli({"run", "pca", "--data", at("table.csv"), "--quiet", "--out", at("labels")});
    QVERIFY2(said.code == 0, said.err.constData());
    const auto lines = bytes(at("labels/labels.tsv")).split('\n');
    QCOMPARE(lines.size(), 42);
    QCOMPARE(lines[0], QByteArray("id\tlabel"));
    QCOMPARE(lines[1], QByteArray("0\teven"));
    QCOMPARE(lines[2], QByteArray("1\todd, quoted"));
    QVERIFY(report("labels")["metrics"].toObject().contains("label_agreement"));
  }

  void badUsageOrInputGivesOneLine_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("part");
    const auto run = [&](const char *name, const QStringList &more, const QString &part) { QTest::newRow(name) << QStringList{"run"} + more << part; };
    for (const char *study : {"tsne", "pca"}) {
      const QByteArray of(study);
      run((of + " nan").constData(), {study, "--data", at("nan.npy")}, "row 17, column 2");
      run((of + " complex").constData(), {study, "--data", at("complex.npy")}, "complex");
      run((of + " five dimensions").constData(), {study, "--data", at("five.npy")}, "five.npy");
      run((of + " one row").constData(), {study, "--data", at("one row.npy")}, "single row");
    }
    run("short", {"pca", "--data", at("short.npy")}, "short.npy");
    run("no array", {"pca", "--data", at("text.npy")}, "text.npy");
    run("empty table", {"pca", "--data", at("empty.csv")}, "empty.csv");
    run("ragged table", {"pca", "--data", at("ragged.csv")}, "ragged.csv");
    run("no such file", {"pca", "--data", at("none.npy")}, "none.npy");
    run("no such study", {"tsnee", "--data", at("good.npy")}, "tsnee");
    run("no such parameter", {"tsne", "--data", at("good.npy"), "--set", "perplexty=3"}, "perplexty");
    run("out of range", {"tsne", "--data", at("good.npy"), "--set", "perplexity=-3"}, "perplexity = -3");
    run("no number", {"tsne", "--data", at("good.npy"), "--set", "perplexity=many"}, "many");
    run("no assignment", {"tsne", "--data", at("good.npy"), "--set", "perplexity"}, "name=value");
    run("too few samples", {"tsne", "--data", at("good.npy"), "--limit", "50"}, "perplexity");
    run("limit zero", {"tsne", "--data", at("good.npy"), "--limit", "0"}, "--limit");
    run("limit negative", {"tsne", "--data", at("good.npy"), "--limit", "-5"}, "--limit");
    run("limit no number", {"tsne", "--data", at("good.npy"), "--limit", "ten"}, "--limit");
    run("split", {"tsne", "--data", at("good.npy"), "--split", "half"}, "--split");
    run("no test half", {"tsne", "--data", at("good.npy"), "--split", "test"}, "test");
    run("device", {"tsne", "--data", at("good.npy"), "--device", "tpu"}, "--device");
    run("unknown option", {"tsne", "--data", at("good.npy"), "--perplexity", "3"}, "--perplexity");
    run("seed", {"tsne", "--data", at("good.npy"), "--seed", "-1"}, "--seed");
    run("start of a study that has none", {"pca", "--data", at("good.npy"), "--start", at("good.npy")}, "takes no start");
    run("start of the wrong size", {"tsne", "--data", at("good.npy"), "--start", at("good.npy")}, "the start has");
    run("no such start", {"tsne", "--data", at("good.npy"), "--start", at("none.npy")}, "none.npy");
    run("no such model", {"tsne", "--data", at("good.npy"), "--model", at("none.pt")}, "none.pt");
    run("broken model", {"tsne", "--data", at("good.npy"), "--model", at("words.safetensors")}, "words.safetensors");
    QTest::newRow("no verb") << QStringList{} << "--help";
    QTest::newRow("unknown verb") << QStringList{"runn"} << "runn";
    QTest::newRow("no out") << QStringList{"run", "pca", "--data", at("good.npy"), "no out"} << "--out";
    QTest::newRow("inspect nothing") << QStringList{"inspect", at("none.npy")} << "none.npy";
    QTest::newRow("inspect broken") << QStringList{"inspect", at("words.safetensors")} << "words.safetensors";
  }
  void badUsageOrInputGivesOneLine() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, part);
    QDir(at("untouched")).removeRecursively();
    QDir().mkpath(at("untouched"));
    write(at("untouched/mine.txt"), "mine");
    const auto before = everything(m_folder.path());
    const bool withOut = arguments.value(0) == "run" && !arguments.contains("no out");
    arguments.removeAll("no out");
    static int turn = 0;  // an old folder and a new one in turn: a program start costs a second
    const Said said = cli(arguments + (withOut ? QStringList{"--out", at(++turn % 2 == 0 ? "untouched" : "new/below")} : QStringList{}));
    QVERIFY2(said.code == 2, (QByteArray::number(said.code) + ": " + said.err).constData());
    QVERIFY2(said.err.count('\n') == 1 && said.err.endsWith('\n') && said.err.size() > 20, said.err.constData());
    QVERIFY2(said.err.contains(part.toUtf8()), said.err.constData());
    QCOMPARE(everything(at("untouched")), (QMap<QString, QByteArray>{{"mine.txt", "mine"}}));
    QCOMPARE(everything(m_folder.path()).keys(), before.keys());
  }

  void anOutThatIsAFileIsRefused() {
    const Said file = cli({"run", "pca", "--data", at("good.npy"), "--out", at("good.npy")});
    QCOMPARE(file.code, 2);
    QVERIFY2(file.err.contains("good.npy: is a file"), file.err.constData());
  }

  void anOutThatCannotBeWrittenIsRefused() {
    if (::geteuid() == 0) {
      QSKIP("root may write everywhere");
    }
    const Said root = cli({"run", "pca", "--data", at("good.npy"), "--out", "/proc/none"});
    QCOMPARE(root.code, 2);
    QVERIFY2(root.err.contains("cannot be written"), root.err.constData());
  }

  void cancelLeavesNothing() {
    for (const int signal : {SIGINT, SIGTERM}) {
      QProcess process;
      process.start(QStringLiteral(VITRINE_BIN_DIR "/vitrine-cli"),
                    {"run", "tsne", "--data", at("good.npy"), "--set", "iterations=100000", "--set", "perplexity=15", "--out", at("cancelled")});
      QVERIFY(process.waitForStarted());
      QByteArray said;
      QTRY_VERIFY_WITH_TIMEOUT((said += process.readAllStandardOutput()).contains("optimising"), 20000);
      const auto before = everything(m_folder.path());
      ::kill(static_cast<pid_t>(process.processId()), signal);
      QVERIFY2(process.waitForFinished(1000), "still runs after a second");
      QCOMPARE(process.exitStatus(), QProcess::NormalExit);
      QCOMPARE(process.exitCode(), 130);
      QVERIFY(!QFile::exists(at("cancelled")) && everything(m_folder.path()).keys() == before.keys());
    }
  }

  void inspectTellsWhatAFileHolds() {
    const Said said = cli({"inspect", at("good.npy")});
    QVERIFY2(said.code == 0, said.err.constData());
    QVERIFY2(said.out.contains("300"), said.out.constData());
    const QString checkpoint = QStringLiteral(VITRINE_SOURCE_DIR "/tests/backends/video/quant_small.pth");
    const Said torch = cli({"inspect", checkpoint});
    QVERIFY2(torch.code == 0 && torch.out.contains("model.decoder.0.weight.quant"), torch.err.constData());
    video::writeVnvFile(at("m.vnv").toStdString(), video::readQuantisedCheckpoint(checkpoint.toStdString()));
    const Said vnv = cli({"inspect", at("m.vnv")});
    QVERIFY2(vnv.code == 0 && vnv.out.contains("decoder.0.weight") && vnv.out.contains("min-max"), vnv.err.constData());
    QFile file(at("m.vnv"));
    QVERIFY(file.resize(file.size() - 3));
    const Said cut = cli({"inspect", at("m.vnv")});
    QVERIFY2(cut.code == 2 && cut.err.contains("m.vnv: its checksum"), cut.err.constData());
  }

  void doctorSpeaksJson() {
    const Said said = cli({"doctor", "--json"});
    QVERIFY2(said.code == 0 || said.code == 1, said.err.constData());
    const QJsonObject json = QJsonDocument::fromJson(said.out).object();
    QVERIFY(json["findings"].toArray().size() > 8);
    QCOMPARE(json["good"].toBool(), said.code == 0);
    for (const auto &finding : json["findings"].toArray()) {
      QVERIFY(finding.toObject()["good"].toBool() || !finding.toObject()["advice"].toString().isEmpty());
    }
  }
};
VITRINE_TEST(TstCli)

#include "tst_cli.moc"
