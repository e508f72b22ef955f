#include "cef/registry/serve.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bundle_fixture.hpp"
#include "cef/core/digest.hpp"
#include "cef/registry/download.hpp"
#include "cef/registry/fetch_index.hpp"
#include "cef/registry/repository.hpp"

namespace cef::registry {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;

std::string noise(std::size_t size) {
  std::string data(size, '\0');
  unsigned state = 7;
  for (char& c : data) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return data;
}

/// A client that sends the very bytes it is given.
class Client {
 public:
  explicit Client(int port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  [[nodiscard]] bool connected() const { return connected_; }
  /// False when the server takes no more.
  bool send(const std::string& data) const {
    for (std::size_t sent = 0; sent < data.size();) {
      const ssize_t count = ::send(socket_, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      sent += static_cast<std::size_t>(count);
    }
    return true;
  }
  /// Until `done` says that it is enough, the server closes, or nothing comes for five seconds.
  std::string receive(const std::function<bool(const std::string&)>& done = nullptr) const {
    std::string data;
    std::array<char, 65536> piece{};
    while (!done || !done(data)) {
      pollfd waiting{socket_, POLLIN, 0};
      const ssize_t count = ::poll(&waiting, 1, 5000) > 0 ? ::recv(socket_, piece.data(), piece.size(), 0) : 0;
      if (count <= 0) {
        break;
      }
      data.append(piece.data(), static_cast<std::size_t>(count));
    }
    return data;
  }

 private:
  int socket_ = -1;
  bool connected_ = false;
};

struct Answer {
  std::string head;
  std::string body;
  [[nodiscard]] std::string status() const { return head.substr(0, head.find("\r\n")); }
  [[nodiscard]] bool has(const std::string& header) const { return head.find("\r\n" + header + "\r\n") != head.npos; }
};

class Serve : public test::BundleTest {
 protected:
  Serve() {
    ::unsetenv("http_proxy");
    auto repository = ModelRepository::init(dir());
    test::ZipItem item;
    item.name = "weights.bin";
    item.data = noise(3'000'000);
    bundle_ = repository->add(write("yolo-1.2.zip", test::make_zip({item})), {}, stop_)->bundle;
    blob_ = read(repository->blob(bundle_));
    blob_path_ = "/" + registry::blob_path(bundle_);
    ServeOptions options;
    options.dir = dir();
    options.on_request = [this](const ServedRequest& request) {
      log_ += request.client + " " + request.method + " " + request.path + " " + std::to_string(request.status) + " " +
              std::to_string(request.bytes) + "\n";
    };
    server_.emplace(std::move(options));
    const auto port = server_->start();
    EXPECT_TRUE(port) << port.error().line();
    port_ = *port;
  }
  ~Serve() override { server_.reset(); }  // it writes into the log
  [[nodiscard]] fs::path dir() const { return top_ / "repo"; }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] Answer ask(const std::string& request) const {
    const Client client(port_);
    client.send(request);
    const std::string all = client.receive();
    const std::size_t end = all.find("\r\n\r\n");
    return {all.substr(0, end == all.npos ? end : end + 2), end == all.npos ? "" : all.substr(end + 4)};
  }
  [[nodiscard]] Answer get(const std::string& path, const std::string& headers = "") const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
  }

  Bundle bundle_;
  std::string blob_;
  std::string blob_path_;
  std::optional<RepositoryServer> server_;
  int port_ = 0;
  std::string log_;
};

TEST_F(Serve, GivesTheFilesOfTheRepository) {
  Answer answer = get("/index.json");
  EXPECT_EQ(answer.status(), "HTTP/1.1 200 OK");
  EXPECT_EQ(answer.body, read(dir() / "index.json"));
  EXPECT_TRUE(answer.has("Content-Type: application/json"));
  EXPECT_EQ(get("/cef-repository.json").body, read(dir() / "cef-repository.json"));
  answer = get(blob_path_);
  EXPECT_EQ(answer.status(), "HTTP/1.1 200 OK");
  EXPECT_EQ(core::sha256(answer.body), bundle_.sha256);
  EXPECT_TRUE(answer.has("ETag: \"" + bundle_.sha256 + "\""));
  EXPECT_TRUE(answer.has("Accept-Ranges: bytes"));
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(blob_.size())));
  answer = ask("HEAD " + blob_path_ + " HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.status(), "HTTP/1.1 200 OK");
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(blob_.size())));
  EXPECT_EQ(answer.body, "");
  server_->stop();
  EXPECT_NE(log_.find("127.0.0.1 GET /index.json 200 "), std::string::npos);
  EXPECT_NE(log_.find("127.0.0.1 HEAD " + blob_path_ + " 200 0\n"), std::string::npos);
}

TEST_F(Serve, GivesRanges) {
  Answer answer = get(blob_path_, "Range: bytes=100-199\r\n");
  EXPECT_EQ(answer.status(), "HTTP/1.1 206 Partial Content");
  EXPECT_TRUE(answer.has("Content-Range: bytes 100-199/" + std::to_string(blob_.size())));
  EXPECT_TRUE(answer.has("Content-Length: 100"));
  EXPECT_EQ(answer.body, blob_.substr(100, 100));
  EXPECT_EQ(get(blob_path_, "Range: bytes=2000000-\r\n").body, blob_.substr(2'000'000));
  EXPECT_EQ(get(blob_path_, "Range: bytes=-7\r\n").body, blob_.substr(blob_.size() - 7));
  const std::string same = "If-Range: \"" + bundle_.sha256 + "\"\r\n";
  EXPECT_EQ(get(blob_path_, "Range: bytes=5-6\r\n" + same).body, blob_.substr(5, 2));
  EXPECT_EQ(get(blob_path_, "Range: bytes=5-6\r\nIf-Range: \"other\"\r\n").body.size(), blob_.size());
  answer = get(blob_path_, "Range: bytes=" + std::to_string(blob_.size()) + "-\r\n");
  EXPECT_EQ(answer.status(), "HTTP/1.1 416 Range Not Satisfiable");
  EXPECT_TRUE(answer.has("Content-Range: bytes */" + std::to_string(blob_.size())));
  answer = get(blob_path_, "If-None-Match: \"" + bundle_.sha256 + "\"\r\n");
  EXPECT_EQ(answer.status(), "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(answer.body, "");
}

TEST_F(Serve, GivesNothingElse) {
  std::ofstream(dir() / "secret.txt") << "secret";
  std::ofstream(dir() / "blobs/sha256/secret.tar") << "secret";
  std::ofstream(top_ / "outside") << "secret";
  const std::string linked(64, 'e');
  fs::create_symlink(top_ / "outside", dir() / "blobs/sha256" / (linked + ".tar"));
  fs::create_directory(dir() / "blobs/sha256" / (std::string(64, 'd') + ".tar"));
  for (const std::string& path : {std::string("/"),
                                  std::string("/blobs"),
                                  std::string("/blobs/"),
                                  std::string("/blobs/sha256/"),
                                  std::string("/secret.txt"),
                                  std::string("/.lock"),
                                  std::string("/blobs/sha256/secret.tar"),
                                  std::string("/../outside"),
                                  std::string("/blobs/../../outside"),
                                  std::string("/%2e%2e/outside"),
                                  std::string("/./index.json"),
                                  std::string("//index.json"),
                                  std::string("/index.json/"),
                                  std::string("/INDEX.JSON"),
                                  "/blobs/sha256/" + linked + ".tar",
                                  "/blobs/sha256/" + std::string(64, 'd') + ".tar",
                                  "/blobs/sha256/" + std::string(64, 'f') + ".tar",
                                  "/blobs/sha256/" + std::string(61, 'f') + "/../.tar",
                                  blob_path_ + "/",
                                  blob_path_ + "x"}) {
    const Answer answer = get(path);
    EXPECT_EQ(answer.status(), "HTTP/1.1 404 Not Found") << path;
    EXPECT_EQ(answer.body, "404 Not Found\n") << path;
  }
  fs::rename(dir() / "blobs", top_ / "blobs");
  fs::create_symlink(top_ / "blobs", dir() / "blobs");
  EXPECT_EQ(get(blob_path_).status(), "HTTP/1.1 404 Not Found");
}

TEST_F(Serve, AnswersWhatItDoesNotDo) {
  Answer answer = ask("POST /index.json HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(answer.status(), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_TRUE(answer.has("Allow: GET, HEAD"));
  EXPECT_EQ(ask("DELETE /index.json HTTP/1.1\r\nConnection: close\r\n\r\n").status(),
            "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(ask("GET /index.json HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody").status(), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(ask("SSH-2.0-OpenSSH_9.2\r\n\r\n").status(), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(ask("GET /\x1b]0;x\x07 HTTP/1.1\r\n\r\n").status(), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(ask("GET /" + std::string(20'000, 'a')).status(), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n").status(),
            "HTTP/1.1 431 Request Header Fields Too Large");
  const Client endless(port_);
  bool taken = true;
  for (int i = 0; i < 1000 && taken; ++i) {  // 64 MB without an end
    taken = endless.send(std::string(65'536, 'a'));
  }
  EXPECT_FALSE(taken);
  EXPECT_EQ(get("/index.json").status(), "HTTP/1.1 200 OK");
}

TEST_F(Serve, KeepsAConnectionForSeveralRequests) {
  const Client client(port_);
  const std::string request = "GET " + blob_path_ + " HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\n\r\n";
  client.send(request + request + "GET /none HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string all = client.receive();
  EXPECT_NE(all.find("\r\n\r\n" + blob_.substr(0, 10) + "HTTP/1.1 206 "), std::string::npos);
  EXPECT_NE(all.find("\r\n\r\n" + blob_.substr(0, 10) + "HTTP/1.1 404 "), std::string::npos);
}

TEST_F(Serve, ManyClientsAtOnceAreServedOrToldToWait) {
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 64; ++i) {
    idle.push_back(std::make_unique<Client>(port_));
    ASSERT_TRUE(idle.back()->connected());
    ASSERT_TRUE(idle.back()->send("GET /index.json HTTP/1.1\r\n\r\n"));
    const std::string answer = idle.back()->receive([](const std::string& data) { return data.size() > 100; });
    ASSERT_EQ(answer.find("HTTP/1.1 200 OK"), 0U);
  }
  EXPECT_EQ(get("/index.json").status(), "HTTP/1.1 503 Service Unavailable");
  idle.clear();
  std::string status;
  for (int i = 0; i < 200 && status != "HTTP/1.1 200 OK"; ++i) {  // until the server has seen them leave
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = get("/index.json").status();
  }
  EXPECT_EQ(status, "HTTP/1.1 200 OK");
}

TEST_F(Serve, ADownloadGoesOnWhereItStopped) {
  DownloadOptions options;
  options.url = url(blob_path_);
  options.target = top_ / "out" / "bundle.tar";
  options.sha256 = bundle_.sha256;
  std::ofstream(top_ / "out" / "bundle.tar.part", std::ios::binary) << blob_.substr(0, 1'234'567);
  std::ofstream(top_ / "out" / "bundle.tar.part.etag") << "\"" + bundle_.sha256 + "\"";
  const auto result = download(options, nullptr, stop_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->resumed_from, 1'234'567U);
  EXPECT_EQ(read(options.target), blob_);
  server_->stop();
  EXPECT_NE(log_.find("206 " + std::to_string(blob_.size() - 1'234'567)), std::string::npos) << log_;
}

TEST_F(Serve, TheIndexCanBeFetched) {
  for (const std::string& at : {url(""), url("/"), url("/index.json")}) {
    const auto bundles = fetch_index(at, std::chrono::seconds(5));
    ASSERT_TRUE(bundles) << bundles.error().line();
    ASSERT_EQ(bundles->size(), 1U);
    EXPECT_EQ(to_json(bundles->front()), to_json(bundle_));
  }
  const auto wrong = fetch_index(url("/models"), std::chrono::seconds(5));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::unreachable);
  EXPECT_NE(wrong.error().message.find("HTTP 404 (not found)"), std::string::npos);
  server_->stop();
  EXPECT_EQ(fetch_index(url(""), std::chrono::seconds(5)).error().code, ErrorCode::unreachable);
}

TEST_F(Serve, StopEndsWhatRuns) {
  const std::string large = "blobs/sha256/" + std::string(64, 'a') + ".tar";
  std::ofstream(dir() / large) << "x";
  fs::resize_file(dir() / large, 64U << 20U);  // more than sockets hold
  const Client slow(port_);                    // asks for all and takes nothing
  slow.send("GET /" + large + " HTTP/1.1\r\n\r\n");
  const Client silent(port_);
  slow.receive([](const std::string& data) { return !data.empty(); });
  server_->stop();
  EXPECT_EQ(silent.receive(), "");
  EXPECT_FALSE(Client(port_).connected());
  const auto again = server_->start();
  ASSERT_TRUE(again) << again.error().line();
  port_ = *again;
  EXPECT_EQ(get("/index.json").status(), "HTTP/1.1 200 OK");
}

TEST_F(Serve, SaysWhyItCannotListen) {
  const auto expect_fault = [](ServeOptions options, const std::string& part) {
    RepositoryServer server(std::move(options));
    const auto port = server.start();
    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code, ErrorCode::usage);
    EXPECT_NE(port.error().message.find(part), std::string::npos) << port.error().message;
  };
  ServeOptions options;
  options.dir = top_ / "in";
  expect_fault(options, "is no model repository");
  options.dir = dir();
  options.port = port_;
  expect_fault(options, "another program has this port");
  options.port = 70'000;
  expect_fault(options, "a port is 1 to 65535");
  options.port = 0;
  options.address = "no such host";
  expect_fault(options, "cannot listen at no such host");
}

}  // namespace
}  // namespace cef::registry
