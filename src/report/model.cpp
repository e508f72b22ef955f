#include "cef/report/model.hpp"

#include <cstdio>

#include "cef/core/bytes.hpp"

namespace cef::report {

using core::Json;
using operation::DigestState;
using operation::ModelFetchResult;
using operation::ModelListResult;
using operation::ModelShowResult;
using operation::ModelState;

namespace {

std::string family_name(model::Family family) {
  return std::string(model::to_string(family));
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}
Json count_or_null(std::uint64_t count) {
  return count == 0 ? Json(nullptr) : Json(count);
}

/// Floats of the catalogue as they are written there: 0.485, not 0.48500001430511475.
Json three(const float (&values)[3]) {
  Json list = Json::array();
  for (const float value : values) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", static_cast<double>(value));
    list.push_back(std::stod(text));
  }
  return list;
}

std::string decimal(double value, const char* format) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// "11.7 M", "842 k"
std::string count_for_people(std::int64_t count) {
  const auto value = static_cast<double>(count);
  return count >= 1'000'000'000 ? decimal(value / 1e9, "%.2f G")
         : count >= 1'000'000   ? decimal(value / 1e6, "%.2f M")
                                : decimal(value / 1e3, "%.0f k");
}

std::string accuracy_for_people(const model::CatalogEntry& entry) {
  return entry.quoted_accuracy ? decimal(entry.quoted_accuracy->percent, "%.2f %% quoted") : "";
}

/// "fp32 bf16 int8"
std::string precisions_for_people(const model::CatalogEntry& entry) {
  std::string text;
  for (const auto precision : model::precisions_of(entry.architecture.family)) {
    text += (text.empty() ? "" : " ") + std::string(model::to_string(precision));
  }
  return text;
}

/// "torchvision_resnet, depth 18, width 64, 1000 classes"
std::string architecture_for_people(const model::Architecture& a) {
  const bool built = a.family != model::Family::torchscript;
  return family_name(a.family) +
         (built ? ", depth " + std::to_string(a.depth) + ", width " + std::to_string(a.width) : std::string()) + ", " +
         std::to_string(a.classes) + " classes";
}

std::string preprocessing_for_people(const model::Preprocessing& how) {
  return "shorter side to " + std::to_string(how.resize) +
         (how.interpolation == model::Interpolation::bicubic ? " (bicubic)" : " (bilinear)") + ", middle " +
         std::to_string(how.crop) + "x" + std::to_string(how.crop);
}

std::string state_word(const ModelState& model) {
  return model.entry.embedded ? (model.present ? "embedded" : "missing") : (model.present ? "fetched" : "");
}

const char* word(DigestState state) {
  return state == DigestState::matches ? "matches" : state == DigestState::differs ? "differs" : "absent";
}

}  // namespace

Json to_json(const ModelState& model) {
  const auto& entry = model.entry;
  const auto& architecture = entry.architecture;
  Json json = {{"name", entry.name},
               {"architecture",
                {{"family", family_name(architecture.family)},
                 {"depth", architecture.depth},
                 {"width", architecture.width},
                 {"classes", architecture.classes}}},
               {"task", entry.task},
               {"dataset", entry.dataset},
               {"input", {{"height", entry.height}, {"width", entry.width}}},
               {"normalisation",
                {{"mean", three(entry.normalisation.mean)}, {"deviation", three(entry.normalisation.deviation)}}},
               {"parameters", entry.parameters},
               {"macs", entry.macs},
               {"weight_bytes", entry.weight_bytes},
               {"file", entry.file},
               {"file_bytes", count_or_null(entry.file_bytes)},
               {"sha256", text_or_null(entry.sha256)},
               {"sha256_prefix", text_or_null(entry.sha256_prefix)},
               {"url", text_or_null(entry.url)},
               {"licence", text_or_null(entry.licence)},
               {"embedded", entry.embedded}};
  const auto& how = entry.preprocessing;
  json["preprocessing"] = {
      {"resize", how.resize},
      {"crop", how.crop},
      {"interpolation", how.interpolation == model::Interpolation::bicubic ? "bicubic" : "bilinear"}};
  Json variants = Json::array();
  for (const auto precision : model::precisions_of(architecture.family)) {
    variants.push_back(model::Variant{entry.name, precision}.name());
  }
  json["variants"] = std::move(variants);
  json["quoted_accuracy"] = !entry.quoted_accuracy ? Json(nullptr)
                                                   : Json{{"percent", entry.quoted_accuracy->percent},
                                                          {"source", entry.quoted_accuracy->source},
                                                          {"quoted", true}};
  json["path"] = model.present ? Json(model.present->string()) : Json(nullptr);
  return json;
}

Json to_json(const ModelListResult& result) {
  Json models = Json::array();
  for (const auto& model : result.models) {
    models.push_back(to_json(model));
  }
  return {{"schema", "cef.model.list/1"}, {"catalog", result.catalog.string()}, {"models", models}};
}

Json to_json(const ModelShowResult& result) {
  Json json = {{"schema", "cef.model.show/1"}, {"model", to_json(result.model)}};
  json["file_state"] = {{"digest", word(result.digest_state)}, {"sha256", text_or_null(result.digest)}};
  return json;
}

Json to_json(const ModelFetchResult& result) {
  return {{"schema", "cef.model.fetch/1"},
          {"name", result.name},
          {"path", result.path.string()},
          {"url", text_or_null(result.url)},
          {"sha256", result.sha256},
          {"bytes", result.bytes},
          {"resumed_from_bytes", result.resumed_from},
          {"changed", !result.already_there},
          {"note", text_or_null(result.note)}};
}

Json to_json(const registry::DownloadProgress& progress) {
  return {
      {"event", "progress"}, {"bytes_done", progress.bytes_done}, {"bytes_total", count_or_null(progress.bytes_total)}};
}

std::string model_list_text(const ModelListResult& result, const Style& style) {
  Table table({{"MODEL"},
               {"DATA SET"},
               {"INPUT"},
               {"VARIANTS"},
               {"PARAMETERS", Align::right},
               {"MACS", Align::right},
               {"WEIGHTS", Align::right},
               {"ACCURACY", Align::right},
               {"HERE"}});
  for (const auto& model : result.models) {
    const auto& entry = model.entry;
    const bool missing = entry.embedded && !model.present;
    table.add_row({{entry.name, Colour::bold},
                   entry.dataset,
                   std::to_string(entry.width) + "x" + std::to_string(entry.height),
                   precisions_for_people(entry),
                   count_for_people(entry.parameters),
                   count_for_people(entry.macs),
                   core::to_human(core::Bytes{entry.weight_bytes}),
                   {accuracy_for_people(entry), Colour::dim},
                   {state_word(model), missing ? Colour::red : Colour::green}});
  }
  return table.str(style);
}

std::string model_show_text(const ModelShowResult& result, const Style& style) {
  const auto& entry = result.model.entry;
  Table table({{"MODEL"}, {entry.name}});
  const auto row = [&table](const char* key, const std::string& value) {
    if (!value.empty()) {
      table.add_row({{key, Colour::dim}, printable(value)});
    }
  };
  row("architecture", architecture_for_people(entry.architecture));
  row("variants", precisions_for_people(entry));
  row("task", entry.task);
  row("data set", entry.dataset);
  row("input", std::to_string(entry.width) + "x" + std::to_string(entry.height));
  row("photographs", preprocessing_for_people(entry.preprocessing));
  row("parameters", std::to_string(entry.parameters));
  row("multiply-accumulates", std::to_string(entry.macs) + " an image");
  row("weights", core::to_human(core::Bytes{entry.weight_bytes}) + " at fp32");
  if (entry.quoted_accuracy) {
    row("quoted accuracy", accuracy_for_people(entry) + ": " + entry.quoted_accuracy->source);
  }
  row("published at", entry.url);
  row("licence", entry.licence);
  row("SHA-256", entry.sha256.empty() ? entry.sha256_prefix + "…" : entry.sha256);
  row("file here", result.model.present ? result.model.present->string() + " (digest " + word(result.digest_state) + ")"
                   : entry.embedded     ? "missing"
                                        : "none; get it with: cef model fetch " + entry.name);
  return table.str(style);
}

std::string model_fetch_text(const ModelFetchResult& result, const Style& style) {
  std::string text = paint(result.name, Colour::bold, style) + ": " + printable(result.path.string()) + "  " +
                     core::to_human(core::Bytes{result.bytes});
  if (result.already_there) {
    text += ", was there, digest right";
  } else {
    text += ", fetched, digest right";
    if (result.resumed_from > 0) {
      text += ", resumed at " + core::to_human(core::Bytes{result.resumed_from});
    }
  }
  if (!result.note.empty()) {
    text += "\n" + paint("note", Colour::yellow, style) + ": " + printable(result.note);
  }
  return text + "\n";
}

std::string progress_line(const std::string& name, const registry::DownloadProgress& progress) {
  const std::string total =
      progress.bytes_total > 0 ? " of " + core::to_human(core::Bytes{progress.bytes_total}) : std::string();
  return name + "  " + core::to_human(core::Bytes{progress.bytes_done}) + total;
}

}  // namespace cef::report
