// Raw DEFLATE in both directions of one connection (RFC 4978, RFC 1951), in bounded steps: what
// comes in is inflated only as far as the caller has room for. Between two messages it gives its
// memory back but for the dictionary of the peer. Knows nothing of sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace restante::net {

class Compression {
 public:
  Compression();
  ~Compression();
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;

  // Gives further octets of the peer; they are kept until they have been inflated.
  void feed(std::string_view octets);
  // Inflates into data, at most size octets; 0: more must be fed. nullopt: what the peer sent is no
  // DEFLATE, or its stream has ended.
  std::optional<std::size_t> inflate(char* data, std::size_t size);

  // Takes octets from the front of data and gives what is to be sent for them, at most some KiB,
  // valid until the next call; the last octets of data are given with a flush. Call until it gives
  // nothing. Throws std::bad_alloc.
  std::string_view deflate(std::string_view& data);

  // Gives back memory; call while nothing is to be done. Octets that are not inflated are kept.
  void rest();

  // The octets fed that have not been inflated: what they are the caller must know.
  std::string take_input();
  std::size_t memory() const;  // octets held, about

 private:
  struct Inflater;
  struct Deflater;

  std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<Deflater> deflater_;
  std::string input_;         // fed, not yet inflated
  std::size_t input_at_ = 0;  // of input_: what has been inflated
  std::string history_;       // the peer's last octets, while there is no inflater
  std::unique_ptr<char[]> output_;
  bool full_ = false;    // the inflater may hold more than there was room for
  bool ended_ = false;   // the peer's stream
  bool flushed_ = true;  // all that was taken has been given
};

}  // namespace restante::net
