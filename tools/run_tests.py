#!/usr/bin/env python3
"""Runs the tests of built presets in parallel and counts them; tools/test is what people type."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
FUZZ_SECONDS = 60
LIMIT = 900  # seconds for one test


class Job:
    """One test: a command, the binary it is for, and how it went."""

    def __init__(self, name, command, binary="asan", weight=1, env=None):
        self.name, self.command, self.weight = name, [str(c) for c in command], weight
        self.env = {"RESTANTE_BINARY": str(ROOT / "build" / binary / "cli" / "restante"), **(env or {})}
        self.seconds, self.passed, self.note = 0.0, False, ""

    def run(self, logs):
        log = logs / (re.sub(r"[^\w.-]+", "-", self.name) + ".log")
        begin = time.monotonic()
        with log.open("wb") as stream:
            try:
                done = subprocess.run(self.command, stdin=subprocess.DEVNULL, stdout=stream,
                                      stderr=subprocess.STDOUT, cwd=ROOT, timeout=LIMIT,
                                      env={**os.environ, **self.env}, check=False)
                self.passed = done.returncode == 0
            except subprocess.TimeoutExpired:
                self.note = f"no end within {LIMIT} s"
        self.seconds = time.monotonic() - begin
        text = log.read_text(encoding="utf-8", errors="replace")
        skips = re.search(r"\(skipped=(\d+)\)|^OK \((?:.*)skipped=(\d+)", text, re.MULTILINE)
        left_out = re.findall(r"^not there, left out: .*$", text, re.MULTILINE)
        if self.passed and (skips or left_out):
            self.note = "; ".join(sorted(set(left_out)) + ([skips[0]] if skips else []))
        return self, log


def ctest_jobs(preset, only=None):
    """One job for each CTest test of a build."""
    listed = subprocess.run(["ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1"], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    names = [test["name"] for test in json.loads(listed.stdout)["tests"]]
    return [Job(f"{preset} {name}",
                ["ctest", "--test-dir", f"build/{preset}", "-R", f"^{re.escape(name)}$",
                 "--output-on-failure", "--no-tests=error"], preset,
                weight=50 if "unit" in name or "differential" in name else 5)
            for name in names if only is None or name in only]


def script_jobs(options):
    weights = {"corpus": 300, "errors": 80, "read_imaplib": 60, "submit_smtplib": 60}
    found = []
    for path in sorted((ROOT / "tests" / "clients").glob("*.py")):
        if not re.match(r"(submit|read|cli)_|corpus$|errors$", path.stem):
            continue
        if options.fast and path.stem == "corpus":
            continue
        found.append(Job(path.stem, [sys.executable, path, "-v"], "asan", weights.get(path.stem, 30)))
    # One job a folder of dialogues, one script at a time in each: the jobs themselves run in parallel.
    runner = ROOT / "tests" / "dialog" / "run_dialogs.py"
    for folder in sorted({p.parent for p in (ROOT / "tests" / "dialog").rglob("*.dialog")}):
        found.append(Job(f"dialog {folder.name}", [sys.executable, runner, "-j", "1", folder], "asan", 120))
    if not options.fast:
        kill9 = ROOT / "tests" / "crash" / "kill9.py"
        found.append(Job("kill -9", [sys.executable, kill9, "--rounds", "2"], "release", 100))
    return found


def fuzz_jobs():
    found = []
    for program in sorted((ROOT / "build/fuzz/tests/fuzz").glob("fuzz_*")):
        if not program.is_file() or not os.access(program, os.X_OK):
            continue
        name = program.name.removeprefix("fuzz_")
        work = ROOT / "build/fuzz/found" / name
        work.mkdir(parents=True, exist_ok=True)
        corpus = ROOT / "tests/fuzz/corpus" / name
        dictionary = ROOT / "tests/fuzz" / f"{name}.dict"
        found.append(Job(program.name, [
            program, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2560",
            "-print_final_stats=1", f"-artifact_prefix={work.parent}/{name}-",
            *([f"-dict={dictionary}"] if dictionary.exists() else []),
            work, *([corpus] if corpus.is_dir() else [])], "asan", 400))
    return found


def collect(options):
    jobs = ctest_jobs("asan") + script_jobs(options)
    if not options.fast:
        jobs += ctest_jobs("tsan", {"unit_storage", "unit_server"})
    if options.fuzz:
        jobs += fuzz_jobs()
    return sorted(jobs, key=lambda job: -job.weight)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--fuzz", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--logs", type=pathlib.Path, default=ROOT / "build/test-logs")
    parser.add_argument("--only", help="regular expression of the names to run")
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)
    jobs = [job for job in collect(options) if not options.only or re.search(options.only, job.name)]
    begin, failed = time.monotonic(), []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(job.run, options.logs) for job in jobs]):
            job, log = done.result()
            note = f"   [{job.note}]" if job.note else ""
            print(f"{'ok   ' if job.passed else 'FAIL '} {job.name} ({job.seconds:.0f} s){note}", flush=True)
            if not job.passed:
                failed.append(job)
                tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]
                print("\n".join("      " + line[:300] for line in tail), flush=True)
    print(f"tests took {time.monotonic() - begin:.0f} s; logs are in {options.logs}")
    for job in failed:
        print(f"failed: {job.name}")
    print(f"{len(jobs) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
