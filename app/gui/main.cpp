// vitrine: the program with the window.
#include <iostream>

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QIcon>
#include <QSurfaceFormat>
#include <QTimer>

#include "app/gui/dialogs/preferences.h"
#include "app/gui/doctor_frame.h"
#include "app/gui/tour.h"
#include "tensor/device.h"
#include "widgets/theme.h"

namespace {

using vitrine::MainWindow;

QSize parsedSize(const QString &text) {
  const QStringList parts = text.split(QLatin1Char('x'));
  const QSize size = parts.size() == 2 ? QSize(parts[0].toInt(), parts[1].toInt()) : QSize();
  return size.width() >= 64 && size.height() >= 64 && size.width() <= 16384 && size.height() <= 16384 ? size : QSize();
}

int refuse(const QString &line) {
  std::cerr << "vitrine: " << line.toStdString() << '\n';
  return 2;
}

/// --shot: opens the paths, waits for what they show, and writes the picture: of a view if there is one, else of the window.
void takeShot(MainWindow &window, const QString &file, QSize size) {
  auto *timer = new QTimer(&window);
  window.resize(size);
  QObject::connect(&window.outputs(), &vitrine::Outputs::said, qApp, [] { QApplication::exit(0); });
  QObject::connect(&window.outputs(), &vitrine::Outputs::failed, qApp,
                   [](const QString &what, const QString &details) { QApplication::exit(refuse(what + QStringLiteral(": ") + details)); });
  QObject::connect(timer, &QTimer::timeout, &window, [&window, file, size, timer, quiet = 0]() mutable {
    if (!window.bannerText().isEmpty()) {
      timer->stop();
      QApplication::exit(refuse(window.bannerText()));
      return;
    }
    bool opening = window.session().busy();
    for (const auto &item : window.session().data()) {
      opening = opening || (!item->dataset && item->error.isEmpty());
    }
    for (const auto &run : window.session().runs()) {
      opening = opening || run->state == u"opening";
    }
    quiet = opening ? 0 : quiet + 1;
    if (quiet < 10) {
      return;
    }
    timer->stop();
    if (vitrine::ViewerFrame *frame = window.area().active()) {
      window.outputs().writeShot(frame, size, file);
    } else {
      window.outputs().writeWindow(file);
    }
  });
  timer->start(100);
}

void addOptions(QCommandLineParser &parser) {
  parser.setApplicationDescription(QStringLiteral("Vitrine looks into neural representations: embeddings, attention, projections."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOptions(
      {{QStringLiteral("demo"), QStringLiteral("Open the demo: garments, embedded and mapped.")},
       {QStringLiteral("tour"), QStringLiteral("Write a picture of each view and a film into DIR, then quit."), QStringLiteral("DIR")},
       {QStringLiteral("shot"), QStringLiteral("Write a picture of what was opened to FILE (PNG or JPEG), then quit."), QStringLiteral("FILE")},
       {QStringLiteral("size"), QStringLiteral("Size of the picture in pixels, for example 1600x1000."), QStringLiteral("WxH"), QStringLiteral("1600x1000")},
       {QStringLiteral("doctor-frame"), QStringLiteral("Draw a map, say how long it took, then quit (vitrine-cli doctor asks for it).")},
       {QStringLiteral("startup-time"), QStringLiteral("Show the window, say how long that took from the start of the process, then quit.")},
       {QStringLiteral("theme"), QStringLiteral("dark or light, for this start only."), QStringLiteral("NAME")}});
  parser.addPositionalArgument(QStringLiteral("paths"), QStringLiteral("Data, models, folders of pictures or projects to open."),
                               QStringLiteral("[FILE|FOLDER|PROJECT ...]"));
}

/// What VTK's render window needs of a QOpenGLWidget; it does its own multisampling.
void askForOpenGl() {
  QSurfaceFormat format;
  format.setVersion(3, 2);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setDepthBufferSize(24);
  format.setStencilBufferSize(8);
  format.setSamples(0);
  QSurfaceFormat::setDefaultFormat(format);
}

void introduce() {
  QApplication::setApplicationName(QStringLiteral("vitrine"));
  QApplication::setApplicationDisplayName(QStringLiteral("Vitrine"));
  QApplication::setApplicationVersion(QStringLiteral(VITRINE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("vitrine"));
  qRegisterMetaType<vitrine::Artifact>();
}

}  // namespace

int main(int argc, char **argv) {
  vitrine::tensor::ensureEnvironment(argv);
  askForOpenGl();
  if (const int scale = vitrine::setting(QStringLiteral("interface_scale")).toInt(); scale != 100 && !qEnvironmentVariableIsSet("QT_SCALE_FACTOR")) {
    qputenv("QT_SCALE_FACTOR", QByteArray::number(scale / 100.0));
  }
  QApplication app(argc, argv);
  introduce();

  QCommandLineParser parser;
  addOptions(parser);
  parser.process(app);
  if (parser.isSet(QStringLiteral("doctor-frame"))) {
    const QString line = vitrine::doctorFrame();
    std::cout << line.toStdString() << std::endl;
    return line.isEmpty() ? 1 : 0;
  }
  const QSize size = parsedSize(parser.value(QStringLiteral("size")));
  if (!size.isValid()) {
    return refuse(QStringLiteral("--size %1: wanted is WIDTHxHEIGHT from 64x64 to 16384x16384").arg(parser.value(QStringLiteral("size"))));
  }
  const QString themeName = parser.value(QStringLiteral("theme"));
  if (!themeName.isEmpty() && themeName != u"dark" && themeName != u"light") {
    return refuse(QStringLiteral("--theme %1: wanted is dark or light").arg(themeName));
  }
  const bool dark = vitrine::darkWanted();  // asks the desktop, so before our own palette
  vitrine::applyTheme(themeName.isEmpty() ? dark : themeName == u"dark");
  vitrine::applyHabits();
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/vitrine.svg")));

  MainWindow window;
  const bool hands = !parser.isSet(QStringLiteral("tour")) && !parser.isSet(QStringLiteral("shot"));
  if (!hands) {
    window.resize(1600, 1000);
  }
  window.show();
  if (parser.isSet(QStringLiteral("startup-time"))) {
    window.repaint();
    std::cout << vitrine::secondsSinceStart() << std::endl;
    return 0;
  }
  window.openPaths(parser.positionalArguments(), hands);
  if (parser.isSet(QStringLiteral("demo"))) {
    QTimer::singleShot(0, &window, &MainWindow::demo);
  }
  if (parser.isSet(QStringLiteral("shot"))) {
    takeShot(window, parser.value(QStringLiteral("shot")), size);
  }
  std::unique_ptr<vitrine::Tour> tour;
  if (parser.isSet(QStringLiteral("tour"))) {
    tour = std::make_unique<vitrine::Tour>(window, parser.value(QStringLiteral("tour")));
    QObject::connect(tour.get(), &vitrine::Tour::said, [](const QString &line) { std::cout << line.toStdString() << std::endl; });
    QObject::connect(
        tour.get(), &vitrine::Tour::finished, &app, [](int code) { QApplication::exit(code); }, Qt::QueuedConnection);
    tour->start();
  }
  return QApplication::exec();
}
