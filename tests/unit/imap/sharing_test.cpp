// Access control, quotas and annotations: commands and responses.
#include <catch2/catch.hpp>

#include "mail/imap/rights.h"
#include "mail/imap/sharing_writer.h"
#include "tests/unit/imap/parse_help.h"

namespace restante::imap {

TEST_CASE("Rights are letters, with c and d for those they stand for") {
  CHECK(parse_rights("") == 0);
  CHECK(parse_rights("lrswipkxtea") == 2047);
  CHECK(parse_rights("c") == parse_rights("kx"));
  CHECK(parse_rights("d") == parse_rights("te"));
  CHECK(parse_rights("ll") == 1);
  for (const char* wrong : {"L", "q", "1", "l r", "\xc3\xa9"}) CHECK_FALSE(parse_rights(wrong));
  CHECK(rights_text(2047) == "lrswipkxtecda");
  CHECK(rights_text(0).empty());
  CHECK(rights_text(*parse_rights("lk")) == "lkc");
  CHECK(rights_text(*parse_rights("et")) == "ted");
}

TEST_CASE("Responses of access control and quotas") {
  std::string out;
  const std::vector<AclLine> lines{{"a b", 0}, {"-x@y", 3}};
  append_acl(out, "B\xc3\xbc", lines, false);
  append_list_rights(out, "INBOX", "anyone", 0, 2047, false);
  append_my_rights(out, "x y", 0, true);
  const std::vector<QuotaResource> resources{{"STORAGE", 1, 2}, {"MESSAGE", 0, 9}};
  append_quota(out, "", resources);
  append_quota(out, "r", {});
  append_quota_root(out, "INBOX", "r", false);
  CHECK(out ==
        "* ACL \"B&APw-\" \"a b\" \"\" -x@y lr\r\n"
        "* LISTRIGHTS \"INBOX\" anyone \"\" l r s w i p k x t e c d a\r\n"
        "* MYRIGHTS \"x y\" \"\"\r\n"
        "* QUOTA \"\" (STORAGE 1 2 MESSAGE 0 9)\r\n* QUOTA r ()\r\n* QUOTAROOT \"INBOX\" r\r\n");
}

TEST_CASE("Responses of annotations") {
  std::string out;
  const std::vector<MetadataValue> values{
      {"/a", std::nullopt}, {"/b", ""}, {"/c", "x\r\ny"}, {"/d", std::string("\0", 1)}};
  append_metadata(out, "", values, false);
  const std::vector<std::string> names{"/a", "/b c"};
  append_metadata_names(out, "INBOX", names, false);
  CHECK(out == "* METADATA \"\" (/a NIL /b \"\" /c {4}\r\nx\r\ny /d ~{1}\r\n" +
                   std::string("\0", 1) + ")\r\n* METADATA \"INBOX\" /a \"/b c\"\r\n");
}

TEST_CASE("Commands of access control") {
  const auto set = parse<SetAcl>("SETACL inbox/x {3+}\r\nbob +lrd");
  CHECK(set.mailbox == "INBOX/x");
  CHECK(set.identifier == "bob");
  CHECK(set.mode == SetAcl::Mode::Add);
  CHECK(set.rights == parse_rights("lrte"));
  CHECK(parse<SetAcl>("SETACL x bob \"\"").rights == 0);
  CHECK(parse<DeleteAcl>("DELETEACL x -bob").identifier == "-bob");
  CHECK(parse<GetAcl>("GETACL x").mailbox == "x");
  CHECK(parse<ListRights>("LISTRIGHTS x \"a b\"").identifier == "a b");
  CHECK(parse<MyRights>("MYRIGHTS x").mailbox == "x");
  CHECK(parse<List>("LIST \"\" * RETURN (MYRIGHTS)").return_my_rights);
  for (const char* wrong : {"SETACL x bob", "SETACL x bob l q", "SETACL x bob lQ", "SETACL x",
                            "DELETEACL x", "GETACL", "MYRIGHTS x y", "SETACL x \"\" l"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong).starts_with("a BAD"));
  }
}

TEST_CASE("Commands of quotas") {
  CHECK(parse<GetQuota>("GETQUOTA \"\"").root.empty());
  CHECK(parse<GetQuotaRoot>("GETQUOTAROOT x").mailbox == "x");
  CHECK(parse<SetQuota>("SETQUOTA r ()").limits.empty());
  const auto set = parse<SetQuota>("SETQUOTA r (storage 512 MESSAGE 0)");
  REQUIRE(set.limits.size() == 2);
  CHECK(set.limits[0] == std::pair<std::string, std::uint64_t>("STORAGE", 512));
  CHECK(refusal("SETQUOTA r (STORAGE)").starts_with("a BAD"));
  CHECK(refusal("SETQUOTA r").starts_with("a BAD"));
  CHECK(parse<Status>("STATUS x (DELETED-STORAGE)").items.has(StatusItem::DeletedStorage));
}

TEST_CASE("GETMETADATA takes its options in either place") {
  for (const char* text : {"GETMETADATA (DEPTH 1 MAXSIZE 9) x (/shared/A /private)",
                           "GETMETADATA x (MAXSIZE 9 depth 1) (/shared/A /private)",
                           "GETMETADATA (DEPTH 1 MAXSIZE 9) x /shared/A \"/private\""}) {
    CAPTURE(text);
    const auto get = parse<GetMetadata>(text);
    CHECK(get.mailbox == "x");
    CHECK(get.entries == std::vector<std::string>{"/shared/a", "/private"});
    CHECK(get.depth == 1U);
    CHECK(get.max_size == 9U);
  }
  CHECK_FALSE(parse<GetMetadata>("GETMETADATA (DEPTH infinity) \"\" /shared/vendor").depth);
  for (const char* wrong :
       {"GETMETADATA x", "GETMETADATA x ()", "GETMETADATA x (DEPTH 2) /a", "GETMETADATA x /a/",
        "GETMETADATA x /shared/*", "GETMETADATA x /shared//a", "GETMETADATA (SIZE 1) x /shared/a",
        "GETMETADATA x /shared/a)", "GETMETADATA x (/shared/a"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong).starts_with("a BAD"));
  }
}

TEST_CASE("SETMETADATA takes strings, NIL and literals of any octets") {
  const std::string nul("\0b", 2);
  const auto set = parse<SetMetadata>(
      "SETMETADATA x (/shared/A \"v\" /private/b NIL /private/c {1+}\r\n"
      "x /private/d ~{2+}\r\n" +
      nul + ")");
  REQUIRE(set.entries.size() == 4);
  CHECK(set.entries[0].first == "/shared/a");
  CHECK(set.entries[0].second == "v");
  CHECK_FALSE(set.entries[1].second);
  CHECK(set.entries[2].second == "x");
  CHECK(set.entries[3].second == nul);
  for (const char* wrong :
       {"SETMETADATA x (/shared/a)", "SETMETADATA x ()", "SETMETADATA x (/shared \"v\")",
        "SETMETADATA x (/shared/vendor/a \"v\")", "SETMETADATA x /shared/a \"v\"",
        "SETMETADATA x (/shared/a ~\"v\")", "SETMETADATA x (/shared/a v)"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong).starts_with("a BAD"));
  }
}

}  // namespace restante::imap
