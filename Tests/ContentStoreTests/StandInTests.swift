import Glibc
import LayerModel
import Linux
import OCI
import Testing

@testable import ContentStore

@Suite(
    "Stand-ins for images of Docker Hub",
    .enabled(if: getuid() == 0 && access("/usr/bin/apt-get", X_OK) == 0, "needs root and apt-get"))
struct StandInTests {
    /// One small package of the archive, without what it needs: quickly made.
    private static let small = StandIn(
        repository: "small", tags: ["latest", "1"], base: .scratch,
        layers: [
            StandInLayer(
                createdBy: "RUN apt-get install hostname",
                packages: PackageSelection(roots: ["hostname"], omitted: ["libc6"]),
                entries: [.file("/etc/motd", "hello\n").owned(by: 7, 8)], derived: [.dpkgDatabase])
        ],
        config: ExecutionConfig(cmd: ["hostname"]), metadata: ["ENV A=b", "CMD [\"hostname\"]"],
        room: 1 << 20, differences: "is small")

    @Test("Many at once make it once; it says what it is; the same packages give the same image")
    func small() async throws {
        let scratch = try Scratch()
        let home = try scratch.directory("one")
        let latest = try ImageReference("small")
        let images = try await withThrowingTaskGroup(of: Image.self) { group in
            for _ in 0..<3 {
                group.addTask { try ContentStore(home: home).prepare(Self.small, as: latest) { _ in } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(images).count == 1)
        let image = try #require(images.first)
        let labels = try #require(image.config.config?.labels)
        #expect(labels["teach.stand-in"] == "docker.io/library/small")
        #expect(labels["teach.stand-in.packages"]?.wholeMatch(of: /hostname=[0-9].*/) != nil)
        #expect(labels["teach.stand-in.differences"]?.contains("no maintainer script was run") == true)
        let store = try ContentStore(home: home)
        let notice = try #require(StandInNotice(image.config))
        #expect(notice.describes(latest))
        #expect(
            notice.sentence(of: "small:1").wholeMatch(
                of: /small:1 is a stand-in for Docker Hub's small, made from \w+ \w+: hostname [0-9][^;]*; `docker.*/)
                != nil)
        #expect(notice.sentence(of: "app:1").hasPrefix("app:1 stands on a stand-in for Docker Hub's small"))
        let topics = ["app:1", "small:1"].map { StandInNotice.topic(of: notice.sentence(of: $0)) }
        #expect(topics[0] == topics[1] && topics[0].hasPrefix(" a stand-in for Docker Hub's small, made from "))
        #expect(StandInNotice.topic(of: "/x is a device; it is left out") == "/x is a device; it is left out")
        #expect(try store.images().first?.standIn == notice)
        let history = try store.history(of: image)
        #expect(
            history.map(\.createdBy) == [
                "/bin/sh -c #(nop)  CMD [\"hostname\"]", "/bin/sh -c #(nop)  ENV A=b",
                "/bin/sh -c apt-get install hostname",
            ])
        #expect(history.last?.comment.hasPrefix("stand-in for small of Docker Hub, from Debian") == true)
        #expect(
            ClassicHistory.words("ADD rootfs.tar.xz /") == "/bin/sh -c #(nop) ADD rootfs.tar.xz in / ",
            "the classic builder's blank at the end too")

        let layer = image.layers[0].directory
        #expect(try scratch.shell("test -x $1/usr/bin/hostname && stat -c %u:%g $1/etc/motd", layer) == "7:8\n")
        let status = try scratch.shell("cat $1/var/lib/dpkg/status", layer)
        #expect(status.hasPrefix("Package: hostname\nStatus: install ok installed\n"))
        #expect(
            try scratch.shell("ls $1/usr/share/doc/hostname; ls $1/usr/share/man 2>&1 | wc -l", layer)
                == "copyright\n1\n")
        #expect(try scratch.shell("find $1 -name '.partial*'", home).isEmpty)

        // Its other name is one more name.
        let second = try store.prepare(Self.small, as: ImageReference("small:1")) { _ in Issue.record("made twice") }
        #expect(second.id == image.id)
        let other = try ContentStore(home: scratch.directory("two")).prepare(Self.small, as: latest) { _ in }
        #expect(other.id == image.id)
    }

    @Test("Without the archive one sentence says so and names the cure, and nothing is left")
    func unreachable() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        // Nobody listens on the discard port.
        let nowhere = AptSources(
            distribution: "Debian", codename: "bookworm",
            entries: [
                AptSources.Entry(
                    uris: ["http://127.0.0.1:9/debian"], suites: ["bookworm"], components: ["main"], signedBy: nil)
            ])
        let error = #expect(throws: StoreError.self) {
            try store.prepare(Self.small, as: ImageReference("small"), from: nowhere) { _ in }
        }
        let words = error?.description ?? ""
        #expect(words.hasPrefix("the stand-in for small:latest cannot be made: apt-get update failed (E: "))
        #expect(words.contains("`docker load -i FILE`"))
        #expect(try store.images().isEmpty)
        #expect(try scratch.shell("find $1 -name '.partial*'", scratch.path).isEmpty)
    }

    @Test("It does not stand on an image of the user's that has its base's name")
    func foreignBase() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        _ = try store.build(
            ImageRecipe(reference: try ImageReference("debian"), created: ImageTests.time, layers: [ImageTests.ground]))
        let error = #expect(throws: StoreError.self) { try store.prepare(ImageReference("ubuntu")) }
        #expect(error?.description.contains("it stands on debian:latest, which is another image here") == true)
    }

    @Test("One that was loaded is taken as it is")
    func loaded() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let built = try store.build(
            ImageRecipe(
                reference: try ImageReference("alpine:3.7"), created: ImageTests.time, layers: [ImageTests.ground]))
        #expect(try store.prepare(ImageReference("alpine:3.7")) == built)
    }

    /// Kept between runs: making these images takes seconds, and what they are is made anew when a recipe changes.
    static let home = "/tmp/teach-tests-stand-ins-\(getuid())"

    /// Runs a script in an image's root with a layer on top that goes with it, cut off from the network.
    private func run(_ name: String, _ script: String) throws -> String {
        let image = try #require(try ContentStore(home: Self.home).prepare(ImageReference(name)))
        let scratch = try Scratch()
        return try scratch.shell(
            """
            lower=$2; script=$3
            exec unshare -mn --propagation private /bin/sh -ec '
                mount -t tmpfs none "$0"; mkdir "$0/u" "$0/w" "$0/m"
                mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/u,workdir=$0/w" "$0/m"
                mknod -m 666 "$0/m/dev/null" c 1 3
                chroot "$0/m" /bin/sh -c "$2" 2>&1
            ' "$1" "$lower" "$script"
            """, scratch.path, image.lowerDirectories.joined(separator: ":"), script)
    }

    @Test("gcc compiles the deck's program, and it runs")
    func gcc() throws {
        let output = try run(
            "gcc:latest",
            """
            cd /tmp; printf '#include <stdio.h>\\nint main(void) { printf("hello, %%d\\\\n", 6 * 7); return 0; }\\n' > hello.c
            gcc -o hello hello.c && ./hello; dpkg-query -W -f '${Package} ${Status}\\n' tcc
            """)
        #expect(output == "hello, 42\ntcc install ok installed\n")
    }

    @Test("alpine's apk installs, tells and removes; adduser and addgroup make who is asked for")
    func alpine() throws {
        let output = try run(
            "alpine:3.7",
            """
            apk add -q --update --no-cache ca-certificates && apk add -q --no-cache curl bash
            bash -c 'echo $0 $((6 * 7))'; curl --version | cut -d ' ' -f 1 | head -n 1
            grep -c BEGIN /etc/ssl/certs/ca-certificates.crt | grep -c ...
            apk info -e curl; apk del -q curl; apk info -e curl || echo gone; ls /usr/bin/curl 2>&1
            apk info | grep -c libcurl
            addgroup www-data && adduser -h /var/www -D -g '' -G www-data www-data; tail -n 1 /etc/passwd
            stat -c '%a %U' /var/www; adduser -D www-data; apk add nosuch; echo $?
            apk add php7-fpm | grep ^stand-in | cut -d : -f 1-2; php-fpm7 -t 2>&1 | grep -o 'test is successful'
            """)
        let store = try ContentStore(home: Self.home)
        let alpine = try store.image(named: "alpine:3.7")
        let comments = try store.history(of: alpine).map(\.comment)
        #expect(comments.last?.contains("'s busybox-static 1") == true && comments[1].hasSuffix(" packages"))
        let packages = try #require(StandInNotice(alpine.config)).packages
        #expect(packages.contains { $0.hasPrefix("curl=") } && packages.contains { $0.hasPrefix("busybox-static=") })
        let lines = output.split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(11) == [
                "bash 42", "curl", "1", "curl", "gone", "ls: /usr/bin/curl: No such file or directory", "0",
                "www-data:x:1000:1000::/var/www:/bin/ash", "2755 www-data", "adduser: user 'www-data' in use",
                "fetch /usr/share/apk/repository/APKINDEX",
            ])
        #expect(lines.contains("  nosuch (missing):"))
        #expect(lines.contains { $0.hasPrefix("stand-in: php7-fpm is PHP ") })
        #expect(lines.last == "test is successful")
    }
}
