// Progress of a run for a reader of the terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vitrine::cli {

/// On a terminal one line on stderr that rewrites itself; else a line on stdout for each stage (stderr stays free for the one error line).
class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  void show(std::int64_t i, std::int64_t n, const std::string &what);
  void log(const std::string &line);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool m_quiet, m_terminal;
  bool m_drawn = false;
  std::string m_stage;
  std::int64_t m_stageFrom = 0;
  Clock::time_point m_start = Clock::now(), m_last{}, m_stageStart{};
};

}  // namespace vitrine::cli
