// A thread that runs the newest of the jobs given to it: what waits while one runs is replaced, never queued.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vitrine {

class NewestJob {
 public:
  /// A job should return early once the flag is raised (at the end of this object's life).
  using Job = std::function<void(const std::atomic<bool> &stop)>;

  NewestJob();
  ~NewestJob();  ///< waits for the running job
  NewestJob(const NewestJob &) = delete;
  NewestJob &operator=(const NewestJob &) = delete;

  void request(Job job);
  bool idle() const;

 private:
  void run();

  mutable std::mutex m_mutex;
  std::condition_variable m_wake;
  Job m_next;
  bool m_running = false;
  std::atomic<bool> m_stop{false};
  std::thread m_thread;
};

}  // namespace vitrine
