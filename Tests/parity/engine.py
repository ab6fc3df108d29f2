"""A real Docker Engine with its data and its socket in a folder of its own, for the scripts that compare with it."""

import contextlib, re, shutil, subprocess, tempfile
from pathlib import Path

CLIENT = "/usr/bin/docker"


@contextlib.contextmanager
def dockerd(name):
    """Starts the engine; yields a work folder and the environment of its clients; takes both away."""
    work = Path(tempfile.mkdtemp(prefix=f"teach-parity-{name}-"))
    engine = subprocess.Popen(
        [Path(__file__).parents[1] / "peers/docker-engine", work / "engine"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    try:
        host = engine.stdout.readline().strip()
        if not host: raise SystemExit("no Docker Engine to compare with; why stands above")
        yield work, {"DOCKER_HOST": host}
    finally:
        engine.stdin.close()
        engine.wait(60)
        shutil.rmtree(work, ignore_errors=True)


def hand_over(home, image, environment):
    """Gives the engine an image of a home's store, as it is."""
    subprocess.run(
        ["skopeo", "copy", "--quiet", "--dest-daemon-host", environment["DOCKER_HOST"], f"oci:{home}/images:{image}",
         f"docker-daemon:{image}"], check=True)


def without_ids(text):
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "ID", text)
