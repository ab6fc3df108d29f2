import Diagrams
import Glibc

/// Where `teach graph` writes one picture.
enum GraphPlace {
    case standardOutput(PictureFormat)
    case file(String, PictureFormat)

    /// - Parameters:
    ///   - output: What stands behind `-o`.
    ///   - format: What `--format` says.
    ///   - name: What the picture would be called in a folder, without an ending.
    /// - Throws: `GraphUsageError`
    init(_ output: String, _ format: PictureFormat?, of name: String) throws(GraphUsageError) {
        if output == "-" {
            self = .standardOutput(format ?? .svg)
            return
        }
        if Self.isFolder(output) {
            let ending = (format ?? .svg).rawValue
            let folder = output.hasSuffix("/") ? output : output + "/"
            throw GraphUsageError(
                "\(output) is a folder, and one picture goes into a file: write -o \(folder)\(name).\(ending)")
        }
        if let format = PictureFormat(path: output) {
            self = .file(output, format)
            return
        }
        try Self.checkEnding(of: output)
        self = .file(output, format ?? .svg)
    }

    /// Refuses a file whose ending is no picture's that can be written here. One without an ending may hold any.
    ///
    /// - Throws: `GraphUsageError`
    static func checkEnding(of path: String) throws(GraphUsageError) {
        guard PictureFormat(path: path) == nil, let ending = ending(of: path) else { return }
        throw GraphUsageError("\(path) ends in .\(ending); a picture can be svg, png, pdf or dot")
    }

    /// What stands behind the last dot of the file's name.
    static func ending(of path: String) -> Substring? {
        path.split(separator: "/").last?.split(separator: ".").dropFirst().last
    }

    /// Whether the path is a folder's, by what is there or by how it is written.
    static func isFolder(_ path: String) -> Bool {
        path.hasSuffix("/") || type(of: path) == S_IFDIR
    }

    /// Whether something is there that is no folder.
    static func isFile(_ path: String) -> Bool {
        type(of: path).map { $0 != S_IFDIR } ?? false
    }

    private static func type(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

/// What is wrong with the command line of `teach graph`, and how it is written.
struct GraphUsageError: StatusCarrying {
    var sentence: String
    /// EX_USAGE of sysexits.h.
    var status: Int32 { 64 }

    init(_ sentence: String) { self.sentence = sentence }
}
