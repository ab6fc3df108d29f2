"""The verbs over images, held against a real Docker Engine: what each says, and what one makes of the other's archives.
docker.py starts the engine and calls `compare`."""

import json, re, subprocess, sys

TEMPLATES = """
{{.Id}} {{.Os}}|{{.Config.Env}} {{.Config.Cmd}}|{{json .Config}}|{{json .RootFS}}|{{.Config.Volumes}} {{.Config.Labels}}
{{range .Config.Env}}{{println .}}{{end}}|{{index .RepoTags 0}}|{{len .RootFS.Layers}}|{{.ID}} {{.Config.Entrypoint}}
{{if .Config.Cmd}}a{{else}}b{{end}}|{{if .Config.Entrypoint}}a{{else if .Id}}b{{end}}|{{with .Config}}{{.Env}}{{end}}
{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{else}}none{{end}}|{{range $i, $e := .RepoTags}}{{$i}}{{$e}}{{end}}
{{.Id | upper | printf "%.12s"}}|{{join .RepoTags ","}}|{{split "a,b" ","}}|{{title "hello world"}} {{lower "AB"}}
{{eq 1 1}} {{ne "a" "b"}} {{lt 1 2}} {{and .Id 1}} {{or "" "x"}} {{not .Id}}|{{printf "%5d|%-5s|%q" 12 "ab" .Os}}
{{$x := .Os}}{{$x}}|{{/* c */}}x{{- " y" -}}  z|{{println 1 2 "a"}}{{print 1 2 "a" "b" 3}}|{{slice "abc" 1 2}}
{{.Foo}}|{{.Config.Foo}}|{{.Id|{{.Id}|{{foo .Id}}|{{index .RepoTags 5}}|{{if .Id}}a|{{.Id}} {{end}}|{{"abc}}|{{$x}}
{{if}}x{{end}}|{{join .Id ","}}|{{eq 1 "a"}}|{{lt .Id 2}}|{{index .RepoTags "a"}}|{{}}|{{.Id.Foo}}|{{.Config.Cmd.Foo}}
{{upper}}|{{nil}}|{{1 | 2}}|{{.Id 3}}|{{len 3}}|{{else}}|{{range .Id}}{{end}}|{{#}}|{{.Id ,}}|{{index .Config.Env 0}}
"""

# What each prints must be equal to the letter, on both streams.
WORDS = [
    "docker tag nosuch x", "docker tag lesson3 X", "docker tag lesson3 a@sha256:" + "0" * 64, "docker rmi nosuch",
    "docker rmi -f nosuch", "docker tag lesson3 other:1; docker rmi other:1",
    "docker create --name c1 lesson3 >/dev/null; docker rmi lesson3; docker rmi $(docker images -q lesson3); docker rm c1",
    "docker inspect nosuch", "docker inspect -f '{{.Id}}' nosuch", "docker image inspect nosuch", "docker container inspect nosuch",
    "docker inspect --type image nosuch", "docker save nosuch", "docker load -i nosuch", "docker export nosuch",
    "docker commit nosuch", "docker image ls --nosuch", "docker images -Q", "docker image prune </dev/null",
    "docker images --format 'table {{.Repository}}\\t{{.Tag}}' lesson3", "docker images --format '{{json .Tag}}' lesson3",
    "docker history --format '{{.CreatedBy}}|{{.Size}}' lesson3", "docker ps --format '{{.ID'",
    "docker images --format '{{.Nope}}' lesson3", "docker rm nosuch", "docker diff nosuch", "docker history nosuch",
]

COPIES = """
docker create --name c1 lesson3 sh >/dev/null
docker cp f c1:/one; docker cp f c1:/tmp/; docker cp d c1:/new; docker cp d c1:/; docker cp d/. c1:/data; docker cp d c1:/new/l
docker cp link c1:/link; docker cp -L link c1:/followed; tar cf - f | docker cp - c1:/srv; docker cp f c1:one
docker cp c1:/nope .; docker cp f c1:/no/such; docker cp f c1:/nosuch/; docker cp d c1:/one; docker cp c1:/data f
docker cp c1:/data nosuch/x; docker cp c1:/one nosuch/; docker cp f d; docker cp c1:/one c1:/x; docker cp nosuch:/x .
docker cp f nosuch:/x; docker cp f/ c1:/q; docker cp f c1:/one/; tar c f | docker cp - c1:/one; docker cp nosuch c1:/
rm -rf out; mkdir out; docker cp c1:/one out; docker cp c1:/new out; docker cp c1:/new/. out; docker cp c1:/new out/other
docker cp -L c1:/new/l out/linked; docker cp c1:/new/l/ out/behind; find out -printf '%p %y %m %U:%G %l\\n' | sort
docker cp c1:/new - | tar t; docker cp c1:/new/. - | tar t; docker cp c1:/new/l - | tar tv --numeric-owner | cut -c1-20
docker cp -L c1:/new/l - | tar t; docker export c1 | tar tv --numeric-owner | grep -E ' (one|tmp|new|d|data|srv|link|followed)(/|$| )' | awk '{print $1, $2, $6, $8}' | sort
docker rm c1
"""

# Docker's own files in a container's root, which an export of it holds and no layer does.
OWN = re.compile(r"^(\.dockerenv|dev/|etc/(hosts|hostname|resolv\.conf|mtab)( |$)|(proc|sys|dev|etc)/$)")


def keys(value, path=""):
    if isinstance(value, dict):
        for name, inner in value.items(): yield from keys(inner, f"{path}.{name}")
    else: yield path


class Images:
    def __init__(self, dockers, ours, work):
        self.dockers, self.ours, self.work = dockers, ours, work
        self.failures = self.compared = 0
        for engine in (dockers, ours):
            folder = self.folder(engine)
            folder.mkdir()
            subprocess.run(
                "mkdir -p d/sub; echo hi >f; chown 1000:1001 f; chmod 640 f; echo x >d/sub/x; ln -s sub d/l; ln -s f link",
                shell=True, cwd=folder, check=True)

    def folder(self, engine): return self.work / ("files-theirs" if engine.isDockers else "files-ours")

    def sh(self, engine, script):
        environment = {**engine.environment, "LC_ALL": "C"}
        result = subprocess.run(["sh", "-c", script], env=environment, cwd=self.folder(engine), capture_output=True, text=True)
        # The folders' names, and where the engine keeps things, are each one's own.
        # Behind Docker's words for what stands in the way, ours are the cure.
        cure = re.compile(r"; `docker rm [^`]*` removes the container")
        plain = lambda text: re.sub(r"\b[0-9a-f]{12}([0-9a-f]{52})?\b", "ID", cure.sub("", text.replace(str(self.folder(engine)), "HERE")))
        return result.returncode, plain(result.stdout), plain(result.stderr)

    def same(self, what, theirs, ours):
        self.compared += 1
        if theirs == ours: return
        self.failures += 1
        print(f"{what}: Docker and teach differ:\n--- Docker\n{theirs}\n--- teach\n{ours}", file=sys.stderr)

    def both(self, what, script): self.same(what, self.sh(self.dockers, script), self.sh(self.ours, script))

    def object(self, engine, script):
        return json.loads(subprocess.run(["sh", "-c", script], env=engine.environment, capture_output=True, text=True).stdout)[0]

    def run(self):
        for template in TEMPLATES.strip().replace("\n", "|").split("|{{"):
            template = template if template.startswith("{{") else "{{" + template
            self.both(f"image inspect -f '{template}'", f"docker image inspect -f '{template}' lesson3")
        for script in WORDS: self.both(script, script)
        self.fields()
        self.archives()
        self.both("docker cp", COPIES)
        return self.failures, self.compared

    def fields(self):
        theirs, ours = (self.object(engine, "docker inspect lesson3") for engine in (self.dockers, self.ours))
        for name in ["Id", "RepoTags", "Created", "Author", "Comment", "Config", "Architecture", "Os", "RootFS"]:
            self.same(f"inspect of an image: {name}", theirs[name], ours[name])
        for value in (theirs, ours): value["GraphDriver"]["Data"] = None
        self.same("inspect of an image: fields", list(keys(theirs)), list(keys(ours)))
        create = "docker create --name c1 --net none -l a=b -e C=d -w /srv -u 33 -m 64m --cap-drop ALL lesson3 sh -c x >/dev/null; docker inspect c1"
        theirs, ours = (self.object(engine, create) for engine in (self.dockers, self.ours))
        for value in (theirs, ours):
            self.sh(self.dockers if value is theirs else self.ours, "docker rm c1")
            value["Config"]["Hostname"] = value["GraphDriver"]["Data"] = None
        for name in ["Path", "Args", "State", "Image", "Name", "Driver", "Config", "Mounts", "GraphDriver"]:
            self.same(f"inspect of a container: {name}", theirs[name], ours[name])
        self.same("inspect of a container: fields", list(keys(theirs)), list(keys(ours)))

    def archives(self):
        """Each makes an image of the same container and of the same tar; each loads what the other saved."""
        make = (
            "docker run --name c1 lesson3 sh -c 'rm /etc/motd; rm -r /srv/www; mkdir /srv/www; echo n >/srv/www/n; ln /srv/www/n /n; mkfifo /p; chmod 4755 /app/VERSION';"
            "docker commit -a me -m msg -c 'CMD [\"ls\", \"-A\", \"/srv/www\"]' -c 'ENV A=\"b c\" D=e' -c 'EXPOSE 80' -c 'LABEL x=\"y z\"' -c 'USER 33' -c 'WORKDIR /srv' c1 TAG >/dev/null;"
            "docker export c1 >c1.tar; docker rm c1 >/dev/null; docker import -m note -c 'CMD [\"cat\", \"/n\"]' -c 'VOLUME /v' -c 'ENTRYPOINT echo' c1.tar FLAT >/dev/null; docker save -o saved.tar TAG FLAT")
        for engine, name in ((self.dockers, "theirs"), (self.ours, "ours")):
            status, _, errors = self.sh(engine, make.replace("TAG", f"{name}:1").replace("FLAT", f"{name}-flat:1"))
            if status: print(f"{name}: {errors}", file=sys.stderr)
        for engine, other in ((self.dockers, self.ours), (self.ours, self.dockers)):
            self.same("load of the other's archive", "", self.sh(engine, f"docker load -q -i {self.folder(other)}/saved.tar")[2])
        for name in ["theirs", "ours"]:
            for flat in ["", "-flat"]:
                self.both(f"{name}{flat}: id", f"docker inspect -f '{{{{.Id}}}} {{{{json .RootFS}}}}' {name}{flat}:1")
            self.both(f"{name}: run", f"docker run --rm --net none {name}:1; docker run --rm --net none --entrypoint cat {name}-flat:1 /n")
        lists = []
        for engine, name in ((self.dockers, "theirs"), (self.ours, "ours")):
            image = self.object(engine, f"docker inspect {name}:1")
            flat = self.object(engine, f"docker inspect {name}-flat:1")
            tree = self.sh(engine, f"docker create --name c1 {name}-flat:1 sh >/dev/null; docker export c1 | tar tv --numeric-owner; docker rm c1 >/dev/null")[1]
            # Directories' sizes and times of making say nothing of what is in them.
            tree = sorted(re.sub(r" \d+ \d{4}-\d\d-\d\d \d\d:\d\d ", " ", re.sub(r"\s+", " ", line)) for line in tree.splitlines())
            tree = [line for line in tree if not OWN.match(line.split(" ", 2)[2])]
            history = self.sh(engine, f"docker history --format '{{{{.CreatedBy}}}}|{{{{.Size}}}}|{{{{.Comment}}}}' {name}:1")[1]
            config = {key: value for key, value in image["Config"].items() if key not in ("Hostname", "Image", "AttachStdout", "AttachStderr", "NetworkDisabled")}
            lists.append((config, image["Author"], image["Comment"], flat["Config"], flat["Comment"], tree, history))
        for what, theirs, ours in zip(["commit: Config", "Author", "Comment", "import: Config", "Comment", "export: files", "commit: history"], *lists):
            self.same(what, theirs, ours)


def compare(dockers, ours, work): return Images(dockers, ours, work).run()
