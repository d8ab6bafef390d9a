// Plain buffers that every part of the program shares: ids, matrices, pictures, columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vitrine {

/// A sample's id: stable for the life of its data set. Never the visible order, never a row of a subset.
using SampleId = std::int64_t;

/// Row-major float32 matrix.
struct Matrix {
  std::size_t rows = 0, cols = 0;
  std::vector<float> values;

  Matrix() = default;
  Matrix(std::size_t r, std::size_t c) : rows(r), cols(c), values(r * c) {}
  std::span<float> row(std::size_t r) { return {values.data() + r * cols, cols}; }
  std::span<const float> row(std::size_t r) const { return {values.data() + r * cols, cols}; }
  bool operator==(const Matrix &) const = default;
};

/// 8-bit picture, rows from the top, channels interleaved: 1 grey, 3 RGB, 4 RGBA (straight alpha).
struct Image {
  int width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> pixels;
};

/// One column of a table; values stand in row order. Exactly one of the three is filled.
struct Column {
  enum class Kind { Number, Category, Text };
  std::string name;
  Kind kind = Kind::Number;
  std::vector<double> numbers;          ///< Number (NaN = missing)
  std::vector<std::int32_t> codes;      ///< Category: index into `categories` (-1 = missing)
  std::vector<std::string> categories;  ///< Category: names
  std::vector<std::string> texts;       ///< Text

  std::size_t size() const { return kind == Kind::Number ? numbers.size() : kind == Kind::Category ? codes.size() : texts.size(); }
  std::string text(std::size_t row) const;  ///< the cell as a reader sees it (numbers: up to six significant digits)
};

}  // namespace vitrine
