import Glibc
import LayerModel
import Linux
import Scripts

/// The scripts in Tests/Scripts.
enum KeptScripts {
    static let folder: String = {
        let parts = #filePath.split(separator: "/").dropLast(2)
        return parts.reduce("") { $0 + "/" + $1 } + "/Scripts"
    }()

    /// Their paths from the folder.
    static func files() throws -> [String] { try files(in: "").sorted() }

    /// Those that hit every cell of the table together: what chance may miss is not left to it.
    static var ofTheTable: [Script] {
        get throws {
            try [
                "every-cell", "every-effect", "lookup-errors", "rare-cells", "walk-errors",
                "userxattr-index-of-special-files", "stale-names", "lost-names",
            ].map { try read("regressions/\($0).sim") }
        }
    }

    private static func files(in subfolder: String) throws -> [String] {
        let directory = try Linux.Descriptor(opening: folder + "/" + subfolder, O_RDONLY | O_DIRECTORY)
        return try directoryNames(in: directory).map(\.text).flatMap { name -> [String] in
            let place = subfolder.isEmpty ? name : subfolder + "/" + name
            var status = stat()
            guard stat(folder + "/" + place, &status) == 0 else { return [] }
            if status.st_mode & S_IFMT == S_IFDIR { return try files(in: place) }
            return name.hasSuffix(".sim") ? [place] : []
        }
    }

    static func read(_ file: String) throws -> Script {
        let descriptor = try Linux.Descriptor(opening: folder + "/" + file, O_RDONLY)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = Glibc.read(descriptor.number, &buffer, buffer.count), count > 0 {
            text += buffer[..<count]
        }
        return try Script(parsing: text)
    }

    /// Writes a script beside the others, or in the temporary directory where the sources cannot be written, and tells
    /// where it lies.
    static func keep(_ script: Script, _ difference: ScriptDifferenceText) throws -> String {
        let text = script.text
        let hash = text.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let name = "found-\(String(hash, radix: 36)).sim"
        let comment = difference.text.split(separator: "\n").map { "# \($0)\n" }.joined()
        for path in [folder + "/found/" + name, "/tmp/" + name] {
            if access(path, F_OK) == 0 { return path }
            guard let stream = fopen(path, "w") else { continue }
            let bytes = Array(comment.utf8) + text
            fwrite(bytes, 1, bytes.count, stream)
            fclose(stream)
            return path
        }
        throw SystemCallError(call: "fopen", subject: folder, errno: LayerModel.Errno(rawValue: Glibc.errno))
    }
}

/// What a kept script tells of itself in its first lines.
struct ScriptDifferenceText { var text: String }
