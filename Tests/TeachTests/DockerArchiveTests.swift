import Foundation
import Testing

/// Images and containers as tars, there and back; `make parity` exchanges them with a real engine.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerArchiveTests {
    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        return teach
    }

    private func sh(_ teach: Program, _ script: String) throws -> Program.Result { try teach.bash(script) }

    @Test func whatWasSavedIsLoaded() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker tag lesson3 two:1; docker save -o a.tar lesson3 two:1 busybox
            docker save lesson3 two:1 busybox | cmp - a.tar && tar tf a.tar | grep -c blobs/sha256/.
            docker images --digests --no-trunc 2> /dev/null | sort > before
            docker rmi -f lesson3 two:1 busybox > /dev/null; docker images -q; docker load -i a.tar
            docker images --digests --no-trunc 2> /dev/null | sort | cmp - before && docker run --rm lesson3 cat /etc/motd
            docker rmi -f lesson3 two:1 busybox > /dev/null; gzip -k a.tar; docker load < a.tar.gz
            docker rmi -f lesson3 two:1 busybox > /dev/null; docker load -q < a.tar.gz | wc -l; docker load -i a.tar | wc -l
            docker save $(docker images -q busybox) | tar xOf - manifest.json | grep -c '"RepoTags":\\[\\]'
            """)
        #expect(result.errors.isEmpty && result.status == 0, "\(result.errors)")
        let loaded = ["Loaded image: lesson3:latest", "Loaded image: two:1", "Loaded image: busybox:latest"]
        #expect(
            result.lines == ["7"] + loaded + ["Welcome. This line comes from layer 3 and hides that of layer 2."]
                + loaded
                + ["3", "3", "1"])
    }

    /// The form of Docker before 25: manifest.json alone, uncompressed layers, and links where images share one.
    @Test func theOlderFormIsLoaded() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker inspect -f '{{.Id}}' lesson3 > id
            mkdir s o; docker save lesson3 | tar xf - -C s
            config=$(sed 's|.*"Config":"\\([^"]*\\)".*|\\1|' s/manifest.json); cp s/$config o/${config##*/}.json
            list=; n=0
            for layer in $(sed 's|.*"Layers":\\[\\([^]]*\\)\\].*|\\1|; s/[",]/ /g' s/manifest.json); do
                n=$((n + 1)); mkdir o/$n o/x$n; zcat s/$layer > o/x$n/layer.tar; ln -s ../x$n/layer.tar o/$n/layer.tar
                list="$list${list:+,}\\"$n/layer.tar\\""
            done
            echo "[{\\"Config\\":\\"${config##*/}.json\\",\\"RepoTags\\":[\\"old:1\\"],\\"Layers\\":[$list]}]" > o/manifest.json
            docker rmi lesson3 busybox > /dev/null; tar cf old.tar -C o .; docker load -i old.tar
            docker inspect -f '{{.Id}}' old:1 | cmp - id && docker run --rm old:1 cat /etc/motd
            tar cf old.tar -C o .; docker load -i old.tar; docker images -q | wc -l
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "Loaded image: old:1", "Welcome. This line comes from layer 3 and hides that of layer 2.",
                "Loaded image: old:1", "1",
            ])
    }

    @Test func aNameThatIsTakenMovesAndIsToldOf() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker tag busybox x; docker save -o x.tar x; docker tag lesson3 x; docker load -i x.tar
            docker images --format '{{.Repository}}' | sort
            """)
        #expect(result.lines.count == 5)
        #expect(result.lines[0].hasPrefix("The image x:latest already exists, renaming the old one with ID sha256:"))
        #expect(result.lines.suffix(4) == ["Loaded image: x:latest", "busybox", "lesson3", "x"])
    }

    @Test func whatCannotBeSavedOrLoadedIsSaid() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker save nosuch; docker save -o no/such/x busybox; mknod null c 1 3; docker save -o null busybox; docker load -i nosuch; echo junk | docker load
            tar cf e.tar --files-from /dev/null; docker load -i e.tar; tar cf e.tar stdout-*; docker load -i e.tar; docker load </dev/null; ls -A home/images
            """)
        #expect(
            result.errors.split(separator: "\n") == [
                "Error response from daemon: No such image: nosuch",
                "failed to save image: invalid output path: directory \"no/such\" does not exist",
                "failed to save image: invalid output path: \"null\" must be a directory or a regular file: got a device",
                "open nosuch: no such file or directory",
                "Error response from daemon: the tar cannot be read or written: Unrecognized archive format",
                "Error response from daemon: the archive holds no images: it has neither an index.json nor a manifest.json",
                "Error response from daemon: the archive holds no images: it has neither an index.json nor a manifest.json",
                "Error response from daemon: the archive holds no images: it has neither an index.json nor a manifest.json",
            ])
        #expect(result.lines == ["blobs", "index.json", "oci-layout"])
    }

    @Test func aContainerIsExportedAndImported() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker run --name box lesson3 sh -c 'rm /etc/motd; echo n > /new; chown 7:8 /new; touch /.wh.x'
            docker export box > box.tar; docker export -o other.tar box; cmp box.tar other.tar
            tar tvf box.tar --numeric-owner | grep -E ' (new|etc/motd|.wh.x|app/README)$' | awk '{print $2, $6}'
            docker rm box > /dev/null; docker run --name box lesson3 sh -c 'echo n > /new'; docker export -o box.tar box
            docker import -m note -c 'CMD ["cat", "/new"]' -c 'ENV A="b c" D=e' -c 'EXPOSE 80' -c 'LABEL x="y z"' box.tar flat:1
            docker run --rm flat:1; docker inspect -f '{{json .Config.Env}}{{json .Config.ExposedPorts}}{{.Config.Labels}}' flat:1
            gzip -c box.tar | docker import - > id; docker inspect -f '{{len .RootFS.Layers}} {{.Comment}}' $(cat id)
            docker history --format '{{.Comment}} {{.CreatedBy}}|' flat:1
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        try #require(result.lines.count == 8, "\(result.output)")
        #expect(result.lines[..<3].sorted() == ["0/0 .wh.x", "0/0 app/README", "7/8 new"])
        #expect(result.lines[3].hasPrefix("sha256:"))
        #expect(
            result.lines[4...] == [
                "n", #"["A=b c","D=e"]{"80/tcp":{}}map[x:y z]"#, "1 Imported from -", "note |",
            ])
        let failures = try sh(
            teach,
            """
            docker import -c 'RUN x' box.tar; docker import -c 'EXPOSE x' box.tar; docker import nosuch; docker export nosuch
            docker import box.tar X; docker import .  ; echo junk | docker import - ; docker import http://x
            """)
        #expect(failures.output.isEmpty && failures.errors.split(separator: "\n").count == 8)
    }

    @Test func aContainerBecomesAnImage() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker run --name box lesson3 sh -c 'rm /etc/motd; rm -r /srv/www; mkdir /srv/www; echo n > /srv/www/n; chmod 4755 /app/VERSION'
            docker commit -a me -m msg -c 'CMD ["ls", "-A", "/etc", "/srv/www"]' box new:1
            docker run --rm new:1; docker history --format '{{.CreatedBy}} {{.Comment}}' new:1 | head -1
            docker inspect -f '{{.Author}} {{len .RootFS.Layers}} {{.Comment}}' new:1
            docker run --rm new:1 ls -l /app/VERSION | cut -c1-10; docker diff box | wc -l
            docker commit box > /dev/null; docker images -q --filter dangling=true | wc -l
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        try #require(result.lines.count == 14, "\(result.output)")
        #expect(result.lines[0].hasPrefix("sha256:"))
        #expect(
            result.lines[1...] == [
                "/etc:", "group", "nsswitch.conf", "passwd", "shadow", "shells", "/srv/www:", "n",
                "sh -c rm /etc/motd; rm -r /srv/www; mkdir /s… msg",
                "me 4 msg", "-rwsr-xr-x", "9", "1",
            ])
    }

    @Test func aContainerThatChangedNothingAddsNoLayer() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker create --name box lesson3 cat /etc/motd > /dev/null
            docker commit -m still -c 'ENV A=b' box still:1 > /dev/null; docker commit -m more box more:1 > /dev/null
            docker inspect -f '{{.RootFS.Layers}}' lesson3 > before; docker inspect -f '{{.RootFS.Layers}}' still:1 | cmp - before
            docker history --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' still:1 | head -1
            docker save still:1 | tar xO manifest.json | grep -o '"Layers":[^]]*' | tr , '\\n' | wc -l
            docker run --rm still:1; docker rm box; docker rmi still:1 | grep -c Deleted; docker run --rm more:1
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        let said = "Welcome. This line comes from layer 3 and hides that of layer 2."
        #expect(result.lines.count == 6, "\(result.output)")
        #expect(
            result.lines == ["cat /etc/motd|0B|still", "3", said, "box", "1", said], "\(result.output)")
    }
}
