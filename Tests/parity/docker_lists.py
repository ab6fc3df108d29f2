"""What the verbs that list images say of the same few images, held against a real Docker Engine: filters, columns, formats,
`docker system df`, `docker history`, and what `docker image prune` takes. docker.py starts the engine and calls `compare`."""

import re, subprocess, sys

from engine import without_ids

# Only these images, each a second younger than the last: Docker sorts by seconds, and an image's names not at all.
SETUP = r"""
docker volume prune -f >/dev/null 2>&1
keep=$(docker images -q lesson3); docker rmi -f $(docker images -q | grep -v $keep) >/dev/null 2>&1
build() { docker build -q --network none "$@" - >/dev/null; sleep 1.1; }
printf 'FROM lesson3\nLABEL stage=one team=a\nHEALTHCHECK --interval=5s --timeout=1m30s --retries=2 CMD true\nSHELL ["/bin/sh","-ec"]\nSTOPSIGNAL 9\n' | build -t one:1
printf 'FROM lesson3\nLABEL stage=two\nRUN echo 12345 >/two; ln -s two /link\nONBUILD RUN echo on\n' | build -t two:2
printf 'FROM lesson3\nLABEL stage=two by=me\n' | build -t repo/two:3
printf 'FROM lesson3\nRUN echo 1 >/three\nLABEL x=y\n' | build
docker create --name c1 one:1 >/dev/null
"""

NAMES = "--format '{{.Repository}}:{{.Tag}}'"
QUESTIONS = f"""
docker images; docker images --no-trunc; docker images --digests; docker images -q; docker images -q --no-trunc
docker images --filter dangling=true; docker images --filter dangling=false {NAMES}; docker images --filter dangling=1
docker images --filter label=stage {NAMES} | sort; docker images --filter label=stage=two {NAMES} | sort
docker images --filter label=stage --filter label=team=a {NAMES}; docker images --filter before=two:2 {NAMES}
docker images --filter since=one:1 {NAMES} | sort; docker images --filter before=nosuch; docker images -f since=nosuch
docker images --filter reference=two {NAMES}; docker images --filter 'reference=*/two' {NAMES}
docker images --filter reference=one --filter 'reference=t*:2' {NAMES}; docker images --filter 'reference=['
docker images --filter nosuch=1; docker images --filter nosuch; docker images two:3 {NAMES}; docker images 't*' {NAMES}
docker images repo/two {NAMES}; docker images --format '{{{{.Digest}}}} {{{{.Containers}}}} {{{{.VirtualSize}}}}'
docker images --format 'table {{{{.Repository}}}}\\t{{{{.Size}}}}\\t{{{{.CreatedAt}}}}'; docker images -q --format '{{{{.Tag}}}}'
docker images --digests --format table; docker history one:1; docker history -q two:2; docker history --no-trunc two:2
docker history -q --no-trunc one:1; docker history --human=false one:1; docker history --format table two:2
docker history -H=false --format '{{{{.Size}}}} {{{{.CreatedSince}}}} {{{{.CreatedAt}}}}' two:2
docker history --format '{{{{json .}}}}' two:2; docker history -q --format '{{{{.Size}}}}' two:2
docker inspect -f '{{{{.Config.Healthcheck}}}} {{{{.Config.Shell}}}} {{{{.Config.OnBuild}}}} {{{{.Config.Healthcheck.Interval}}}}' one:1
docker inspect -f '{{{{json .Config.Healthcheck}}}} {{{{json .Config.Shell}}}} {{{{json .Config.OnBuild}}}}' one:1 two:2
docker inspect -f '{{{{json .Config}}}}' c1; docker inspect -f '{{{{json .RepoDigests}}}}' one:1
docker system df; docker system df -v; docker system df -v --format '{{{{range .Images}}}}{{{{.Repository}}}} {{{{.UniqueSize}}}};{{{{end}}}}'
docker system df -v --format '{{{{json .Images}}}}'; docker image prune -f --filter nosuch=1; docker image prune -f --filter label=nope
docker image prune -f --filter until=2000-01-01; docker image prune -f --filter until=24h; docker image prune -f --filter until=946684800
docker image prune -f --filter until=bogus; docker image prune -f --filter 'label!=x=y'
docker image prune --filter label=x </dev/null; docker image prune -f --filter label=x=y --filter until=1ms
docker image prune -a -f --filter label=stage=two; docker image prune -f --filter dangling=false --filter label=stage; docker images
docker rm c1; docker tag lesson3 mv:1; docker create --name c3 mv:1 >/dev/null; docker ps -a --format '{{{{.Image}}}}'
printf 'FROM lesson3\\nLABEL z=1\\n' | docker build -q --network none -t mv:1 -; docker ps -a; docker ps -a --no-trunc
docker system df -v --format '{{{{range .Containers}}}}{{{{.Image}}}} {{{{end}}}}'; docker inspect -f '{{{{.Image}}}} {{{{.Config.Image}}}}' c3
docker rmi mv:1; docker ps -a; docker rm c3
"""


def told(engine, script):
    result = subprocess.run(["sh", "-c", script], env={**engine.environment, "LC_ALL": "C", "DOCKER_BUILDKIT": "0"}, capture_output=True, text=True)
    return result.returncode, plain(result.stdout), plain(result.stderr)


def plain(text):
    text = re.sub(r"(Less than a second|About a minute|\d+ \w+) ago *", "AGO ", without_ids(text))
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", "TIME", text)
    # Which of the host's programs busybox is, only teach says, beside the table.
    return [line for line in re.sub(r" {2,}", "  ", text).splitlines() if " stand-in" not in line or "<missing>" in line]


def compare(dockers, ours):
    failures = compared = 0
    for engine in (dockers, ours): told(engine, SETUP)
    for script in re.split(r"; (?=docker)|\n", QUESTIONS.strip()):
        theirs, mine = told(dockers, script), told(ours, script)
        if "prune" in script:  # in the order of a Go map
            theirs, mine = ((status, sorted(output), errors) for status, output, errors in (theirs, mine))
        compared += 1
        if theirs != mine:
            failures += 1
            print(f"{script}: Docker and teach differ:\n--- Docker\n{theirs}\n--- teach\n{mine}", file=sys.stderr)
    return failures, compared
