import LayerModel

extension OperationLine {
    /// The words that begin an operation, with what follows them.
    static let usages: KeyValuePairs<String, String> = [
        "open": "open PATH FLAGS [MODE] [read | write DATA]... [as N]",
        "read": "read N",
        "write": "write N DATA",
        "pread": "pread N LENGTH OFFSET",
        "pwrite": "pwrite N OFFSET DATA",
        "ftruncate": "ftruncate N SIZE",
        "fallocate": "fallocate N OFFSET LENGTH",
        "copy_file_range": "copy_file_range N M LENGTH",
        "fchmod": "fchmod N MODE",
        "fchown": "fchown N UID GID",
        "close": "close N",
        "linkat": "linkat N PATH",
        "unlink": "unlink PATH",
        "rmdir": "rmdir PATH",
        "mkdir": "mkdir PATH [MODE]",
        "mknod": "mknod PATH c|b MODE MAJOR MINOR, or mknod PATH p|f|s MODE",
        "bind": "bind PATH",
        "link": "link OLD NEW",
        "symlink": "symlink TARGET PATH",
        "readlink": "readlink PATH",
        "rename": "rename OLD NEW [RENAME_NOREPLACE|RENAME_EXCHANGE|RENAME_WHITEOUT]",
        "chmod": "chmod PATH MODE",
        "chown": "chown PATH UID GID",
        "utimes": "utimes PATH [ATIME MTIME]",
        "truncate": "truncate PATH SIZE",
        "setxattr": "setxattr PATH NAME VALUE [XATTR_CREATE|XATTR_REPLACE]",
        "removexattr": "removexattr PATH NAME",
        "getxattr": "getxattr PATH NAME",
        "readdir": "readdir PATH",
        "stat": "stat PATH",
        "access": "access PATH [rwx]",
        "rmtree": "rmtree PATH",
        "remount": "remount [OPTION=VALUE]...",
        "user": "user UID GID",
    ]
}

extension Arguments {
    /// `ok` or the name of an errno.
    mutating func expectation() throws(Misfit) -> OperationLine.Expectation {
        let word = try word("`ok` or an errno such as EXDEV")
        if word == "ok" { return .success }
        let name = String(decoding: word.bytes, as: UTF8.self)
        let canonical = ["EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP", "EDEADLOCK": "EDEADLK"][name] ?? name
        guard let errno = Errno(name: canonical) else {
            throw misfit("`ok` or an errno of Linux by its name, such as EXDEV", word)
        }
        return .failure(errno)
    }

    /// Reads the rest of an operation.
    mutating func operation(_ verb: String) throws(Misfit) -> OperationLine.Operation {
        usage = OperationLine.usages.first { $0.key == verb }?.value
        let operation: OperationLine.Operation =
            switch verb {
            case "open": try open()
            case "read": .readWhole(try descriptor())
            case "remount": .remount(try mountOptions())
            case "rmtree": .removeTree(try path())
            case "user":
                .user(
                    uid: try number("a user id", in: 0...UInt32.max - 1),
                    gid: try number("a group id", in: 0...UInt32.max - 1))
            default:
                if let call = try descriptorCall(verb) { .descriptorCall(call) } else { .call(try pathCall(verb)) }
            }
        try end()
        return operation
    }

    private mutating func open() throws(Misfit) -> OperationLine.Operation {
        let path = try path()
        let flagsWord = next
        let flags = try flags("flags such as O_RDONLY or O_WRONLY|O_CREAT", OpenFlags.words, allowsZero: false)
        if let flagsWord, flags.isSuperset(of: [.writeOnly, .readWrite]) {
            throw wrong(flagsWord, "expected one of O_RDONLY, O_WRONLY and O_RDWR, found two")
        }
        var mode: UInt16 = 0o644
        if let word = next, !(word == "read"), !(word == "write"), !(word == "as") {
            guard let given = word.octalMode else { throw misfit("an octal mode, `read`, `write` or `as`", word) }
            mode = given
            skip()
        }
        var words: [OperationLine.OpenWord] = []
        while let word = next {
            if word == "read" {
                skip()
                words.append(.read)
            } else if word == "write" {
                skip()
                words.append(.write(try data()))
            } else if word == "as" {
                skip()
                return .open(path, flags, mode: mode, words, keepAs: try descriptor())
            } else {
                throw misfit("`read`, `write` or `as`", word)
            }
        }
        return .open(path, flags, mode: mode, words, keepAs: nil)
    }

    /// A call on a descriptor; `nil` for another verb.
    private mutating func descriptorCall(_ verb: String) throws(Misfit) -> SystemCall? {
        switch verb {
        case "write": .write(try descriptor(), try data())
        case "pread":
            .pread(
                try descriptor(), count: Int(try size("a length", allowsNegative: false)),
                offset: try size("an offset"))
        case "pwrite":
            try pwrite()
        case "ftruncate": .ftruncate(try descriptor(), size: try size("a size"))
        case "fallocate": .fallocate(try descriptor(), offset: try size("an offset"), length: try size("a length"))
        case "copy_file_range":
            .copyFileRange(
                from: try descriptor(), to: try descriptor(), length: try size("a length", allowsNegative: false))
        case "fchmod": .fchmod(try descriptor(), mode: try mode())
        case "fchown": .fchown(try descriptor(), uid: try identity("a user id"), gid: try identity("a group id"))
        case "close": .close(try descriptor())
        case "linkat": .linkDescriptor(try descriptor(), try path())
        default: nil
        }
    }

    private mutating func pathCall(_ verb: String) throws(Misfit) -> SystemCall {
        switch verb {
        case "unlink": .unlink(try path())
        case "rmdir": .rmdir(try path())
        case "mkdir": .mkdir(try path(), mode: next == nil ? 0o755 : try mode("an octal mode such as 755"))
        case "mknod": try mknod()
        // A socket's mode before the umask (sock_alloc_inode() of the kernel's net/socket.c).
        case "bind": .bind(try path(), mode: 0o777)
        case "link": .link(try path(), try path(), followsSource: false)
        case "symlink": .symlink(target: try byteString("a target"), try path())
        case "readlink": .readlink(try path())
        case "rename":
            .rename(
                try path(), try path(),
                next == nil ? [] : try flags("flags such as RENAME_EXCHANGE", RenameFlags.words, allowsZero: true))
        case "chmod": .chmod(Operand(try path()), mode: try mode())
        case "chown":
            .chown(Operand(try path(), .noFollow), uid: try identity("a user id"), gid: try identity("a group id"))
        case "utimes": try utimes()
        case "truncate": .truncate(try path(), size: try size("a size"))
        case "setxattr":
            .setxattr(
                Operand(try path(), .noFollow), name: try string("an attribute's name"),
                value: Array(try word("a value").bytes),
                next == nil ? [] : try flags("XATTR_CREATE or XATTR_REPLACE", XattrFlags.words, allowsZero: true))
        case "removexattr": .removexattr(Operand(try path(), .noFollow), name: try string("an attribute's name"))
        case "getxattr": .getxattr(Operand(try path(), .noFollow), name: try string("an attribute's name"))
        case "readdir": .readdir(try path())
        case "stat": .stat(Operand(try path(), .noFollow))
        default: try access()
        }
    }

    private mutating func data() throws(Misfit) -> [UInt8] { Array(try word("data").bytes) }

    private mutating func pwrite() throws(Misfit) -> SystemCall {
        let descriptor = try descriptor()
        let offset = try size("an offset")
        return .pwrite(descriptor, try data(), offset: offset)
    }

    private mutating func mknod() throws(Misfit) -> SystemCall {
        let path = try path()
        let kind = try nodeKind([
            "c": .characterDevice, "b": .blockDevice, "p": .fifo, "f": .file, "s": .socket,
        ])
        let mode = try mode("an octal mode such as 644 (mknod needs it)")
        let isDevice = kind == .characterDevice || kind == .blockDevice
        return .mknod(path, kind, mode: mode, isDevice ? try device() : nil)
    }

    private mutating func utimes() throws(Misfit) -> SystemCall {
        let operand = Operand(try path())
        guard next != nil else { return .utimens(operand, access: .now, modification: .now) }
        let access = try time("seconds of the last access")
        return .utimens(operand, access: access, modification: try time("seconds of the last modification"))
    }

    private mutating func access() throws(Misfit) -> SystemCall {
        let operand = Operand(try path())
        var mode: UInt8 = 0
        while let word = next {
            for letter in word.bytes {
                switch letter {
                case UInt8(ascii: "r"): mode |= 4
                case UInt8(ascii: "w"): mode |= 2
                case UInt8(ascii: "x"): mode |= 1
                default: throw misfit("letters of `rwx`", word)
                }
            }
            skip()
        }
        return .access(operand, mode: mode)
    }

    private mutating func mountOptions() throws(Misfit) -> [MountOption] {
        var options: [MountOption] = []
        while let word = next {
            let text = try string("an option")
            guard !text.isEmpty, text.first != "=" else { throw misfit("OPTION=VALUE or OPTION", word) }
            options.append(MountOption(parsing: text))
        }
        return options
    }

    /// Seconds since 1970, perhaps with a fraction; `now`; `omit`.
    private mutating func time(_ expected: String) throws(Misfit) -> FileTime {
        let word = try word(expected)
        if word == "now" { return .now }
        if word == "omit" { return .omit }
        guard let time = FileTime(seconds: word.bytes) else { throw misfit(expected, word) }
        return time
    }
}

extension FileTime {
    /// Reads `12`, `-12` and `12.000000345`.
    init?(seconds text: ArraySlice<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, whole.isNumeric, let seconds = Int64(String(decoding: whole, as: UTF8.self))
        else { return nil }
        guard parts.count == 2 else {
            self = .given(seconds: seconds, nanoseconds: 0)
            return
        }
        guard (1...9).contains(parts[1].count), let digits = UInt32(String(decoding: parts[1], as: UTF8.self)),
            parts[1].first != UInt8(ascii: "+")
        else { return nil }
        let nanoseconds = (parts[1].count..<9).reduce(digits) { value, _ in value * 10 }
        guard isNegative, nanoseconds > 0 else {
            self = .given(seconds: seconds, nanoseconds: nanoseconds)
            return
        }
        // Time goes forward in the fraction: -1.25 is 750 milliseconds after -2.
        let (earlier, overflows) = seconds.subtractingReportingOverflow(1)
        guard !overflows else { return nil }
        self = .given(seconds: earlier, nanoseconds: 1_000_000_000 - nanoseconds)
    }
}
