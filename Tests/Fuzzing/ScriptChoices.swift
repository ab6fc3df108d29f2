/// Makes a script's text of bytes: each is a choice among few words, so that most lines mean something to the others.
struct ScriptChoices {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var text: [UInt8] {
        var choices = self
        var lines: [String] = []
        for _ in 0..<(1 + choices.next(3)) {
            lines.append("layer")
            lines += choices.layer()
        }
        lines.append("run")
        while !choices.bytes.isEmpty, lines.count < 120 { lines.append(choices.operation()) }
        return Array(lines.joined(separator: "\n").utf8)
    }

    private mutating func next(_ count: Int) -> Int { Int(bytes.popFirst() ?? 0) % count }

    private mutating func pick(_ words: [String]) -> String { words[next(words.count)] }

    // MARK: - Layers

    /// A layer whose every line is right: parents first, each name once.
    private mutating func layer() -> [String] {
        var lines: [String] = []
        let shape = next(64)
        if shape & 1 != 0 { lines += ["dir /d \(pick(Self.modes))"] + (next(4) == 0 ? ["opaque /d"] : []) }
        if shape & 1 != 0, shape & 2 != 0 { lines += ["dir /d/e \(pick(Self.modes))", "file /d/e/f 644 x"] }
        if shape & 1 != 0, shape & 4 != 0 { lines += object("/d/f") }
        if shape & 8 != 0 { lines += object("/f") }
        if shape & 16 != 0 { lines += object("/g") }
        if shape & 32 != 0 { lines += object("/d2") }
        return lines
    }

    private mutating func object(_ path: String) -> [String] {
        switch next(10) {
        case 0: ["file \(path) \(pick(Self.modes)) \"contents\""]
        case 1: ["file \(path) 644 size=\(pick(["0", "5000", "3G", "17592186040320", "1M full", "4G full"]))"]
        case 2: ["file \(path) 644 x", "hardlink \(path)h \(path)"]
        case 3: ["symlink \(path) \(pick(Self.goodTargets))"]
        case 4: ["device \(path) c 1 3 666"]
        case 5: ["device \(path) p 644"]
        case 6: ["whiteout \(path)"]
        case 7: ["file \(path) 644 x", "owner \(path) 1000 1000", "xattr \(path) user.k v"]
        case 8: ["dir \(path)", "opaque \(path)", "file \(path)/x"]
        default: ["dir \(path) 777", "file \(path)/x 600 y", "dir \(path)/y"]
        }
    }

    // MARK: - Operations

    private mutating func operation() -> String {
        let path = pick(Self.paths)
        switch next(34) {
        case 0...4: return "open \(path) \(flags()) \(pick(Self.modes)) \(words())"
        case 5: return "unlink \(path)"
        case 6: return "rmdir \(path)"
        case 7: return "mkdir \(path) \(pick(Self.modes))"
        case 8: return "mknod \(path) \(pick(["p 644", "c 600 1 3", "c 600 0 0", "b 600 8 0", "s 600", "f 600"]))"
        case 9: return "bind \(path)"
        case 10: return "link \(path) \(pick(Self.paths))"
        case 11: return "symlink \(pick(Self.targets)) \(path)"
        case 12...14:
            let flags = [
                "", "", "RENAME_NOREPLACE", "RENAME_EXCHANGE", "RENAME_WHITEOUT", "RENAME_NOREPLACE|RENAME_EXCHANGE",
            ]
            return "rename \(path) \(pick(Self.paths)) \(pick(flags))"
        case 15: return "chmod \(path) \(pick(Self.modes))"
        case 16: return "chown \(path) \(pick(["-1", "0", "1000"])) \(pick(["-1", "0", "1000"]))"
        case 17: return "utimes \(path) \(pick(["", "1 2", "omit omit", "now 9223372036854775807"]))"
        case 18: return "truncate \(path) \(pick(Self.sizes))"
        case 19: return "setxattr \(path) \(pick(Self.attributes)) v \(pick(["", "XATTR_CREATE", "XATTR_REPLACE"]))"
        case 20: return "removexattr \(path) \(pick(Self.attributes))"
        case 21: return "getxattr \(path) \(pick(Self.attributes))"
        case 22: return pick(["readdir", "stat", "readlink", "access"]) + " \(path)"
        case 23: return "rmtree \(path)"
        case 24: return "user \(pick(["0 0", "1000 1000", "0 1"]))"
        case 25:
            return "remount \(pick(["", "redirect_dir=on", "metacopy=on", "index=on", "xino=on", "redirect_dir=off"]))"
        case 26: return "linkat \(number()) \(path)"
        default: return descriptorOperation()
        }
    }

    private mutating func descriptorOperation() -> String {
        let number = number()
        switch next(9) {
        case 0: return "read \(number)"
        case 1: return "write \(number) \"written\""
        case 2: return "pread \(number) \(pick(["0", "3", "1M"])) \(pick(Self.offsets))"
        case 3: return "pwrite \(number) \(pick(Self.offsets)) \"pwritten\""
        case 4: return "ftruncate \(number) \(pick(Self.sizes))"
        case 5: return "fallocate \(number) \(pick(Self.offsets)) \(pick(Self.sizes))"
        case 6: return "copy_file_range \(number) \(self.number()) \(pick(["0", "5", "1G", "9223372036854775807"]))"
        case 7: return pick(["fchmod \(number) 600", "fchown \(number) 1000 -1"])
        default: return "close \(number)"
        }
    }

    private mutating func number() -> String { "\(next(4))" }

    private mutating func flags() -> String {
        var flags = [pick(["O_RDONLY", "O_WRONLY", "O_RDWR"])]
        let choice = next(256)
        for (bit, name) in Self.flags.enumerated() where choice >> bit & 1 == 1 { flags.append(name) }
        return flags.joined(separator: "|")
    }

    private mutating func words() -> String {
        let words = pick(["", "", "read", "write w", "read write w read", "write \"\" read"])
        // A number that is in use ends the script, so numbers are not asked for too often.
        return next(3) == 0 ? "\(words) as \(number())" : words
    }

    private static let paths = [
        "/", "/d", "/d/", "/d/f", "/d/e", "/d/e/f", "/d/new", "/f", "/fh", "/g", "/g/x", "/gh", "/d2", "/d2/x", "/d2/y",
        "/new",
        "/new/a", "/f/..", "/d/..", "/d/e/.", "/..", "/s/x", "/" + String(repeating: "n", count: 256),
        String(repeating: "/d", count: 2100),
    ]
    private static let goodTargets = ["f", "/d", "../d/f", "/", "loop", "/f", "/d2/"]
    /// Also some that no layer can hold.
    private static let targets = goodTargets + ["''", String(repeating: "t", count: 4096)]
    private static let modes = ["644", "0", "755", "777", "1777", "4755", "600"]
    private static let sizes = ["0", "5", "4096", "1M", "3G", "9223372036854775807"]
    private static let offsets = ["0", "1", "-1", "4097", "9223372036854775807"]
    private static let attributes = ["user.k", "trusted.k", "trusted.overlay.opaque", "security.k", "k"]
    private static let flags = [
        "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_DIRECTORY", "O_NOFOLLOW", "O_PATH", "O_TMPFILE",
    ]
}
