"""A real Docker Engine with its data and its socket in a folder of its own, for the scripts that compare with it."""

import contextlib, os, re, shutil, signal, subprocess, tempfile, time
from pathlib import Path

CLIENT = "/usr/bin/docker"


@contextlib.contextmanager
def dockerd(name):
    """Starts the engine; yields a work folder and the environment of its clients; takes both away."""
    work = Path(tempfile.mkdtemp(prefix=f"teach-parity-{name}-"))
    host = f"unix://{work}/docker.sock"
    environment = {"DOCKER_HOST": host}
    daemon = subprocess.Popen(
        ["dockerd", "--data-root", work / "data", "--exec-root", work / "exec", "-p", work / "pid", "-H", host,
         "--bridge=none", "--iptables=false", "--ip-masq=false"],
        stdout=open(work / "log", "w"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(150):
            if subprocess.run([CLIENT, "version"], env=environment, capture_output=True).returncode == 0: break
            if daemon.poll() is not None: raise SystemExit((work / "log").read_text()[-2000:])
            time.sleep(0.2)
        yield work, environment
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
        # The engine leaves the mount of its network namespace when a container has used it.
        subprocess.run(["umount", work / "exec/netns/default"], capture_output=True)
        shutil.rmtree(work, ignore_errors=True)


def hand_over(home, image, environment):
    """Gives the engine an image of a home's store, as it is."""
    subprocess.run(
        ["skopeo", "copy", "--quiet", "--dest-daemon-host", environment["DOCKER_HOST"], f"oci:{home}/images:{image}",
         f"docker-daemon:{image}"], check=True)


def without_ids(text):
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "ID", text)
