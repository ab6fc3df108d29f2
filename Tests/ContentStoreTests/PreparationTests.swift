import Glibc
import Linux
import OCI
import Testing

@testable import ContentStore

@Suite("The images that recipes make on first need", .enabled(if: getuid() == 0, "needs root"))
struct PreparationTests {
    /// Whether a busybox can be had: the host's, or the package by apt-get.
    static let hasSource =
        BusyboxProgram.hostPaths.contains { access($0, X_OK) == 0 } || access("/usr/bin/apt-get", X_OK) == 0

    @Test(
        "Many at once make them once; the kernel shows the lesson's stack as its recipe says",
        .enabled(if: hasSource, "needs a busybox on this host or apt-get"))
    func lesson3() async throws {
        let scratch = try Scratch()
        let home = scratch.path
        let images = try await withThrowingTaskGroup(of: Image.self) { group in
            for _ in 0..<6 { group.addTask { try ContentStore(home: home).prepare(.lesson3) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(images).count == 1)
        let image = try #require(images.first)
        let store = try ContentStore(home: home)
        #expect(try store.prepare(.lesson3) == image)
        #expect(try store.prepare(ImageReference("lesson3")) == image)
        #expect(try store.prepare(ImageReference("unknown")) == nil)
        #expect(try store.images().map(\.repository) == ["lesson3", "busybox"])
        #expect(image.layers.count == 3)
        #expect(image.lowerDirectories.last == (try store.image(named: "busybox").layers[0].directory))
        let history = try store.history(of: image)
        #expect(history.last?.comment.contains("BusyBox v") == true)
        #expect(try scratch.shell("find $1 -name '.partial*'", home).isEmpty)

        let seen = try scratch.shell(
            """
            lower=$2
            exec unshare -m --propagation private /bin/sh -ec '
                mkdir "$0/mnt"
                mount -t tmpfs none "$0/mnt"; mkdir "$0/mnt/u" "$0/mnt/w" "$0/mnt/m"
                mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/mnt/u,workdir=$0/mnt/w" "$0/mnt/m"
                cd "$0/mnt/m"
                cat etc/motd; ls app/old.conf 2>/dev/null || echo gone; ls app/cache; cat app/VERSION
                stat -c "%s %h" data/big.bin data/a.txt; stat -c %a tmp root
                chroot . /bin/sh -c "head -n 1 /data/big.bin; tail -n 1 /srv/current/index.html; id -un; ls /bin | wc -l"
            ' "$1" "$lower"
            """, home, image.lowerDirectories.joined(separator: ":"))
        let lines = seen.split(separator: "\n").map(String.init)
        #expect(
            lines.dropLast() == [
                "Welcome. This line comes from layer 3 and hides that of layer 2.", "gone", "fresh", "3",
                "33554432 1", "20 2", "1777", "700", "line 00000001: the same bytes on every machine, not one is zero",
                "<h1>It works</h1>", "root",
            ])
        #expect(try #require(Int(lines.last?.trimmed ?? "")) > 100)
        let big = try #require(try scratch.status(relative(image.layers[1].directory + "/data/big.bin", to: home)))
        #expect(big.st_blocks * 512 >= big.st_size, "the big file must not be sparse")
    }

    @Test("A changed recipe is a reason to make the image again; an equal one is not")
    func changedRecipe() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        // Stands for the base, so that this test needs no busybox.
        let fingerprint = ContentStore.fingerprint([LayerRecipe(createdBy: "", BusyboxImage.skeleton)])
        _ = try store.build(
            ImageRecipe(
                reference: try ImageReference("busybox"), created: ImageTests.time, layers: [ImageTests.ground]),
            fingerprint: fingerprint)
        var lesson = LessonImage(name: "mine", layers: [ImageTests.top])
        let first = try store.prepare(lesson)
        #expect(try store.prepare(lesson) == first)
        lesson.layers[0].entries.append(.file("/etc/c", "more"))
        let second = try store.prepare(lesson)
        #expect(second.id != first.id)
        #expect(try store.image(named: "mine") == second)
        #expect(second.layers[0] == first.layers[0])
    }

    @Test("Without any busybox the error says what was tried and how to help")
    func noBusybox() throws {
        let scratch = try Scratch()
        let store = try ContentStore(home: scratch.path)
        let error = #expect(throws: StoreError.self) {
            // A dynamic program, and a package manager that is not there.
            try BusyboxProgram.find(in: store.paths, hostPaths: ["/bin/ls"], download: "no-such-apt-get")
        }
        #expect(error?.description.contains("/bin/ls is not a static program") == true)
        #expect(error?.description.contains("install the package busybox-static") == true)
        #expect(try scratch.shell("ls -A $1/cache", scratch.path).isEmpty)
    }

    private func relative(_ path: String, to home: String) -> String { String(path.dropFirst(home.count + 1)) }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
