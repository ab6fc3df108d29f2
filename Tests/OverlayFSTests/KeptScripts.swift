import Glibc
import LayerModel
import Linux

/// Scripts that once showed a difference between the model and the kernel, beside this file.
enum KeptScripts {
    private static let folder = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Scripts"

    /// Their names.
    static func files() throws -> [String] {
        let directory = try Descriptor(opening: folder, O_RDONLY | O_DIRECTORY)
        return try directoryNames(in: directory).map(\.text).filter { $0.hasSuffix(".script") }.sorted()
    }

    static func read(_ file: String) throws -> String {
        let path = folder + "/" + file
        guard let stream = fopen(path, "r") else {
            throw SystemCallError(call: "fopen", subject: path, errno: LayerModel.Errno(rawValue: Glibc.errno))
        }
        defer { fclose(stream) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Writes a script beside the others, or in the temporary directory where the sources cannot be written, and tells
    /// where it lies.
    static func keep(_ script: Script) throws -> String {
        let text = script.text
        let name =
            "found-\(String(text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }, radix: 36)).script"
        for path in [folder + "/" + name, "/tmp/" + name] {
            guard let stream = fopen(path, "w") else { continue }
            fputs(text, stream)
            fclose(stream)
            return path
        }
        throw SystemCallError(call: "fopen", subject: folder, errno: LayerModel.Errno(rawValue: Glibc.errno))
    }
}
