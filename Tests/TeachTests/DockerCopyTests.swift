import Foundation
import Testing

/// `docker cp` both ways, and what `run` lets a container have of the host.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerCopyTests {
    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        return teach
    }

    private func sh(_ teach: Program, _ script: String) throws -> Program.Result { try teach.bash(script) }

    private static let files = """
        mkdir -p d/sub; echo hi > f; chown 1000:1001 f; chmod 640 f; echo x > d/sub/x; ln -s sub d/l
        docker create --name box busybox sh > /dev/null

        """

    @Test func filesGoIn() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            Self.files + """
                docker cp f box:/one; docker cp f box:/tmp; docker cp f box:/tmp/; docker cp d box:/new; docker cp d box:/
                docker cp d/. box:/opt; docker cp d box:/new/l; echo ho > f; docker cp f box:one; ln -s f link
                docker cp link box:/link; docker cp -L link box:/followed; tar cf - f | docker cp - box:/var
                docker export box | tar tvf - --numeric-owner | grep -vE ' (bin|dev|etc|home|lib|proc|sys)/' \\
                    | awk '{print $1, $2, $6 $7 $8}'
                docker start -a box; docker cp box:/one - | tar xOf -
                """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        for line in [
            "-rw-r----- 1000/1001 one", "-rw-r----- 1000/1001 tmp/f", "-rw-r--r-- 0/0 new/sub/x",
            "lrwxrwxrwx 0/0 new/l->sub",
            "-rw-r--r-- 0/0 d/sub/x", "-rw-r--r-- 0/0 opt/sub/x", "-rw-r--r-- 0/0 new/sub/d/sub/x",
            "lrwxrwxrwx 0/0 link->f",
            "-rw-r----- 1000/1001 followed", "-rw-r----- 1000/1001 var/f",
        ] {
            #expect(result.lines.contains(line), "\(line) is missing in \(result.output)")
        }
        #expect(result.lines.last == "ho")
    }

    @Test func filesComeOut() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            Self.files + """
                docker cp f box:/f; docker cp d box:/d; mkdir out
                docker cp box:/f copy; docker cp box:/f out; docker cp box:/d out; docker cp box:/d/. out; docker cp box:/d other
                docker cp -L box:/d/l linked; docker cp box:/d/l/ behind
                cat copy; stat -c '%a %u:%g' copy; find out other linked behind | sort; docker cp box:/d/. - | tar t
                docker cp box:d - | tar t
                """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "hi", "640 0:0", "behind", "behind/x", "linked", "linked/x", "other", "other/l", "other/sub",
                "other/sub/x",
                "out", "out/d", "out/d/l", "out/d/sub", "out/d/sub/x", "out/f", "out/l", "out/sub", "out/sub/x", "./",
                "./l",
                "./sub/", "./sub/x", "d/", "d/l", "d/sub/", "d/sub/x",
            ])
    }

    @Test func aRunningContainerIsCopiedFromAndInto() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            Self.files + """
                docker run --name runs busybox sh -c 'echo out > /out; until [ -e /in ]; do sleep 0.05; done; cat /in' > said &
                until docker cp runs:/out - > out.tar 2> /dev/null; do sleep 0.05; done
                docker cp f runs:/in; wait; cat said; tar xOf out.tar
                """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.lines == ["hi", "out"])
    }

    /// A link inside the container leads nowhere but into the container.
    @Test func noLinkLeadsOut() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            Self.files + """
                echo secret > secret; docker rm box > /dev/null
                docker run --name box busybox sh -c "ln -s $PWD/secret /s; ln -s ../../../../.. /up; ln -s $PWD /gone; mkdir -p $PWD"
                docker cp -L box:/s stolen; docker cp f box:/s; docker cp f box:/up/ported; docker cp f box:/gone/in; ls
                docker cp box:/ported - | tar t; docker cp box:$PWD/in - | tar t; cat secret; ls /ported
                """)
        #expect(result.lines.suffix(3) == ["ported", "in", "secret"])
        #expect(!result.lines.contains("stolen"))
        #expect(result.errors.contains("No such container:path: box:"))
    }

    @Test func whatDoesNotFitIsSaidAsDockerSaysIt() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            Self.files + """
                docker cp f box:/f
                docker cp box:/nope .; docker cp f box:/no/such; docker cp f box:/nosuch/; docker cp d box:/f; docker cp box:/bin f
                docker cp box:/bin nosuch/x; docker cp box:/f nosuch/; docker cp f d; docker cp box:/f box:/x
                docker cp nosuch:/x .; docker cp f nosuch:/x; docker cp f/ box:/q; tar c f | docker cp - box:/f
                mkdir bin; echo 1 > bin/sub; mkdir -p d/bin/sub; docker cp d/bin box:/; docker cp bin box:/
                """)
        let here = teach.home
        #expect(
            result.errors.split(separator: "\n").map(String.init) == [
                "Error: No such container:path: box:/nope", "Error: No such container:path: box:/no",
                "no such directory",
                "cannot copy directory", "cannot copy directory",
                "invalid output path: directory \"\(here)/nosuch\" does not exist", "no such directory",
                "must specify at least one container source", "copying between containers is not supported",
                "Error: No such container:path: nosuch:/x", "Error: No such container:path: nosuch:/",
                "not a directory",
                "destination \"box:/f\" must be a directory",
                "Error response from daemon: cannot overwrite directory \"bin/sub\" with non-directory \"bin/sub\"",
            ])
        let device = try sh(teach, "mknod null c 1 3; docker cp box:/bin/busybox null; stat -c %F null")
        #expect(device.lines == ["character special file"])
        #expect(device.errors.hasSuffix("/null\" must be a directory or a regular file: got a device\n"))
        let missing = try teach.docker("cp", here + "/nope", "box:/")
        #expect(missing.errors == "lstat \(here)/nope: no such file or directory\n")
    }

    // MARK: - What a container has of the host

    @Test func foldersOfTheHostAreMounted() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            mkdir v; echo hello > v/file
            docker run --rm -v $PWD/v:/mnt/v:ro busybox sh -c 'cat /mnt/v/file; touch /mnt/v/x 2> /dev/null || echo refused'
            docker run --rm -v $PWD/v:/mnt/v -v $PWD/made:/m busybox sh -c 'touch /mnt/v/x /m/y'; ls v made
            docker run --rm --mount type=bind,src=$PWD/v/file,dst=/one,readonly busybox cat /one
            docker create --name box -v $PWD/v:/mnt/v:ro busybox > /dev/null
            docker inspect -f '{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}' box; docker start -a box < /dev/null
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.lines == ["hello", "refused", "made:", "y", "v:", "file", "x", "hello", "/mnt/v false"])
    }

    @Test func powersAreAddedAndDropped() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try sh(
            teach,
            """
            docker run --rm --read-only busybox touch /x 2>&1 | cut -d: -f3
            docker run --rm --cap-drop ALL --cap-add CHOWN busybox sh -c 'chown 1 /bin && grep CapEff /proc/1/status'
            docker run --rm --cap-add sys_time busybox grep CapEff /proc/1/status
            docker run --rm --network none busybox sh -c 'ls /sys/class/net | wc -l'
            [ $(docker run --rm --network host busybox readlink /proc/self/ns/net) = $(readlink /proc/self/ns/net) ] && echo same
            printf '#c\\nA=1 2\\nB\\nUNSET\\n' > env; B=3 docker run --rm --env-file env -e A=4 -e C=5 busybox env | grep -E '^[ABCU]'
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                " Read-only file system", "CapEff:\t0000000000000001", "CapEff:\t00000000aa0425fb", "1", "same", "A=4",
                "B=3",
                "C=5",
            ])
    }

    @Test(
        arguments: [
            (["--cap-add", "nosuch"], "invalid CapAdd: unknown capability: \"CAP_NOSUCH\""),
            (["-v", "named:/x"], "volumes with names are not there yet"),
            (["-v", "/a:/"], "destination can't be '/'"), (["-v", "/a:b"], "mount path must be absolute"),
            (["-v", "/a:/b:xy"], "invalid mode: xy"), (["-v", "/a:/b", "-v", "/c:/b"], "Duplicate mount point: /b"),
            (["--mount", "type=bind,src=/nope-x,dst=/b"], "bind source path does not exist: /nope-x"),
            (["--mount", "type=bind,src=/a"], "target is required"),
            (["--mount", "nonsense"], "must be a key=value pair"),
            (["--network", "other"], "network other not found."), (["-d"], "-d is not there yet"),
            (["--init"], "--init is not there yet"),
            (["--privileged"], "name what it needs with --cap-add"), (["--restart", "always"], "--restart is not"),
            (["--tmpfs", "/t"], "--tmpfs is not there yet: write -v"), (["--pull", "always"], "nothing to pull from"),
            (["--ulimit", "nofile=5"], "limits are -m, --cpus and --pids-limit here"),
            (["--platform", "linux/s390x"], "--platform=linux/s390x: images here are for"),
            (["--env-file", "/nope-x"], "open /nope-x: no such file or directory"),
        ] as [([String], String)])
    func whatCannotBeIsRefused(options: [String], expected: String) throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.docker(["run", "--rm"] + options + ["busybox", "true"])
        #expect(result.status == 125 && result.output.isEmpty)
        #expect(result.errors.contains(expected), "\(result.errors)")
        #expect(try teach.docker("ps", "-aq").output.isEmpty)
    }
}
