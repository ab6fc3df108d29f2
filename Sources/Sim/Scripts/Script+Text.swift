import LayerModel

extension Script {
    /// The script as text that reads back as the same script. It is UTF-8 but for contents that are not.
    ///
    /// - Precondition: The calls are ones that the language can write; those that were read are.
    public var text: [UInt8] {
        var text: [UInt8] = []
        for layer in layers {
            text += "layer\n".utf8
            for line in layer {
                text += line.text
                text.append(UInt8(ascii: "\n"))
            }
        }
        text += "run\n".utf8
        for line in operations {
            text += line.written
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }
}

extension LayerLine {
    /// The line as a script writes it.
    public var text: [UInt8] {
        switch self {
        case .directory(let path, let mode): join("dir", path.word, mode.word)
        case .file(let path, let mode, .sparse(let size)):
            join("file", path.word, mode.word, Array("size=\(size)".utf8))
        case .file(let path, let mode, .zeros(let size)):
            join("file", path.word, mode.word, Array("size=\(size) full".utf8))
        case .file(let path, let mode, .bytes(let bytes)):
            bytes.isEmpty
                ? join("file", path.word, mode.word)
                : join("file", path.word, mode.word, (bytes.needsPrefix ? "data=".utf8 + bytes : bytes).quoted)
        case .symlink(let path, let target): join("symlink", path.word, target.word)
        case .hardlink(let path, let other): join("hardlink", path.word, other.word)
        case .owner(let path, let uid, let gid): join("owner", path.word, uid.word, gid.word)
        case .device(let path, let kind, let device, let mode):
            join([Array("device".utf8), path.word, kind.letter] + device.words + [mode.word])
        case .whiteout(let path): join("whiteout", path.word)
        case .opaque(let path): join("opaque", path.word)
        case .xattr(let path, let name, let value): join("xattr", path.word, name.word, value.quoted)
        }
    }
}

extension OperationLine {
    /// The line as a script writes it, from its values and not from how it was written.
    public var written: [UInt8] {
        expectation.map { join("expect", Array($0.description.utf8), operation.text) } ?? operation.text
    }

    /// A line that was not read from a text; `Script.numbered` gives it its number.
    public init(_ operation: Operation, expectation: Expectation? = nil) {
        self.init(number: 0, text: "", expectation: expectation, operation: operation)
        text = ByteString(bytes: written).text
    }
}

extension Script {
    /// The same script with the numbers and texts of the lines as `text` has them.
    public var numbered: Script {
        var script = self
        var number = layers.reduce(1) { $0 + 1 + $1.reduce(0) { $0 + $1.text.lineCount } }
        for index in operations.indices {
            let written = operations[index].written
            number += 1
            script.operations[index].number = number
            script.operations[index].text = ByteString(bytes: written).text
            number += written.lineCount - 1
        }
        return script
    }
}

extension OperationLine.Operation {
    /// The operation as a script writes it.
    public var text: [UInt8] {
        switch self {
        case .open(let path, let flags, let mode, let words, let number):
            join(
                [Array("open".utf8), path.word, Array(flags.description.utf8), mode.word]
                    + words.flatMap { word -> [[UInt8]] in
                        switch word {
                        case .read: [Array("read".utf8)]
                        case .write(let bytes): [Array("write".utf8), bytes.quoted]
                        }
                    } + (number.map { [Array("as".utf8), $0.number.word] } ?? []))
        case .call(let call), .descriptorCall(let call): call.text
        case .readWhole(let number): join("read", number.number.word)
        case .removeTree(let path): join("rmtree", path.word)
        case .remount(let options): join([Array("remount".utf8)] + options.map { $0.description.word })
        case .user(let uid, let gid): join("user", uid.word, gid.word)
        }
    }
}

extension SystemCall {
    /// The call as a script writes it.
    var text: [UInt8] {
        switch self {
        case .open(let path, let flags, let mode): join("open", path.word, Array(flags.description.utf8), mode.word)
        case .truncate(let path, let size): join("truncate", path.word, size.word)
        case .unlink(let path): join("unlink", path.word)
        case .rmdir(let path): join("rmdir", path.word)
        case .mkdir(let path, let mode): join("mkdir", path.word, mode.word)
        case .mknod(let path, let kind, let mode, let device):
            join([Array("mknod".utf8), path.word, kind.letter, mode.word] + device.words)
        case .bind(let path, _): join("bind", path.word)
        case .link(let old, let new, _): join("link", old.word, new.word)
        case .symlink(let target, let path): join("symlink", target.word, path.word)
        case .readlink(let path): join("readlink", path.word)
        case .rename(let old, let new, let flags):
            join([Array("rename".utf8), old.word, new.word] + (flags.isEmpty ? [] : [Array(flags.description.utf8)]))
        case .chmod(let operand, let mode): join("chmod", operand.path.word, mode.word)
        case .chown(let operand, let uid, let gid): join("chown", operand.path.word, uid.word, gid.word)
        case .utimens(let operand, .now, .now): join("utimes", operand.path.word)
        case .utimens(let operand, let access, let modification):
            join("utimes", operand.path.word, access.word, modification.word)
        case .setxattr(let operand, let name, let value, let flags):
            join([Array("setxattr".utf8), operand.path.word, name.word, value.quoted] + flags.words)
        case .getxattr(let operand, let name): join("getxattr", operand.path.word, name.word)
        case .removexattr(let operand, let name): join("removexattr", operand.path.word, name.word)
        case .readdir(let path): join("readdir", path.word)
        case .stat(let operand): join("stat", operand.path.word)
        case .access(let operand, let mode):
            join([Array("access".utf8), operand.path.word] + (mode & 7 == 0 ? [] : [letters(of: mode)]))
        case .close(let number): join("close", number.number.word)
        case .read(let number, _): join("read", number.number.word)
        case .write(let number, let bytes): join("write", number.number.word, bytes.quoted)
        case .pread(let number, let count, let offset): join("pread", number.number.word, count.word, offset.word)
        case .pwrite(let number, let bytes, let offset): join("pwrite", number.number.word, offset.word, bytes.quoted)
        case .ftruncate(let number, let size): join("ftruncate", number.number.word, size.word)
        case .fallocate(let number, let offset, let length):
            join("fallocate", number.number.word, offset.word, length.word)
        case .copyFileRange(let source, let target, let length):
            join("copy_file_range", source.number.word, target.number.word, length.word)
        case .fchmod(let number, let mode): join("fchmod", number.number.word, mode.word)
        case .fchown(let number, let uid, let gid): join("fchown", number.number.word, uid.word, gid.word)
        case .linkDescriptor(let number, let path): join("linkat", number.number.word, path.word)
        }
    }

    private func letters(of mode: UInt8) -> [UInt8] {
        [(4, UInt8(ascii: "r")), (2, UInt8(ascii: "w")), (1, UInt8(ascii: "x"))].filter { mode & $0.0 != 0 }.map(\.1)
    }
}

extension OperationLine.Operation: CustomStringConvertible {
    public var description: String { ByteString(bytes: text).text }
}
