"""Builds the Dockerfiles of the deck's slides 27, 39 and 50 from the same stand-ins under a real Docker Engine and under
teach, without a network; the second time all comes from the cache. Compares what is printed, `docker history` to the letter,
the config, and what a container of each says.

usage: deck.py TEACH HOME       (as root; needs dockerd, the Docker client and skopeo; HOME holds the stand-ins)
"""

import json, os, re, shutil, subprocess, sys
from pathlib import Path

from engine import CLIENT, dockerd, hand_over, without_ids

DECK = Path(__file__).resolve().parent / "deck"
RUNS = {
    "27": ("gcc:latest", [], "Hello from a container, 42\n"),
    "39": ("alpine:3.7", ["sh", "-c", "id www-data; pwd; ls; php-fpm7 -m | grep apcu; php-fpm7 -t 2>&1 | grep -o 'test is successful'"],
           "starting in prod\nuid=1000(www-data) gid=1000(www-data) groups=1000(www-data)\n/srv\nDockerfile\nbin\nindex.php\n"
           "apcu\ntest is successful\n"),
    "50": ("node:latest", ["node", "-e", "require('./server'); fetch('http://127.0.0.1:8080/').then(r => r.text()).then(t => { process.stdout.write(t); process.exit() })"],
           "Hello from express\n"),
}


def plain(text):
    """Without ids, ages, the time that npm took, colours, padding and empty lines."""
    text = re.sub(r"\x1b\[\d+m|\r", "", without_ids(text))
    text = re.sub(r"(Less than a second|About a minute|\d+ \w+) ago", "AGO", text)
    text = re.sub(r"(\d+ packages?.*) in \d+m?s", r"\1", text)
    # Each has its own digest of what is copied.
    text = re.sub(r"\b(file|dir|multi):[0-9a-f]+", r"\1:DIGEST", text)
    return "\n".join(line for line in re.sub(r" {2,}", "  ", text).splitlines() if line)


def main():
    teach, home = sys.argv[1:]
    failures = 0

    def same(what, theirs, ours):
        nonlocal failures
        if theirs == ours: return
        failures += 1
        print(f"{what}: Docker and teach differ:\n--- Docker\n{theirs}\n--- teach\n{ours}", file=sys.stderr)

    with dockerd("deck") as (work, host):
        both = [
            ([CLIENT], {**os.environ, **host, "DOCKER_BUILDKIT": "0"}),
            ([teach, "docker"], {**os.environ, "TEACH_HOME": home}),
        ]

        def each(*arguments):
            return [subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True)
                    for program, environment in both]

        def prepare(base):
            """Makes a stand-in where it is missing, and gives it to both."""
            program, environment = both[1]
            subprocess.run([*program, "run", "--rm", "--net", "none", base, "true"], env=environment, check=True, capture_output=True)
            hand_over(home, base, host)

        for slide, (base, command, expected) in RUNS.items():
            prepare(base)
            name, context = f"slide{slide}:latest", work / slide
            shutil.copytree(DECK / slide, context)
            for turn, options in [("first", ["--no-cache"]), ("second", [])]:
                theirs, ours = each("build", *options, "--network", "none", "-t", name, str(context))
                same(f"slide {slide}, {turn} build: exit status", theirs.returncode, ours.returncode)
                same(f"slide {slide}, {turn} build: output", plain(theirs.stdout), plain(ours.stdout))
            steps = len(re.findall(r"^Step ", ours.stdout, re.M))
            same(f"slide {slide}: steps from the cache", steps - 1, len(re.findall(r"^ ---> Using cache$", ours.stdout, re.M)))
            for options in [[], ["--no-trunc", "--format", "{{.CreatedBy}}|{{.Size}}|{{.Comment}}"]]:
                same(f"slide {slide}: history {' '.join(options)}", *(plain(r.stdout) for r in each("history", *options, name)))
            configs = [json.loads(r.stdout)[0]["Config"] for r in each("inspect", name)]
            for config in configs: config["Image"] = None  # the id of the image beneath, which teach leaves to the lineage
            same(f"slide {slide}: config", *configs)
            theirs, ours = each("run", "--rm", "--net", "none", name, *command)
            same(f"slide {slide}: run", (theirs.returncode, theirs.stdout), (ours.returncode, ours.stdout))
            same(f"slide {slide}: what it says", expected, ours.stdout)
        # Slide 43.
        prepare("nginx:latest")
        same("slide 43: history", *(plain(r.stdout) for r in each("history", "nginx")))
    print(f"deck: the Dockerfiles of {len(RUNS)} slides built and run with a real engine's, {failures} differences")
    sys.exit(1 if failures else 0)


main()
