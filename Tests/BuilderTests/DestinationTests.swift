import Builder
import ContentStore
import Engine
import Glibc
import LayerModel
import Linux
import OCI
import Testing

/// Where COPY, ADD and WORKDIR put things when links or files are on the way, as Docker 20.10's classic builder does it.
@Suite(.enabled(if: isRoot, "containers are made as root"))
struct DestinationTests {
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.file("f1", "1\n")
        try scene.file("d/l/x", "2\n")
        return scene
    }

    /// - Returns: what the last instruction printed, or the error.
    private func build(_ instructions: String, _ scene: Scene) throws -> [String] {
        let outcome = try scene.build("FROM busybox\n\(instructions)\n")
        return outcome.error.map { ["\($0)"] } ?? outcome.output
    }

    @Test(
        arguments: [
            // A link to what is not there yet leads there, and stays.
            ("RUN ln -s /n/m /l\nCOPY f1 /l\nRUN readlink /l; cat /n/m", ["/n/m", "1"]),
            ("RUN ln -s n /l\nCOPY f1 /l/\nRUN readlink /l; cat /n/f1", ["n", "1"]),
            ("RUN ln -s ../../../n /l\nCOPY f1 /l/m/\nRUN readlink /l; cat /n/m/f1", ["../../../n", "1"]),
            ("RUN ln -s /a /b; ln -s /c/d /a\nCOPY d /b\nRUN cat /c/d/l/x", ["2"]),
            ("RUN ln -s /n/m /l\nWORKDIR /l/w\nRUN readlink /l; cd /n/m/w && pwd", ["/n/m", "/n/m/w"]),
            (
                "RUN ln -s /b /a; ln -s /a /b\nCOPY f1 /a/x",
                ["failed to copy files: /a/x: symbolic links lead to each other; choose another destination"]
            ),
            ("WORKDIR /etc/passwd", ["Cannot mkdir: /etc/passwd is not a directory"]),
            ("WORKDIR /etc/passwd/x", ["Cannot mkdir: /etc/passwd/x is not a directory"]),
            ("COPY nosuch/../f1 /x\nRUN cat /x", ["1"]),
            ("COPY --from=busybox ../etc /x", ["COPY failed: forbidden path outside the build context: ../etc ()"]),
            ("COPY --from=scratch /a /x", ["invalid from flag value scratch: 'scratch' is a reserved name"]),
            ("COPY --from=-1 /a /x", ["invalid from flag value -1: index out of bounds"]),
            (
                "COPY --from=Big /a /x",
                ["invalid from flag value Big: invalid reference format: repository name must be lowercase"]
            ),
        ])
    func linksLeadOn(instructions: String, printed: [String]) throws {
        #expect(try build(instructions, try scene()) == printed)
    }

    private func tar(_ scene: Scene, _ options: String) throws {
        let command = "cd '\(scene.context)' && tar \(options)"
        #expect(system(command) == 0)
    }

    @Test func anArchivesDirectoryTakesALinksPlace() throws {
        let scene = try scene()
        try tar(scene, "-C d -cf t.tar l")
        #expect(
            try build(
                "RUN mkdir -p /x /y; ln -s /y /x/l\nADD t.tar /x/\nRUN cat /x/l/x; ls -A /y; test -L /x/l || echo no link",
                scene)
                == ["2", "no link"])
    }

    @Test func whatAnArchivesDestinationIsMadeOfIsRoots() throws {
        let scene = try scene()
        try tar(scene, "-cf t.tar --owner=5 --group=6 f1")
        #expect(
            try build("ADD --chown=7:8 t.tar /x/y/\nRUN stat -c %u:%g /x /x/y /x/y/f1", scene) == ["0:0", "0:0", "5:6"])
    }

    /// A download that broke off is no file to be copied as it is.
    @Test(arguments: [1 << 12, 1 << 22])
    func anArchiveThatBreaksOffIsRefused(size: Int) throws {
        let scene = try scene()
        #expect(system("head -c \(size) /dev/urandom > '\(scene.context)/big'") == 0)
        try tar(scene, "-czf t.tgz big")
        try call("truncate", "t.tgz") { [context = scene.context] in truncate(context + "/t.tgz", off_t(size / 2)) }
        let printed = try build("ADD t.tgz /x/", scene)
        #expect(printed.first?.hasPrefix("failed to copy files: t.tgz") == true, "\(printed)")
        #expect(printed.first?.hasSuffix("truncated gzip input") == true, "\(printed)")
        // Of what claims to be no archive nothing is known.
        #expect(rename(scene.context + "/t.tgz", scene.context + "/data.gz") == 0)
        if size < 1 << 16 { #expect(try build("ADD data.gz /x/\nRUN ls /x", scene) == ["data.gz"]) }
    }

    @Test func aHealthcheckTakesOverTheTimesOfTheOneBefore() throws {
        let scene = try scene()
        let outcome = try scene.build(
            "FROM busybox\nHEALTHCHECK --interval=5s --retries=4 CMD a\nHEALTHCHECK --timeout=7s CMD [\"b\", \"c\"]\nHEALTHCHECK NONE\n"
        )
        #expect(
            outcome.lines.filter { $0.hasPrefix("Note:") } == [
                "Note: overriding previous HEALTHCHECK: [CMD-SHELL a]",
                "Note: overriding previous HEALTHCHECK: [CMD b c]",
            ])
        let check = try #require(try scene.engine.existingImage(outcome.id).config.config?.healthcheck)
        #expect(check.test == ["NONE"] && check.interval == 5_000_000_000 && check.timeout == 7_000_000_000)
        #expect(check.retries == 4)
    }
}
