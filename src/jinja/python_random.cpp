// The Mersenne twister (MT19937), seeded as CPython 3 does (Lib/random.py, Modules/_randommodule.c).
#include "python_random.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <random>
#include <vector>

#include "cef/core/digest.hpp"
#include "cef/jinja/template.hpp"
#include "fault.hpp"
#include "python.hpp"

namespace cef::jinja {

namespace {

/// The words of an integer that is written in bytes, the biggest first; of the words the smallest first.
std::vector<std::uint32_t> words_of(const std::string& bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - 1 - i]);
    words[i / 4] |= std::uint32_t{byte} << (8 * (i % 4));
  }
  while (words.size() > 1 && words.back() == 0) {
    words.pop_back();
  }
  return words;
}

std::vector<std::uint32_t> key_of(const Value& seed) {
  if (type_of(seed) == Type::integer || type_of(seed) == Type::boolean) {
    const std::int64_t number = integer_of(seed);
    const auto size = number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    const auto high = static_cast<std::uint32_t>(size >> 32U);
    return high == 0 ? std::vector<std::uint32_t>{static_cast<std::uint32_t>(size)}
                     : std::vector<std::uint32_t>{static_cast<std::uint32_t>(size), high};
  }
  if (!is_text(seed)) {
    fault("a seed is a text or an integer, not " + type_name(seed));
  }
  std::string bytes = text_of(seed);
  const std::string digest = core::hex_digest("sha512", bytes).value_or("");
  for (std::size_t i = 0; i + 1 < digest.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digest.substr(i, 2), nullptr, 16));
  }
  return words_of(bytes);
}

}  // namespace

PythonRandom::PythonRandom(const Value& seed) {
  const auto key = key_of(seed);
  state_[0] = 19650218U;
  for (std::size_t i = 1; i < k_size; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + static_cast<std::uint32_t>(i);
  }
  std::size_t at = 1;
  const auto mix = [&](std::uint32_t factor, std::uint32_t more) {
    state_[at] = (state_[at] ^ ((state_[at - 1] ^ (state_[at - 1] >> 30U)) * factor)) + more;
    if (++at == k_size) {
      state_[0] = state_[k_size - 1];
      at = 1;
    }
  };
  for (std::size_t i = 0, j = 0; i < std::max(k_size, key.size()); ++i, j = (j + 1) % key.size()) {
    mix(1664525U, key[j] + static_cast<std::uint32_t>(j));
  }
  for (std::size_t i = 1; i < k_size; ++i) {
    mix(1566083941U, 0U - static_cast<std::uint32_t>(at));
  }
  state_[0] = 0x80000000U;
}

std::uint32_t PythonRandom::next() {
  if (at_ == k_size) {
    for (std::size_t i = 0; i < k_size; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % k_size] & 0x7fffffffU);
      state_[i] = state_[(i + 397) % k_size] ^ (y >> 1U) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
    at_ = 0;
  }
  std::uint32_t y = state_[at_++];
  y ^= y >> 11U;
  y ^= (y << 7U) & 0x9d2c5680U;
  y ^= (y << 15U) & 0xefc60000U;
  return y ^ (y >> 18U);
}

std::uint64_t PythonRandom::bits(unsigned count) {
  const std::uint64_t low = next() >> (count < 32 ? 32 - count : 0U);
  return count <= 32 ? low : low | (std::uint64_t{next() >> (64 - count)} << 32U);
}

std::uint64_t PythonRandom::below(std::uint64_t limit) {
  const auto width = static_cast<unsigned>(std::bit_width(limit));
  std::uint64_t number = bits(width);
  while (number >= limit) {
    number = bits(width);
  }
  return number;
}

core::Result<std::string> random_text(const core::Json& seed, const std::string& alphabet, std::size_t length) {
  std::string text;
  try {
    std::random_device device;
    std::uniform_int_distribution<std::size_t> pick(0, alphabet.size() - 1);
    std::optional<PythonRandom> seeded;
    if (!seed.is_null()) {
      seeded.emplace(Value(seed));
    }
    while (text.size() < length) {
      text += alphabet[seeded ? seeded->below(alphabet.size()) : pick(device)];
    }
  } catch (const Fault& fault) {
    return core::fail(core::ErrorCode::general, fault.message);
  }
  return text;
}

}  // namespace cef::jinja
