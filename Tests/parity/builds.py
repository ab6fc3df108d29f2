"""Builds the same Dockerfiles from the same contexts under a real Docker Engine and under teach, and compares what is
printed, the exit status, the config, the history, which steps the cache had, and each layer's entries: name, kind, mode,
owner, size, content and target.

usage: builds.py TEACH HOME       (as root; needs dockerd and the Docker client; HOME holds the busybox image)
"""

import hashlib, http.server, io, json, os, re, subprocess, sys, tarfile, threading
from pathlib import Path

import builds_corners
from engine import CLIENT, dockerd, without_ids

FIELDS = ["Env", "Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "ExposedPorts", "Volumes", "StopSignal",
          "Healthcheck", "OnBuild", "Shell"]
# What the builds mean to differ in, each with its reason.
KNOWN = [
    (r"^Step \d+/\d+", "Step n/m"),  # stages that nobody needs are skipped here, as BuildKit does
    (r"^\w+: stages? .* left out; --target .*$", ""),  # and it is said which
    (r"^\w+: Dockerfile line \d+: .* is no JSON .*$", ""),  # what is read otherwise than it was meant
    (r" \((line \d+, )?column \d+: .*\)$", ""),  # the place and the cure of a mistake
    (r"^Dockerfile line \d+: ", ""),
    (r"(; did you mean |; put \" around |; syntax error in pattern|; line \d+ of \.dockerignore |(?<= in Dockerfile): ).*$", ""),  # what may have been meant
]

# name: (Dockerfile, arguments). The context holds what `context` makes.
CASES = {
    "every instruction": ("""ARG X=busybox
FROM $X AS one
ARG V=1
ARG U
ENV A=1 B="x y"
ENV C $A  z
RUN echo $V $U
WORKDIR /w/x
WORKDIR y
USER 33
RUN id -u
LABEL a="b c" d=e
EXPOSE 80 90-91/udp
VOLUME /v /w2
ENTRYPOINT ["a"]
CMD b
STOPSIGNAL TERM
HEALTHCHECK --interval=5s --timeout=1m30s --start-period=1500ms --retries=2 CMD true
SHELL ["/bin/sh", "-ec"]
ONBUILD RUN echo on
ONBUILD COPY f1 /onb
MAINTAINER me
""", ["--build-arg", "U=9", "--build-arg", "ZZ=1", "--label", "k=v w"]),
    "triggers": ("FROM busybox AS one\nONBUILD RUN echo on\nONBUILD COPY f1 /onb\nFROM one\nRUN cat /onb\n", []),
    "copies": ("""FROM busybox
RUN mkdir /ex && chmod 711 /ex && chown 9:9 /ex && ln -s /ex /lnk && ln -s ../../../../tmp /up && touch /file
COPY d /new
COPY d /ex
COPY d /n1/n2/
COPY --chown=33:34 d /own/a/b
COPY --chown=nobody:tty f1 /own2/a/b
COPY f1 f2.txt /m/
COPY f* /glob/
COPY d* /globd/
COPY lf /lf
COPY ld /ld
COPY d/l /dl
COPY f1 /lnk
COPY f1 /lnk/q
COPY f1 /up/z
COPY f1 /file
COPY . /all
ADD t.tgz /tgz
ADD t.tar /tar/
COPY t.tgz /t3/
WORKDIR /wd/a
COPY f1 rel
COPY f1 .
COPY d/. ./dd
COPY ["f1", "f2.txt", "/json form/"]
""", []),
    "layers": ("""FROM busybox
RUN echo a > /a; ln /a /b; ln -s a /c; mkfifo /p; mkdir -p /deep/er && echo 1 > /deep/er/f && chmod 4755 /bin/busybox
RUN rm /a && rm -r /deep && mkdir /deep && echo 2 > /deep/g && chown 5:6 /b
RUN true
RUN rm -r /deep/g /home; echo x > /home
""", []),
    "stages": ("""FROM busybox AS a
RUN echo 1 > /made
FROM busybox
COPY --from=a /made /x
COPY --from=0 /bin /bin2
COPY --from=busybox /etc/passwd /pw
""", []),
    "stages side by side": ("""FROM busybox AS a
RUN echo of a && sleep 1 && echo 1 > /a
ENV A=1
FROM busybox AS b
WORKDIR /w
RUN echo of b > /b && cat /b
FROM a AS c
COPY --from=b /b /of-b
RUN cat /a /of-b
FROM busybox
LABEL last=one
COPY --from=c /a /of-b /got/
COPY --from=b /w /w
RUN ls -l /got | wc -l
""", []),
    "a failure behind another stage": ("""FROM busybox AS a
RUN sleep 1; echo told
FROM busybox AS b
RUN exit 4
FROM busybox
COPY --from=a /bin/busybox /a
COPY --from=b /bin/busybox /b
""", []),
    "a failure before another stage": ("""FROM busybox AS a
RUN sleep 1; exit 3
FROM busybox AS b
RUN exit 4
FROM busybox
COPY --from=a /bin/busybox /a
COPY --from=b /bin/busybox /b
""", []),
    "downloads": ("""FROM busybox
RUN mkdir /there
ADD HOST/f.txt /d/
ADD HOST/f.txt HOST/t.tgz HOST/a%20b.txt?x=1#y /d/
ADD --chown=3:4 HOST/f.txt /own/as
ADD HOST/ /nameless
ADD HOST/ /there
ADD HOST/named/ /named/
ADD HOST/moved.txt /moved/
ADD HOST/f.txt f1 /mixed/
RUN find /d /own /nameless /there /named /moved /mixed -type f | sort | xargs -d '\\n' stat -c '%A %u:%g %s %n'
RUN stat -c '%Y %n' /d/f.txt /own/as /nameless
""", []),
    "a download that is not there": ("FROM busybox\nADD HOST/nope /d/\n", []),
    "a download without a name": ("FROM busybox\nADD HOST/ /d/\n", []),
    "downloads without a slash": ("FROM busybox\nADD HOST/f.txt HOST/t.tgz /d\n", []),
    "a download by COPY": ("FROM busybox\nCOPY HOST/f.txt /d\n", []),
    "scratch": ("FROM scratch\nCOPY f1 /a/\nCOPY d /b\nENV X=1\nCMD [\"/a/f1\"]\n", []),
    "target": ("FROM busybox AS a\nRUN echo a\nFROM busybox AS b\nRUN echo b\n", ["--target", "a"]),
    "volumes": ("FROM busybox\nRUN mkdir /v && echo 1 > /v/a\nVOLUME /v /n\nRUN echo 2 > /v/b; echo 3 > /n/c\nCOPY f1 /v/\n", []),
    "volumes are filesystems": (r"""FROM busybox
RUN mkdir -p /a/b/v/s && echo 1 > /a/b/v/f && chmod 1777 /a/b/v && chown 5:6 /a/b/v && ln -s /a/b /lnk
VOLUME /a/b/v /lnk/w /new/x /a/b/v/s
RUN stat -c '%a %u:%g %n' /a/b/v /a/b/w /new /new/x; rm -rf /a/b/v; mv /a/b/v /moved; echo z > /a/b/v/g; ln /a/b/v/g /hl; mv /a/b/v/g /out
RUN touch /new/x/q /a/b/w/q /a/b/v/s/q && find /a /new | sort
WORKDIR /new/x/sub
RUN pwd; echo 1 > q; ls -A /new/x /a/b/v
COPY f1 /new/x/
RUN rm /new/x/f1; ls -A /new/x
""", []),
    "words": (r"""FROM busybox
ENV P=a\ b Q="c\"d" R='$P' S=${none:-x} T=${P:+set}
ENV abc=bye def=$abc
RUN echo "$P.$Q.$R.$S.$T.$def"
LABEL "a b"=c multi="one \
two"
RUN echo one \
  # a comment

  && echo two
ENTRYPOINT []
CMD []
HEALTHCHECK NONE
EXPOSE 8080/TCP
STOPSIGNAL 9
""", []),
    "another escape": ("# escape=`\nFROM busybox\nRUN echo one `\n  && echo \\two\nENV A=c:`\\b\nCOPY f1 `\n  /x\n", []),
    "a syntax": ("# syntax=docker/dockerfile:1\nFROM busybox\nRUN echo 1\n", []),
    "a list of words": ("FROM busybox\nRUN [\"echo\", \"a b\", \"$HOME\"]\nRUN [\"/bin/sh\", \"-c\", \"exit 3\"]\n", []),
    "a platform": ("FROM --platform=linux/amd64 busybox\nRUN echo 1\n", []),
    "another file": ("FROM nothing\n", ["--file", "CONTEXT/other.df", "--tag", "second", "--label", "a=b"]),
    "quietly": ("FROM busybox\nRUN echo 1\n", ["--quiet"]),
    "a file on standard input": ("FROM nothing\n", ["--file", "-", "--quiet"]),
    "no network": ("FROM busybox\nRUN ls /sys/class/net\n", ["--network", "none"]),
    "a failing command": ("FROM busybox\nRUN echo said; exit 3\n", []),
    "an unknown instruction": ("FROM busybox\nRNU x\n", []),
    "an unknown flag": ("FROM busybox\nCOPY --foo=1 a b\n", []),
    "a missing file": ("FROM busybox\nCOPY nope /\n", []),
    "a missing file of an image": ("FROM busybox\nCOPY --from=busybox /nope /\n", []),
    "a name like a file's": ("FROM busybox\nCOPY f2.tx /\n", []),
    "an ignored file": ("FROM busybox\nCOPY a.bak /\n", []),
    "ignored files alone": ("FROM busybox\nCOPY *.bak /x/\n", []),
    "a backslash that is missing": ("FROM busybox\nRUN echo 1\n  && echo 2\n", []),
    "an unknown target": ("FROM busybox AS builder\nRUN true\n", ["--target", "bulider"]),
    "values of flags": ("FROM busybox\nRUN echo 1\n", ["--no-cache=true", "--force-rm=1", "--pull=0"]),
    "a value of a flag that is none": ("FROM busybox\n", ["--no-cache=2"]),
    "a foreign file": ("FROM busybox\nCOPY ../x /\n", []),
    "no match": ("FROM busybox\nCOPY z* /x/\n", []),
    "a list in the wrong quotes": ("FROM busybox\nCOPY ['f1', '/']\n", []),
    "a pattern that is none": ("FROM busybox\nCOPY [f1 /\n", []),
    "several without a slash": ("FROM busybox\nCOPY f1 f2.txt /x\n", []),
    "an unknown owner": ("FROM busybox\nCOPY --chown=foo f1 /\n", []),
    "an unknown stage": ("FROM busybox\nCOPY --from=9 a /\n", []),
    "a bad signal": ("FROM busybox\nSTOPSIGNAL FOO\n", []),
    "a bad port": ("FROM busybox\nEXPOSE 99999\n", []),
    "no list of strings": ("FROM busybox\nCMD [1]\n", []),
    "a name without a value": ("FROM busybox\nENV a\n", []),
    "one name for two stages": ("FROM busybox AS a\nFROM busybox AS b\nFROM busybox AS A\n", []),
    "one name for two stages, of which one is built": ("FROM busybox AS a\nRUN echo 1\nFROM busybox AS a\n", ["--target", "a"]),
    "a bad stage name": ("FROM busybox AS 1a\n", []),
    "an empty file": ("", []),
    "nothing": ("FROM scratch\n", []),
    **builds_corners.CASES,
}

# Docker builds what stands before the mistake; here it is found before anything is built.
EARLIER = {"one name for two stages"}

# What stands in a file of another name, and on each build's standard input.
INPUT = "FROM busybox\nCOPY f1 /x\nRUN cat /x\n"


def context(folder):
    (folder / "d/sub").mkdir(parents=True)
    for name, text in {"f1": "1\n", "f2.txt": "2\n", "d/x": "3\n", "d/sub/y": "4\n", "a.bak": "5\n", ".dockerignore": "*.bak\n", "other.df": INPUT}.items():
        (folder / name).write_text(text)
    os.chmod(folder / "d/x", 0o755)
    os.chmod(folder / "d/sub", 0o711)
    os.link(folder / "d/x", folder / "d/x2")
    os.symlink("../f1", folder / "d/l")
    os.symlink("d", folder / "ld")
    os.symlink("f1", folder / "lf")
    os.mkfifo(folder / "d/fifo")
    for name, mode in [("t.tgz", "w:gz"), ("t.tar", "w")]:
        with tarfile.open(folder / name, mode) as tar:
            for part in ["f1", "d"]: tar.add(folder / part, arcname=part)


def entries(tar):
    """A layer's entries, in the order of names; of a directory that others beneath have, too."""
    found = []
    for item in tar:
        content = tar.extractfile(item).read() if item.isreg() else b""
        link = item.linkname.removeprefix("./").lstrip("/") if item.islnk() else item.linkname
        name = item.name.removeprefix("./").rstrip("/")
        # Which of several names is the file and which are links to it, the order of the names tells.
        found.append(f"{name} {item.type.decode()} {0 if '.wh.' in name else item.mode & 0o7777:o} {item.uid}:{item.gid} {link} {hashlib.sha256(content).hexdigest()[:12] if content else ''}")
    return sorted(found)


class Files(http.server.BaseHTTPRequestHandler):
    """What ADD downloads: small files on the loopback."""

    ANSWERS = {
        "/f.txt": (200, {"Last-Modified": "Mon, 03 Feb 2020 04:05:06 GMT"}, b"hello\n"),
        "/t.tgz": (200, {}, b"no archive, and not unpacked"),
        "/a%20b.txt?x=1": (200, {"Last-Modified": "no time"}, b"1\n"),
        "/": (200, {}, b"nameless"),
        "/named/": (200, {"Content-Disposition": 'attachment; filename="by the server"'}, b"2\n"),
        "/moved.txt": (302, {"Location": "/f.txt"}, b""),
    }

    def do_GET(self):
        status, headers, body = self.ANSWERS.get(self.path, (404, {}, b"  nothing here\n"))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(body)}.items(): self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_): pass


class Docker:
    def __init__(self, host): self.environment = {**os.environ, **host, "DOCKER_BUILDKIT": "0"}
    program = CLIENT

    def image(self, name):
        inspected = json.loads(self.run("inspect", name).stdout)[0]
        archive = tarfile.open(fileobj=io.BytesIO(subprocess.run(
            [CLIENT, "save", name], env=self.environment, capture_output=True, check=True).stdout))
        manifest = json.load(archive.extractfile("manifest.json"))[0]
        config = json.load(archive.extractfile(manifest["Config"]))
        layers = [entries(tarfile.open(fileobj=archive.extractfile(layer))) for layer in manifest["Layers"]]
        return inspected["Config"], config["history"], layers

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, input=INPUT, capture_output=True, text=True)


class Ours(Docker):
    def __init__(self, program, home):
        self.program, self.home = program, Path(home)
        self.environment = {**os.environ, "TEACH_HOME": str(home)}

    def run(self, *arguments):
        return subprocess.run(
            [self.program, "docker", *arguments], env=self.environment, input=INPUT, capture_output=True, text=True)

    def blob(self, descriptor): return self.home / "images/blobs" / descriptor["digest"].replace(":", "/")

    def image(self, name):
        index = json.loads((self.home / "images/index.json").read_text())
        entry = next(e for e in index["manifests"] if (e.get("annotations") or {}).get("org.opencontainers.image.ref.name") == name + ":latest")
        manifest = json.loads(self.blob(entry).read_text())
        config = json.loads(self.blob(manifest["config"]).read_text())
        return config["config"], config["history"], [entries(tarfile.open(self.blob(layer))) for layer in manifest["layers"]]


def plain(text):
    lines = []
    for line in re.sub(r"\x1b\[\d+m|\r", "", text).splitlines():
        line = without_ids(line)
        for pattern, other in KNOWN: line = re.sub(pattern, other, line)
        if line: lines.append(line)
    return lines


def filtered(history): return [(h.get("created_by", ""), h.get("empty_layer", False)) for h in history]


def compare(theirs, ours, folder, host):
    failures = 0
    for number, (name, (dockerfile, arguments)) in enumerate(CASES.items()):
        (folder / "Dockerfile").write_text(dockerfile.replace("HOST", host))
        words = [word.replace("CONTEXT", str(folder)) for word in arguments]
        problems = []
        outcomes = []
        for turn in ["first", "second"]:  # the second is the cache's
            results = [e.run("build", "--network", "host", "-t", f"case{number}", *words, str(folder)) for e in (theirs, ours)]
            outcomes = [r.returncode for r in results]
            if outcomes[0] != outcomes[1]: problems.append((f"{turn} exit status", *outcomes))
            for what in ["stdout", "stderr"]:
                left, right = (plain(getattr(r, what)) for r in results)
                if name in EARLIER and what == "stdout": left = left[:len(right)]
                if left != right: problems.append((f"{turn} {what}", "\n".join(left), "\n".join(right)))
        if outcomes == [0, 0]:
            left, right = theirs.image(f"case{number}"), ours.image(f"case{number}")
            for field in FIELDS:
                if (left[0].get(field) or None) != (right[0].get(field) or None):
                    problems.append((field, left[0].get(field), right[0].get(field)))
            histories = [[(re.sub(r"[0-9a-f]{64}", "ID", by), empty) for by, empty in filtered(i[1])] for i in (left, right)]
            # The bases were made by other means, in one and in two entries.
            count = min(map(len, histories)) - (len(histories[0]) != len(histories[1]))
            histories = [h[len(h) - count:] for h in histories]
            if histories[0] != histories[1]: problems.append(("history", *histories))
            if len(left[2]) != len(right[2]): problems.append(("number of layers", len(left[2]), len(right[2])))
            for depth, (a, b) in enumerate(zip(left[2], right[2])):
                if depth and a != b:
                    problems.append((f"layer {depth}", "\n".join(x for x in a if x not in b), "\n".join(x for x in b if x not in a)))
        for what, left, right in problems:
            print(f"{name}: {what} differs:\n--- Docker\n{left}\n--- teach\n{right}", file=sys.stderr)
        failures += bool(problems)
    return failures


def main():
    teach, home = sys.argv[1:]
    with dockerd("builds") as (work, host):
        theirs, ours = Docker(host), Ours(teach, home)
        subprocess.run([teach, "docker", "build", "-q", "-"], input="FROM busybox\n", text=True, env=ours.environment, check=True, capture_output=True)
        layer = next(p for p in Path(home).glob("layers/*/fs") if (p / "bin/busybox").exists())
        tar = subprocess.run(["tar", "-C", layer, "-c", "."], capture_output=True, check=True).stdout
        # The base says in labels what it is made from, and hands them on.
        labels = json.loads(ours.run("inspect", "busybox").stdout)[0]["Config"]["Labels"]
        changes = [word for name, value in labels.items() for word in ("-c", f"LABEL {json.dumps(name)}={json.dumps(value)}")]
        subprocess.run([CLIENT, "import", "-c", 'CMD ["sh"]', *changes, "-", "busybox:latest"], input=tar, env=theirs.environment, check=True, capture_output=True)
        folder = work / "context"
        folder.mkdir()
        context(folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        failures = compare(theirs, ours, folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    print(f"builds: {len(CASES)} Dockerfiles compared with a real engine, {failures} differ")
    sys.exit(1 if failures else 0)


main()
