#include "app/cli/stop_signal.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>

#include "app/cli/verbs.h"

namespace vitrine::cli {

namespace {

std::array<int, 2> channel{-1, -1};
volatile std::sig_atomic_t signalled = 0;

// A handler may not lock, and RunControl::cancel() does: it only writes a byte, which a thread waits for.
void onSignal(int) {
  if (signalled != 0) {
    _exit(kCancelled);
  }
  signalled = 1;
  const char byte = 'c';
  [[maybe_unused]] const auto written = ::write(channel[1], &byte, 1);
}

}  // namespace

StopSignal::StopSignal(std::shared_ptr<RunControl> control) {
  if (::pipe(channel.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  m_thread = std::thread([control = std::move(control)] {
    char byte = 0;
    if (::read(channel[0], &byte, 1) == 1) {
      control->cancel();
    }
  });
  std::signal(SIGINT, onSignal);
  std::signal(SIGTERM, onSignal);
}

StopSignal::~StopSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  ::close(channel[1]);  // ends the thread's read
  m_thread.join();
  ::close(channel[0]);
}

}  // namespace vitrine::cli
