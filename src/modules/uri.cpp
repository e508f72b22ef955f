#include <algorithm>
#include <cctype>

#include "attributes.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "file_task.hpp"
#include "http.hpp"
#include "transfer_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// As urlencode of Python writes it.
std::string percent(const std::string& text) {
  static constexpr char k_hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("_.-~").find(c) != std::string_view::npos)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += std::string("%") + k_hex[byte >> 4U] + k_hex[byte & 15U];
    }
  }
  return out;
}

std::string form_of(const Json& body) {
  if (body.is_string()) {
    return body.get<std::string>();
  }
  std::string text;
  const auto add = [&](const std::string& name, const Json& value) {
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      if (!one.is_null()) {
        text += (text.empty() ? "" : "&") + percent(name) + "=" + percent(python_json(one));
      }
    }
  };
  if (body.is_object()) {
    for (const auto& [name, value] : body.items()) {
      add(name, value);
    }
  } else if (body.is_array()) {
    for (const Json& pair : body) {
      if (pair.is_array() && pair.size() == 2) {
        add(python_json(pair[0]), pair[1]);
      }
    }
  }
  return text;
}

void set_type(HttpRequest& request, const std::string& type) {
  for (const auto& [name, value] : request.headers) {
    if (core::lower(name) == "content-type") {
      return;
    }
  }
  request.headers.emplace_back("Content-Type", type);
}

/// Error (general): a body that cannot be sent.
Result<HttpRequest> request_of(const Call& call) {
  HttpRequest request = http_request(call);
  request.method = call.text("method");
  std::transform(request.method.begin(), request.method.end(), request.method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (request.method.empty() || request.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
    return fail(core::ErrorCode::general,
                "Parameter 'method' needs to be a single word in uppercase, like GET or POST.");
  }
  request.unix_socket = call.text("unix_socket");
  request.ca_path = call.text("ca_path");
  const std::string follow = call.text("follow_redirects");
  request.redirects =
      follow == "all" || follow == "yes" ||
      ((follow == "safe" || follow == "urllib2") && (request.method == "GET" || request.method == "HEAD"));
  const std::string format = call.text("body_format");
  const Json& body = call.args.at("body");
  if (format == "json") {
    request.body = python_json(body.is_boolean() ? Json(body.get<bool>() ? "true" : "false") : body);
    set_type(request, "application/json");
  } else if (format == "form-urlencoded") {
    request.body = form_of(body);
    set_type(request, "application/x-www-form-urlencoded");
  } else if (format == "form-multipart") {
    return fail(core::ErrorCode::general,
                "cef does not send form-multipart; give the body as raw, json or form-urlencoded");
  } else if (!body.is_null()) {
    request.body = python_json(body);
  }
  if (body.is_null() && format != "json") {
    request.body.reset();
  }
  if (call.given("src")) {
    if (call.flag("remote_src")) {
      request.body_file = path_word(call.text("src"));
    } else {
      const auto file = call.files.find("files", call.text("src"));
      auto content = file ? call.files.read(*file) : Result<std::string>(fail(file.error()));
      if (!content) {
        return fail(core::ErrorCode::general, content.error().message);
      }
      request.body = std::move(*content);
    }
  }
  if (call.given("dest")) {
    request.newer_than = path_word(call.text("dest"));
  }
  return request;
}

std::string statuses_script(const Call& call) {
  std::string list;
  for (const Json& status : call.args.at("status_code")) {
    list += (list.empty() ? "" : " | ") + python_json(status);
  }
  return list.empty() ? "none" : list;
}

std::string uri_script(const Call& call, const HttpRequest& request) {
  std::string script = std::string(k_functions) + k_own_folder;
  for (const auto& [name, there] : {std::pair("creates", true), std::pair("removes", false)}) {
    if (call.given(name)) {
      script += "x=" + path_word(call.text(name)) + "\nif [ " + (there ? "" : "! ") + "-e \"$x\" ]; then printf '" +
                name + "\\0'; exit 0; fi\n";
    }
  }
  script += http_script(request) + "printf 'http\\0'; http_says\nfits=; case $s in " + statuses_script(call) +
            ") fits=1 ;; esac\n";
  if (call.given("dest")) {
    script +=
        "p=" + path_word(call.text("dest")) +
        "\nif [ -d \"$p\" ]; then n=${e:-$(cat \"$d/url\")}; n=${n%%[?#]*}; n=${n#*://}; case $n in */*) "
        "n=${n##*/} ;; *) n= ;; esac; p=${p%/}/${n:-index.html}; fi\n"
        "m=; if [ -n \"$fits\" ] && [ \"$s\" != 304 ] && ! cmp -s \"$d/body\" \"$p\"; then\n"
        "  m=$( { cat \"$d/body\" >\"$p\"; } 2>&1) || { printf 'die\\0failed to copy %s to %s: %s\\0' \"$d/body\" "
        "\"$p\" \"${m##*: }\"; exit 0; }\nfi\nprintf '%s\\0' \"$fits\"; look \"$p\"\n";
  }
  return script + "cat \"$d/body\"\n";
}

std::string resolved(const std::string& url, const std::string& location) {
  if (location.find("://") != std::string::npos) {
    return location;
  }
  const std::size_t host = url.find("://");
  const std::size_t slash = host == std::string::npos ? std::string::npos : url.find('/', host + 3);
  const std::string base = url.substr(0, slash);
  return location.starts_with('/') ? base + location : url.substr(0, url.rfind('/')) + "/" + location;
}

Json result_of(const Call& call, const HttpAnswer& answer) {
  Json result = {{"redirected", answer.url != call.text("url")}, {"url", answer.url}, {"status", answer.status}};
  for (const auto& [name, value] : answer.headers) {
    std::string key = name;
    std::replace(key.begin(), key.end(), '-', '_');
    result[key] = valid_text(value);
  }
  if (answer.status != -1 && answer.status < 300) {
    std::string all;
    Json cookies = Json::object();
    for (const auto& [name, value] : answer.cookies) {
      all += (all.empty() ? "" : "; ") + valid_text(name) + "=" + valid_text(value);
      cookies[valid_text(name)] = valid_text(value);
    }
    result["cookies_string"] = all;
    result["cookies"] = std::move(cookies);
  }
  result["msg"] = valid_text(answer.message);
  result["elapsed"] = 0;
  result["changed"] = false;
  if (result.contains("location")) {
    result["location"] = resolved(call.text("url"), result["location"].get<std::string>());
  }
  return result;
}

bool may_be_json(const HttpAnswer& answer) {
  std::string type = core::lower(answer.header("content-type"));
  type = type.substr(0, type.find(';'));
  type = type.substr(type.find('/') == std::string::npos ? type.size() : type.find('/') + 1);
  type = type.substr(type.find('+') == std::string::npos ? 0 : type.find('+') + 1);
  type = strip_end(type, " ");
  return type == "json" || type == "javascript" || type == "text";
}

/// Mode and owner of what was written.
Result<Json> dress(const Call& call, const FileState& file, Json result) {
  const WantedAttributes wanted = wanted_attributes(call);
  add_path_info(result, file);
  if (wanted.mode.is_null() && wanted.owner.empty() && wanted.group.empty()) {
    return result;
  }
  const auto seen = inspect(call, {.path = file.path, .owner = wanted.owner, .group = wanted.group});
  if (!seen) {
    return fail(seen.error());
  }
  const auto plan = plan_attributes(wanted, seen->target, *seen);
  if (!plan) {
    return attribute_failure(plan.error());
  }
  FileTask task{call, *seen, "file", {}};
  task.path = file.path;
  task.result = std::move(result);
  return task.finish(attribute_script(*plan, "\"$p\""), seen->target);
}

}  // namespace

Result<Json> run_uri(const Call& call) {
  const auto request = request_of(call);
  if (!request) {
    return failure(request.error().message);
  }
  const auto started = core::Clock::now();
  const auto ran = call.run(uri_script(call, *request), http_input(*request));
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const std::string word = fields.next();
  if (word == "creates" || word == "removes") {
    return Json{{"stdout", "skipped, since '" + call.text(word.c_str()) + "' " +
                               (word == "creates" ? "exists" : "does not exist")},
                {"changed", false}};
  }
  if (word != "http") {
    return failure(word == "die" ? valid_text(fields.next())
                                 : task::script_error("asking " + request->url, *ran).message);
  }
  const HttpAnswer answer = read_http(fields, call.text("url"));
  Json result = result_of(call, answer);
  result["elapsed"] = std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - started).count();
  FileState file;
  bool written = false;
  if (call.given("dest")) {
    const std::string fits = fields.next();
    if (fits == "die") {
      return failure(valid_text(fields.next()));
    }
    file = read_state(fields);
    written = fits == "1" && answer.status != 304;
    result["changed"] = written;
    result["path"] = file.path;
  }
  const std::string content = valid_text(fields.rest());
  if (may_be_json(answer)) {
    if (auto json = core::parse_json(content, "the answer")) {
      result["json"] = std::move(*json);
    }
  }
  const Json& wanted = call.args.at("status_code");
  if (call.flag("return_content")) {
    result["content"] = content;
  }
  if (std::find(wanted.begin(), wanted.end(), Json(answer.status)) == wanted.end()) {
    result["failed"] = true;
    result["msg"] = "Status code was " + std::to_string(answer.status) + " and not " + python_json(wanted) + ": " +
                    valid_text(answer.message);
    return result;
  }
  if (answer.status >= 300 && !call.flag("return_content") && !may_be_json(answer)) {
    result["body"] = content;
  }
  return written ? dress(call, file, std::move(result)) : result;
}

}  // namespace cef::modules
