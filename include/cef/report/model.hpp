#pragma once

#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/model.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// Schemas cef.model.list/1, cef.model.show/1, cef.model.fetch/1.
[[nodiscard]] core::Json to_json(const operation::ModelListResult& result);
[[nodiscard]] core::Json to_json(const operation::ModelShowResult& result);
[[nodiscard]] core::Json to_json(const operation::ModelFetchResult& result);
/// One model, a line of --jsonl.
[[nodiscard]] core::Json to_json(const operation::ModelState& model);
[[nodiscard]] core::Json to_json(const registry::DownloadProgress& progress);

[[nodiscard]] std::string model_list_text(const operation::ModelListResult& result, const Style& style);
[[nodiscard]] std::string model_show_text(const operation::ModelShowResult& result, const Style& style);
[[nodiscard]] std::string model_fetch_text(const operation::ModelFetchResult& result, const Style& style);
/// "resnet18  12.3 MiB of 44.7 MiB"
[[nodiscard]] std::string progress_line(const std::string& name, const registry::DownloadProgress& progress);

}  // namespace cef::report
