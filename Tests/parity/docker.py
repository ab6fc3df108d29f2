"""Runs the deck's examples and a few more under a real Docker Engine and under teach, each from the same image, and
compares what a learner would compare: output, exit status, and what `docker diff` says of every container.

usage: docker.py TEACH HOME       (as root; needs dockerd, the Docker client and skopeo; HOME holds the lesson's image)
"""

import os, re, subprocess, sys
from pathlib import Path

import docker_corners
import docker_images
import docker_lists
import docker_steps
from engine import CLIENT, dockerd, hand_over, without_ids

ROOT = Path(__file__).resolve().parents[2]

# What the slides do not do: directories replaced, copies without a change, attributes, names of every kind.
MORE = {
    "opaque": "docker run --name x lesson3 sh -c 'rm -r /app/cache; mkdir /app/cache; echo 1 > /app/cache/z'",
    "untouched": "docker run --name x lesson3 sh -c ': <> /app/config; echo 1 > /tmp/n; rm /tmp/n'",
    "kinds": "docker run --name x lesson3 sh -c 'mkdir -p /n/s; mkfifo /n/p; ln -s x /n/l; mknod /n/d c 1 3; ln /n/l /n/h'",
    "replaced": "docker run --name x lesson3 sh -c 'rm /etc/motd; mkdir /etc/motd; rm -r /srv; echo 1 > /srv'",
    "attributes": "docker run --name x lesson3 sh -c 'chmod 600 /app/config; chown 33:33 /data/a.txt; touch -d 2001-01-01 /app/VERSION'",
    "moved": "docker run --name x lesson3 sh -c 'mv /app /opt; mv /data/big.bin /big'",
    "twice": "docker run --name x lesson3 sh -c 'echo 1 >> /app/config'\ndocker start -a x",
    "missing command": "docker run --name x lesson3 nosuch",
    "not executable": "docker run --name x lesson3 /etc/passwd",
    "status": "docker run --name x lesson3 sh -c 'exit 7'",
    "killed": "docker run --name x lesson3 sh -c 'kill -9 $$'",
    "no such container": "docker diff nosuch",
    "no such name": "docker rm nosuch",
    "no such image": "docker history nosuch",
    "an option that is none": "docker run --nosuch lesson3 true",
    "a verb that is none": "docker nosuch",
    "name taken": "docker create --name x lesson3\ndocker create --name x lesson3",
    "user": "docker run --name x -u www-data -w /srv/www -e A=b lesson3 sh -c 'id; pwd; echo $A'",
}


def examples():
    """The `sh run` blocks of slides/, in the order of the files."""
    for slide in sorted((ROOT / "slides").glob("*.md")):
        for name, body in re.findall(r"^```sh run (\S+)[^\n]*\n(.*?)^```", slide.read_text(), re.S | re.M):
            yield f"{slide.name.split('-')[0]}.{name}", body


class Engine:
    """Docker's or ours, as `docker` on the PATH of a shell."""

    def __init__(self, program, environment, folder):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/docker").symlink_to(program)
        # The slides' examples make folders in the directory that they find, and a later one enters what an earlier one made.
        self.desk = folder / "desk"
        self.desk.mkdir()
        self.environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), **environment}

    def sh(self, script):
        result = subprocess.run(["sh", "-c", script], env=self.environment, cwd=self.desk, capture_output=True, text=True)
        return result.returncode, plain(result.stdout), plain(result.stderr)

    def diffs(self):
        """What each container changes; Docker's order is that of a Go map."""
        _, names, _ = self.sh("docker ps -a --format '{{.Names}}'" if self.isDockers else "docker ps -a")
        names = names.split() if self.isDockers else [line.split()[-1] for line in names.splitlines()[1:]]
        found = {}
        for name in sorted(names):
            found[name] = sorted(self.sh(f"docker diff {name}")[1].splitlines(), key=lambda line: line[2:].split("/"))
            self.sh(f"docker rm {name}")
        return found

    isDockers = False


def plain(text):
    """Without ids and ages, which differ from run to run, and without the columns' padding around them."""
    text = without_ids(text)
    # Docker's client ends its line of progress with two carriage returns.
    text = re.sub(r"(Sending build context[^\n]*\n)\n", r"\1", text)
    text = re.sub(r"(Less than a second|About a minute|\d+ \w+) ago", "AGO", text)
    return re.sub(r" {2,}", "  ", text)


def main():
    teach, home = sys.argv[1:]
    with dockerd("docker") as (work, host):
        for image in ("busybox:latest", "lesson3:latest"): hand_over(home, image, host)
        dockers = Engine(CLIENT, host, work / "theirs")
        dockers.isDockers = True
        ours = Engine(teach, {"TEACH_HOME": home, "TEACH_SHARE": str(ROOT)}, work / "ours")
        failures, compared = compare(dockers, ours)
        for more in (
            docker_images.compare(dockers, ours, work), docker_steps.compare(dockers, ours, work),
            docker_corners.compare(dockers, ours), docker_lists.compare(dockers, ours),
        ):
            failures, compared = failures + more[0], compared + more[1]
    print(f"docker: {compared} examples compared with a real engine, {failures} differ")
    sys.exit(1 if failures else 0)


def compare(dockers, ours):
    failures = compared = 0
    for name, script in [*examples(), *MORE.items()]:
        if "docker images" in script:  # the engine holds one image, the home two
            script = script.replace("docker images\n", "")
        # A container that a later example uses stays until the last of the slide's: names differ, so they are kept apart.
        theirs, mine = dockers.sh(script), ours.sh(script)
        compared += 1
        for what, left, right in zip(["exit status", "output", "errors"], theirs, mine):
            if what == "errors": left, right = bool(left), bool(right)  # worded by each, but said by both or none
            if what == "output" and "docker diff" in script:  # in the order of a Go map
                left, right = sorted(left.splitlines()), sorted(right.splitlines())
            if left != right:
                failures += 1
                print(f"{name}: {what} of Docker and of teach differ:\n--- Docker\n{left}\n--- teach\n{right}", file=sys.stderr)
        if name in ("57.one-byte", "44.diff"): continue
        left, right = dockers.diffs(), ours.diffs()
        if left != right:
            failures += 1
            print(f"{name}: docker diff of Docker and of teach differ:\n--- Docker\n{left}\n--- teach\n{right}", file=sys.stderr)
    return failures, compared


main()
