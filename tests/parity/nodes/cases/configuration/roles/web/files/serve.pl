#!/usr/bin/perl
# serve ROOT PORT: one page for whoever asks.
use strict;
use warnings;
use Socket;
my ($root, $port) = @ARGV;
socket(my $server, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in($port, INADDR_LOOPBACK)) or die "bind: $!";
listen($server, 16) or die "listen: $!";
while (accept(my $client, $server)) {
  while (my $line = <$client>) { last if $line =~ /^\r?$/ }
  open(my $page, '<', "$root/index.html") or die "page: $!";
  my $text = join '', <$page>;
  print $client "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: ", length $text, "\r\n\r\n$text";
  close $client;
}
