// Apart from tcp.cpp: the kernel's header with the count of bytes and libc's <netinet/tcp.h> cannot both be included.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tcp.hpp"

namespace cef::ssh {

std::uint64_t bytes_received(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

}  // namespace cef::ssh
