#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

/// A local file that goes to hosts.
struct Parcel {
  std::filesystem::path file;
  std::uint64_t size = 0;
  std::string sha256{};                                    ///< empty: see `coming`
  std::shared_future<core::Result<std::string>> coming{};  ///< the digest, while it is being taken
};
/// Reads size and digest. Error: usage when it is no regular file that can be read.
core::Result<Parcel> make_parcel(const std::filesystem::path& file);
/// The same, but the digest is taken meanwhile, beside connecting and sending.
core::Result<Parcel> start_parcel(const std::filesystem::path& file);
/// Waits for it. Error: the file cannot be read any more.
core::Result<std::string> digest_of(const Parcel& parcel);
/// Tells parcels apart before their digest is known: by name, size and time of change.
[[nodiscard]] std::string key_of(const Parcel& parcel);

struct SendReport {
  std::uint64_t sent_bytes = 0;
  std::uint64_t resumed_from = 0;  ///< bytes that an earlier try had left on the host
};

/// Ends a script that is to go on as the receiver of `send`: it waits for that on its stdin.
inline constexpr const char* k_await_send = "IFS= read -r next || exit 0\neval \"$(printf '%b' \"$next\")\"\n";

/// What the host does with the verified part, in the same round trip where that can be.
struct AndThen {
  std::string script{};
  std::string what{};  ///< for the message when it fails: "putting … in its place"
};

/// Brings the parcel to `part` on the host, where an earlier try may have left its beginning; its folder must exist.
/// The host verifies the digest of the whole; one that does not match what was sent is thrown away and sent once more
/// from the start. `part` is a path as a shell word that is quoted already (it may hold "$HOME"). Errors: host_failed
/// (no space left, no permission, another cef sends the same file), unreachable, timeout when nothing moves for the
/// host's deadline, integrity, interrupted. `waiting`: a script that is at k_await_send, which spares starting another.
core::Result<void> send(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report,
                        const AndThen& and_then = {}, std::unique_ptr<ssh::Stream> waiting = nullptr);

}  // namespace cef::task
