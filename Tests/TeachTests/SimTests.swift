import Foundation
import Testing

/// `teach sim`: nothing of this host is touched, so anybody may run it.
@Suite struct SimTests {
    private func file(_ text: String, in teach: Program, _ name: String = "script.sim") throws -> String {
        let path = teach.home + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static let small = """
        layer
        dir /a 755
        file /a/f 644 "hello"
        layer
        dir /a 755
        file /a/g 600 "x"
        run
        open /a/f O_WRONLY|O_APPEND 0 write " world"
        unlink /a/g
        expect EXDEV rename /a /b
        """

    @Test func eachOperationIsOneLineOfJSONAndADumpIsOneMore() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", file(Self.small, in: teach), "--json", "--dump", "merged,upper")
        #expect(result.status == 0, "\(result.errors)")
        let lines = try result.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        try #require(lines.count == 5)
        #expect(lines[0]["line"] as? Int == 8)
        #expect(lines[0]["op"] as? String == #"open /a/f O_WRONLY|O_APPEND 0 write " world""#)
        #expect(lines[0]["errno"] is NSNull)
        #expect(lines[0]["data"] is NSNull)
        let effects = try #require(lines[0]["effects"] as? [[String: Any]])
        #expect(effects.map { $0["effect"] as? String } == ["parent-copy-up", "copy-up"])
        #expect(effects.map { $0["layer"] as? Int } == [2, 1])
        #expect(effects[1]["size"] as? Int == 5)
        let cost = try #require(lines[0]["cost"] as? [String: Any])
        #expect(Set(cost.keys) == ["copied", "shared", "allocated", "metadata", "page_cache_shared"])
        #expect(cost["copied"] as? Int == 5)
        #expect(lines[2]["errno"] as? String == "EXDEV")
        let merged = try #require(lines[3]["merged"] as? [[String: Any]])
        #expect(merged.map { $0["path"] as? String } == ["/a", "/a/f"])
        let upper = try #require(lines[4]["upper"] as? [[String: Any]])
        #expect(upper.map { $0["type"] as? String } == ["dir", "file", "whiteout"])
        #expect(upper[0]["size"] is NSNull)
        #expect(upper[0]["nlink"] is NSNull)
        #expect(upper[1]["size"] as? Int == 11)
    }

    @Test func peopleReadWhatChangedAndWhatItCost() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", file(Self.small, in: teach))
        #expect(result.status == 0)
        #expect(result.output.contains("overlayfs copied /a/f up from layer 1: 5 bytes logical"))
        #expect(result.output.contains("a whiteout hides /a/g of layer 2"))
        #expect(result.output.contains("✓ EXDEV, as expected"))
        #expect(result.output.contains("✓ 1 of 1 expectations met"))
        #expect(result.output.contains("overlay2, simulated"))
        // The title says it for all cells: nothing here was run.
        #expect(!result.output.contains("predicted"))
    }

    @Test func anUnmetExpectationEndsWith1AfterTheWholeScript() throws {
        let teach = try Program()
        defer { teach.remove() }
        let path = try file("run\nexpect EPERM mkdir /d\nexpect ok rmdir /d\n", in: teach)
        let result = try teach("sim", path, "--json")
        #expect(result.status == 1)
        #expect(result.output.split(separator: "\n").count == 2)
        #expect(result.errors.contains("script.sim:2: expected EPERM, and it came to ok"))
    }

    @Test func whatIsExpectedAfterARefusedRemountIsNotMet() throws {
        let teach = try Program()
        defer { teach.remove() }
        let refused = "run\nexpect EINVAL remount nosuch=1\n"
        #expect(try teach("sim", file(refused, in: teach)).status == 0)
        let result = try teach("sim", file(refused + "stat /\nexpect ok stat /\n", in: teach), "--json")
        #expect(result.status == 1)
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(result.errors.contains("script.sim:4: what is expected here was not reached"))
    }

    @Test func aMalformedScriptEndsWith65AndEveryPlace() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", file("layer\nfile f\nrun\nopen /f O_FOO\n", in: teach))
        #expect(result.status == 65)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("script.sim:2:6: expected an absolute path, found `f`"))
        #expect(result.errors.contains("script.sim:4:9: `O_FOO` is no flag here"))
        let later = try teach(
            "sim", file("layer\nfile /f\nrun\nopen /f O_RDONLY as 3\nopen /f O_RDONLY as 3\n", in: teach))
        #expect(later.status == 65)
        #expect(later.errors.contains("script.sim:5:21: descriptor 3 is in use since line 4"))
    }

    @Test func aPathsStoryIsToldAlone() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", file(Self.small, in: teach), "--follow", "/a/f")
        #expect(result.status == 0)
        #expect(result.output.contains("copy-up of layer 1"))
        #expect(!result.output.contains("unlink"))
        #expect(
            try teach("sim", file(Self.small, in: teach), "--follow", "/none").output == "no operation came to /none\n")
    }

    @Test func driversStandSideBySide() throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", file(Self.small, in: teach), "--compare", "overlay2,vfs")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("overlay2"))
        #expect(result.output.contains("vfs"))
        #expect(result.output.contains("EXDEV"))
    }

    @Test func sixDriversAreDrawnSideBySide() throws {
        let teach = try Program()
        defer { teach.remove() }
        let picture = teach.home + "/drivers.svg"
        let drivers = ["overlay2", "aufs", "devicemapper", "btrfs", "zfs", "vfs"]
        let script = Program.root + "/slides/59-deleting-and-renaming.sim"
        let result = try teach("sim", script, "--compare", drivers.joined(separator: ","), "--svg", picture)
        #expect(result.status == 0, "\(result.errors)")
        let svg = try String(contentsOfFile: picture, encoding: .utf8)
        for word in drivers + ["copied 32 MiB", "whiteout", "EXDEV", "simulated"] {
            #expect(svg.contains(word), "\(word)")
        }
    }

    @Test func aDriverThatRefusesTheMountHasAColumnThatSaysSo() throws {
        let teach = try Program()
        defer { teach.remove() }
        let layers = (1...129).map { "layer\nfile /f\($0) 644 x\n" }.joined()
        let script = try file(layers + "run\nunlink /f1\n", in: teach)
        let picture = teach.home + "/drivers.svg"
        let result = try teach("sim", script, "--compare", "overlay2,aufs", "--svg", picture)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("whiteout") && result.output.contains("not run"))
        #expect(result.output.contains("aufs: the mount is refused with ENOSPC: aufs takes 127 branches, not 130"))
        let svg = try String(contentsOfFile: picture, encoding: .utf8)
        for word in ["whiteout", "⚠ ENOSPC", "not run", "aufs takes 127 branches"] {
            #expect(svg.contains(word), "\(word)")
        }
        let alone = try teach("sim", script, "--compare", "aufs")
        #expect(alone.status == 1)
        #expect(alone.output.contains("ENOSPC"))
        #expect(alone.errors.contains("no driver mounts its layers"))
    }

    @Test func layersLieOnTheFilesystemThatIsAskedFor() throws {
        let teach = try Program()
        defer { teach.remove() }
        let script = try file("layer\nfile /f 644 size=1M full\nrun\nchmod /f 600\n", in: teach)
        let copied = try teach("sim", script)
        #expect(copied.output.contains("1 MiB copied, 1 MiB stored"))
        for backing in ["xfs", "btrfs"] {
            let shared = try teach("sim", script, "--backing", backing)
            #expect(shared.output.contains("1 MiB shared with the source") && !shared.output.contains("stored"))
            #expect(shared.output.contains("overlay2 on \(backing): 1 operation"))
        }
        let compared = try teach("sim", script, "--compare", "overlay2,aufs,vfs,zfs", "--backing", "xfs")
        #expect(compared.status == 0, "\(compared.errors)")
        #expect(compared.output.contains("simulated, on xfs") && compared.output.contains("shared 1 MiB"))
        #expect(!compared.output.contains("copied 1 MiB"))
        for words in [["--driver", "zfs"], ["--compare", "devicemapper,btrfs"]] {
            let refused = try teach.run(["sim", script, "--backing", "xfs"] + words)
            #expect(refused.status == 64)
            #expect(refused.errors.contains("--backing is for overlay2, aufs and vfs"))
        }
        #expect(try teach("sim", script, "--backing", "zfs").status == 64)
    }

    @Test func noNameReachesTheTerminalAsAnEscape() throws {
        let teach = try Program()
        defer { teach.remove() }
        var text = Array(
            "layer\nfile \"/\u{1B}[31mred\" 644 x\nfile \"/".utf8)
        text += [0xFF, 0xFE]
        text += Array("\" 644 x\nrun\nmkdir \"/\u{1B}[32mgr\"\nopen \"/\u{1B}[31mred\" O_WRONLY\nreaddir /\n".utf8)
        text += Array("symlink \"\u{1B}[3m\" /s\nstat /s\nexpect EPERM rmdir \"/\u{1B}[32mgr\"\nchmod \"/".utf8)
        text += [0xFF, 0xFE]
        text += Array("\" 600\n".utf8)
        let path = teach.home + "/script.sim"
        try Data(text).write(to: URL(fileURLWithPath: path))
        for words in [
            ["--dump", "merged,upper"], ["--driver", "aufs"], ["--driver", "zfs"], ["--follow", "/\u{1B}[31mred"],
            ["--follow", "/\u{1B}"], ["--root"], ["--root", "--driver", "aufs"], ["--compare", "overlay2,aufs,zfs"],
        ] {
            let result = try teach.run(["sim", path] + words)
            #expect(!result.output.contains("\u{1B}") && !result.errors.contains("\u{1B}"), "\(words)")
            #expect(!result.output.contains("\u{FFFD}") && !result.output.contains("ÿ"), "\(words)")
            if !words.contains("--follow") { #expect(result.output.contains("/\\xFF\\xFE"), "\(words)") }
        }
        let result = try teach("sim", path)
        #expect(result.output.contains("overlayfs copied /\\x1B[31mred up from layer 1"))
        #expect(result.errors.contains(#"rmdir "/\x1B[32mgr""#))
    }

    @Test func aLongWordIsShortenedInAnError() throws {
        let teach = try Program()
        defer { teach.remove() }
        let long = String(repeating: "a", count: 70_000)
        let deep = "/" + String(repeating: String(repeating: "b", count: 200) + "/", count: 15) + "c"
        for text in [
            "layer\nfile /f 644 x\nxattr /f user.k \(long)\nrun\nstat /f\n", "layer\nfile \(deep)\nrun\n",
            "layer\n\(long)\nrun\n", "run\nexpect EPERM open /\(long) O_RDONLY\n",
            "run\nexpect EPERM open /f O_CREAT|O_WRONLY 644 write \(long)\n",
        ] {
            let result = try teach("sim", file(text, in: teach), "--json")
            #expect(result.status != 0)
            #expect(result.errors.contains("…"))
            #expect(result.errors.utf8.count < 1000, "\(result.errors.utf8.count)")
        }
    }

    @Test func theFirstOpenOfADeviceSaysWhyItWrites() throws {
        let teach = try Program()
        defer { teach.remove() }
        let script = try file("layer\nfile /f 644 x\nrun\nopen /f O_RDONLY\nopen /f O_RDONLY\n", in: teach)
        let reason = "the first open of a file makes ext4 note where it is mounted"
        let result = try teach("sim", script, "--driver", "devicemapper")
        #expect(result.output.components(separatedBy: reason).count == 2)
        let compared = try teach("sim", script, "--compare", "overlay2,devicemapper")
        #expect(compared.output.contains("devicemapper, line 4: the first open"))
        #expect(try !teach("sim", script, "--compare", "overlay2,btrfs").output.contains("ext4"))
    }

    @Test func theLayersAreDrawn() throws {
        let teach = try Program()
        defer { teach.remove() }
        let picture = teach.home + "/end.svg"
        #expect(try teach("sim", file(Self.small, in: teach), "--svg", picture).status == 0)
        let svg = try String(contentsOfFile: picture, encoding: .utf8)
        #expect(svg.contains("predicted"))
        #expect(svg.contains("/a/f"))
    }

    @Test func wrongOptionsAreNamed() throws {
        let teach = try Program()
        defer { teach.remove() }
        let script = try file(Self.small, in: teach)
        #expect(try teach("sim", script, "--driver", "floppy").status == 64)
        #expect(try teach("sim", script, "--dump", "lower").status == 64)
        #expect(try teach("sim", script, "--compare", "overlay2,floppy").status == 64)
        #expect(try teach("sim", script, "--json", "--follow", "/a").status == 64)
        let option = try teach("sim", script, "--option", "metacopy=perhaps")
        #expect(option.status == 1)
        #expect(option.errors.contains("the mount is refused with EINVAL"))
        #expect(try teach("sim", teach.home + "/none.sim").errors.contains("none.sim cannot be read: No such file"))
    }

    @Test func tooManyLayersAreRefusedAndMoreThanDockersAreToldOf() throws {
        let teach = try Program()
        defer { teach.remove() }
        func layers(_ count: Int) throws -> Program.Result {
            try teach("sim", file(String(repeating: "layer\n", count: count) + "run\nstat /\n", in: teach), "--json")
        }
        #expect(try layers(128).errors == "")
        #expect(try layers(129).errors.contains("has 129 layers; overlay2 mounts them, but Docker makes 128 at most"))
        #expect(try layers(500).status == 0)
        let refused = try layers(501)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("has 501 layers; overlay2 mounts 500 at most and refuses more with EINVAL"))
    }

    static let ofSlides: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Program.root + "/slides")) ?? []
        return names.filter { $0.hasSuffix(".sim") }.sorted()
    }()

    @Test(.enabled(if: isRoot, "mounting an overlay takes root"), arguments: ofSlides)
    func theKernelDoesWithASlidesScriptAsPredicted(name: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", Program.root + "/slides/" + name, "--verify")
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
        #expect(result.output.contains("✓ overlay2 metacopy=on: model and kernel agree"))
        #expect(result.output.contains(", 0 differ"))
    }

    @Test(arguments: ofSlides) func aSlidesScriptMeetsItsExpectations(name: String) throws {
        let teach = try Program()
        defer { teach.remove() }
        let result = try teach("sim", Program.root + "/slides/" + name)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("overlay2: "))
    }
}
