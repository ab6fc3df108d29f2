import LayerModel
import Scripts
import Testing

/// What stands before `run`.
@Suite struct LayerLineTests {
    @Test func theExampleOfTheDocumentation() throws {
        let script = try Script(
            parsing: """
                # a lower layer, then another above it; then operations through the merged view
                layer
                dir /a 755
                file /a/f 644 "hello"          # or: file /big 644 size=1G
                symlink /a/s f                 # symlink PATH TARGET
                hardlink /a/h /a/f             # hardlink NEW EXISTING
                owner /a/f 1 1
                dir /dev
                device /dev/null c 1 3 666
                whiteout /gone
                dir /d
                opaque /d
                xattr /a/f user.k "v"
                layer
                dir /a 755
                file /a/g 600 "x"
                run
                expect EXDEV rename /a /b
                """)
        #expect(
            script.layers == [
                [
                    .directory("/a", mode: 0o755), .file("/a/f", mode: 0o644, .bytes([UInt8]("hello"))),
                    .symlink("/a/s", target: "f"), .hardlink("/a/h", to: "/a/f"), .owner("/a/f", uid: 1, gid: 1),
                    .directory("/dev", mode: 0o755),
                    .device("/dev/null", .characterDevice, DeviceNumber(major: 1, minor: 3), mode: 0o666),
                    .whiteout("/gone"), .directory("/d", mode: 0o755), .opaque("/d"),
                    .xattr("/a/f", name: "user.k", value: [UInt8]("v")),
                ], [.directory("/a", mode: 0o755), .file("/a/g", mode: 0o600, .bytes([UInt8]("x")))],
            ])
        #expect(
            script.operations == [
                OperationLine(
                    number: 18, text: "expect EXDEV rename /a /b", expectation: .failure(.EXDEV),
                    operation: .call(.rename("/a", "/b", [])))
            ])
    }

    @Test func modesMayBeLeftOutOnlyWhereNoOtherWordCouldBeOne() throws {
        #expect(try layer("file /f") == [.file("/f", mode: 0o644, .bytes([]))])
        #expect(try layer("file /f 600") == [.file("/f", mode: 0o600, .bytes([]))])
        #expect(try layer("dir /d") == [.directory("/d", mode: 0o755)])
        #expect(try layer("dir /d 1777") == [.directory("/d", mode: 0o1777)])
        #expect(
            try layer("device /x b 8 0") == [.device("/x", .blockDevice, DeviceNumber(major: 8, minor: 0), mode: 0o644)]
        )
        #expect(
            problem("layer\nfile /f hello\nrun").hasPrefix(
                "2:9: expected an octal mode such as 644 (a file with contents needs it), found `hello`"))
        #expect(problem("layer\nfile /f 648\nrun").hasPrefix("2:9: expected an octal mode"))
        #expect(problem("layer\nfile /f 10000\nrun").hasPrefix("2:9: expected an octal mode"))
        #expect(problem("layer\nfile /f size=1G\nrun").hasPrefix("2:9: expected an octal mode"))
    }

    @Test func theFourthWordOfAFileIsItsContentsOrASize() throws {
        func contents(_ word: String) throws -> Contents? {
            guard case .file(_, _, let contents) = try layer("file /f 644 \(word)")[0] else { return nil }
            return contents
        }
        #expect(try contents("size=10") == .sparse(size: 10))
        #expect(try contents("size=3K") == .sparse(size: 3 << 10))
        #expect(try contents("size=2M") == .sparse(size: 2 << 20))
        #expect(try contents("\"size=1G\"") == .sparse(size: 1 << 30))
        #expect(try contents("size=64M full") == .zeros(size: 64 << 20))
        #expect(problem("layer\nfile /f 644 x full\nrun").hasPrefix("2:15: expected the end of the line, found `full`"))
        #expect(problem("layer\nfile /f 644 size=1 fool\nrun").hasPrefix("2:20: expected the end of the line"))
        #expect(try contents("size=17592186040320") == .sparse(size: 0xFFFF_FFFF * 4096))
        #expect(
            problem("layer\nfile /f 644 size=17592186040321\nrun").contains("at most 17592186040320 bytes, as on ext4"))
        #expect(problem("layer\nfile /f 644 size=5G full\nrun").contains("at most 4294967296 bytes (4G)"))
        #expect(try contents("data=size=10") == .bytes([UInt8]("size=10")))
        #expect(try contents("data=") == .bytes([]))
        #expect(try contents("644") == .bytes([UInt8]("644")))
        for size in ["9223372036854775808", "99999999999999999999999", "8589934592G"] {
            #expect(
                problem("layer\nfile /f 644 size=\(size)\nrun").contains("at most 9223372036854775807 (2^63 - 1)"),
                "\(size)")
        }
        for size in ["", "x", "-1", "1T", "1KB", "+1", "0x10", "1.5G"] {
            #expect(problem("layer\nfile /f 644 size=\(size)\nrun").hasPrefix("2:13: expected a size"), "\(size)")
        }
    }

    @Test func parentsAreNotMadeByThemselves() {
        #expect(
            problem("layer\nfile /a/f\nrun").hasPrefix(
                "2:6: /a is not in this layer, and parents are not made by themselves; expected `dir /a`"))
        #expect(problem("layer\ndir /a\nlayer\nwhiteout /a/x\nrun").hasPrefix("4:10: /a is not in this layer"))
        #expect(problem("layer\nfile /a\nfile /a/b\nrun").hasPrefix("3:6: /a is no directory"))
        #expect(problem("layer\nfile /f\nrun") == "", "the root exists in each")
    }

    @Test func aNameIsGivenOnce() throws {
        #expect(
            problem("layer\nfile /f\nfile /f\nrun") == "3:6: /f is given twice in this layer; expected another name")
        #expect(problem("layer\nfile /f\ndir /f\nrun").hasPrefix("3:5: /f is given twice"))
        #expect(problem("layer\ndir /f\nwhiteout /f\nrun").hasPrefix("3:10: /f is given twice"))
        #expect(
            problem("layer\nwhiteout /\nrun").hasPrefix(
                "2:10: the root is a directory in each layer and cannot be whited out"))
        #expect(problem("layer\nsymlink / x\nrun").hasPrefix("2:9: the root"))
        let again = try layer("dir /d 700", "dir /d/ 711", "dir / 700")
        #expect(again == [.directory("/d", mode: 0o700), .directory("/d", mode: 0o711), .directory("/", mode: 0o700)])
        #expect(problem("layer\nfile /f\nlayer\nfile /f\nrun") == "", "in another layer it is another name")
    }

    @Test func whatIsMarkedMustExist() {
        #expect(problem("layer\nopaque /d\nrun").hasPrefix("2:8: this layer holds no /d so far"))
        #expect(problem("layer\nfile /d\nopaque /d\nrun").hasPrefix("3:8: only a directory can be opaque"))
        #expect(problem("layer\nowner /d 1 1\nrun").hasPrefix("2:7: this layer holds no /d"))
        #expect(problem("layer\nxattr /d user.a b\nrun").hasPrefix("2:7: this layer holds no /d"))
        #expect(problem("layer\nhardlink /h /f\nrun").hasPrefix("2:13: this layer holds no /f"))
        #expect(problem("layer\ndir /d\nhardlink /h /d\nrun").hasPrefix("3:13: /d is a directory"))
    }

    @Test func attributesAreThoseThatTheKernelTakes() {
        #expect(problem("layer\nfile /f\nxattr /f k v\nrun").hasPrefix("3:10: an attribute's name begins with user."))
        #expect(
            problem("layer\nsymlink /s x\nxattr /s user.k v\nrun").hasPrefix(
                "3:10: only files and directories have user attributes"))
        #expect(problem("layer\nsymlink /s x\nxattr /s trusted.k v\nrun") == "")
        #expect(
            problem("layer\nfile /f\nxattr /f user.\(String(repeating: "k", count: 251)) v\nrun").contains(
                "at most 255 bytes"))
    }

    @Test func aDeviceHasNumbersAndAPipeHasNone() throws {
        #expect(try layer("device /p p 600") == [.device("/p", .fifo, nil, mode: 0o600)])
        #expect(try layer("device /w c 0 0 666") == [.whiteout("/w")])
        #expect(
            problem("layer\ndevice /x c 1\nrun").hasPrefix(
                "2:14: expected a minor number from 0 to 1048575, found the end of the line"))
        #expect(problem("layer\ndevice /x q 1 3\nrun").hasPrefix("2:11: expected one of `c`, `b`, `p`, found `q`"))
        #expect(problem("layer\ndevice /x c 4096 3\nrun").hasPrefix("2:13: expected a major number from 0 to 4095"))
    }

    @Test func pathsOfLayersAreWhatCanLieInADirectory() {
        let long = String(repeating: "n", count: 256)
        #expect(problem("layer\nfile /\(long)\nrun").contains("a name is at most 255 bytes long, and one here has 256"))
        let deep = String(repeating: "/d", count: 2048)
        #expect(problem("layer\ndir \(deep)\nrun").contains("a path is at most 4095 bytes long"))
        #expect(problem("layer\nfile f\nrun").hasPrefix("2:6: expected an absolute path, found `f`"))
        #expect(problem("layer\ndir /a\ndir /a/../b\nrun").hasPrefix("3:5: a path in a layer has no"))
        #expect(problem("layer\nfile /f/\nrun").hasPrefix("2:6: only a directory's path may end in a slash"))
        #expect(problem("layer\nsymlink /s ''\nrun").hasPrefix("2:12: a symbolic link's target has 1 to 4095 bytes"))
    }

    @Test func sectionsComeInTheirOrder() throws {
        #expect(problem("") == "1:1: expected `run` before the end: without it there is nothing to run")
        #expect(problem("layer\nfile /f\n") == "3:1: expected `run` before the end: without it there is nothing to run")
        #expect(try Script(parsing: "run") == Script(layers: [[]], operations: []))
        #expect(try Script(parsing: "layer\nlayer\nrun").layers == [[], []])
        #expect(
            problem("file /f\nrun").hasPrefix(
                "1:1: `file` describes what a layer holds; expected `layer` on a line before it"))
        #expect(
            problem("layer\nunlink /f\nrun").hasPrefix(
                "2:1: `unlink` is an operation; expected `run` on a line before it"))
        #expect(problem("run\nfile /f\n").hasPrefix("2:1: `file` describes a layer, which is done before `run`"))
        #expect(problem("run\nlayer\n").hasPrefix("2:1: `layer` describes a layer"))
        #expect(problem("run\nrun\n") == "2:1: `run` stands in line 1 already")
        #expect(problem("layer two\nrun").hasPrefix("1:7: expected the end of the line, found `two`: layer"))
        #expect(
            problem("nothing\nrun").hasPrefix(
                "1:1: expected `layer`, `run` or what a layer holds (dir, file, symlink, ")
        )
        // A word that is nearly one is answered with that one, not with the whole list.
        #expect(
            problem("layers\nrun")
                == "1:1: expected `layer`, `run` or what a layer holds, found `layers`; write `layer`, if that was meant"
        )
        #expect(
            problem("run\nopne /f O_RDONLY")
                == "2:1: expected an operation, found `opne`; write `open`, if that was meant")
        #expect(problem("run\ntouch /f").hasPrefix("2:1: expected an operation (open, read, write, "))
    }

    @Test func allProblemsAreToldUpToTwenty() {
        #expect(
            problems("layer\nfile f\nfile /g\nfile /g\nrun\nstat\nstat /ok\nexpect EFOO stat /f").map { $0.prefix(4) }
                == ["2:6:", "4:6:", "6:5:", "8:8:"])
        #expect(problems("run\n" + String(repeating: "nothing\n", count: 100)).count == 20)
    }

    @Test func manyLinesAreReadInOneGo() throws {
        var text = "layer\n"
        for number in 0..<100_000 { text += "file /f\(number) 644 \"x\"\n" }
        text += "run\n"
        for number in 0..<100_000 { text += "expect ok chmod /f\(number) 600\n" }
        let script = try Script(parsing: text)
        #expect(script.layers[0].count == 100_000)
        #expect(script.operations.last?.number == 200_002)
    }
}
