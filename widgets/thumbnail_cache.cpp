// Thumbnails, decoded off the GUI thread one at a time so that the newest wish is always next.
#include "widgets/thumbnail_cache.h"

#include <utility>

#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr std::size_t kMostWaiting = 400;  // more than a screen full: what was scrolled away long ago is not worth decoding
constexpr std::size_t kEntryBytes = 128;   // bookkeeping, so that failures count too
}  // namespace

std::size_t ThumbnailCache::Hash::operator()(const Key &key) const {
  return std::hash<const void *>()(key.dataset) ^ std::hash<std::int64_t>()(key.id * 0x9E3779B97F4A7C15LL + key.side);
}

ThumbnailCache::ThumbnailCache(Lane *lane, std::size_t budget, QObject *parent)
    : QObject(parent),
      m_ownLane(lane == nullptr ? std::make_unique<Lane>(QStringLiteral("thumbnails")) : nullptr),
      m_lane(lane == nullptr ? m_ownLane.get() : lane),
      m_budget(budget) {}

ThumbnailCache::~ThumbnailCache() = default;

QImage ThumbnailCache::get(const std::shared_ptr<const Dataset> &dataset, SampleId id, int side) {
  if (!dataset || !dataset->hasImages() || side <= 0) {
    return {};
  }
  const Key key{dataset.get(), id, side};
  if (const auto found = m_index.find(key); found != m_index.end()) {
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->image;
  }
  if (m_busy && m_making == key && !m_forgotten) {
    return {};
  }
  std::erase_if(m_waiting, [&key](const Request &request) { return request.key == key; });
  m_waiting.push_back({key, dataset});
  if (m_waiting.size() > kMostWaiting) {
    m_waiting.erase(m_waiting.begin());
  }
  next();
  return {};
}

bool ThumbnailCache::failed(const Dataset *dataset, SampleId id, int side) const {
  const auto found = m_index.find({dataset, id, side});
  return found != m_index.end() && found->second->failed;
}

void ThumbnailCache::forget(const Dataset *dataset) {
  std::erase_if(m_waiting, [dataset](const Request &request) { return request.key.dataset == dataset; });
  m_forgotten = m_forgotten || (m_busy && m_making.dataset == dataset);  // a later data set may get the same address
  for (auto it = m_entries.begin(); it != m_entries.end();) {
    if (it->key.dataset == dataset) {
      m_bytes -= static_cast<std::size_t>(it->image.sizeInBytes()) + kEntryBytes;
      m_index.erase(it->key);
      it = m_entries.erase(it);
    } else {
      ++it;
    }
  }
}

void ThumbnailCache::next() {
  if (m_busy || m_waiting.empty()) {
    return;
  }
  const Request request = m_waiting.back();
  m_waiting.pop_back();
  m_busy = true;
  m_making = request.key;
  const auto finish = [this, request](QImage image) {  // `request` keeps the data set alive, so its address is still its own
    m_busy = false;
    const bool wanted = !std::exchange(m_forgotten, false);
    if (wanted) {
      store(request.key, std::move(image));
    }
    next();
    if (wanted) {
      Q_EMIT ready(request.key.dataset, request.key.id);
    }
  };
  m_lane->ask(
      {}, this,
      [request] {
        return fitted(request.dataset->image(request.key.id), {request.key.side, request.key.side});
      },
      finish, [finish](const QString &) { finish({}); });
}

void ThumbnailCache::store(const Key &key, QImage image) {
  if (m_index.contains(key)) {
    return;
  }
  m_bytes += static_cast<std::size_t>(image.sizeInBytes()) + kEntryBytes;
  const bool isFailed = image.isNull();
  m_entries.push_front({key, std::move(image), isFailed});
  m_index[key] = m_entries.begin();
  while (m_bytes > m_budget && m_entries.size() > 1) {
    m_bytes -= static_cast<std::size_t>(m_entries.back().image.sizeInBytes()) + kEntryBytes;
    m_index.erase(m_entries.back().key);
    m_entries.pop_back();
  }
}

}  // namespace vitrine
