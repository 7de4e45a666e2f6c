// NOTIFY: reading it.
#include <catch2/catch.hpp>

#include "tests/unit/imap/parse_help.h"

using namespace restante::imap;
using Kind = MailboxFilter::Kind;

TEST_CASE("NOTIFY names groups of mailboxes and their events") {
  const auto notify = parse<Notify>(
      "NOTIFY SET STATUS (selected-delayed (MessageNew (uid flags) MessageExpunge FlagChange)) "
      "(subtree (a \"b c\") (messageNew messageExpunge MailboxName)) (personal NONE)");
  CHECK(notify.status);
  REQUIRE(notify.groups.size() == 3);
  CHECK(notify.groups[0].filter.kind == Kind::SelectedDelayed);
  CHECK(notify.groups[0].items.size() == 2);
  CHECK(notify.groups[0].has(NotifyEvent::FlagChange));
  CHECK(notify.groups[1].filter == MailboxFilter{Kind::Subtree, {"a", "b c"}});
  CHECK(notify.groups[1].has(NotifyEvent::MailboxName));
  CHECK_FALSE(notify.groups[1].has(NotifyEvent::SubscriptionChange));
  CHECK(notify.groups[2].events == 0);
  CHECK(parse<Notify>("NOTIFY NONE").groups.empty());
  CHECK(parse<Notify>("NOTIFY SET (selected MessageNew (uid) MessageExpunge)").groups.size() == 1);
}

TEST_CASE("NOTIFY with events that nobody knows is read, to be refused with NO") {
  CHECK(parse<Notify>("NOTIFY SET (personal (Foo))").unsupported_event);
  CHECK(parse<Notify>("NOTIFY SET (personal (ServerMetadataChange))").unsupported_event);
  CHECK(parse<Notify>("NOTIFY SET (personal (MessageNew MessageExpunge AnnotationChange))")
            .unsupported_event);
  CHECK_FALSE(parse<Notify>("NOTIFY SET (personal (MailboxName))").unsupported_event);
}

TEST_CASE("NOTIFY with events that do not go together is refused") {
  for (const char* text :
       {"NOTIFY", "NOTIFY SET", "NOTIFY SET STATUS", "NOTIFY OFF", "NOTIFY SET (personal)",
        "NOTIFY SET (personal ())", "NOTIFY SET (personal (MessageNew))",
        "NOTIFY SET (personal (MessageExpunge))", "NOTIFY SET (personal (FlagChange))",
        "NOTIFY SET (personal (AnnotationChange))", "NOTIFY SET (selected (MailboxName))",
        "NOTIFY SET (personal (MessageNew (uid) MessageExpunge))",
        "NOTIFY SET (subtree-one a (MailboxName))", "NOTIFY SET (mailboxes (MailboxName))",
        "NOTIFY SET (selected NONE) (selected-delayed NONE)", "NOTIFY SET personal NONE",
        "NOTIFY SET (personal (MessageExpunge MessageNew (uid) (uid)))"}) {
    CHECK(refusal(text).starts_with("a BAD"));
  }
  std::string many = "NOTIFY SET";
  for (int i = 0; i < 101; ++i) many += " (personal NONE)";
  CHECK(refusal(many) == "a NO LIMIT|too many groups");
}
