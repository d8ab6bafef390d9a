// What `vitrine-cli doctor` asks the window's program: which OpenGL it gets, and how long a map of 100,000 points takes to draw.
#pragma once

#include <QString>

namespace vitrine {

/// One line; empty if nothing could be drawn. Needs a QApplication.
QString doctorFrame();
/// Seconds since this process was started, to 10 ms (a re-execution by ensureEnvironment() counts in).
double secondsSinceStart();

}  // namespace vitrine
