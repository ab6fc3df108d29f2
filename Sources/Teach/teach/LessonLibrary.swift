import Glibc
import Lessons
import Linux

/// The folders of lessons and slides: `TEACH_SHARE`, beside the installed program (../share/teach), or the source tree
/// that the program was built in.
struct LessonLibrary {
    let path: String

    init(environment: [String: String], program: String) throws(LibraryError) {
        var candidates: [String] = []
        if let share = environment["TEACH_SHARE"], !share.isEmpty { candidates.append(share) }
        var folder = Self.parent(program)
        candidates.append(Self.parent(folder) + "/share/teach")
        while folder != "/" && !folder.isEmpty {
            candidates.append(folder)
            folder = Self.parent(folder)
        }
        guard
            let found = candidates.first(where: {
                access($0 + "/lessons", R_OK) == 0 && access($0 + "/slides", R_OK) == 0
            })
        else {
            throw LibraryError(
                "no lessons found beside \(program); set TEACH_SHARE to the folder that holds lessons/ and slides/")
        }
        path = found
    }

    /// The lessons' files, by name.
    func lessonFiles() -> [String] { Self.files(path + "/lessons") }

    /// Reads the deck: every slide.
    func deck() throws -> Deck {
        try Deck(Self.files(path + "/slides").map { try Slide(parsing: Self.text($0), file: $0) })
    }

    func lesson(file: String, deck: Deck) throws -> Lesson {
        try Lesson(parsing: Self.text(file), file: file, deck: deck)
    }

    /// Finds a lesson by its id, a beginning of it that fits no other, its number, or a file's path.
    func lesson(_ name: String) throws -> Lesson {
        let deck = try deck()
        if name.hasSuffix(".md") {
            let text = try Self.text(name)
            if let slide = try? Slide(parsing: text, file: name) {
                throw LibraryError(
                    "\(name) is slide \(slide.number), and slides are not run by themselves; lessons run their examples: "
                        + ids.joined(separator: ", "))
            }
            return try Lesson(parsing: text, file: name, deck: deck)
        }
        guard let file = lessonFile(name) else {
            throw LibraryError("there is no lesson `\(name)`; there are: \(ids.joined(separator: ", "))")
        }
        return try lesson(file: file, deck: deck)
    }

    /// The file of the lesson that `name` finds.
    func lessonFile(_ name: String) -> String? {
        let files = lessonFiles()
        if let exact = files.first(where: { Self.id($0) == name || Self.id($0) == "lesson" + name }) { return exact }
        let fitting = files.filter { Self.id($0).hasPrefix(name) }
        return fitting.count == 1 ? fitting[0] : nil
    }

    /// What follows `teach run`.
    var ids: [String] { lessonFiles().map(Self.id) }

    private static func id(_ file: String) -> String { String(file.split(separator: "/").last!.dropLast(3)) }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func files(_ folder: String) -> [String] {
        ((try? directoryNames(at: folder)) ?? [])
            .filter { $0.hasSuffix(".md") && !$0.hasPrefix(".") && $0 != "README.md" }
            .map { folder + "/" + $0 }
    }

    private static func text(_ path: String) throws(LibraryError) -> String {
        guard let file = fopen(path, "r") else {
            throw LibraryError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A lesson or the library of lessons is not there.
struct LibraryError: StatusCarrying {
    var sentence: String
    var status: Int32 { 1 }
    init(_ sentence: String) { self.sentence = sentence }
}

extension LessonError: StatusCarrying {
    var sentence: String { description }
    /// EX_DATAERR of sysexits.h: the lesson is malformed.
    var status: Int32 { 65 }
}

/// The program itself, behind whatever link it was called by.
enum Program {
    static let path = programPath ?? "teach"
}
