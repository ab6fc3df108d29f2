import Linux
import CLinux
import Glibc
import LayerModel

/// Why exec refused a command, found out from the layers: a missing interpreter or program loader gives the same
/// ENOENT as a missing file (execve(2)).
struct CommandFailure {
    let program: Program
    let workingDirectory: String
    let errno: Errno
    let tree: MergedTree

    func error() -> (kind: ContainerError.Kind, sentence: String) {
        let name = program.arguments.first ?? ""
        if name.isEmpty { return (.commandNotFound, "the command is empty: name a program") }
        let found = program.candidates.lazy.map(absolute).compactMap { path in tree.node(at: path).map { (path, $0) } }
        guard let (path, node) = found.first(where: { !$0.1.isDirectory }) ?? found.first else {
            return (.commandNotFound, notFound(name))
        }
        if errno == .EACCES || errno == .EISDIR {
            if node.isDirectory { return (.commandNotExecutable, "\(path) cannot be executed: it is a directory") }
            let mode = String(node.mode & 0o7777, radix: 8)
            return (
                .commandNotExecutable,
                "\(path) cannot be executed: its mode is 0\(mode) (EACCES); set the bit with: chmod +x \(path)"
            )
        }
        let head = Head(node.path)
        if errno == .ENOENT, let interpreter = head.interpreter, tree.node(at: interpreter) == nil {
            let origin =
                head.isScript
                ? "the interpreter that its first line names, \(interpreter)," : "its program loader, \(interpreter),"
            let cure = head.isScript ? "add it" : "add it and the libraries, or link the program statically"
            return (.commandNotFound, "\(path) cannot be executed: \(origin) is not in the image; \(cure)")
        }
        if errno == .ENOEXEC {
            let cause =
                head.isForeign
                ? "it was built for another kind of machine" : "it is neither a program nor a script with a #! line"
            return (.commandNotExecutable, "\(path) cannot be executed: \(cause) (ENOEXEC)")
        }
        let kind: ContainerError.Kind = errno == .ENOENT ? .commandNotFound : .commandNotExecutable
        return (kind, "\(path) cannot be executed: \(errno.explanation) (\(errno.name))")
    }

    private func notFound(_ name: String) -> String {
        if name.contains("/") { return "\(name) is not in the image" }
        return "\(name) is in no directory of the image's PATH, \(Program.searchPath(program.environment))"
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : workingDirectory + "/" + path }

    /// What the first bytes of a program say (elf(5); execve(2), "Interpreter scripts").
    private struct Head {
        var interpreter: String?
        var isScript = false
        var isForeign = false

        init(_ path: String) {
            guard let file = try? Descriptor(opening: path, O_RDONLY | O_NONBLOCK) else { return }
            let bytes = Self.read(file, at: 0, count: 256)
            if bytes.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "!")]) {
                isScript = true
                let line = bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
                interpreter = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }.first
                    .map(String.init)
            } else if bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
                let is64LittleEndian = bytes[4] == 2 && bytes[5] == 1
                isForeign = !is64LittleEndian || Self.number(bytes, at: 18, size: 2) != Int(linux_elf_machine())
                if is64LittleEndian { interpreter = Self.loader(file, header: bytes) }
            }
        }

        /// The path in the segment PT_INTERP.
        private static func loader(_ file: borrowing Descriptor, header: [UInt8]) -> String? {
            let table = number(header, at: 32, size: 8)
            let (size, count) = (number(header, at: 54, size: 2), number(header, at: 56, size: 2))
            for index in 0..<count {
                let segment = read(file, at: table + index * size, count: 56)
                guard segment.count == 56 else { return nil }
                guard number(segment, at: 0, size: 4) == 3 else { continue }
                let length = min(number(segment, at: 32, size: 8), 4096)
                let path = read(file, at: number(segment, at: 8, size: 8), count: length)
                return String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
            }
            return nil
        }

        private static func read(_ file: borrowing Descriptor, at offset: Int, count: Int) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: max(count, 0))
            let got = pread(file.number, &buffer, buffer.count, offset)
            return Array(buffer.prefix(max(got, 0)))
        }

        private static func number(_ bytes: [UInt8], at offset: Int, size: Int) -> Int {
            let value = bytes[offset..<offset + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(truncatingIfNeeded: value & 0x7fff_ffff_ffff_ffff)
        }
    }
}
