// Small pictures of samples, made on a lane of their own when first asked for and kept up to a number of bytes.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include <QImage>
#include <QObject>

#include "core/dataset.h"

namespace vitrine {

class Lane;

class ThumbnailCache : public QObject {
  Q_OBJECT
 public:
  /// Decodes on `lane` (must outlive the cache), or on a lane of its own if that is null.
  explicit ThumbnailCache(Lane *lane = nullptr, std::size_t budget = std::size_t{96} << 20, QObject *parent = nullptr);
  ~ThumbnailCache() override;

  /// The picture as fitted() makes it for a box of side x side device pixels. Null while it is being made - ready() follows - or if the sample has no
  /// readable picture (failed() is true then). Newest request first; of what waits, only the newest few hundred are made.
  QImage get(const std::shared_ptr<const Dataset> &dataset, SampleId id, int side);
  bool failed(const Dataset *dataset, SampleId id, int side) const;
  void forget(const Dataset *dataset);  ///< when a data set is closed
  std::size_t bytesUsed() const { return m_bytes; }

 Q_SIGNALS:
  void ready(const vitrine::Dataset *dataset, vitrine::SampleId id);

 private:
  struct Key {
    const Dataset *dataset;
    SampleId id;
    int side;
    bool operator==(const Key &) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key &key) const;
  };
  struct Entry {
    Key key;
    QImage image;
    bool failed = false;
  };
  struct Request {
    Key key;
    std::shared_ptr<const Dataset> dataset;
  };
  void next();
  void store(const Key &key, QImage image);

  std::unique_ptr<Lane> m_ownLane;
  Lane *m_lane;
  std::size_t m_budget, m_bytes = 0;
  std::list<Entry> m_entries;  ///< newest use first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> m_index;
  std::vector<Request> m_waiting;  ///< newest last
  Key m_making = {};
  bool m_busy = false, m_forgotten = false;
};

}  // namespace vitrine
