"""Command lines that are wrong or rare, held against a real Docker Engine: words, exit statuses, archives of other
compressors, a context that comes as a tar. docker.py starts the engine and calls `compare`."""

import sys

from docker_steps import told

# One script a line, each in an empty folder.
SCRIPTS = r"""
docker images a b; docker load x; docker system df x; docker ps x; docker image ls a b; docker info x
docker image rm; docker container rm; docker image prune x; docker container prune x; docker image history
docker tag a b c; docker cp a b c; docker inspect; docker image inspect; docker container inspect; docker create; docker run
docker save; docker export; docker commit; docker diff; docker rmi; docker history a b; docker commit a b c
docker rmi --nope; docker tag -x; docker save -z; docker rm --foo=1 a; docker cp -Z a b; docker create --foo; docker image rm -q
docker images -f; docker images --filter; docker history --format; docker commit -m; docker save -o; docker load -i; docker images -af
docker import -c; docker create --name; docker run --name; docker inspect -f; docker build -f; docker build --tag; docker build -qt
docker history -H lesson3; docker history -H=false lesson3; docker history --human lesson3; docker history lesson3 --human=0 -q
docker history -Hq lesson3; docker history -H=x lesson3; docker history -qH; docker history --format '{{.Nope}}' lesson3
docker create --name s1 lesson3 true | wc -c; echo 12345 >f; docker cp f s1:/; docker inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' s1; docker container inspect -s -f '{{.SizeRw}}' s1; docker rm s1
docker inspect -s -f '{{.Size}}' lesson3; docker image inspect -s lesson3; docker inspect -f '' lesson3 | head -3
docker tag lesson3 m:1; b 'FROM lesson3\nLABEL m=2\n' m:2; docker save m -o x; docker save m:1 m | wc -c | grep -c .; docker rmi m:1 m:2; docker load -i x | sort; docker rmi m:1 m:2; docker save m -o y; ls
docker save lesson3 | xz -0 | docker load; docker save lesson3 | bzip2 >z; docker load -i z; docker save lesson3 | gzip | docker load -q
printf 'FROM lesson3\nCOPY f /x\nRUN cat /x\n' >Dockerfile; echo 1 >f; tar c . | docker build --network none -; tar cz . | docker build -q --network none - | wc -c; tar cJ . | docker build -f nope - >o; tar c f | docker build - >o
mkdir s d; printf 'FROM lesson3\nCOPY . /x\nRUN find /x | sort\n' >s/df; echo d >.dockerignore; touch d/f; ln d/f g; tar c . | docker build --network none -f s/df -
ln -s /etc/hostname Dockerfile; tar c . | docker build - >o; docker build -f - - </dev/null; mkdir .dockerignore; echo 'FROM lesson3' | docker build -f - . 2>&1 | sed 's,read .*/corner,read ,'
printf 'FROM lesson3\n' | docker build -t x -t x:latest -t y -; printf 'FROM lesson3\n' | docker build -t a@sha256:0000000000000000000000000000000000000000000000000000000000000000 - >o; docker rmi x y
docker create --name s1 lesson3 sh | wc -c; docker commit -a 'A <a@b>' -c 'ENV Z=1 P=$PATH:/x' -c 'CMD ["a","b"]' -c 'EXPOSE 1-3 80/udp' -c 'ONBUILD RUN x' -c 'HEALTHCHECK --interval=3s CMD a b' -c 'USER u' -c 'VOLUME /v /w' -c 'WORKDIR /q' -c 'WORKDIR r' -c 'LABEL "a b"=c d="e $Z"' -c 'ENTRYPOINT ["e"]' s1 cm | wc -c; docker inspect -f '{{.Author}} {{json .Config}}' cm | sed 's/"Hostname":"[^"]*"//; s/"AttachStd[a-z]*":[a-z]*//g; s/"Image":"[^"]*"//'; docker rmi cm >o; docker rm s1
docker create --name s1 lesson3 sh | wc -c; docker commit -c "$(printf 'ENV A=1\nENV B=$A \\\n C=3\n# none\n')" -c 'CMD echo $A' s1 cm | wc -c; docker inspect -f '{{json .Config.Env}} {{json .Config.Cmd}}' cm; docker rmi cm >o; docker rm s1
docker create --name s1 lesson3 sh | wc -c; for c in 'RUN x' 'FROM x' 'FOO x' ENV 'ENV a' '' 'ARG x' 'EXPOSE x' '# c' 'STOPSIGNAL 9' 'SHELL ["a"]' 'LABEL a' VOLUME WORKDIR USER 'ONBUILD FROM x' 'HEALTHCHECK FOO'; do docker commit -c "$c" s1 cm; done; docker rm s1
mkdir t; echo 1 >t/a; tar cf a.tar -C t .; docker import -c "$(printf 'ENV A=1\nENV B=$A:$PATH')" -c 'WORKDIR x' -c 'HEALTHCHECK NONE' -c 'ENTRYPOINT a $B' -c 'CMD b' a.tar im | wc -c; docker inspect -f '{{json .Config}} {{.Comment}}' im; docker import -c 'RUN a' a.tar; docker import -c 'ENV a' a.tar; docker rmi im | wc -l
"""


def compare(dockers, ours):
    failures = compared = 0
    for script in SCRIPTS.strip().splitlines():
        whole = "rm -rf corner; mkdir corner; cd corner\n" + script
        theirs, mine = told(dockers, whole, {}), told(ours, whole, {})
        compared += 1
        if theirs != mine:
            failures += 1
            print(f"{script}: Docker and teach differ:\n--- Docker\n{theirs}\n--- teach\n{mine}", file=sys.stderr)
    return failures, compared
