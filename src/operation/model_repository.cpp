#include "model_repository.hpp"

#include <algorithm>
#include <system_error>

#include <sys/utsname.h>

#include "cef/registry/download.hpp"
#include "cef/registry/extract.hpp"
#include "cef/registry/fetch_index.hpp"
#include "cef/registry/repository.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::Result;

namespace {

constexpr std::chrono::milliseconds k_index_deadline{60'000};
constexpr select::Seconds k_link_time{4};
constexpr std::uint64_t k_link_bytes = 4'000'000;
constexpr double k_apart = 1.1;  ///< of the bytes of two arrivals that are kept

std::string this_architecture() {
  utsname name{};
  if (uname(&name) != 0) {
    return {};
  }
  const std::string machine = name.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

bool classifies(const std::string& task) {
  return task.empty() || task == "classification" || task == "image-classification";
}

/// The edge itself was reached: an exit code of 4 would send the reader to look for its cable.
tl::unexpected<core::Error> not_served(core::Error error) {
  if (error.code == ErrorCode::unreachable) {
    error.code = ErrorCode::host_failed;
  }
  return core::fail(std::move(error).in("model repository"));
}

/// Of the later half: before, TCP's window grows, or a shaper lets through what it had saved. The median over pairs of
/// a moment in its first and one in its second half: a lost packet holds back what came after it, and then it comes at
/// once. None when the file came at once.
std::optional<double> flowing_rate(const std::vector<select::Arrival>& arrivals) {
  const select::Seconds begin = arrivals.front().time;
  const select::Seconds whole = arrivals.back().time - begin;
  std::vector<double> rates;
  for (const select::Arrival& from : arrivals) {
    for (const select::Arrival& to : arrivals) {
      const bool apart = from.time - begin >= 0.5 * whole && from.time - begin < 0.75 * whole &&
                         to.time - begin >= 0.75 * whole && to.time - from.time > select::Seconds(0.001);
      if (apart) {
        rates.push_back((to.bytes - from.bytes) / (to.time - from.time).count());
      }
    }
  }
  if (rates.empty()) {
    return std::nullopt;
  }
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  return *middle;
}

}  // namespace

Result<RepositorySource> RepositorySource::open(const std::string& url, const std::vector<RunnerModel>& models) {
  const auto index = registry::fetch_index(url, k_index_deadline);
  if (!index) {
    return not_served(index.error());
  }
  RepositorySource source;
  source.url_ = url.ends_with("/index.json") ? url.substr(0, url.size() - std::string("index.json").size())
                : url.ends_with('/')         ? url
                                             : url + "/";
  const std::string architecture = this_architecture();
  for (const RunnerModel& model : models) {
    const auto bundle = registry::find_bundle(*index, model.base_name(), architecture);
    if (!bundle) {
      return core::fail(core::Error(bundle.error()).in("repository " + url));
    }
    const std::string& made_for = bundle->info.architecture;
    if (made_for != "any" && made_for != architecture) {
      return core::fail(ErrorCode::usage, bundle->info.name + " in " + url + " is for " + made_for + ", this node is " +
                                              architecture + "; add a bundle for it with 'cef repo add'");
    }
    if (!classifies(bundle->info.task)) {
      return core::fail(ErrorCode::usage, bundle->info.name + " in " + url + " is for the task '" + bundle->info.task +
                                              "', the bench is about image-classification");
    }
    source.bundles_[model.base_name()] = *bundle;
  }
  return source;
}

Result<std::uint64_t> RepositorySource::fetch(const RunnerModel& model, ModelStore& store,
                                              const core::StopToken& stop) const {
  const registry::Bundle& bundle = bundles_.at(model.base_name());
  if (auto room = store.need_room(bundle.size.count + bundle.unpacked.count); !room) {
    return core::fail(room.error());
  }
  registry::DownloadOptions options;
  options.url = url_ + registry::blob_path(bundle);
  options.target = store.path(bundle.sha256 + ".tar");
  options.sha256 = bundle.sha256;
  options.max_size = bundle.size;
  const auto downloaded = registry::download(
      options, [](const registry::DownloadProgress&) {}, stop);
  if (!downloaded) {
    return not_served(downloaded.error());
  }
  auto unpacked = registry::extract_by_digest(options.target, model.digest, store.path(model.digest), stop);
  std::error_code ignored;
  std::filesystem::remove(options.target, ignored);
  if (!unpacked) {
    return core::fail(std::move(unpacked.error()).in(bundle.info.name + "@" + bundle.info.version + " from " + url_));
  }
  store.trust(model.digest);
  return downloaded->bytes;
}

Result<std::optional<select::Link>> RepositorySource::link(const ModelStore& store, const core::StopToken& stop) const {
  const registry::Bundle* largest = nullptr;
  for (const auto& [name, bundle] : bundles_) {
    largest = largest == nullptr || bundle.size > largest->size ? &bundle : largest;
  }
  if (largest == nullptr) {
    return std::optional<select::Link>();
  }
  registry::DownloadOptions options;
  options.url = url_ + registry::blob_path(*largest);
  options.target = store.path("link-probe");
  options.max_size = largest->size;
  options.tries = 1;
  core::StopToken enough;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<select::Arrival> arrivals;
  const auto downloaded = registry::download(
      options,
      [&](const registry::DownloadProgress& progress) {
        const select::Seconds now = std::chrono::steady_clock::now() - begin;
        const auto bytes = static_cast<double>(progress.bytes_done);
        if (bytes > (arrivals.empty() ? 0.0 : arrivals.back().bytes)) {
          arrivals.push_back({bytes, now});
        }
        if (stop.draining() || now > k_link_time || progress.bytes_done >= k_link_bytes) {
          enough.request();
          enough.request();
        }
      },
      enough);
  std::error_code ignored;
  for (const char* part : {"", ".part", ".part.etag"}) {
    std::filesystem::remove(options.target.string() + part, ignored);
  }
  if (!downloaded && downloaded.error().code != ErrorCode::interrupted) {
    return not_served(downloaded.error());
  }
  return link_from(std::move(arrivals));
}

std::optional<select::Link> link_from(std::vector<select::Arrival> arrivals) {
  if (arrivals.empty()) {
    return std::nullopt;
  }
  const select::Arrival first = arrivals.front();
  const select::Arrival last = arrivals.back();
  const double rate = flowing_rate(arrivals).value_or(last.bytes / std::max(last.time.count(), 1e-6));
  std::vector<select::Arrival> kept;
  for (const select::Arrival& arrival : arrivals) {
    if (kept.empty() || arrival.bytes >= k_apart * kept.back().bytes || arrival.bytes >= last.bytes) {
      kept.push_back(arrival);
    }
  }
  // Connecting and asking take two round trips before the first byte.
  return select::Link{rate, first.time / 2.0, std::move(kept)};
}

}  // namespace cef::operation
