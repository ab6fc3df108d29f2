"""Builds Dockerfiles with what BuildKit added to the classic builder, which has no peer in an engine of 20.10: RUN --mount and
COPY --chmod against buildah, and heredocs against the same Dockerfile without them. Compares the exit status, the config, and
every file of the image: name, kind, mode, owner, content and target.

usage: buildah.py TEACH HOME       (as root; needs buildah and runc; HOME holds the busybox image)
"""

import hashlib, json, os, shutil, subprocess, sys, tarfile, tempfile
from pathlib import Path

FIELDS = ["Env", "Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "ExposedPorts", "Volumes", "StopSignal"]

# name: (Dockerfile, arguments)
MOUNTS = {
    "bind": ("""FROM busybox
RUN --mount=type=bind,target=/ctx cat /ctx/f1 > /a && ls /ctx/d > /b
RUN --mount=type=bind,source=d,target=/d,rw echo lost > /d/new && cp -r /d /kept
RUN --mount=target=/in,source=f1 cat /in > /c
RUN --mount=type=bind,target=/ctx echo x > /ctx/f1 || echo refused > /refused
""", []),
    "bind of a stage": ("""FROM busybox AS one
RUN mkdir /made && echo 1 > /made/a && chmod 600 /made/a && chown 5:6 /made/a
FROM busybox
RUN --mount=type=bind,from=one,source=/made,target=/m cp -a /m/a /b
""", []),
    "cache": ("""FROM busybox
RUN --mount=type=cache,target=/cc,id=parity-ID echo 1 >> /cc/a && wc -l < /cc/a > /one
RUN --mount=type=cache,target=/cc,id=parity-ID echo 1 >> /cc/a && wc -l < /cc/a > /two
RUN --mount=type=cache,target=/dd,id=owned-ID,mode=0711,uid=7,gid=8 stat -c '%a %u:%g' /dd > /three
""", []),
    "tmpfs": ("""FROM busybox
RUN --mount=type=tmpfs,target=/t echo 1 > /t/a && cp /t/a /b && grep -c ' /t tmpfs' /proc/mounts > /n
""", []),
    "secret": ("""FROM busybox
RUN --mount=type=secret,id=s cat /run/secrets/s > /a
RUN --mount=type=secret,id=s,target=/etc/word,mode=0444,uid=7,gid=8 stat -c '%a %u:%g' /etc/word > /b
RUN --mount=type=secret,id=none,target=/none ls /none > /c 2>&1 || true
""", ["--secret", "id=s,src=CONTEXT/f1"]),
    "a secret that is required": ("FROM busybox\nRUN --mount=type=secret,id=none,required=true true\n", []),
    "several": ("""FROM busybox
RUN --mount=type=tmpfs,target=/t --mount=type=bind,source=f1,target=/in cp /in /t/a && cp /t/a /b
""", []),
    "modes": ("""FROM busybox
COPY --chmod=640 f1 /a
COPY --chmod=0755 --chown=3:4 f1 d/x /m/
COPY --chmod=711 d /d
ADD --chmod=600 f1 /b
""", []),
}
# name: (with heredocs, without)
HEREDOCS = {
    "commands": ("""FROM busybox
RUN <<END
set -e
echo 1 > /a
cat /a /a > /b
END
RUN <<-END
\techo tab > /c
\tEND
""", "FROM busybox\nRUN set -e; echo 1 > /a; cat /a /a > /b\nRUN echo tab > /c\n"),
    "an interpreter of its own": ("""FROM busybox
RUN <<END
#!/bin/busybox sh
echo $0 | grep -c / > /a
END
""", "FROM busybox\nRUN echo 1 > /a\n"),
    "into a command": ("""FROM busybox
RUN cat > /a <<END && cat > /b <<'OTHER'
one
END
two $HOME
OTHER
""", "FROM busybox\nRUN echo one > /a; echo 'two $HOME' > /b\n"),
    "files": ("""FROM busybox
ENV WORD=said
COPY <<END /a
$WORD and more
END
COPY --chmod=600 --chown=5:6 <<"END" <<other.txt /d/
as it is: $WORD
END
second
other.txt
""", """FROM busybox
ENV WORD=said
RUN echo 'said and more' > /a
RUN mkdir /d; echo 'as it is: $WORD' > /d/END; echo second > /d/other.txt; chmod 600 /d/*; chown -R 5:6 /d
"""),
}


def context(folder):
    (folder / "d").mkdir(parents=True)
    for name, text in {"f1": "1\n", "d/x": "3\n", "d/y": "4\n"}.items(): (folder / name).write_text(text)


def files(layers):
    """What the layers show together, but for what buildah leaves where it mounts files of the host's."""
    shown = {}
    for layer in layers:
        with tarfile.open(layer) as tar:
            for item in tar:
                name = item.name.removeprefix("./").strip("/")
                folder, _, last = name.rpartition("/")
                if last == ".wh..wh..opq":
                    for other in [n for n in shown if n.startswith(folder + "/")]: del shown[other]
                elif last.startswith(".wh."):
                    hidden = (folder + "/" if folder else "") + last.removeprefix(".wh.")
                    for other in [n for n in shown if n == hidden or n.startswith(hidden + "/")]: del shown[other]
                else:
                    content = tar.extractfile(item).read() if item.isreg() else b""
                    shown[name] = f"{item.type.decode()} {item.mode & 0o7777:o} {item.uid}:{item.gid} {item.linkname} {hashlib.sha256(content).hexdigest()[:12] if content else ''}"
    for name in ("etc/hosts", "etc/hostname", "etc/resolv.conf", "run/secrets"): shown.pop(name, None)
    return shown


def layout(folder, entry):
    blob = lambda descriptor: folder / "blobs" / descriptor["digest"].replace(":", "/")
    manifest = json.loads(blob(entry).read_text())
    config = json.loads(blob(manifest["config"]).read_text())["config"]
    (config.get("Labels") or {}).pop("io.buildah.version", None)
    return config, files(map(blob, manifest["layers"]))


class Ours:
    def __init__(self, program, home):
        self.program, self.home = program, Path(home)
        self.environment = {**os.environ, "TEACH_HOME": str(home)}

    def build(self, name, *arguments):
        return subprocess.run([self.program, "docker", "build", "--no-cache", "--network", "host", "-t", name, *arguments], env=self.environment, capture_output=True, text=True)

    def image(self, name):
        index = json.loads((self.home / "images/index.json").read_text())
        entry = next(e for e in index["manifests"] if (e.get("annotations") or {}).get("org.opencontainers.image.ref.name") == name + ":latest")
        return layout(self.home / "images", entry)


class Buildah:
    def __init__(self, work):
        self.work = work
        self.words = ["buildah", "--root", str(work / "root"), "--runroot", str(work / "run"), "--storage-driver", "overlay"]

    def build(self, name, *arguments):
        return subprocess.run([*self.words, "--runtime", "/usr/sbin/runc", "bud", "--layers", "--network", "host", "-t", name, *arguments], capture_output=True, text=True)

    def image(self, name):
        folder = self.work / "layout" / name
        subprocess.run([*self.words, "push", "-q", f"localhost/{name}", f"oci:{folder}:{name}"], check=True, capture_output=True)
        return layout(folder, json.loads((folder / "index.json").read_text())["manifests"][0])


def differences(results, images):
    """What one build left and the other did not."""
    problems = []
    outcomes = [r.returncode != 0 for r in results]
    if outcomes[0] != outcomes[1]: problems.append(("exit status", *(f"{r.returncode}\n{r.stdout}{r.stderr}" for r in results)))
    if any(outcomes): return problems
    (config, left), (ours, right) = images()
    for field in FIELDS:
        if (config.get(field) or None) != (ours.get(field) or None): problems.append((field, config.get(field), ours.get(field)))
    if left != right:
        lines = [[f"{n} {v}" for n, v in sorted(a.items()) if b.get(n) != v] for a, b in ((left, right), (right, left))]
        problems.append(("files", *("\n".join(l) for l in lines)))
    return problems


def main():
    teach, home = sys.argv[1:]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="teach-parity-buildah-") as path:
        work = Path(path)
        (work / "layout").mkdir()
        ours, buildah = Ours(teach, home), Buildah(work)
        subprocess.run(["skopeo", "copy", "--quiet", f"oci:{home}/images:busybox:latest", f"containers-storage:[overlay@{work}/root+{work}/run]docker.io/library/busybox:latest"], check=True)

        def build(builder, name, dockerfile, arguments):
            # Anew for each: what is written through buildah's mounts reaches the files themselves.
            folder, file = work / "context", work / "Dockerfile"
            shutil.rmtree(folder, ignore_errors=True)
            context(folder)
            # Caches outlive the builders' stores.
            file.write_text(dockerfile.replace("ID", f"{type(builder).__name__}-{os.getpid()}"))
            return builder.build(name, *(w.replace("CONTEXT", str(folder)) for w in arguments), "-f", str(file), str(folder))

        def report(name, problems, peer):
            for what, left, right in problems:
                print(f"{name}: {what} differs:\n--- {peer}\n{left}\n--- teach\n{right}", file=sys.stderr)
            return bool(problems)

        for number, (name, (dockerfile, arguments)) in enumerate(MOUNTS.items()):
            image = f"mounts{number}"
            results = [build(b, image, dockerfile, arguments) for b in (buildah, ours)]
            failures += report(name, differences(results, lambda: [b.image(image) for b in (buildah, ours)]), "buildah")
        for number, (name, pair) in enumerate(HEREDOCS.items()):
            images = [f"heredoc{number}-{which}" for which in ("without", "with")]
            results = [build(ours, image, dockerfile, []) for image, dockerfile in zip(images, reversed(pair))]
            failures += report(name, differences(results, lambda: [ours.image(image) for image in images]), "without heredocs")
        subprocess.run([*buildah.words, "rmi", "-af"], capture_output=True)
        for mounted in (work / "root/overlay", work / "root"): subprocess.run(["umount", str(mounted)], capture_output=True)
    print(f"buildah: {len(MOUNTS) + len(HEREDOCS)} Dockerfiles with mounts, modes and heredocs, {failures} differ")
    sys.exit(1 if failures else 0)


main()
