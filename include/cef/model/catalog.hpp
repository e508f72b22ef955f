#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/dataset.hpp"
#include "cef/model/network.hpp"
#include "cef/model/preprocessing.hpp"

namespace cef::model {

/// A figure that somebody published; cef did not measure it.
struct QuotedAccuracy {
  double percent = 0;  ///< top-1
  std::string source;
};

/// The same weights in another file.
struct OtherFile {
  std::string file;
  std::string sha256;
  std::uint64_t bytes = 0;
};

/// One known model.
struct CatalogEntry {
  std::string name;
  std::filesystem::path catalog;  ///< the file that it was read from
  Architecture architecture;
  std::string task;     ///< "image-classification"
  std::string dataset;  ///< what it was trained on: "imagenet-1k", "cifar10", "embedded"
  int height = 0;
  int width = 0;
  Preprocessing preprocessing;  ///< of photographs
  Normalisation normalisation;
  std::string file;           ///< name of the weight file
  std::string sha256;         ///< whole digest of `file`; empty where it was not published
  std::string sha256_prefix;  ///< the part of it that the author publishes in the file name; may be empty
  std::string url;            ///< where its author publishes it; empty for an embedded model
  std::string licence;
  bool embedded = false;           ///< its file lies beside its catalogue
  std::int64_t parameters = 0;     ///< learnable ones
  std::int64_t macs = 0;           ///< multiply-accumulates for one image of height × width (one MAC is two FLOPs)
  std::uint64_t weight_bytes = 0;  ///< of parameters and buffers at fp32
  std::uint64_t file_bytes = 0;    ///< of `file`; 0 where it is not known
  std::optional<QuotedAccuracy> quoted_accuracy;
  std::vector<OtherFile> other_files;
};

struct Catalog {
  std::filesystem::path path;
  std::vector<CatalogEntry> entries;

  [[nodiscard]] const CatalogEntry* find(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<std::string> names() const;
  /// Those that come with cef, smallest first.
  [[nodiscard]] std::vector<std::string> embedded() const;
};

/// Reads a catalogue. Errors (usage) begin with "FILE:LINE: ".
core::Result<Catalog> load_catalog(const std::filesystem::path& path);
core::Result<Catalog> parse_catalog(std::string_view text, const std::filesystem::path& path);
/// `models/catalog.yaml` in cef's data folder, and the user's own catalogue where there is one: $CEF_CATALOG, else
/// `$XDG_CONFIG_HOME/cef/catalog.yaml`, else `~/.config/cef/catalog.yaml`. Error: usage, also for a name in both.
core::Result<Catalog> open_catalog();
/// Adds the entries of another catalogue. Error: usage, for a name that is there already.
core::Result<void> add_catalog(Catalog& catalog, const std::filesystem::path& path);

/// "no model 'resnet5'; did you mean 'resnet50'?"
core::Error unknown_model(const Catalog& catalog, const std::string& name);

/// Where `cef model fetch` puts files unless told otherwise.
[[nodiscard]] std::filesystem::path fetched_models_dir();
/// Where an entry's file is to be on this machine: beside the catalogue when embedded, else among the fetched ones.
[[nodiscard]] std::filesystem::path file_of(const Catalog& catalog, const CatalogEntry& entry);
/// Whether a file's SHA-256 is the one of the entry, or of another of its files.
[[nodiscard]] bool digest_matches(const CatalogEntry& entry, std::string_view sha256) noexcept;

/// A name made into what can be run.
struct ResolvedModel {
  std::string name;
  Network network;
  Normalisation normalisation;
  Preprocessing preprocessing;        ///< crop 0 for a name that the catalogue does not have
  std::filesystem::path weights;      ///< exists; not opened yet
  std::optional<CatalogEntry> entry;  ///< none for a name that the catalogue does not have
};

/// `name`: one of the catalogue's, or "resnetDEPTH" or "resnetDEPTH-wWIDTH" of its own weights in `weights_dir`. Depth
/// decides the family: 20, 32, 44, 56, 110 … are CIFAR's, 18, 34, 50, 101, 152 torchvision's. The file is, in
/// `weights_dir` (whose own catalog.yaml, if it has one, counts first), NAME.safetensors, NAME.pth, NAME.pt, or the
/// catalogue's file name; with an empty `weights_dir` the embedded or fetched one, or NAME-converted.safetensors or
/// .pth beside the fetched one. `classes` > 0 is the data set's number of classes and goes into the network. Error:
/// usage, with what was looked for.
core::Result<ResolvedModel> resolve_model(const Catalog& catalog, const std::string& name,
                                          const std::filesystem::path& weights_dir, int classes);

}  // namespace cef::model
