// A film behind an index of its frames: any of them is decoded when asked for, exactly, in bounded memory. Only in builds with FFmpeg.
#pragma once

#include <list>
#include <mutex>
#include <vector>

#include "data/film_stream.h"

namespace vitrine::data {

/// One frame as it is shown. `key`: it begins a group, decoding can start there.
struct FilmFrame {
  std::int64_t time = 0;  ///< in units of the stream's time base
  bool key = false;
  std::size_t packet = 0;  ///< place in the order of decoding
};

class FilmFile {
 public:
  /// Reads all packets (none is decoded but the first frame, and the last group of a file that seems cut off). Throws InputError if not a single frame comes
  /// out.
  explicit FilmFile(const std::filesystem::path &file);

  const std::vector<FilmFrame> &frames() const { return m_frames; }
  const FilmStream &stream() const { return *m_stream; }
  std::uint64_t streamBytes() const { return m_streamBytes; }  ///< of the video's packets, the container left out
  double seconds(std::size_t frame) const;                     ///< since the first frame
  double duration() const;                                     ///< the last frame's own time included
  double framesPerSecond() const;                              ///< mean; 0 for a single frame of unknown length
  const std::string &note() const { return m_note; }           ///< what was left out, empty if nothing

  /// As shown: 8-bit grey, RGB or RGBA of one size, turned as the file says. From any thread. Throws InputError where the frame is damaged.
  Image picture(std::size_t frame) const;
  int width() const { return m_turn.swaps() ? m_codedHeight : m_codedWidth; }
  int height() const { return m_turn.swaps() ? m_codedWidth : m_codedHeight; }
  int channels() const { return m_channels; }

 private:
  struct Entry {
    std::int64_t time = AV_NOPTS_VALUE;
    bool key = false, hidden = false;
  };
  void readPackets();
  void indexByPackets();
  void indexByDecoding();
  void dropUndecodableEnd();
  void noteLeftOut(std::size_t count, const std::string &why);
  void lookAtFirst();

  std::shared_ptr<const AVFrame> decoded(std::size_t frame) const;
  std::shared_ptr<const AVFrame> decodedFrom(std::size_t key, std::size_t frame) const;
  std::shared_ptr<const AVFrame> decodedInOrder(std::size_t frame) const;
  std::shared_ptr<const AVFrame> forwards(std::size_t firstGood, std::size_t frame) const;
  bool goTo(std::size_t key) const;
  std::size_t keyBefore(std::size_t frame) const;  ///< place in m_keys
  std::optional<std::size_t> frameAt(std::int64_t time) const;
  void keep(std::size_t frame, std::shared_ptr<const AVFrame> picture) const;

  std::string m_where, m_note;
  std::vector<Entry> m_packets;     ///< in the order of decoding
  std::vector<std::size_t> m_keys;  ///< packets where decoding can start, their times rising
  std::vector<FilmFrame> m_frames;  ///< in the order of showing
  std::uint64_t m_streamBytes = 0;
  bool m_doubtful = false;  ///< the last frames may not be whole
  bool m_seeks = true;      ///< false: only from the beginning (times are missing, or each frame builds on the one before)
  int m_codedWidth = 0, m_codedHeight = 0, m_channels = 3;
  Turn m_turn;
  double m_base = 0, m_rate = 0;  ///< seconds of a unit of time; frames a second by the container

  struct Kept {
    std::size_t frame;
    std::shared_ptr<const AVFrame> picture;
  };
  mutable std::mutex m_mutex;                    ///< of all below
  mutable std::unique_ptr<FilmStream> m_stream;  ///< one decoder, at one place
  mutable std::optional<std::size_t> m_last;     ///< frame that the decoder gave last; none: at the beginning or unknown
  mutable std::list<Kept> m_kept;                ///< newest first
};

}  // namespace vitrine::data
