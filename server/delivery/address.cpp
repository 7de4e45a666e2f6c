#include "server/delivery/address.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include <array>
#include <memory>
#include <utility>

namespace restante::delivery {
namespace {

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

std::unexpected<Error> invalid(const char* what) {
  return fail(ErrorKind::Invalid, what);
}

struct CloseIdna {
  void operator()(UIDNA* idna) const { uidna_close(idna); }
};

// ICU's own checks of an A-label need the decoding that only it can do.
bool needs_idna(std::string_view lower) {
  return !smtp::is_ascii(lower) || lower.starts_with("xn--") || lower.find(".xn--") != lower.npos;
}

Result<std::string> to_a_labels(std::string_view domain) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, CloseIdna> idna(
      uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                          UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                      &status));
  if (U_FAILURE(status)) return invalid("domain cannot be converted");
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, smtp::kMaxDomain + 1> ascii{};
  const auto length =
      uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()),
                             ascii.data(), static_cast<std::int32_t>(ascii.size()), &info, &status);
  if (U_FAILURE(status) || info.errors != 0 || length <= 0 ||
      static_cast<std::size_t>(length) > smtp::kMaxDomain) {
    return invalid("not an international domain name");
  }
  std::string result(ascii.data(), static_cast<std::size_t>(length));
  if (!smtp::is_domain(result)) return invalid("not a domain name");
  return result;
}

Result<std::string> canonical_local_part(std::string_view local_part) {
  if (smtp::is_ascii(local_part)) return lower_ascii(local_part);
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return invalid("local part cannot be normalised");
  auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(local_part.data(), static_cast<std::int32_t>(local_part.size())));
  // Lower case can undo NFC and NFC is stable under itself: fold between two normalisations.
  text = nfc->normalize(text, status);
  text.toLower(icu::Locale::getRoot());
  text = nfc->normalize(text, status);
  if (U_FAILURE(status)) return invalid("local part cannot be normalised");
  std::string result;
  text.toUTF8String(result);
  return result;
}

}  // namespace

Result<std::string> canonical_domain(std::string_view domain) {
  if (domain.starts_with('[')) {
    if (!smtp::is_address_literal(domain)) return invalid("bad address literal");
    return lower_ascii(domain);
  }
  if (!smtp::is_domain(domain)) return invalid("not a domain name");
  std::string lower = lower_ascii(domain);
  if (needs_idna(lower)) return to_a_labels(lower);
  return lower;
}

Result<smtp::Mailbox> canonical_mailbox(const smtp::Mailbox& mailbox) {
  auto domain = canonical_domain(mailbox.domain);
  if (!domain) return std::unexpected(domain.error());
  auto local_part = canonical_local_part(mailbox.local_part);
  if (!local_part) return std::unexpected(local_part.error());
  smtp::Mailbox canonical;
  canonical.local_part = std::move(*local_part);
  canonical.domain = std::move(*domain);
  return canonical;
}

Result<std::string> canonical_address(std::string_view text) {
  const auto mailbox = smtp::parse_mailbox(text);
  if (!mailbox) return std::unexpected(mailbox.error());
  const auto canonical = canonical_mailbox(*mailbox);
  if (!canonical) return std::unexpected(canonical.error());
  return smtp::to_string(*canonical);
}

}  // namespace restante::delivery
