// Black boxes: archives made here, and one written by Python's torch where that is installed.
#include <torch/script.h>

#include <QProcess>
#include <QTemporaryDir>
#include <fstream>

#include "core/error.h"
#include "made_up.h"
#include "models/models.h"
#include "testing.h"

using namespace vitrine;
using vitrine::testing::barPicture;
using vitrine::testing::refusal;

namespace {

std::vector<Image> bars() {
  std::vector<Image> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(barPicture(30, 3, i % 4, static_cast<std::uint64_t>(i)));
  }
  return all;
}

constexpr const char *kPythonEncoder = R"(
import sys, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 4, stride=4)
        self.head = torch.nn.Linear(8 * 64, 5)
    def forward(self, x):
        return self.head(torch.relu(self.stem(x)).flatten(1))
torch.manual_seed(1)
net = Net().eval()
torch.jit.script(net).save(sys.argv[1])
torch.save(net.state_dict(), sys.argv[2])
)";

}  // namespace

class TstTorchScript : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;

  std::filesystem::path at(const char *name) const { return std::filesystem::path(m_dir.path().toStdString()) / name; }

  /// A module of one method `forward` (or another name) and one weight.
  std::filesystem::path save(const char *name, const std::string &code, const torch::Tensor &weight, const torch::jit::ExtraFilesMap &extra = {}) const {
    torch::jit::Module module("Net");
    module.register_parameter("weight", weight, false);
    module.define(code);
    module.save(at(name).string(), extra);
    return at(name);
  }

 private Q_SLOTS:
  void aConvolutionTellsItsChannels() {
    const auto file = save("conv.pt", "def forward(self, x):\n  return torch.conv2d(x, self.weight)\n", torch::ones({6, 1, 3, 3}));
    const auto model = models::open(file.string());
    QCOMPARE(model->info().inputChannels, 1);
    QCOMPARE(model->info().inputWidth, 28);
    QCOMPARE(model->info().width, 6);
    QCOMPARE(model->info().parameters, std::int64_t{54});
    const Image flat{28, 28, 1, std::vector<std::uint8_t>(784, 51)};  // 0.2 everywhere: nine of them make 1.8
    const Matrix vectors = model->encode({&flat, 1}, -1, Pooling::Mean);
    QCOMPARE(vectors.cols, std::size_t{6});
    QVERIFY(std::abs(vectors.values[3] - 1.8F) < 1e-5F);
    QVERIFY(!model->info().hasAttention);
    QVERIFY(refusal([&] { model->attention({&flat, 1}); }).contains("black box"));
    QVERIFY(refusal([&] { model->encode({&flat, 1}, 2, Pooling::Cls); }).contains("use layer -1"));
    QCOMPARE(model->classify({&flat, 1}).rows, std::size_t{0});
    const Json seen = models::inspect(file);
    QCOMPARE(seen["kind"].get<std::string>(), std::string("torchscript"));
    QCOMPARE(seen["parameters"].get<int>(), 54);
  }

  void aLinearLayerTellsTheSize() {
    const auto model = models::open(save("linear.pt", "def forward(self, x):\n  return torch.matmul(x, self.weight.t())\n", torch::ones({4, 400})).string());
    QCOMPARE(model->info().inputWidth, 20);  // 20 x 20 grey as one row
    QCOMPARE(model->encode(bars(), -1, Pooling::Cls).rows, std::size_t{40});
  }

  void tokensArePooled() {
    const std::string code = "def forward(self, x):\n  return (torch.flatten(torch.conv2d(x, self.weight, None, [8, 8]), 2).transpose(1, 2), x)\n";
    const auto model = models::open(save("tokens.pt", code, torch::rand({5, 3, 8, 8})).string());
    QCOMPARE(model->info().inputWidth, 224);
    QCOMPARE(model->info().tokens, 28 * 28);
    const auto pictures = bars();
    const Matrix first = model->encode(pictures, -1, Pooling::Cls), mean = model->encode(pictures, -1, Pooling::Mean);
    QCOMPARE(first.cols, std::size_t{5});
    QVERIFY(first.values != mean.values);
  }

  void theArchiveMaySayWhatItWants() {
    const std::string code = "def forward(self, x):\n  return torch.mean(x, [2, 3]) * self.weight\n";
    const auto file =
        save("noted.pt", code, torch::ones({1}), {{"vitrine.json", R"({"size": 48, "channels": 3, "mean": [0.2, 0.2, 0.2], "deviation": [0.5]})"}});
    const auto model = models::open(file.string());
    QCOMPARE(model->info().inputWidth, 48);
    const Image flat{48, 48, 3, std::vector<std::uint8_t>(48 * 48 * 3, 102)};  // 0.4
    QVERIFY(std::abs(model->encode({&flat, 1}, -1, Pooling::Cls).values[1] - 0.4F) < 1e-5F);
    const auto bad = save("bad.pt", code, torch::ones({1}), {{"vitrine.json", R"({"size": "large"})"}});
    QVERIFY(refusal([&] { models::open(bad.string()); }).contains("vitrine.json"));
  }

  void whatCannotBeFedIsRefused() {
    const auto none = save("none.pt", "def encode(self, x):\n  return x\n", torch::ones({1}));
    QVERIFY(refusal([&] { models::open(none.string()); }).contains("without a method \"forward\""));
    const auto odd = save("odd.pt", "def forward(self, x):\n  return torch.matmul(x, self.weight)\n", torch::ones({7, 3}));
    QVERIFY(refusal([&] { models::open(odd.string()); }).contains("takes no pictures of any usual size"));
    const auto two = save("two.pt", "def forward(self, x, y):\n  return x\n", torch::ones({1}));
    QVERIFY(refusal([&] { models::open(two.string()); }).contains("takes no pictures"));
  }

  void damagedArchivesAreRefused() {
    const auto file = save("whole.pt", "def forward(self, x):\n  return torch.conv2d(x, self.weight)\n", torch::rand({6, 1, 3, 3}));
    std::ifstream in(file, std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    Rng rng(1);
    for (int round = 0; round < 300; ++round) {
      std::string bytes = whole.substr(0, round % 3 == 0 ? rng.below(whole.size()) : whole.size());
      for (int change = 0; change < 4 && !bytes.empty(); ++change) {
        bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
      }
      const auto damaged = at("damaged.pt");
      std::ofstream(damaged, std::ios::binary) << bytes;
      const QString said = refusal([&] { models::open(damaged.string()); });  // read or refused: anything else ends the test
      QVERIFY2(said.isEmpty() || said.contains("damaged.pt"), qPrintable(said));
    }
  }

  void pythonsArchive() {
    QProcess python;
    const QString encoder = QString::fromStdString(at("encoder.pt").string()), dict = QString::fromStdString(at("dict.pt").string());
    std::ofstream(at("net.py")) << kPythonEncoder;  // torch.jit.script reads its source back
    python.start("/usr/bin/python3", {QString::fromStdString(at("net.py").string()), encoder, dict});
    if (!python.waitForFinished(60'000) || python.exitCode() != 0) {
      QSKIP("needs Debian's python3-torch");
    }
    const auto model = models::open(encoder.toStdString());
    QCOMPARE(model->info().inputWidth, 32);
    QCOMPARE(model->info().width, 5);
    QCOMPARE(model->encode(bars(), -1, Pooling::Cls).rows, std::size_t{40});
    QVERIFY(refusal([&] { models::open(dict.toStdString()); }).contains("state_dict"));
  }
};
VITRINE_TEST(TstTorchScript)

#include "tst_torchscript.moc"
