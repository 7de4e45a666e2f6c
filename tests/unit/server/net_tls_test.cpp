// TLS on the Connection: handshake, STARTTLS, ALPN, channel binding, certificates that change.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/server/net_harness.h"

namespace restante::net::testing {
namespace {

// The client's end under TLS, blocking.
class TlsClient {
 public:
  TlsClient() : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {}
  SSL_CTX* context() { return context_.get(); }
  void offer(const std::string& wire_names) { offer_ = wire_names; }
  // 1 if the handshake was done.
  int handshake(Client& client) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), client.fd());
    SSL_set_tlsext_host_name(ssl_.get(), "localhost");
    if (!offer_.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer_.data()),
                          static_cast<unsigned>(offer_.size()));
    }
    ERR_clear_error();
    return SSL_connect(ssl_.get());
  }
  void send(std::string_view data) {
    if (SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size())) <= 0) {
      throw std::runtime_error("client TLS write");
    }
  }
  std::string receive(std::size_t size) {
    std::string result(size, '\0');
    std::size_t held = 0;
    while (held < size) {
      const int got = SSL_read(ssl_.get(), result.data() + held, static_cast<int>(size - held));
      if (got <= 0) break;
      held += static_cast<std::size_t>(got);
    }
    result.resize(held);
    return result;
  }
  SSL* ssl() { return ssl_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  SslPtr ssl_;
  std::string offer_;
};

class Certificate {
 public:
  Certificate() {
    const auto made = ensure_self_signed(file(), key());
    if (!made) throw std::runtime_error(made.error().message());
  }
  std::filesystem::path file() const { return folder_.path() / "cert.pem"; }
  std::filesystem::path key() const { return folder_.path() / "key.pem"; }
  std::shared_ptr<ConnectionOptions> options() const {
    auto loaded = TlsContext::load(file(), key());
    if (!loaded) throw std::runtime_error(loaded.error().message());
    auto made = std::make_shared<ConnectionOptions>();
    made->tls = std::move(*loaded);
    made->alpn = {"imap"};
    return made;
  }

 private:
  TemporaryFolder folder_;
};

asio::awaitable<std::string> start_tls(StreamConnection& connection, Pair&) {
  connection.set_deadline(10s);
  const auto done = co_await connection.start_tls();
  co_return outcome(done);
}

asio::awaitable<std::string> line(StreamConnection& connection, Pair&) {
  const auto got = co_await connection.read_line(1000);
  co_return outcome(got);
}

asio::awaitable<std::string> write_all(StreamConnection& connection, Pair&, std::string data) {
  const auto done = co_await connection.write(data);
  co_return outcome(done);
}

asio::awaitable<Connection::ChannelBinding> binding(StreamConnection& connection, Pair&) {
  co_return connection.channel_binding();
}

}  // namespace

TEST_CASE("TLS carries lines both ways", "[net][tls]") {
  Certificate certificate;
  Pair pair(certificate.options());
  CHECK(pair.connection().can_start_tls());
  auto server = pair.start(start_tls);
  TlsClient client;
  REQUIRE(client.handshake(pair.client()) == 1);
  REQUIRE(server.get() == "ok");
  CHECK(pair.connection().is_tls());
  CHECK_FALSE(pair.connection().can_start_tls());
  CHECK(pair.connection().tls_description().starts_with("TLSv1.3 TLS_"));
  client.send("a001 NOOP\r\nb\r\n");
  CHECK(pair.start(line).get() == "a001 NOOP");
  CHECK(pair.connection().has_buffered_input());
  CHECK(pair.start(line).get() == "b");
  std::string much;
  for (int i = 0; i < 200'000; ++i) much += std::to_string(i) + "\n";
  auto writing = pair.start(write_all, much);
  CHECK(client.receive(much.size()) == much);
  CHECK(writing.get() == "ok");
  SSL_shutdown(client.ssl());
  CHECK(pair.start(line).get() == "!Closed");
}

TEST_CASE("closing under TLS sends close_notify", "[net][tls]") {
  Certificate certificate;
  Pair pair(certificate.options());
  auto server = pair.start(start_tls);
  TlsClient client;
  REQUIRE(client.handshake(pair.client()) == 1);
  REQUIRE(server.get() == "ok");
  pair.run([](StreamConnection& connection, Pair&) -> asio::awaitable<bool> {
    connection.close();
    co_return true;
  });
  CHECK(client.receive(1).empty());
  CHECK((SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("clear text sent before the handshake is forgotten", "[net][tls]") {
  Certificate certificate;
  Pair pair(certificate.options());
  pair.client().send("STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n");
  CHECK(pair.start(line).get() == "STARTTLS");
  CHECK(pair.connection().has_buffered_input());
  auto server = pair.start(start_tls);
  TlsClient client;
  REQUIRE(client.handshake(pair.client()) == 1);
  REQUIRE(server.get() == "ok");
  client.send("EHLO x\r\n");
  CHECK(pair.start(line).get() == "EHLO x");
}

TEST_CASE("a client that offers only other protocols by ALPN is refused", "[net][tls]") {
  Certificate certificate;
  {
    Pair pair(certificate.options());
    auto server = pair.start(start_tls);
    TlsClient client;
    client.offer("\x08http/1.1\x02h2");
    CHECK(client.handshake(pair.client()) != 1);
    CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    CHECK(server.get() == "!Tls");
  }
  Pair pair(certificate.options());
  auto server = pair.start(start_tls);
  TlsClient client;
  client.offer("\x02h2\x04imap");
  CHECK(client.handshake(pair.client()) == 1);
  CHECK(server.get() == "ok");
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &length);
  CHECK(std::string(reinterpret_cast<const char*>(chosen), length) == "imap");
}

TEST_CASE("TLS 1.1 is refused", "[net][tls]") {
  Certificate certificate;
  Pair pair(certificate.options());
  auto server = pair.start(start_tls);
  TlsClient client;
  SSL_CTX_set_security_level(client.context(), 0);
  SSL_CTX_set_min_proto_version(client.context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client.context(), TLS1_1_VERSION);
  CHECK(client.handshake(pair.client()) != 1);
  CHECK(server.get() == "!Tls");
}

TEST_CASE("both ends have the same channel binding", "[net][tls]") {
  Certificate certificate;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Pair pair(certificate.options());
    auto server = pair.start(start_tls);
    TlsClient client;
    SSL_CTX_set_max_proto_version(client.context(), version);
    REQUIRE(client.handshake(pair.client()) == 1);
    REQUIRE(server.get() == "ok");
    const auto ours = pair.start(binding).get();
    std::string exported(32, '\0');
    SSL_export_keying_material(client.ssl(), reinterpret_cast<unsigned char*>(exported.data()), 32,
                               "EXPORTER-Channel-Binding", 24, nullptr, 0, 1);
    CHECK(ours.tls_exporter == exported);
    char finished[64] = {};
    const std::size_t size = SSL_get_finished(client.ssl(), finished, sizeof finished);
    if (version == TLS1_2_VERSION) {
      CHECK(ours.tls_unique == std::string(finished, size));
    } else {
      CHECK(ours.tls_unique.empty());
    }
  }
}

TEST_CASE("a handshake that stalls ends at its deadline, rubbish at once", "[net][tls]") {
  Certificate certificate;
  {
    Pair pair(certificate.options());
    auto stalled =
        pair.start([](StreamConnection& connection, Pair&) -> asio::awaitable<std::string> {
          connection.set_deadline(50ms);
          const auto done = co_await connection.start_tls();
          co_return outcome(done);
        });
    pair.client().send("\x16\x03\x01");
    CHECK(stalled.get() == "!Deadline");
    CHECK(pair.start(write_all, std::string("421 late\r\n")).get() == "!Closed");
  }
  Pair pair(certificate.options());
  auto server = pair.start(start_tls);
  pair.client().send("EHLO this is not TLS\r\n");
  CHECK(server.get() == "!Tls");
}

TEST_CASE("a certificate that changes is used, a broken one is not", "[net][tls]") {
  Certificate first;
  Certificate second;
  auto loaded = TlsContext::load(first.file(), first.key());
  REQUIRE(loaded);
  auto& context = **loaded;
  CHECK(context.refresh(false).value_or(true) == false);
  const auto copy = [](const auto& from, const auto& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  copy(second.file(), first.file());
  const auto mismatch = context.refresh(false);
  REQUIRE_FALSE(mismatch);
  CHECK(mismatch.error().message().find(first.key().native()) != std::string::npos);
  CHECK(context.refresh(false).value_or(true) == false);  // told once
  copy(second.key(), first.key());
  CHECK(context.refresh(false).value_or(false));
  std::ofstream(first.file()) << "rubbish";
  CHECK_FALSE(context.refresh(false));
  CHECK(context.new_session(0, {}) != nullptr);
}

TEST_CASE("missing and unreadable certificates are told by name", "[net][tls]") {
  TemporaryFolder folder;
  const auto missing = TlsContext::load(folder.path() / "no.pem", folder.path() / "no.key");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind() == ErrorKind::Io);
  CHECK(missing.error().message().find("no.pem: No such file") != std::string::npos);
}

TEST_CASE("the trial's certificate is made once, its key only for its owner", "[net][tls]") {
  Certificate certificate;
  struct stat facts{};
  REQUIRE(::stat(certificate.key().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  const auto before = std::filesystem::last_write_time(certificate.file());
  REQUIRE(ensure_self_signed(certificate.file(), certificate.key()));
  CHECK(std::filesystem::last_write_time(certificate.file()) == before);
}

}  // namespace restante::net::testing
