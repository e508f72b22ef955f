#include "http.hpp"

#include <algorithm>
#include <charconv>

#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"

namespace cef::modules {
namespace {

/// A value in a configuration of curl.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string("\\") + c : c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return out + "\"";
}

std::vector<std::pair<std::string, std::string>> headers_of(const HttpRequest& request) {
  auto headers = request.headers;
  if (request.fresh) {
    headers.emplace_back("cache-control", "no-cache");
  }
  return headers;
}

std::string curl_settings(const HttpRequest& request) {
  std::string text = "url = " + in_quotes(request.url) + "\nuser-agent = " + in_quotes(request.agent) + "\n";
  for (const auto& [name, value] : headers_of(request)) {
    text += "header = " + in_quotes(value.empty() ? name + ";" : name + ": " + value) + "\n";
  }
  if (!request.user.empty()) {
    text += "user = " + in_quotes(request.user + ":" + request.password) + "\n";
  }
  if (request.method == "HEAD") {
    text += "head\n";
  } else if (request.method != "GET" && !(request.method == "POST" && request.body)) {
    text += "request = " + in_quotes(request.method) + "\n";
  } else if (request.method == "GET" && request.body) {
    text += "request = \"GET\"\n";
  }
  for (const auto& [name, value] :
       {std::pair("cert", &request.client_cert), std::pair("key", &request.client_key),
        std::pair("cacert", &request.ca_path), std::pair("unix-socket", &request.unix_socket)}) {
    text += value->empty() ? "" : std::string(name) + " = " + in_quotes(*value) + "\n";
  }
  std::string ciphers;
  for (const std::string& cipher : request.ciphers) {
    ciphers += (ciphers.empty() ? "" : ":") + cipher;
  }
  text += ciphers.empty() ? "" : "ciphers = " + in_quotes(ciphers) + "\n";
  text += request.verify ? "" : "insecure\n";
  text += request.proxy ? "" : "noproxy = \"*\"\n";
  text += request.netrc && request.user.empty() ? "netrc-optional\n" : "";
  text += request.decompress ? "compressed\n" : "";
  text += request.redirects ? "location\nmax-redirs = 10\n" : "";
  const std::string seconds = std::to_string(request.timeout_seconds);
  return text + "connect-timeout = " + seconds + "\nspeed-limit = 1\nspeed-time = " + seconds + "\n";
}

std::string wget_settings(const HttpRequest& request) {
  std::string text =
      "user_agent = " + request.agent + "\ntimeout = " + std::to_string(request.timeout_seconds) +
      "\ntries = 1\ncontent_on_error = on\nserver_response = on\nmax_redirect = " + (request.redirects ? "10" : "0") +
      "\n";
  for (const auto& [name, value] : headers_of(request)) {
    text += "header = " + name + ": " + value + "\n";
  }
  if (!request.user.empty()) {
    text += "user = " + request.user + "\npassword = " + request.password + "\nauth_no_challenge = on\n";
  }
  text += request.client_cert.empty() ? "" : "certificate = " + request.client_cert + "\n";
  text += request.client_key.empty() ? "" : "private_key = " + request.client_key + "\n";
  text += request.ca_path.empty() ? "" : "ca_certificate = " + request.ca_path + "\n";
  text += request.verify ? "" : "check_certificate = off\n";
  return text + (request.proxy ? "" : "use_proxy = off\n") + (request.netrc ? "" : "netrc = off\n");
}

/// In Python's words, for the statuses with which curl and wget end.
std::string reason_of(const std::string& tool, int status, const std::string& said) {
  const auto urlopen = [](const std::string& why) { return "Request failed: <urlopen error " + why + ">"; };
  const bool curl = tool == "curl";
  if ((curl && status == 6) || said.find("unable to resolve") != std::string::npos) {
    return urlopen("[Errno -2] Name or service not known");
  }
  if ((curl && status == 7) || said.find("Connection refused") != std::string::npos) {
    return urlopen("[Errno 111] Connection refused");
  }
  if ((curl && status == 28) || said.find("timed out") != std::string::npos) {
    return "Connection failure: The read operation timed out";
  }
  if (curl && status == 52) {
    return "Connection failure: Remote end closed connection without response";
  }
  if (curl && status == 37) {
    return urlopen("[Errno 2] No such file or directory");
  }
  if (tool == "none") {
    return "this host has nothing to fetch with: install curl or wget";
  }
  std::string line;
  for (const std::string& one : split_lines(said)) {
    line = core::trim(one).empty() ? line : core::trim(one);
  }
  return urlopen(line.empty() ? tool + " ended with status " + std::to_string(status) : line);
}

/// The last block of "HTTP/1.1 200 OK" and headers; `location` of the blocks before it.
struct HeaderBlock {
  int status = -1;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string location;
};

HeaderBlock last_block(const std::string& text) {
  HeaderBlock block;
  for (const std::string& raw : split_lines(text)) {
    const std::string line = core::trim(raw);
    if (line.starts_with("HTTP/")) {
      std::string location = block.location;
      for (const auto& [name, value] : block.headers) {
        location = name == "location" ? value : location;
      }
      block = {};
      block.location = location;
      const std::size_t space = line.find(' ');
      if (space != std::string::npos) {
        std::from_chars(line.data() + space + 1, line.data() + line.size(), block.status);
        block.reason = line.size() > space + 5 ? line.substr(space + 5) : "";
      }
    } else if (const std::size_t colon = line.find(':'); colon != std::string::npos && colon > 0) {
      block.headers.emplace_back(core::lower(line.substr(0, colon)), core::trim(line.substr(colon + 1)));
    }
  }
  return block;
}

}  // namespace

const char* const k_own_folder =
    "d=$(umask 077; mktemp -d \"${TMPDIR:-/tmp}/.cef-XXXXXX\") || { printf 'die\\0no temporary folder could be "
    "made\\0'; exit 3; }\ntrap 'rm -rf \"$d\"' EXIT\n";

std::vector<Parameter> http_parameters() {
  const auto boolean = [](const char* name, bool fallback) {
    return Parameter{.name = name, .type = Type::boolean, .fallback = fallback};
  };
  return {
      {.name = "url", .required = true},
      boolean("force", false),
      {.name = "http_agent", .fallback = "ansible-httpget"},
      boolean("use_proxy", true),
      boolean("validate_certs", true),
      boolean("force_basic_auth", false),
      {.name = "client_cert", .type = Type::path},
      {.name = "client_key", .type = Type::path},
      boolean("use_gssapi", false),
      {.name = "unredirected_headers", .type = Type::list, .fallback = core::Json::array()},
      boolean("decompress", true),
      {.name = "ciphers", .type = Type::list},
      boolean("use_netrc", true),
  };
}

HttpRequest http_request(const Call& call) {
  HttpRequest request;
  request.url = call.text("url");
  request.agent = call.text("http_agent");
  request.user = call.text("url_username");
  request.password = call.text("url_password");
  request.client_cert = call.text("client_cert");
  request.client_key = call.text("client_key");
  request.verify = call.flag("validate_certs");
  request.proxy = call.flag("use_proxy");
  request.netrc = call.flag("use_netrc");
  request.decompress = call.flag("decompress");
  request.fresh = call.flag("force");
  request.timeout_seconds = std::max<long long>(1, call.args.at("timeout").get<long long>());
  if (call.given("ciphers")) {
    for (const core::Json& cipher : call.args.at("ciphers")) {
      request.ciphers.push_back(python_json(cipher));
    }
  }
  if (call.given("headers")) {
    for (const auto& [name, value] : call.args.at("headers").items()) {
      request.headers.emplace_back(name, python_json(value));
    }
  }
  return request;
}

std::string http_input(const HttpRequest& request) {
  return curl_settings(request) + wget_settings(request) + request.url + "\n" + request.body.value_or("");
}

std::string http_script(const HttpRequest& request) {
  const auto take = [](std::size_t bytes, const char* file) {
    return "dd bs=1 count=" + std::to_string(bytes) + " 2>/dev/null >\"$d/" + file + "\"\n";
  };
  const bool plain = request.method == "GET" && !request.body && request.body_file.empty() && request.headers.empty() &&
                     request.user.empty() && request.verify;
  std::string script = take(curl_settings(request).size(), "curl") + take(wget_settings(request).size(), "wget") +
                       take(request.url.size() + 1, "url");
  std::string curl = "curl -sS -K \"$d/curl\" -D \"$d/headers\" -o \"$d/body\" -w '%{url_effective}'";
  std::string wget = "WGETRC=\"$d/wget\" wget -O \"$d/body\" -i \"$d/url\"";
  wget += request.method == "HEAD" ? " --spider" : request.method == "GET" ? "" : " --method=" + request.method;
  if (request.body || !request.body_file.empty()) {
    const std::string file = request.body ? "\"$d/sent\"" : request.body_file;
    script += request.body ? "cat >\"$d/sent\"\n" : "";
    curl += " --data-binary @" + file;
    wget += " --body-file=" + file;
  }
  script += ": >\"$d/body\"; : >\"$d/headers\"; w=; e=\n";
  if (!request.newer_than.empty()) {
    script += "if [ -f " + request.newer_than + " ]; then n=\"If-Modified-Since: $(date -u -d \"@$(stat -L -c %Y -- " +
              request.newer_than +
              ")\" '+%a, %d %b %Y %H:%M:%S GMT')\"; printf 'header = \"%s\"\\n' \"$n\" >>\"$d/curl\"; printf 'header = "
              "%s\\n' \"$n\" >>\"$d/wget\"; fi\n";
  }
  script += "if command -v curl >/dev/null; then w=curl\n  e=$(" + curl +
            " 2>\"$d/err\" </dev/null); r=$?\n"
            "elif command -v wget >/dev/null; then w=wget\n  " +
            wget +
            " 2>\"$d/err\" </dev/null; r=$?; grep -E '^  ' \"$d/err\" >\"$d/headers\"\n"
            "  e=$(sed -n 's/^ *[Ll]ocation: *\\([^ ]*:[^ ]*\\).*/\\1/p' \"$d/headers\" | tail -n 1)\n";
  if (plain) {
    script +=
        "elif [ -x /usr/lib/apt/apt-helper ]; then w=apt-helper\n"
        "  /usr/lib/apt/apt-helper -q download-file \"$(cat \"$d/url\")\" \"$d/body\" >\"$d/err\" 2>&1; r=$?\n"
        "  [ $r != 0 ] || echo 'HTTP/1.1 200 OK' >\"$d/headers\"\n";
  }
  return script +
         "else w=none; r=127; : >\"$d/err\"; fi\n"
         "s=$(tr -d '\\r' <\"$d/headers\" | awk '$1 ~ \"^HTTP/\" { s = $2 } END { print s }')\n"
         "case $(cat \"$d/url\"):$r in file:*:0 | ftp:*:0) s=200; printf 'HTTP/1.1 200 OK\\nContent-Length: "
         "%s\\n' $(($(wc -c <\"$d/body\"))) >\"$d/headers\" ;; esac\n"
         "ok=; case $s in 2*) [ $r != 0 ] || ok=1 ;; esac\n"
         "http_says() { printf '%s\\0' \"$w\" \"$r\" \"$e\" \"$(cat \"$d/headers\")\" \"$(tail -n 5 \"$d/err\")\"; }\n";
}

std::string HttpAnswer::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

HttpAnswer read_http(Fields& fields, const std::string& url) {
  const std::string tool = fields.next();
  const int code = std::atoi(fields.next().c_str());
  const std::string effective = fields.next();
  const HeaderBlock block = last_block(fields.next());
  const std::string said = fields.next();
  HttpAnswer answer;
  answer.url = !effective.empty() ? effective : !block.location.empty() ? block.location : url;
  if (block.status == -1 || (code != 0 && block.status < 300 && tool != "wget")) {
    answer.message = reason_of(tool, code, said);
    answer.url = url;
    return answer;
  }
  answer.status = block.status;
  for (const auto& [name, value] : block.headers) {
    const auto known = std::find_if(answer.headers.begin(), answer.headers.end(),
                                    [&name = name](const auto& header) { return header.first == name; });
    if (known == answer.headers.end()) {
      answer.headers.emplace_back(name, value);
    } else {
      known->second += ", " + value;
    }
    if (name == "set-cookie") {
      const std::string cookie = value.substr(0, value.find(';'));
      if (const std::size_t equals = cookie.find('='); equals != std::string::npos) {
        answer.cookies.emplace_back(cookie.substr(0, equals), cookie.substr(equals + 1));
      }
    }
  }
  const std::string length = answer.header("content-length");
  answer.message = answer.status < 300
                       ? "OK (" + (length.empty() ? "unknown" : length) + " bytes)"
                       : "HTTP Error " + std::to_string(answer.status) + ": " + valid_text(block.reason);
  return answer;
}

std::string url_file_name(const std::string& url) {
  std::string path = url.substr(0, url.find_first_of("?#"));
  if (const std::size_t scheme = path.find("://"); scheme != std::string::npos) {
    const std::size_t slash = path.find('/', scheme + 3);
    path = slash == std::string::npos ? "" : path.substr(slash);
  }
  return path.substr(path.rfind('/') + 1);
}

std::string disposition_name(const std::string& header) {
  constexpr std::string_view k_begin = "attachment;";
  const std::size_t at = header.find("filename=");
  if (!header.starts_with(k_begin) || at == std::string::npos) {
    return "";
  }
  std::string name = header.substr(at + 9);
  if (name.starts_with('"')) {
    name.erase(0, 1);
  }
  name = name.substr(0, name.find('"'));
  return name.substr(name.rfind('/') + 1);
}

}  // namespace cef::modules
