#!/usr/bin/env python3
"""The include rule: which room may include whose headers, and that the CMake link lists agree.

usage: include_rule.py [--root FOLDER]     check the tree, exit 1 on a violation
       include_rule.py --self-test         plant violations in a small tree; each must be found
The table below is the rule (docs/architecture.md says why). It needs nothing but Python.
"""
import argparse
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()

# Room -> what it may include besides itself. A name that ends in .h is that header; any other is a
# room (without the rooms below it). mail/error.h and mail/ids.h are "mail".
MAIL = ["mail", "mail/message"]
RULE = {
    "mail": [],
    "mail/message": ["mail"],
    "mail/smtp": MAIL,
    "mail/imap": MAIL,
    "mail/pop3": MAIL,
    "storage/sqlite": MAIL,
    "storage": [*MAIL, "storage/sqlite"],
    "server/net": [*MAIL, "server/async_bridge.h", "server/settings.h"],
    "server/auth": [*MAIL, "storage", "server/delivery", "server/async_bridge.h"],
    "server/delivery": [*MAIL, "mail/smtp", "storage"],
    "server/session": [*MAIL, "mail/smtp", "mail/imap", "mail/pop3", "storage", "server/net",
                       "server/auth", "server/delivery", "server/settings.h",
                       "server/async_bridge.h"],
    "server": [*MAIL, "mail/smtp", "mail/imap", "mail/pop3", "storage", "server/net",
               "server/auth", "server/delivery", "server/session"],
    # Of the server only what serve, config, account and the trial need, and the connection code.
    "cli": [*MAIL, "mail/smtp", "mail/imap", "mail/pop3", "storage", "server/net",
            "server/settings.h", "server/serve.h", "server/config.h", "server/trial.h",
            "server/accounts.h", "server/logging.h",
            # account add works without a running server
            "server/auth/authenticator.h", "server/delivery/address.h"],
}

# Headers of libraries: pattern -> rooms that may include them, and why.
SOCKETS = ("asio/ip/", "asio/local/", "asio/ssl", "asio/connect", "asio/read", "asio/write",
           "asio/basic_socket", "asio/basic_stream_socket", "asio/generic/", "asio/posix/",
           "sys/socket.h", "netinet/", "netdb.h")
# One file, one header, one reason.
EXCEPTIONS = {
    ("server/system_notify.cpp", "sys/socket.h"): "one datagram to systemd, no client",
}
LIBRARIES = [
    (re.compile(r"asio\.hpp$"), (), "costs seconds in every file: include single headers"),
    (re.compile(r"sqlite3\.h$"), ("storage/sqlite",), "only storage/sqlite knows SQLite"),
    (re.compile(r"openssl/"), ("server/net", "cli"), "only server/net and cli see OpenSSL"),
    (re.compile("(" + "|".join(map(re.escape, SOCKETS)) + ")"), ("server/net", "cli"),
     "only server/net and cli see sockets"),
    (re.compile(r"asio/"), ("server/net", "server/auth", "server/session", "server", "cli"),
     "Asio lives in the server"),
    (re.compile(r"gsasl\.h$"), ("server/auth", "cli"), "SASL lives in server/auth and the clients"),
    (re.compile(r"spdlog/"), ("server",), "the log's library is known to the server's root only"),
    (re.compile(r"zstd\.h$"), ("storage",), "compression is the store's matter"),
    (re.compile(r"(thread|mutex|fstream|filesystem|unistd\.h|fcntl\.h|sys/stat\.h)$"),
     tuple(room for room in RULE if not room.startswith("mail")),
     "mail is pure: no files, threads, sockets"),
]
LINKS = {  # CMake targets of libraries -> rooms that may link them themselves
    "SQLite::SQLite3": ("storage/sqlite",),
    "OpenSSL::SSL": ("server/net", "cli"),
    "OpenSSL::Crypto": ("server/net", "cli"),
    "spdlog::spdlog": ("server",),
    "PkgConfig::zstd": ("storage",),
    "PkgConfig::gsasl": ("server/auth", "cli"),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
CALL = re.compile(r"restante_room\(\s*([^)]*)\)", re.DOTALL)
TOPS = ("mail", "storage", "server", "cli")


def room_of(path: str) -> str:
    """The room a file (path from the root) belongs to: the longest folder the rule names."""
    folder = str(pathlib.PurePosixPath(path).parent)
    while folder not in RULE and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def sources(root):
    for top in (*TOPS, "tests", "cmake"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp", ".inc", ".ipp") and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def includes(root):
    """Yields (file, line, is_quoted, header)."""
    for name, text in sources(root):
        for found in INCLUDE.finditer(text):
            yield name, text.count("\n", 0, found.start()) + 1, found[1] == '"', found[2]


def check_project_include(root, name, room, header):
    """Why a quoted include is wrong, or None."""
    if not (root / header).is_file():
        return f'"{header}" is not a path from the root'
    if not header.startswith(tuple(f"{top}/" for top in TOPS)):
        return f'"{header}" is outside the rooms'
    target = room_of(header)
    if target not in RULE:
        return f'"{header}": the room {target} has no rule; add it to RULE'
    if target == room or target in RULE[room] or header in RULE[room]:
        return None
    return f'{room} must not include {target} ("{header}")'


def check_includes(root):
    problems = []
    for name, line, quoted, header in includes(root):
        room = room_of(name)
        where = f"{name}:{line}: "
        if re.search(r"(^|/)asio\.hpp$", header):
            problems.append(f"{where}<asio.hpp> {LIBRARIES[0][2]}")
            continue
        if not name.startswith(TOPS):
            continue  # tests see what they test
        if room not in RULE:
            problems.append(f"{where}the room {room} has no rule; add it to RULE")
            continue
        if quoted:
            problem = check_project_include(root, name, room, header)
            if problem:
                problems.append(where + problem)
            continue
        if (name, header) in EXCEPTIONS:
            continue
        for pattern, rooms, why in LIBRARIES:
            if pattern.match(header):
                if room not in rooms:
                    problems.append(f"{where}<{header}> in {room}: {why}")
                break
    return problems


def link_lists(root):
    """Room -> (linked rooms, linked library targets), read from the restante_room calls."""
    names, lists = {}, {}
    for top in TOPS:
        for path in sorted((root / top).rglob("CMakeLists.txt")):
            folder = path.parent.relative_to(root).as_posix()
            text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
            for found in CALL.finditer(text):
                words = found[1].split()
                names["restante_" + words[0]] = folder
                stop = words.index("PCH") if "PCH" in words else len(words)
                lists[folder] = [w for w in words[1:stop] if w not in ("USES", "PRIVATE_USES")]
    return {room: ([names.get(w, w) for w in words if w.startswith("restante_") and
                    w != "restante_asio"], [w for w in words if not w.startswith("restante_")])
            for room, words in lists.items()}


def closure(lists, room):
    found, todo = set(), [room]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += lists.get(at, ([], []))[0]
    return found


def needs_link(root, header):
    """Whether including this header pulls in code: it has a .cpp beside it or belongs to a room."""
    return (root / header).with_suffix(".cpp").exists()


def check_links(root):
    problems, lists = [], link_lists(root)
    for room, (rooms, libraries) in lists.items():
        if room not in RULE:
            problems.append(f"{room}/CMakeLists.txt: the room {room} has no rule; add it to RULE")
            continue
        allowed_prefixes = {entry if not entry.endswith(".h") else room_of(entry)
                            for entry in RULE[room]}
        for linked in rooms:
            if linked not in RULE:
                problems.append(f"{room}/CMakeLists.txt: links {linked}, which is not a room")
            elif linked not in allowed_prefixes:
                problems.append(f"{room}/CMakeLists.txt: {room} must not link {linked}")
        for library in libraries:
            if library in LINKS and room not in LINKS[library]:
                problems.append(f"{room}/CMakeLists.txt: {room} must not link {library}")
    reported = set()
    for name, line, quoted, header in includes(root):
        room, target = room_of(name), room_of(header)
        if (not quoted or room not in lists or not name.startswith(TOPS) or target not in lists
                or (room, target) in reported or not needs_link(root, header)):
            continue
        if target not in closure(lists, room):
            reported.add((room, target))
            problems.append(f"{name}:{line}: includes {target}, "
                            f"but {room}/CMakeLists.txt does not link it")
    return problems


def check(root):
    return check_includes(root) + check_links(root)


GOOD = {
    "mail/CMakeLists.txt": "",
    "mail/error.h": "",
    "mail/message/CMakeLists.txt": "restante_room(message PRIVATE_USES fmt::fmt)",
    "mail/message/index.h": '#include "mail/error.h"\n#include <string>\n',
    "mail/message/index.cpp": '#include "mail/message/index.h"\n',
    "mail/smtp/CMakeLists.txt": "restante_room(smtp USES restante_message)",
    "mail/smtp/server.h": '#include "mail/message/index.h"\n',
    "mail/smtp/server.cpp": '#include "mail/smtp/server.h"\n',
    "mail/imap/CMakeLists.txt": "restante_room(imap USES restante_message)",
    "mail/imap/parser.h": '#include "mail/message/index.h"\n',
    "storage/sqlite/CMakeLists.txt": "restante_room(sqlite PRIVATE_USES SQLite::SQLite3)",
    "storage/sqlite/connection.h": "#include <sqlite3.h>\n",
    "storage/CMakeLists.txt": "restante_room(storage USES restante_message PRIVATE_USES restante_sqlite)",
    "storage/store.h": '#include "mail/message/index.h"\n',
    "storage/store.cpp": '#include "storage/store.h"\n#include "storage/sqlite/connection.h"\n',
    "server/net/CMakeLists.txt": "restante_room(net USES restante_asio PRIVATE_USES OpenSSL::SSL)",
    "server/net/tls.cpp": "#include <openssl/ssl.h>\n#include <asio/ip/tcp.hpp>\n",
    "server/CMakeLists.txt": "restante_room(server USES restante_storage restante_net)",
    "server/serve.h": '#include "storage/store.h"\n',
    "server/hidden.h": "",
    "cli/CMakeLists.txt": "restante_room(cli USES restante_server)",
    "cli/main.cpp": '#include "server/serve.h"\n',
}
PLANTED = [  # (file, text added, what the report must say)
    ("mail/smtp/server.h", '#include "mail/imap/parser.h"', "mail/smtp must not include mail/imap"),
    ("mail/message/index.h", '#include "storage/store.h"', "mail/message must not include storage"),
    ("mail/message/index.h", "#include <asio/post.hpp>", "Asio lives in the server"),
    ("mail/message/index.h", "#include <thread>", "mail is pure"),
    ("storage/store.cpp", "#include <sqlite3.h>", "only storage/sqlite knows SQLite"),
    ("storage/store.cpp", '  #  include "server/serve.h"', "storage must not include server"),
    ("server/serve.h", "#include <openssl/ssl.h>", "only server/net and cli see OpenSSL"),
    ("server/serve.h", "#include <asio/ip/tcp.hpp>", "only server/net and cli see sockets"),
    ("server/net/tls.cpp", "#include <asio.hpp>", "costs seconds"),
    ("tests/unit/x_test.cpp", "#include <asio.hpp>", "costs seconds"),
    ("server/net/tls.cpp", '#include "storage/store.h"', "server/net must not include storage"),
    ("cli/main.cpp", '#include "server/hidden.h"', "cli must not include server"),
    ("cli/main.cpp", '#include "serve.h"', "not a path from the root"),
    ("cli/main.cpp", '#include "storage/sqlite/connection.h"', "cli must not include storage/sqlite"),
    ("server/fresh/a.h", '#include "mail/imap/nothing.h"', "not a path from the root"),
    ("server/CMakeLists.txt", "restante_room(server USES restante_cli)", "must not link cli"),
    ("mail/smtp/CMakeLists.txt", "restante_room(smtp USES restante_imap)", "must not link mail/imap"),
    ("storage/CMakeLists.txt", "restante_room(storage USES SQLite::SQLite3)",
     "must not link SQLite::SQLite3"),
    ("storage/CMakeLists.txt", "restante_room(storage USES restante_sqlite)",
     "does not link it"),
]


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


def self_test():
    failures = 0
    for index, (name, text, expected) in enumerate([(None, None, None), *PLANTED]):
        root = pathlib.Path(tempfile.mkdtemp(prefix="include-rule-"))
        try:
            files = dict(GOOD)
            if name:
                before = "" if name.endswith("CMakeLists.txt") else files.get(name, "")
                files[name] = before + text
            write_tree(root, files)
            problems = check(root)
            good = not problems if name is None else any(expected in p for p in problems)
            if not good:
                failures += 1
                print(f"planted {index} ({name}: {text}): expected {expected!r}, got {problems}")
        finally:
            shutil.rmtree(root)
    print(f"include rule: {len(PLANTED) + 1 - failures} of {len(PLANTED) + 1} self-tests passed")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parents[2])
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return 1 if self_test() else 0
    problems = check(options.root)
    for problem in problems:
        print(problem)
    if not any(True for _ in includes(options.root)):
        print("no includes found at all: wrong folder?")
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
