// The index: packets say which frames there are and when they are shown; where they cannot be trusted with that, one pass of decoding does.
#include "data/film_file.h"

#include <algorithm>
#include <unordered_map>

#include "data/bytes.h"

namespace vitrine::data {

namespace {

constexpr std::size_t kKeptBytes = 96U << 20;  // decoded frames kept, so that stepping backwards does not decode a group anew each time
constexpr std::size_t kWorthSeeking = 8;       // frames ahead that are sooner decoded than looked for
constexpr std::size_t kEarlierKeys = 2;        // further groups to try if decoding from the right one gives nothing

bool isIntra(AVCodecID codec) {
  const AVCodecDescriptor *about = avcodec_descriptor_get(codec);
  return about != nullptr && (about->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
}

/// Every packet that is not hidden is shown as one frame.
bool packetIsFrame(AVCodecID codec) {
  return isIntra(codec) || codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP9 || codec == AV_CODEC_ID_AV1 ||
         codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_MPEG1VIDEO;
}

/// Its key frames need nothing that came before. (A GIF's frames, all marked as key, are drawn over one another.)
bool keysStandAlone(AVCodecID codec) {
  return packetIsFrame(codec) || codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_MPEG4 || codec == AV_CODEC_ID_H263 || codec == AV_CODEC_ID_THEORA;
}

bool isDamaged(const AVFrame &frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

std::size_t bytesOf(const AVFrame &frame) {
  std::size_t bytes = 0;
  for (const AVBufferRef *buffer : frame.buf) {
    bytes += buffer != nullptr ? buffer->size : 0;
  }
  return bytes;
}

}  // namespace

FilmFile::FilmFile(const std::filesystem::path &file) : m_where(file.string()), m_stream(std::make_unique<FilmStream>(file)) {
  m_turn = m_stream->turn();
  m_rate = m_stream->video().avg_frame_rate.den > 0 ? std::max(0.0, av_q2d(m_stream->video().avg_frame_rate)) : 0;
  m_base = av_q2d(m_stream->video().time_base);
  readPackets();
  const AVCodecID codec = m_stream->parameters().codec_id;
  m_seeks = keysStandAlone(codec) && !m_keys.empty() && std::ranges::all_of(m_packets, [](const Entry &entry) { return entry.time != AV_NOPTS_VALUE; });
  if (m_packets.empty()) {
    throw InputError(m_where, "holds not a single frame", "copy it anew, or convert it to .mp4 or .mkv");
  }
  if (m_seeks && packetIsFrame(codec)) {
    indexByPackets();
  }
  if (m_frames.empty()) {
    indexByDecoding();
  } else if (m_doubtful) {
    dropUndecodableEnd();
  }
  if (m_frames.empty()) {
    throw InputError(m_where, "none of its " + counted(m_packets.size(), "frame") + " can be decoded", "copy it anew, or convert it to .mp4 or .mkv");
  }
  lookAtFirst();
}

void FilmFile::readPackets() {
  std::int64_t last = INT64_MIN;
  bool shortened = false;
  while (const AVPacket *packet = m_stream->readPacket()) {
    shortened = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    m_streamBytes += static_cast<std::uint64_t>(packet->size);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0 && packet->pts != AV_NOPTS_VALUE && packet->pts > last) {
      m_keys.push_back(m_packets.size());
      last = packet->pts;
    }
    m_packets.push_back({packet->pts, (packet->flags & AV_PKT_FLAG_KEY) != 0, (packet->flags & AV_PKT_FLAG_DISCARD) != 0});
  }
  const std::int64_t promised = m_stream->video().nb_frames;
  shortened = shortened || m_stream->cutOff() || (promised > 0 && static_cast<std::uint64_t>(promised) > m_packets.size());
  m_doubtful = shortened || m_stream->container().starts_with("mpeg");  // those cannot tell
  if (shortened) {
    m_note = "the file is cut off or damaged at its end";
  }
  m_stream = std::make_unique<FilmStream>(m_where);
}

/// Frames stay empty if two packets are shown at one time.
void FilmFile::indexByPackets() {
  const std::size_t firstKey = m_keys.front();
  const std::int64_t begin = m_packets[firstKey].time;
  for (std::size_t i = 0; i < m_packets.size(); ++i) {
    if (!m_packets[i].hidden && i >= firstKey && m_packets[i].time >= begin) {
      m_frames.push_back({m_packets[i].time, m_packets[i].key, i});
    }
  }
  std::ranges::stable_sort(m_frames, {}, &FilmFrame::time);
  const auto shown = std::ranges::count_if(m_packets, [](const Entry &entry) { return !entry.hidden; });
  if (std::ranges::adjacent_find(m_frames, {}, &FilmFrame::time) != m_frames.end()) {
    m_frames.clear();
  } else {
    noteLeftOut(static_cast<std::size_t>(shown) - m_frames.size(), "before the first key frame");
  }
}

/// Counts what comes out. If the times it comes with are whole and rise, single frames can still be sought by them.
void FilmFile::indexByDecoding() {
  std::unordered_map<std::int64_t, std::size_t> packetAt;
  for (std::size_t i = 0; i < m_packets.size(); ++i) {
    packetAt.emplace(m_packets[i].time, i);
  }
  std::size_t damaged = 0;
  bool timed = true;
  while (const auto frame = m_stream->nextFrame()) {
    if (isDamaged(*frame)) {
      ++damaged;
      continue;
    }
    const auto packet = packetAt.find(frame->pts);
    const bool known = frame->pts != AV_NOPTS_VALUE && packet != packetAt.end();
    const bool rises = m_frames.empty() || m_frames.back().time < frame->best_effort_timestamp;
    m_seeks = m_seeks && known && rises && frame->pts == frame->best_effort_timestamp;
    timed = timed && rises && frame->best_effort_timestamp != AV_NOPTS_VALUE;
    m_frames.push_back({frame->best_effort_timestamp, frame->key_frame != 0, known ? packet->second : m_frames.size()});
  }
  const double perFrame = std::max(1.0, 1 / std::max(1e-12, m_rate * m_base));
  for (std::size_t i = 0; i < m_frames.size() && !timed; ++i) {  // the file does not tell: evenly, at the rate it claims
    m_frames[i].time = static_cast<std::int64_t>(static_cast<double>(i) * perFrame);
  }
  noteLeftOut(damaged, "that cannot be decoded");
  m_stream = std::make_unique<FilmStream>(m_where);
}

/// A file that is cut off still lists, or begins, frames that never come out. Frames end before the first one missing in the last group that has any.
void FilmFile::dropUndecodableEnd() {
  std::size_t left = 0;
  for (bool some = false; !some && !m_frames.empty();) {
    const std::int64_t begin = m_packets[m_keys[keyBefore(m_frames.size() - 1)]].time;
    auto frame = static_cast<std::size_t>(std::ranges::lower_bound(m_frames, begin, {}, &FilmFrame::time) - m_frames.begin());
    try {
      for (; frame < m_frames.size(); ++frame) {
        decoded(frame);
        some = true;
      }
    } catch (const InputError &) {
      left += m_frames.size() - frame;
      m_frames.resize(frame);
    }
  }
  noteLeftOut(left, "at the end that cannot be decoded");
}

void FilmFile::noteLeftOut(std::size_t count, const std::string &why) {
  if (count > 0) {
    m_note += (m_note.empty() ? "" : "; ") + counted(count, "frame") + " " + why + " left out";
  }
}

void FilmFile::lookAtFirst() {
  const auto first = decoded(0);
  m_codedWidth = first->width;
  m_codedHeight = first->height;
  m_channels = channelsOf(static_cast<AVPixelFormat>(first->format));
}

double FilmFile::seconds(std::size_t frame) const {
  return static_cast<double>(m_frames[frame].time - m_frames.front().time) * m_base;
}

double FilmFile::framesPerSecond() const {
  const double span = seconds(m_frames.size() - 1);
  return span > 0 ? static_cast<double>(m_frames.size() - 1) / span : m_rate;
}

double FilmFile::duration() const {
  const double rate = framesPerSecond();
  return seconds(m_frames.size() - 1) + (rate > 0 ? 1 / rate : 0);
}

Image FilmFile::picture(std::size_t frame) const {
  std::shared_ptr<const AVFrame> held;
  {
    const std::lock_guard lock(m_mutex);
    held = decoded(frame);
  }
  return pictureOf(*held, m_codedWidth, m_codedHeight, m_channels, m_turn, m_where);
}

std::size_t FilmFile::keyBefore(std::size_t frame) const {
  const auto after = std::ranges::upper_bound(m_keys, m_frames[frame].time, {}, [this](std::size_t packet) { return m_packets[packet].time; });
  auto key = static_cast<std::size_t>(after - m_keys.begin());
  while (key > 0 && (key == m_keys.size() || m_keys[key] > m_frames[frame].packet || m_packets[m_keys[key]].time > m_frames[frame].time)) {
    --key;
  }
  return key;
}

std::optional<std::size_t> FilmFile::frameAt(std::int64_t time) const {
  const auto found = std::ranges::lower_bound(m_frames, time, {}, &FilmFrame::time);
  return found != m_frames.end() && found->time == time ? std::optional(static_cast<std::size_t>(found - m_frames.begin())) : std::nullopt;
}

void FilmFile::keep(std::size_t frame, std::shared_ptr<const AVFrame> picture) const {
  const std::size_t most = std::max<std::size_t>(1, kKeptBytes / std::max<std::size_t>(1, bytesOf(*picture)));
  std::erase_if(m_kept, [frame](const Kept &kept) { return kept.frame == frame; });
  m_kept.push_front({frame, std::move(picture)});
  while (m_kept.size() > most) {
    m_kept.pop_back();
  }
}

std::shared_ptr<const AVFrame> FilmFile::decoded(std::size_t frame) const {
  if (const auto kept = std::ranges::find(m_kept, frame, &Kept::frame); kept != m_kept.end()) {
    m_kept.splice(m_kept.begin(), m_kept, kept);
    return m_kept.front().picture;
  }
  std::shared_ptr<const AVFrame> found;
  if (!m_seeks) {
    found = decodedInOrder(frame);
  } else {
    const std::size_t key = keyBefore(frame);
    const bool ahead = m_last && *m_last < frame && (frame - *m_last <= kWorthSeeking || keyBefore(*m_last) >= key);
    found = ahead ? forwards(0, frame) : nullptr;
    for (std::size_t back = 0; !found && back <= kEarlierKeys; ++back) {
      found = back <= key ? decodedFrom(key - back, frame) : nullptr;
    }
    if (!found) {
      m_stream = std::make_unique<FilmStream>(m_where);
      found = forwards(0, frame);
    }
  }
  if (!found) {
    throw InputError(m_where, "frame " + std::to_string(frame) + " is damaged and cannot be decoded", "copy the film anew");
  }
  return found;
}

/// Decodes on from where the decoder stands until `frame` comes; frames before `firstGood` may lack what they build on and are not kept.
std::shared_ptr<const AVFrame> FilmFile::forwards(std::size_t firstGood, std::size_t frame) const {
  while (const auto next = m_stream->nextFrame()) {
    const auto at = frameAt(next->pts);
    if (!at) {
      continue;
    }
    m_last = at;
    if (*at >= firstGood && !isDamaged(*next)) {
      keep(*at, next);
    }
    if (*at >= frame) {
      return *at == frame && !isDamaged(*next) ? next : nullptr;
    }
  }
  m_last.reset();
  return nullptr;
}

std::shared_ptr<const AVFrame> FilmFile::decodedFrom(std::size_t key, std::size_t frame) const {
  m_last.reset();
  const std::size_t packet = m_keys[key];
  if (!goTo(packet)) {
    return nullptr;
  }
  const auto good = std::ranges::lower_bound(m_frames, m_packets[packet].time, {}, &FilmFrame::time);
  return forwards(static_cast<std::size_t>(good - m_frames.begin()), frame);
}

/// Puts the decoder before that packet, or a little earlier; containers seek by one of two clocks and some of them past the aim.
bool FilmFile::goTo(std::size_t packet) const {
  const auto placeOf = [this](std::int64_t time) {
    const auto found = std::ranges::find(m_packets, time, &Entry::time);
    return static_cast<std::size_t>(found - m_packets.begin());
  };
  const std::int64_t aim = m_packets[packet].time;
  const std::int64_t second = std::max<std::int64_t>(1, av_rescale_q(1, {1, 1}, m_stream->video().time_base));
  for (const std::int64_t time : {aim, aim - second, aim - 10 * second}) {
    if (m_stream->seek(time)) {
      const AVPacket *first = m_stream->firstAfterSeek();
      if (first != nullptr && placeOf(first->pts) <= packet) {
        return true;
      }
    }
  }
  return false;
}

/// Without seeking: frame number by frame number, from the beginning if need be.
std::shared_ptr<const AVFrame> FilmFile::decodedInOrder(std::size_t frame) const {
  if (!m_last || *m_last >= frame) {
    m_stream = std::make_unique<FilmStream>(m_where);
    m_last.reset();
  }
  while (const auto next = m_stream->nextFrame()) {
    if (isDamaged(*next)) {
      continue;
    }
    m_last = m_last ? *m_last + 1 : 0;
    keep(*m_last, next);
    if (*m_last == frame) {
      return next;
    }
  }
  m_last.reset();
  return nullptr;
}

}  // namespace vitrine::data
