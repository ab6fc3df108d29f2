import LayerModel
import Scripts
import Testing

/// What stands after `run`.
@Suite struct OperationLineTests {
    static let calls: [(String, SystemCall)] = [
        ("unlink /a/g", .unlink("/a/g")), ("rmdir /d/", .rmdir("/d/")), ("mkdir /d", .mkdir("/d", mode: 0o755)),
        ("mkdir /a/new 700", .mkdir("/a/new", mode: 0o700)),
        ("mknod /n c 666 1 3", .mknod("/n", .characterDevice, mode: 0o666, DeviceNumber(major: 1, minor: 3))),
        ("mknod /n b 600 8 0", .mknod("/n", .blockDevice, mode: 0o600, DeviceNumber(major: 8, minor: 0))),
        ("mknod /n p 600", .mknod("/n", .fifo, mode: 0o600, nil)), ("bind /s", .bind("/s", mode: 0o777)),
        ("link /a /b", .link("/a", "/b", followsSource: false)), ("symlink f /a/s2", .symlink(target: "f", "/a/s2")),
        ("symlink '' /s", .symlink(target: "", "/s")), ("readlink /s", .readlink("/s")),
        ("rename /a/f /a/f2", .rename("/a/f", "/a/f2", [])),
        ("rename /x /y RENAME_EXCHANGE", .rename("/x", "/y", .exchange)),
        ("rename /x /y RENAME_NOREPLACE|RENAME_WHITEOUT", .rename("/x", "/y", [.noReplace, .whiteout])),
        ("chmod /f 4755", .chmod(Operand("/f"), mode: 0o4755)),
        ("chown /f -1 7", .chown(Operand("/f", .noFollow), uid: nil, gid: 7)),
        ("utimes /f", .utimens(Operand("/f"), access: .now, modification: .now)),
        (
            "utimes /f 1 -1.25",
            .utimens(
                Operand("/f"), access: .given(seconds: 1, nanoseconds: 0),
                modification: .given(seconds: -2, nanoseconds: 750_000_000))
        ),
        ("utimes /f omit now", .utimens(Operand("/f"), access: .omit, modification: .now)),
        ("truncate /f 1G", .truncate("/f", size: 1 << 30)), ("truncate /f -1", .truncate("/f", size: -1)),
        ("setxattr /f user.k 'v w'", .setxattr(Operand("/f", .noFollow), name: "user.k", value: [UInt8]("v w"), [])),
        (
            "setxattr /f user.k \"\" XATTR_CREATE|XATTR_REPLACE",
            .setxattr(Operand("/f", .noFollow), name: "user.k", value: [], [.create, .replace])
        ),
        ("removexattr /f user.k", .removexattr(Operand("/f", .noFollow), name: "user.k")),
        ("getxattr /f user.k", .getxattr(Operand("/f", .noFollow), name: "user.k")), ("readdir /", .readdir("/")),
        ("stat /f", .stat(Operand("/f", .noFollow))), ("access /f", .access(Operand("/f"), mode: 0)),
        ("access /f rx", .access(Operand("/f"), mode: 5)), ("access /f w r", .access(Operand("/f"), mode: 6)),
    ]

    @Test(arguments: calls)
    func aCallByPath(line: String, call: SystemCall) throws { #expect(try operation(line) == .call(call)) }

    static let descriptorCalls: [(String, SystemCall)] = [
        ("write 3 \"x\"", .write(FileDescriptor(3), [UInt8]("x"))),
        ("pread 3 4K 1", .pread(FileDescriptor(3), count: 4096, offset: 1)),
        ("pwrite 3 5 x", .pwrite(FileDescriptor(3), [UInt8]("x"), offset: 5)),
        ("ftruncate 3 1M", .ftruncate(FileDescriptor(3), size: 1 << 20)),
        ("fallocate 3 0 8K", .fallocate(FileDescriptor(3), offset: 0, length: 8192)),
        ("copy_file_range 3 4 10", .copyFileRange(from: FileDescriptor(3), to: FileDescriptor(4), length: 10)),
        ("fchmod 3 600", .fchmod(FileDescriptor(3), mode: 0o600)),
        ("fchown 3 1 -1", .fchown(FileDescriptor(3), uid: 1, gid: nil)),
        ("close 3", .close(FileDescriptor(3))), ("linkat 3 /t", .linkDescriptor(FileDescriptor(3), "/t")),
    ]

    @Test(arguments: descriptorCalls)
    func aCallOnADescriptor(line: String, call: SystemCall) throws {
        #expect(try operation(line) == .descriptorCall(call))
    }

    @Test func otherLines() throws {
        #expect(try operation("read 3") == .readWhole(FileDescriptor(3)))
        #expect(try operation("rmtree /d") == .removeTree("/d"))
        #expect(try operation("user 1000 100") == .user(uid: 1000, gid: 100))
        #expect(try operation("remount") == .remount([]))
        #expect(
            try operation("remount redirect_dir=on volatile x=a=b")
                == .remount([MountOption("redirect_dir", "on"), MountOption("volatile"), MountOption("x", "a=b")]))
        #expect(problem("run\nremount =on").hasPrefix("2:9: expected OPTION=VALUE or OPTION"))
    }

    @Test func openTakesFlagsAModeAndWordsInAnyOrder() throws {
        #expect(try operation("open /f O_RDONLY") == .open("/f", [], mode: 0o644, [], keepAs: nil))
        #expect(
            try operation("open /a/f O_WRONLY|O_APPEND 0 write \"more\"")
                == .open("/a/f", [.writeOnly, .append], mode: 0, [.write([UInt8]("more"))], keepAs: nil))
        #expect(
            try operation("open /f O_RDWR|O_CREAT|O_EXCL 600 write a read write b as 3")
                == .open(
                    "/f", [.readWrite, .create, .exclusive], mode: 0o600,
                    [.write([UInt8]("a")), .read, .write([UInt8]("b"))], keepAs: FileDescriptor(3)))
        #expect(try operation("open /f O_RDONLY read") == .open("/f", [], mode: 0o644, [.read], keepAs: nil))
        #expect(try operation("open /f O_RDONLY as 0") == .open("/f", [], mode: 0o644, [], keepAs: FileDescriptor(0)))
        #expect(problem("run\nopen /f O_RDONLY as 3 read").hasPrefix("2:23: expected the end of the line"))
        #expect(problem("run\nopen /f O_RDONLY as -1").contains("expected a descriptor's number from 0 to 2147483647"))
        #expect(
            problem("run\nopen /f O_RDONLY rread").hasPrefix("2:18: expected an octal mode, `read`, `write` or `as`"))
        #expect(problem("run\nopen /f O_RDONLY 0 0").hasPrefix("2:20: expected `read`, `write` or `as`, found `0`"))
        #expect(
            problem("run\nopen /f O_WRONLY write").hasPrefix(
                "2:23: expected data, found the end of the line: open PATH FLAGS"))
    }

    @Test func everyFlagOfOpenIsKnownAndAnUnknownOneTellsThem() throws {
        for name in [
            "O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_DIRECTORY", "O_NOFOLLOW",
            "O_PATH", "O_TMPFILE", "O_NONBLOCK", "O_NDELAY", "O_CLOEXEC", "O_NOATIME", "O_DIRECT", "O_SYNC", "O_DSYNC",
            "O_RSYNC", "O_NOCTTY", "O_ASYNC", "O_LARGEFILE",
        ] { #expect(problem("run\nopen /f \(name)") == "", "\(name)") }
        let unknown = problem("run\nopen /f O_RDONLY|O_CREATE")
        #expect(
            unknown.hasPrefix(
                "2:9: `O_CREATE` is no flag here; expected names joined by |, of O_RDONLY, O_WRONLY, O_RDWR, O_CREAT"))
        #expect(problem("run\nopen /f O_RDONLY|").hasPrefix("2:9: `` is no flag here"))
        #expect(problem("run\nopen /f 644").hasPrefix("2:9: `644` is no flag here"))
        #expect(problem("run\nopen /f O_WRONLY|O_RDWR").hasPrefix("2:9: expected one of O_RDONLY, O_WRONLY and O_RDWR"))
        #expect(problem("run\nrename /a /b RENAME_FOO").contains("RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT"))
    }

    @Test func expectations() throws {
        func expectation(_ word: String) throws(ScriptError) -> OperationLine.Expectation? {
            try Script(parsing: "run\nexpect \(word) stat /f").operations[0].expectation
        }
        #expect(try expectation("ok") == .success)
        #expect(try expectation("EXDEV") == .failure(.EXDEV))
        #expect(try expectation("ENOTSUP") == .failure(.EOPNOTSUPP))
        #expect(try expectation("EWOULDBLOCK") == .failure(.EAGAIN))
        #expect(try Script(parsing: "run\nstat /f").operations[0].expectation == nil)
        #expect(
            problem("run\nexpect EFOO stat /f").hasPrefix(
                "2:8: expected `ok` or an errno of Linux by its name, such as EXDEV, found `EFOO`: expect ok|ERRNO OPERATION"
            ))
        #expect(problem("run\nexpect ok").hasPrefix("2:10: expected an operation, found the end of the line"))
        #expect(problem("run\nexpect ok expect ok stat /f").hasPrefix("2:11: expected an operation"))
    }

    @Test func modesThatACallNeedsAreNotLeftOut() {
        #expect(problem("run\nchmod /f").hasPrefix("2:9: expected an octal mode"))
        #expect(problem("run\nmknod /f p").hasPrefix("2:11: expected an octal mode such as 644 (mknod needs it)"))
        #expect(
            problem("run\nmknod /f c 1 3").hasPrefix("2:14: expected a major number from 0 to 4095, found `3`") == false
        )
        #expect(problem("run\nmknod /f c 644").hasPrefix("2:15: expected a major number"))
    }

    @Test func numbersAreInTheirRanges() {
        #expect(problem("run\ntruncate /f 9223372036854775808").contains("at most 9223372036854775807 (2^63 - 1)"))
        #expect(
            problem("run\ntruncate /f 1T").hasPrefix(
                "2:13: expected a size, in bytes or with K, M or G behind, found `1T`"))
        #expect(problem("run\nuser 4294967295 0").contains("from 0 to 4294967294"))
        #expect(
            problem("run\nchown /f x 0").contains("expected a user id (-1 leaves it) from -1 to 4294967295, found `x`"))
        #expect(problem("run\npread 3 -1 0").contains("expected a length, 0 or more"))
        #expect(problem("run\nutimes /f 1").hasPrefix("2:12: expected seconds of the last modification"))
        #expect(problem("run\nclose 99999999999").contains("expected a descriptor's number"))
        #expect(problem("run\naccess /f q").hasPrefix("2:11: expected letters of `rwx`, found `q`"))
    }

    @Test func namesTooLongAreTheKernelsBusiness() throws {
        let name = String(repeating: "n", count: 256)
        #expect(try operation("stat /\(name)") == .call(.stat(Operand(Path("/\(name)"), .noFollow))))
        let deep = String(repeating: "/dd", count: 1400)
        #expect(try operation("stat \(deep)") == .call(.stat(Operand(Path(deep), .noFollow))))
        let slashes = String(repeating: "/", count: 4096)
        #expect(
            problem("run\nstat \(slashes)a").contains(
                "a path is at most 4095 bytes long, with all its slashes and dots"))
        #expect(problem("run\nstat a").hasPrefix("2:6: expected an absolute path, found `a`: stat PATH"))
        #expect(problem("run\nstat ''").hasPrefix("2:6: expected an absolute path, found ``"))
    }
}
