"""The images that the steps of a build make, held against a real Docker Engine: what lists and finds them, which ids the
history knows, what goes with what, and what the cache still has then. docker.py starts the engine and calls `compare`.

Each id gets a name when it is first seen, in each engine for itself: so it is compared which image is which."""

import re, subprocess, sys

FUNCTIONS = r"""
b() { printf "$1" | docker build --network none $3 ${2:+-t $2} -; }
step() { docker history -q --no-trunc "$1" | sed -n "$2p"; }
"""

SETUP = r"""
docker rm -f $(docker ps -aq) 2>/dev/null; docker volume prune -f >/dev/null 2>&1; keep=$(docker images -q lesson3)
docker rmi -f $(docker images -q | grep -v $keep) >/dev/null 2>&1; docker image prune -f >/dev/null
"""

# One script a line, in one home after the other: what one makes the next one finds.
SCRIPTS = r"""
docker images -q --no-trunc lesson3
b 'FROM lesson3\nLABEL steps=1\nENV A=1\nRUN echo 1 >/one\nCMD ["cat", "/one"]\n' t1
docker images | sort; docker images -a | sort; docker images -q -a | sort; docker info -f '{{.Images}}'
docker images -a -f dangling=true; docker images -a -f dangling=false | sort; docker images -a -f label=steps | sort
docker images -a t1; docker images -a -f before=$(step t1 2) | sort; docker images -a -f since=$(step t1 3) | sort
docker history t1; docker history -q $(step t1 2); docker history --no-trunc --format '{{.ID}} {{.Size}}' $(step t1 3)
for n in 1 2 3 4 5; do docker inspect -f '{{.Parent}} {{.RepoTags}} {{.Config.Env}} {{len .RootFS.Layers}}' $(step t1 $n); done
docker image inspect -f '{{.Id}}' $(step t1 3 | cut -c8-16); docker inspect -f '{{.Id}}' $(step t1 3 | cut -c8-)
docker run --rm --net none $(step t1 2) cat /one; docker run --rm --net none $(step t1 3) cat /one; docker run --rm --net none t1
docker create --name cc $(step t1 2) true | wc -l; docker inspect -f '{{.Image}} {{.Config.Image}}' cc; docker ps -a --format '{{.Image}} {{.Names}}'
docker cp cc:/one - | tar xO; docker rmi $(step t1 2); docker rmi -f $(step t1 2); docker rmi $(step t1 3)
docker save -o t1.tar t1; docker save -o step.tar $(step t1 2)
docker rmi t1; docker images -a | sort; docker image prune -f; docker rm cc; docker image prune -f; docker images -a | sort
docker load -i t1.tar; docker history t1; docker images -a | sort; docker inspect -f '{{.Parent}}.' t1
b 'FROM lesson3\nLABEL steps=1\nENV A=1\nRUN echo 1 >/one\nCMD ["cat", "/one"]\n' t1; docker images -a | sort; docker history t1
docker load -q -i step.tar; docker images -a | sort; docker images
b 'FROM lesson3\nLABEL steps=1\nENV A=1\nRUN echo 1 >/one\nCMD ["cat", "/one"]\n' t1; docker image prune -f | sort
docker images -a | sort; docker history t1; docker load -q -i t1.tar; docker history t1; docker image prune -f | sort; docker rmi t1
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\n' t1; b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t2; docker history t2
docker rmi t1; docker history t2; docker images -a | sort; docker tag $(step t2 2) again; docker rmi t2; docker images -a | sort
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t2; docker rmi again; docker images | sort; docker rmi t2; docker images -a | sort
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t2; sleep 1.1; b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t3 --no-cache; docker images -a | sort
docker rmi t3; docker images -a | sort; b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t3; docker rmi t2; docker rmi t3
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\nRUN false\n' bad; docker rm $(docker ps -aq) >/dev/null 2>&1; docker images | sort; docker images -a | sort; docker system df
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\nRUN true\n' good; docker images | sort; docker rmi $(step good 1) $(step good 2) | sort; docker images -a | sort
b 'FROM lesson3 AS a\nLABEL steps=1\nRUN echo 1 >/one\nFROM lesson3\nLABEL steps=1\nCOPY --from=a /one /two\nENV C=1\n' two; docker images | sort
docker images -a | sort; docker rmi two; docker images -a | sort; docker image prune -f --filter label=steps; docker images -a | sort; docker system df
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t1; b "FROM $(step t1 2)\nRUN echo 3 >/three\n" t2; docker history t2; docker rmi t1 t2
b 'FROM lesson3\nLABEL steps=1\nRUN echo 1 >/one\nENV B=2\n' t1; b "FROM $(step t1 2 | cut -c8-19)\nCOPY --from=$(step t1 1) /one /two\n" t2; docker rmi $(step t2 1); docker rmi -f t1
b 'FROM lesson3\nLABEL steps=1\nENV B=2\n' t1; docker tag t1 t2; docker rmi $(step t1 1); docker rmi -f $(step t1 1) | sort; docker images -a | sort
b 'FROM lesson3\nLABEL steps=1\nENV B=2\n' t1; b "FROM t1\nENV C=3\n" t2; docker rmi $(step t1 1); docker rmi t1; docker images | sort; docker rmi t2
b 'FROM lesson3\nLABEL steps=1\nENV B=2\n' t1; docker run --name cc --net none t1 sh -c 'echo 1 >/cc'; docker commit cc cm | wc -c; docker inspect -f '{{.Parent}}' cm; docker history cm | cut -c1-12
docker create --name ce --net none cm true >/dev/null; docker commit -m none ce cn | wc -c; docker inspect -f '{{json .RootFS}}' cn; docker history --format '{{.CreatedBy}} {{.Size}} {{.Comment}}' cn; docker rm ce; docker rmi cn | wc -l
docker rmi $(step cm 2); docker rm cc; docker rmi t1; docker rmi cm | wc -l; docker images -a | sort
b 'FROM lesson3\nLABEL steps=1\nENV B=2\n' t1; docker create --name cc $(step t1 2) true | wc -l; docker rmi t1; docker images -a | sort; docker rmi $(docker images -q -f dangling=true); docker rm cc; docker rmi $(docker images -q -f dangling=true)
b 'FROM lesson3\nLABEL steps=1\nENV B=2\nRUN echo 1 >/one\n' t1; docker tag $(step t1 2) s1; docker image prune -a -f --filter label=steps | sort; docker images -a | sort
b 'FROM lesson3\nLABEL steps=1\nENV B=2\nRUN echo 1 >/one\n' t1; b 'FROM lesson3\nLABEL steps=1\nENV B=2\nRUN echo 2 >/one\n' t1; docker images -a | sort; docker image prune -f; docker images -a | sort; docker rmi t1
docker tag lesson3 kept; b 'FROM lesson3\nLABEL steps=1\n' t1; docker rmi lesson3 kept; docker images -a | sort; docker history -q t1 | head -2; docker tag $(step t1 2) lesson3; docker rmi t1; docker images -a
"""


def told(engine, script, names):
    environment = {**engine.environment, "LC_ALL": "C", "DOCKER_BUILDKIT": "0"}
    result = subprocess.run(["sh", "-c", FUNCTIONS + script], env=environment, cwd=engine.desk, capture_output=True, text=True)

    def name(found):
        return names.setdefault(found.group()[:12], f"ID{len(names)}")

    def plain(text):
        # The containers of steps are each engine's own.
        text = re.sub(r"(Running in|Removing intermediate container|container) [0-9a-f]{12}", r"\1 CONTAINER", text)
        text = re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", name, text)
        text = re.sub(r"(Less than a second|About a minute|\d+ \w+) ago *", "AGO ", text)
        text = re.sub(r"\r|(?<=\n)\n", "", text)
        # Behind Docker's words for what stands in the way, ours are the cure.
        text = re.sub(r"; `docker rm [^`]*` removes the container", "", text)
        # Which images stand in for others only teach says.
        return [line for line in re.sub(r" {2,}", "  ", text).splitlines() if " stand-in" not in line or "<missing>" in line]

    return result.returncode, plain(result.stdout), plain(result.stderr)


def compare(dockers, ours, work):
    failures = compared = 0
    for engine in (dockers, ours): told(engine, SETUP, {})
    names = {}, {}
    for script in SCRIPTS.strip().splitlines():
        theirs, mine = told(dockers, script, names[0]), told(ours, script, names[1])
        # Names were given in the order of appearance, and sorting was by ids.
        theirs, mine = ((status, sorted(output) if "| sort" in script else output, errors) for status, output, errors in (theirs, mine))
        compared += 1
        if theirs != mine:
            failures += 1
            print(f"{script}: Docker and teach differ:\n--- Docker\n{theirs}\n--- teach\n{mine}", file=sys.stderr)
    return failures, compared
