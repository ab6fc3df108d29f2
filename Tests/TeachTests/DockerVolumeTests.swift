import Foundation
import Testing

/// What an image's VOLUME and `-v /path` give a container: a filesystem of its own that begins with what the image has there.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerVolumeTests {
    private static let image = """
        printf 'FROM busybox\\nRUN mkdir -p /v/d && echo 1 > /v/a && ln /v/a /v/h && chown -R 5:6 /v/d && chmod 1770 /v && ln -s /v /lnk\\n\\
        VOLUME /v /v/d/ /new/deep\\n' | docker build -q -t vol - > /dev/null

        """

    private func prepared() throws -> Program {
        let teach = try Program()
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let built = try teach.bash(Self.image)
        #expect(built.status == 0, "\(built.errors)")
        return teach
    }

    @Test func aVolumeBeginsAsTheImageAndIsNoPartOfTheLayer() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker run --name box vol sh -c 'stat -c "%a %u:%g %h %n" /v /v/a /v/h /v/d /new/deep; echo n > /v/n; rm /v/a; touch /v/d/x; grep -c " /v\\| /new/deep" /proc/mounts'
            echo -- diff; docker diff box | grep -v '/dev\\|/proc\\|/sys'
            echo -- export; docker export box | tar t | grep -E '^(v|new)/'
            echo -- commit; docker commit box made > /dev/null; docker run --rm --entrypoint ls made /v
            echo -- cp; docker cp box:/v - | tar t | sort; echo from > f; docker cp f box:/v/d
            echo -- start; docker start -a box 2> /dev/null | tail -1; docker cp box:/v/d - | tar t | sort
            echo -- inspect; docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{len .Name}} {{.Driver}},{{end}}' box
            docker ps -a --format '{{.LocalVolumes}}'; docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | grep Local
            docker rm box > /dev/null; docker run --rm vol true; ls -A "$TEACH_HOME/containers" | grep -v lock
            docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | grep Local
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "1770 0:0 3 /v", "644 0:0 2 /v/a", "644 0:0 2 /v/h", "755 5:6 2 /v/d", "755 0:0 2 /new/deep", "3",
                "-- diff", "A /new", "A /new/deep", "-- export", "new/", "new/deep/", "v/", "v/a", "v/d/", "v/h",
                "-- commit", "a", "d", "h", "-- cp", "v/", "v/d/", "v/d/x", "v/h", "v/n", "-- start", "3", "d/", "d/f",
                "d/x", "-- inspect", "volume /new/deep 64 local,volume /v 64 local,volume /v/d 64 local,", "3",
                "Local Volumes 3 3", "Local Volumes 0 0",
            ])
    }

    @Test func whatIsMountedBesidesKeepsItsPlace() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            mkdir host
            docker run --name box -v $PWD/host:/v -v /lnk/../lnk/more vol sh -c 'ls /v; touch /v/seen /v/more/in /lnk/more/in2; ls /v/more'
            ls host; docker diff box | grep -v '/dev\\|/proc\\|/sys'; docker cp box:/new - | tar t | sort
            docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}},{{end}}{{json .Config.Volumes}}' box
            docker run --rm --read-only -v data vol sh -c 'touch /v/x /data/y && ls /v /data; touch /no 2> /dev/null || echo kept'
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "d", "more", "in", "in2", "d", "more", "seen", "A /new", "A /new/deep", "new/", "new/deep/",
                "bind /v,volume /lnk/more,volume /new/deep,volume /v/d,"
                    + #"{"/lnk/../lnk/more":{},"/new/deep":{},"/v":{},"/v/d/":{}}"#,
                "/data:", "y", "/v:", "a", "d", "h", "x", "kept",
            ])
    }

    @Test func aRunningContainersFilesAreToldAsTheyAre() throws {
        let teach = try prepared()
        defer { teach.remove() }
        // The pipe ends the container, and not a clock.
        let result = try teach.bash(
            """
            mkfifo in out; mkdir host; touch host/f
            docker run -i --name box -v $PWD/host:/mnt/h vol sh -c 'touch /v/new; echo ready; read line' < in > out &
            exec 3> in 4< out; read line <&4
            docker export box | tar t | grep -E '^(v|mnt)/'; docker cp box:/v - | tar t; docker cp box:/mnt - | tar t
            exec 3>&-; wait
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "mnt/", "mnt/h/", "v/", "v/a", "v/d/", "v/h", "v/", "v/a", "v/d/", "v/h", "v/new", "mnt/", "mnt/h/",
                "mnt/h/f",
            ])
    }

    @Test func whatCannotBeAVolumeLeavesNoContainer() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker create -v /etc/passwd vol; echo $?; docker run -v / vol true; echo $?; docker ps -aq
            """)
        #expect(result.lines == ["1", "125"], "\(result)")
        #expect(result.errors.contains("cannot mount volume over existing file, file exists /etc/passwd"))
        #expect(result.errors.contains("invalid volume specification: '/'"), "\(result.errors)")
    }

    /// A volume whose filling was interrupted has not its name yet: the start makes it anew.
    @Test func anInterruptedFillingIsMadeUpFor() throws {
        let teach = try prepared()
        defer { teach.remove() }
        let result = try teach.bash(
            """
            docker create --name box vol ls /v > /dev/null
            volume=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/v"}}{{.Source}}{{end}}{{end}}' box)
            draft=${volume%/*}/.new-${volume##*/}; mv $volume $draft; rm $draft/h; touch $draft/half
            docker start -a box; ls -A ${volume%/*} | grep -c new
            """)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.lines == ["a", "d", "h", "0"])
    }

    @Test(arguments: OrdinaryUser.Identifiers.allCases)
    func whoIsNotRootHasThemToo(identifiers: OrdinaryUser.Identifiers) throws {
        let user = try OrdinaryUser(identifiers)
        defer { user.remove() }
        let made = try user("run", "lesson3", "--step", "1")
        #expect(made.status == 0, "\(made.errors)")
        let script = """
            docker() { teach docker "$@"; }
            printf 'FROM busybox\\nRUN mkdir /v && echo 1 > /v/a && chmod 1770 /v\\nVOLUME /v /new\\n' | docker build -q --network host -t vol - > /dev/null
            docker run --name box vol sh -c 'stat -c "%a %u:%g %n" /v /v/a /new; echo n > /v/n'
            docker diff box | grep -v '/dev\\|/proc\\|/sys'; docker cp box:/v - | tar t; docker export box | tar t | grep ^v/
            docker start -a box > /dev/null; docker rm -v box; docker run --rm vol true
            ls -A "$HOME/.local/share/teach/containers" | grep -v lock
            """
        let result = try user.run(["sh", "-c", script])
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.lines == [
                "1770 0:0 /v", "644 0:0 /v/a", "755 0:0 /new", "A /new", "v/", "v/a", "v/n", "v/", "v/a", "box",
            ])
    }
}
