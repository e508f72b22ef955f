#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

/// A local file that goes to hosts.
struct Parcel {
  std::filesystem::path file;
  std::uint64_t size = 0;
  std::string sha256;
};
/// Reads size and digest. Error: usage when it is no regular file that can be read.
core::Result<Parcel> make_parcel(const std::filesystem::path& file);

struct SendReport {
  std::uint64_t sent_bytes = 0;
  std::uint64_t resumed_from = 0;  ///< bytes that an earlier try had left on the host
};

/// Brings the parcel to `part` on the host, where an earlier try may have left its beginning; its folder must exist.
/// The host verifies the digest of the whole; one that does not match what was sent is thrown away and sent once more
/// from the start. `part` is a path as a shell word that is quoted already (it may hold "$HOME"). Errors: host_failed
/// (no space left, no permission, another cef sends the same file), unreachable, timeout when nothing moves for the
/// host's deadline, integrity, interrupted.
core::Result<void> send(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report);

}  // namespace cef::task
