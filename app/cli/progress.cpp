#include "app/cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace vitrine::cli {

namespace {

std::size_t terminalWidth() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 100 ? "%.1f s" : "%.0f s", value);
  return text;
}

}  // namespace

Progress::Progress(bool quiet) : m_quiet(quiet), m_terminal(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(std::int64_t i, std::int64_t n, const std::string &what) {
  const auto now = Clock::now();
  const bool newStage = what != m_stage;
  if (m_quiet || (!newStage && now - m_last < (m_terminal ? std::chrono::milliseconds(100) : std::chrono::seconds(20)))) {
    return;
  }
  if (newStage) {
    m_stage = what;
    m_stageStart = now;
    m_stageFrom = i;
  }
  m_last = now;
  std::string line = what;
  if (n > 0 && (i > 0 || m_terminal)) {
    line.append(" ").append(std::to_string(i)).append(" of ").append(std::to_string(n));
  }
  line += "  " + seconds(std::chrono::duration<double>(now - m_start).count());
  const double spent = std::chrono::duration<double>(now - m_stageStart).count();
  const auto gone = static_cast<double>(i - m_stageFrom);  // a stage may be taken up again in its middle
  if (gone > 0.02 * static_cast<double>(n) && spent > 1) {
    line += ", " + seconds(spent * static_cast<double>(n - i) / gone) + " to go";
  }
  if (m_terminal) {
    line = line.substr(0, terminalWidth() - 1);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
    m_drawn = true;
  } else {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
}

void Progress::log(const std::string &line) {
  if (!m_quiet) {
    clear();
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
}

void Progress::clear() {
  if (m_drawn) {
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    m_drawn = false;
  }
}

}  // namespace vitrine::cli
