// The lane: one worker thread, one queue, and the way back to the thread that owns it.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include <QThread>

#include "widgets/task.h"

namespace vitrine {

struct Lane::Impl {
  struct Job {
    QString key;
    std::function<void()> work;
  };
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> queue;
  std::map<QString, std::uint64_t> newest;  ///< last request of each key
  std::uint64_t requests = 0;
  bool closing = false;
  QObject *home = nullptr;  ///< lives on the owner's thread; replies are posted to it. Null once the lane is gone
  std::unique_ptr<QThread> thread;

  void loop() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return closing || !queue.empty(); });
      if (closing) {
        return;
      }
      auto job = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      job.work();
      job = {};  // what the job held is released here, not while the queue is locked
      lock.lock();
    }
  }
};

Lane::Lane(const QString &name, QObject *parent) : QObject(parent), m_impl(std::make_shared<Impl>()) {
  setObjectName(name);
  m_impl->home = this;
  m_impl->thread.reset(QThread::create([impl = m_impl.get()] { impl->loop(); }));
  m_impl->thread->setObjectName(name);
  m_impl->thread->start();
}

Lane::~Lane() {
  Q_EMIT closing();
  std::deque<Impl::Job> dropped;
  {
    const std::lock_guard lock(m_impl->mutex);
    m_impl->closing = true;
    m_impl->home = nullptr;
    dropped.swap(m_impl->queue);
    m_impl->wake.notify_all();
  }
  m_impl->thread->wait();
  m_impl->thread.reset();
}

void Lane::post(std::function<void()> work, const QString &key) {
  std::function<void()> dropped;  // destroyed after the lock: it may own anything
  const std::lock_guard lock(m_impl->mutex);
  if (!key.isEmpty()) {
    const auto old = std::find_if(m_impl->queue.begin(), m_impl->queue.end(), [&key](const Impl::Job &job) { return job.key == key; });
    if (old != m_impl->queue.end()) {
      dropped = std::move(old->work);
      m_impl->queue.erase(old);
    }
  }
  m_impl->queue.push_back({key, std::move(work)});
  m_impl->wake.notify_one();
}

std::uint64_t Lane::newRequest(const QString &key) {
  const std::lock_guard lock(m_impl->mutex);
  const auto request = ++m_impl->requests;
  if (!key.isEmpty()) {
    m_impl->newest[key] = request;
  }
  return request;
}

void Lane::deliver(const std::shared_ptr<Impl> &impl, const QString &key, std::uint64_t request, const QPointer<QObject> &receiver,
                   std::function<void()> reply) {
  const std::lock_guard lock(impl->mutex);  // the home cannot go while we post to it
  if (impl->home == nullptr) {
    return;
  }
  QMetaObject::invokeMethod(
      impl->home,
      [impl, key, request, receiver, reply = std::move(reply)] {
        {
          const std::lock_guard check(impl->mutex);
          const auto it = impl->newest.find(key);
          if (it != impl->newest.end() && it->second != request) {
            return;
          }
        }
        if (receiver) {
          reply();
        }
      },
      Qt::QueuedConnection);
}

}  // namespace vitrine
