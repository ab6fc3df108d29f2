import Foundation
import Testing

/// Command lines that are wrong, and flags with and without values: each as Docker's client 20.10 says it, which was asked.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct DockerUsageTests {
    struct Wrong: Sendable {
        let words: [String]
        let status: Int32
        let errors: String

        /// An option that is none, or has no value.
        static func option(_ words: String..., says sentence: String, of verb: String) -> Wrong {
            Wrong(words: words, status: 125, errors: "\(sentence)\nSee 'docker \(verb) --help'.\n")
        }

        static func count(_ words: String..., takes: String, usage: String, _ purpose: String, of verb: String) -> Wrong
        {
            let usage = "Usage:  docker \(verb) \(usage)\n\n\(purpose)\n"
            return Wrong(
                words: words, status: 1,
                errors: "\"docker \(verb)\" \(takes).\nSee 'docker \(verb) --help'.\n\n\(usage)")
        }
    }

    @Test(
        arguments: [
            .option("rmi", "--nope", says: "unknown flag: --nope", of: "rmi"),
            .option("save", "-z", says: "unknown shorthand flag: 'z' in -z", of: "save"),
            .option("create", "--foo", says: "unknown flag: --foo", of: "create"),
            .option("images", "-f", says: "flag needs an argument: 'f' in -f", of: "images"),
            .option("images", "-af", says: "flag needs an argument: 'f' in -f", of: "images"),
            .option("image", "ls", "--filter", says: "flag needs an argument: --filter", of: "image ls"),
            .option("build", "--tag", says: "flag needs an argument: --tag", of: "build"),
            .option("run", "--name", says: "flag needs an argument: --name", of: "run"),
            .count(
                "load", "x", takes: "accepts no arguments", usage: "[OPTIONS]",
                "Load an image from a tar archive or STDIN",
                of: "load"),
            .count(
                "image", "rm", takes: "requires at least 1 argument", usage: "[OPTIONS] IMAGE [IMAGE...]",
                "Remove one or more images", of: "image rm"),
            .count(
                "history", "-qH", takes: "requires exactly 1 argument", usage: "[OPTIONS] IMAGE",
                "Show the history of an image", of: "history"),
            .count(
                "cp", "a", takes: "requires exactly 2 arguments",
                usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
                "Copy files/folders between a container and the local filesystem", of: "cp"),
        ] as [Wrong])
    func whatIsWrongIsSaidAsDockerSaysIt(wrong: Wrong) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.docker(wrong.words)
        #expect(result.status == wrong.status && result.errors == wrong.errors, "\(result.errors)")
    }

    @Test func sizesAndDatesAreForPeopleUnlessTheFlagIsFalse() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            printf 'FROM busybox\nRUN head -c 123456 /dev/zero > /f\n' | docker build -q -t a --network none - > /dev/null
            for flag in -H --human -H=true --human=false -H=false '--human -H=0'; do
                docker history $flag --format '{{.Size}}' a | head -1
            done
            """)
        #expect(result.lines == ["123kB", "123kB", "123kB", "123456", "123456", "123456"], "\(result.errors)")
    }

    @Test func inspectTellsAContainersSizes() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            docker create --name made busybox > /dev/null
            echo 12345 > "$OUT/f"; docker cp "$OUT/f" made:/
            docker inspect -s -f '{{.SizeRw}}' made
            root=$(docker container inspect --size -f '{{.SizeRootFs}}' made)
            echo $((root - $(docker inspect -f '{{.Size}}' busybox)))
            docker inspect -s busybox 2>&1 > /dev/null | tail -1
            docker inspect made | grep -c SizeRw
            docker inspect -f '' made | head -1
            """, environment: ["OUT": teach.home])
        #expect(result.lines == ["6", "6", "WARNING: --size ignored for image", "0", "["], "\(result.errors)")
    }

    @Test func aRepositoryIsSavedWithAllItsTags() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            cd "$OUT"
            printf 'FROM busybox\nLABEL a=b\n' | docker build -q -t one -t many:2 - > /dev/null
            docker tag busybox many:1
            docker save many -o many.tar; tar xOf many.tar manifest.json | grep -o 'many:[0-9]*' | sort
            docker save one | tar xO manifest.json | grep -c many
            docker rmi many:1 many:2 > /dev/null
            for filter in cat gzip bzip2 xz; do $filter < many.tar | docker load; done | sort | uniq -c
            """, environment: ["OUT": teach.home])
        #expect(
            result.lines.map { $0.trimmingCharacters(in: .whitespaces) } == [
                "many:1", "many:2", "0", "4 Loaded image: many:1", "4 Loaded image: many:2",
            ], "\(result.errors)")
    }

    /// No layer may be compressed by bzip2 or xz: it is stored without.
    @Test func aTarIsImportedHoweverItIsCompressed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach.shell(
            """
            mkdir "$OUT/t" && cd "$OUT/t" && echo 1 > f
            for filter in cat gzip bzip2 xz; do
                tar c --mtime=@0 --sort=name . | $filter | docker import - made > /dev/null
                docker inspect -f '{{.Size}} {{index .RootFS.Layers 0}}' made
                docker create --name made made true > /dev/null; docker cp made:/f - | tar xO; docker rm made > /dev/null
            done
            docker import "$OUT/t" 2>&1; head -c 100 /dev/urandom | bzip2 | docker import - 2>&1
            tar c . | bzip2 | head -c 60 | docker import - 2>&1
            """, environment: ["OUT": teach.home])
        #expect(result.lines.count { $0 == "1" } == 4, "\(result.lines) \(result.errors)")
        let layers = Set(result.lines.filter { $0.contains("sha256:") }.map { $0.split(separator: " ").last })
        #expect(layers.count == 1, "\(result.lines)")
        #expect(
            result.lines.count { $0.hasPrefix("Error response from daemon: the tar cannot be read") } == 2,
            "\(result.lines)")
    }
}
