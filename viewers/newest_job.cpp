// The loop of the newest-wins thread.
#include "viewers/newest_job.h"

#include <utility>

namespace vitrine {

NewestJob::NewestJob() : m_thread([this] { run(); }) {}

NewestJob::~NewestJob() {
  m_stop = true;
  {
    const std::lock_guard lock(m_mutex);
    m_next = nullptr;
  }
  m_wake.notify_all();
  m_thread.join();
}

void NewestJob::request(Job job) {
  {
    const std::lock_guard lock(m_mutex);
    m_next = std::move(job);
  }
  m_wake.notify_all();
}

bool NewestJob::idle() const {
  const std::lock_guard lock(m_mutex);
  return !m_running && m_next == nullptr;
}

void NewestJob::run() {
  std::unique_lock lock(m_mutex);
  while (true) {
    m_wake.wait(lock, [this] { return m_stop || m_next != nullptr; });
    if (m_stop) {
      return;
    }
    m_running = true;
    const Job job = std::exchange(m_next, nullptr);
    lock.unlock();
    job(m_stop);
    lock.lock();
    m_running = false;
  }
}

}  // namespace vitrine
