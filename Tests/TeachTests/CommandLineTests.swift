import Foundation
import Testing

/// What the program says and how it ends when things are wrong.
@Suite struct CommandLineTests {
    @Test func anUnknownLessonIsNamedWithThoseThatExist() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("run", "nosuch")
        #expect(result.status == 1)
        #expect(result.errors.contains("there is no lesson `nosuch`; there are: dockerfile, lesson3"))
    }

    @Test func aMalformedLessonIsNamedWithLineAndColumn() throws {
        let teach = try Program()
        defer { teach.remove() }
        let file = teach.home + "/bad.md"
        let text = try String(contentsOfFile: Program.root + "/lessons/lesson3.md", encoding: .utf8)
        try text.replacingOccurrences(of: "use=57.append", with: "use=57.apend")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let result = try teach("run", file)
        #expect(result.status == 65)
        let place = try #require(result.errors.firstMatch(of: #/bad\.md:(\d+):(\d+): /#))
        #expect(Int(place.1) ?? 0 > 10)
        #expect(result.errors.contains("57.apend"))
        #expect(result.errors.contains("57.append"), "the nearest id is the cure")
    }

    @Test func aLessonWithoutItsVerbAndASlideInItsPlaceAreNamed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let bare = try teach("lesson3")
        #expect(bare.status == 64)
        #expect(bare.errors == "teach: 'lesson3' is not a verb of teach; write `teach run lesson3`\n")
        let slide = try teach("run", Program.root + "/slides/57-copy-on-write.md")
        #expect(slide.status == 1)
        #expect(slide.errors.contains("is slide 57"))
    }

    @Test func theDoctorRefusesAHomeThatCannotBe() throws {
        let teach = try Program()
        defer { teach.remove() }
        let file = teach.home + "/file"
        try "".write(toFile: file, atomically: true, encoding: .utf8)
        for (home, finding) in [
            (file, "\(file) is no folder"), (file + "/home", "\(file)/home cannot be reached or made"),
        ] {
            let result = try teach("doctor", environment: ["TEACH_HOME": home])
            #expect(result.status == 2)
            #expect(result.output.contains("✗ TEACH_HOME  \(finding)"), "\(result.output)")
        }
    }

    @Test func aWrongCommandLineEndsWith64AndDockersAsDockerEndsIt() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run").status == 64)
        #expect(try teach("--nosuch").status == 64)
        #expect(try teach.docker("run", "--nosuch", "busybox").status == 125)
        let missing = try teach.docker("run")
        #expect(missing.status == 1)
        #expect(missing.errors.hasPrefix("\"docker run\" requires at least 1 argument.\nSee 'docker run --help'.\n"))
    }

    @Test func helpNamesEveryVerb() throws {
        let teach = try Program()
        defer { teach.remove() }
        let help = try teach("--help")
        #expect(help.status == 0)
        for verb in ["list", "run", "show", "graph", "events", "sim", "docker", "doctor", "clean"] {
            #expect(help.output.contains("  \(verb)"), "\(verb)")
        }
        for shell in ["bash", "zsh", "fish"] {
            #expect(try teach("--generate-completion-script", shell).output.contains("teach"))
        }
    }

    @Test func theListTellsWhatThereIs() throws {
        let teach = try Program()
        defer { teach.remove() }
        let list = try teach()
        #expect(list.output.contains("lesson3"))
        #expect(list.output.contains("not run yet"))
        let narrow = try teach(environment: ["COLUMNS": "50"])
        #expect(narrow.output.split(separator: "\n").allSatisfy { $0.count <= 50 }, "\(narrow.output)")
    }

    @Test(.enabled(if: isRoot, "only root can run lessons"))
    func theListTellsHowFarOneIs() throws {
        let teach = try Program()
        defer { teach.remove() }
        #expect(try teach("run", "lesson3", "--step", "2").status == 0)
        #expect(try teach().output.contains("20 steps; run once, the last time 2 of them, as run 1"))
    }

    @Test func showWithoutARecordSaysWhatMakesOne() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("show")
        #expect(result.status == 1)
        #expect(result.errors.contains("teach run lesson3"))
    }

    @Test(.enabled(if: isRoot, "only root can run lessons"))
    func theDoctorFindsThisHostFit() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("doctor")
        #expect(result.status == 0, "\(result.output)")
        for check in ["overlay", "cgroups", "ptrace", "seccomp", "Graphviz"] { #expect(result.output.contains(check)) }
    }

    @Test func cleanRemovesWhatADeadRunHasLeft() throws {
        let teach = try Program()
        defer { teach.remove() }
        // No process has this number: it is above the kernel's limit.
        let folder = teach.home + "/home/runs/7-99999999/containers/.new-abc"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let result = try teach("clean")
        #expect(result.output.contains("removed what run 7 had left"))
        #expect(!FileManager.default.fileExists(atPath: teach.home + "/home/runs/7-99999999"))
        #expect(try teach("clean").output == "nothing was left\n")
    }
}
