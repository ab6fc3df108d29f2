import LayerModel
import Scripts
import StorageDrivers
import Testing

/// A script run on the simulated kernel: what a line's words come to, call by call.
@Suite struct RunnerTests {
    private func run(
        _ text: String, driver: StorageDriverKind = .overlay2, options: [MountOption] = []
    ) throws -> [OperationReport] {
        let script = try Script(parsing: text)
        let mount = try SimulatedMount(driver: driver, options: options, layers: LayerStack(script.layers))
        var runner = ScriptRunner(script, on: mount)
        var reports: [OperationReport] = []
        while let report = try runner.next() { reports.append(report) }
        return reports
    }

    /// Each line's outcome: its errno or `ok`, and its data.
    private func outcomes(_ text: String) throws -> [String] {
        try run(text).map { ($0.errno?.name ?? "ok") + ($0.data.map { " \($0.characters)" } ?? "") }
    }

    @Test func openDoesItsWordsInOrderAtItsOwnOffset() throws {
        let text = """
            layer
            file /f 644 "hello"
            run
            open /f O_RDWR read write " world" read
            open /f O_RDWR write "J" read
            open /f O_RDONLY read read
            open /f O_RDWR|O_TRUNC read
            open /f O_RDWR|O_APPEND write a write b
            open /f O_RDONLY read
            """
        #expect(
            try outcomes(text) == ["ok hello", "ok ello world", "ok Jello world", "ok ", "ok", "ok ab"])
    }

    @Test func aWordThatFailsIsTheOperationsErrorAndWhatWasReadIsKept() throws {
        let text = """
            layer
            file /f 644 "hello"
            run
            open /f O_RDONLY read write "x" read
            open /f O_WRONLY read
            open /none O_RDONLY read
            open /f O_RDONLY write "x" as 3
            close 3
            """
        #expect(try outcomes(text) == ["EBADF hello", "EBADF", "ENOENT", "EBADF", "EBADF"])
    }

    @Test func aNumberKeepsAFileOpen() throws {
        let text = """
            layer
            file /f 644 "hello"
            run
            open /f O_RDWR as 3
            unlink /f
            write 3 "J"
            write 3 "a"
            read 3
            pread 3 2 1
            pwrite 3 4 "!"
            read 3
            ftruncate 3 2
            read 3
            close 3
            read 3
            close 3
            open /g O_RDWR|O_CREAT as 3
            read 3
            """
        #expect(
            try outcomes(text) == [
                "ok", "ok", "ok", "ok", "ok Jallo", "ok al", "ok", "ok Jall!", "ok", "ok Ja", "ok", "EBADF", "EBADF",
                "ok",
                "ok ",
            ])
    }

    @Test func aNumberInUseIsAScriptErrorWithItsPlace() throws {
        let text =
            "layer\nfile /f\nrun\nopen /none O_RDONLY as 3\nopen /f O_RDONLY as 3\nexpect ok open /f O_RDONLY as 3 # again\n"
        let problem = #expect(throws: ScriptProblem.self) { try run(text) }
        #expect(problem?.line == 6)
        #expect(problem?.column == 31)
        #expect(problem?.message.hasPrefix("descriptor 3 is in use since line 5") == true)
        #expect(
            try outcomes("run\nfchmod 4 600\ncopy_file_range 1 2 3\nlinkat 9 /x\nread 0")
                == Array(repeating: "EBADF", count: 4))
    }

    @Test func aRemountClosesDescriptorsFirst() throws {
        let text = """
            layer
            file /f 644 "hello"
            run
            open /f O_RDONLY as 3
            remount metacopy=off
            read 3
            open /f O_RDONLY as 3
            """
        #expect(try outcomes(text) == ["ok", "ok", "EBADF", "ok"])
    }

    @Test func aRefusedRemountEndsTheScript() throws {
        let script = try Script(parsing: "run\nmkdir /d\nremount nosuch=option\nexpect ok rmdir /d")
        var runner = ScriptRunner(script, on: try SimulatedMount(driver: .overlay2, layers: LayerStack(script.layers)))
        #expect(try runner.next()?.errno == nil)
        #expect(try runner.next()?.errno == .EINVAL)
        #expect(try runner.next() == nil)
        #expect(runner.unreached.map(\.number) == [4])
    }

    @Test func rmtreeGoesCallByCallAndStopsAtTheFirstError() throws {
        let text = """
            layer
            dir /d
            dir /d/e
            file /d/e/f
            symlink /d/z /elsewhere
            file /g
            run
            rmtree /none
            rmtree /g
            rmtree /d
            readdir /
            """
        #expect(try outcomes(text) == ["ENOENT", "ok", "ok", "ok "])
        let reports = try run(text)
        #expect(reports[2].effects.contains(LayerEffect(.whiteout, "/d", layer: .lower(1))))
        #expect(reports[2].data == nil)

        let stopped = """
            layer
            dir /d 777
            dir /d/a 777
            file /d/a/f
            dir /d/b 755
            file /d/b/f
            dir /d/c 777
            file /d/c/f
            run
            user 1000 1000
            rmtree /d
            readdir /d
            """
        #expect(try outcomes(stopped) == ["ok", "EACCES", "ok b\nc"])
    }

    @Test func aUserHasNoCapabilities() throws {
        let text = """
            layer
            file /f 600 "x"
            run
            user 1000 1000
            open /f O_RDONLY read
            user 0 1
            chown /f 5 5
            user 0 0
            chown /f 5 5
            open /f O_RDONLY read
            """
        #expect(try outcomes(text) == ["ok", "EACCES", "ok", "EPERM", "ok", "ok", "ok x"])
    }

    @Test func dataIsAtMostAMebibyte() throws {
        let reports = try run(
            "layer\nfile /f 644 size=3M\nrun\nopen /f O_RDONLY read read as 3\nread 3\npread 3 1G 0\n")
        #expect(reports.map { $0.data?.count } == [1 << 20, 1 << 20, 1 << 20])
    }

    @Test func dataOfOtherCalls() throws {
        let text = """
            layer
            dir /d
            file /d/b
            file /d/a
            symlink /s d/../x
            file /f 644 x
            xattr /f user.k "v w"
            run
            readdir /d
            readlink /s
            getxattr /f user.k
            stat /f
            access /f rw
            """
        #expect(try outcomes(text) == ["ok a\nb", "ok d/../x", "ok v w", "ok", "ok"])
        #expect(try run(text)[3].attributes?.size == 1)
    }

    @Test func effectsAndCostsOfALinesCallsAreTakenTogether() throws {
        let text = """
            layer
            dir /d
            file /d/f 644 "hello"
            run
            open /d/f O_WRONLY|O_APPEND 0 write " world"
            """
        let report = try run(text)[0]
        #expect(
            report.effects == [
                LayerEffect(.parentCopyUp, "/d", layer: .lower(1)),
                LayerEffect(.copyUp, "/d/f", layer: .lower(1), size: 5),
            ])
        #expect(report.cost.copied == 5)
    }

    @Test func expectationsAreHeldAgainstTheOutcome() throws {
        let reports = try run(
            "run\nexpect ok mkdir /d\nexpect ok mkdir /d\nexpect EEXIST mkdir /d\nexpect ENOENT mkdir /d\nmkdir /d")
        #expect(reports.map(\.isAsExpected) == [true, false, true, false, true])
    }
}
