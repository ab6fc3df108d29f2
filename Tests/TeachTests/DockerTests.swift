import Foundation
import Testing

/// The docker command line, against what Docker promises.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerTests {
    @Test func aContainersLife() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)

        let created = try teach.docker(
            "create", "--name", "box", "lesson3", "sh", "-c", "echo hi; echo more >> /etc/motd")
        #expect(created.output.count == 65)
        #expect(try teach.docker("ps", "-a").output.contains("Created"))
        let started = try teach.docker("start", "-a", "box")
        #expect(started.output == "hi\n")
        #expect(try teach.docker("ps", "-a").output.contains("Exited (0)"))
        #expect(try teach.docker("diff", "box").lines == ["C /etc", "C /etc/motd"])
        let twice = try teach.docker("create", "--name", "box", "lesson3")
        #expect(twice.status == 1)
        #expect(twice.errors.contains("is already in use by container"))
        #expect(try teach.docker("rm", "box").output == "box\n")
        let gone = try teach.docker("diff", "box")
        #expect(gone.status == 1 && gone.errors.contains("No such container: box"))
    }

    @Test func standInsAreMadeOnFirstNeed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let other = try teach.docker("run", "--rm", "node:18", "true")
        #expect(other.status == 125)
        #expect(other.errors.contains("stand-ins are made for node:latest, node:7.2"))
        // A home that is kept between runs: making the image takes seconds.
        let kept = ["TEACH_HOME": "/tmp/teach-tests-stand-ins-\(getuid())"]
        let compiled = try teach.shell(
            "docker run --rm gcc sh -c 'echo \"int main(void) { return 3; }\" > a.c && gcc -o a a.c && ./a'",
            environment: kept)
        #expect(compiled.status == 3, "\(compiled.errors)")
        let history = try teach.shell("docker history --no-trunc gcc", environment: kept)
        #expect(history.output.contains("stand-in for gcc of Docker Hub, from Debian"))
    }

    /// `make parity` holds more of it against a real Docker Engine.
    @Test func diffTellsWhatDiffersFromTheImage() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let script = """
            : <> /app/config; touch /tmp/note; rm /tmp/note; rm -r /srv/www; mkdir /srv/www; echo 1 > /srv/www/new
            rm /etc/motd; mkdir /etc/motd; mkdir -p /new/sub; chmod 600 /data/b.txt
            """
        #expect(try teach.docker("run", "--name", "box", "lesson3", "sh", "-c", script).status == 0)
        #expect(
            try teach.docker("diff", "box").lines == [
                "C /data", "C /data/b.txt", "C /etc", "C /etc/motd", "A /new", "A /new/sub", "C /srv", "C /srv/www",
                "D /srv/www/css", "D /srv/www/index.html", "A /srv/www/new",
            ])
    }

    @Test(
        arguments: [
            (["nosuchprogram"], 127), (["/etc/passwd"], 126), (["/etc"], 126), (["sh", "-c", "exit 7"], 7),
            (["true"], 0),
        ] as [([String], Int32)])
    func exitStatusesAreDockers(command: [String], expected: Int32) throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let result = try teach.docker(["run", "--rm", "lesson3"] + command)
        #expect(result.status == expected, "\(result.errors)")
        if expected >= 126 { #expect(result.errors.contains(command[0]), "the error names the command") }
        #expect(try teach.docker("ps", "-a", "-q").output.isEmpty, "--rm leaves no container")
    }

    /// As under Docker, a container may make a device node and may not open it. (There the device cgroup says EPERM.)
    @Test func aDeviceOfTheHostCannotBeOpened() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let result = try teach.docker(
            "run", "--rm", "lesson3", "sh", "-c",
            "mknod /disk b 8 0 && echo made; cat /disk; cat /dev/zero | head -c 1 | wc -c")
        #expect(result.lines == ["made", "1"])
        #expect(result.errors.contains("/disk"))
    }

    @Test func withoutInteractiveTheCommandHasNoInput() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let script = "echo hello | docker run --rm lesson3 cat; echo hello | docker run --rm -i lesson3 cat"
        #expect(try teach.shell(script).output == "hello\n")
    }

    @Test func anImageThatIsNotHereIsNamed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker("run", "nosuch")
        #expect(result.status == 125)
        #expect(result.errors.contains("Unable to find image 'nosuch:latest' locally"))
    }

    @Test(
        arguments: [
            ("pull", "`docker load -i FILE` takes an archive"), ("exec", "containers run in the foreground"),
            ("volume", "`docker run -v FOLDER:PATH`"), ("buildx", "write `docker build`"),
        ])
    func aVerbThatIsNotHereHasACure(verb: String, cure: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(verb, "busybox")
        #expect(result.status == 1)
        #expect(result.errors.contains("'\(verb)' is not a docker command here; ") && result.errors.contains(cure))
    }

    @Test func optionsReachTheContainer() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "1").status == 0)
        let result = try teach.docker(
            "run", "--rm", "-e", "A=b", "-w", "/srv/www", "-h", "ship", "-u", "1000:1000", "lesson3", "sh", "-c",
            "echo $A; pwd; hostname; id -u; id -g")
        #expect(result.lines == ["b", "/srv/www", "ship", "1000", "1000"])
    }
}
