import Glibc
import Testing

/// Compares `text` with the file of this name under Snapshots; with TEACH_RECORD_SNAPSHOTS=1 it writes the file
/// instead.
func expectSnapshot(
    _ text: String, _ name: String, in tests: String = #filePath, _ location: SourceLocation = #_sourceLocation
) {
    let folder = tests.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Snapshots"
    let path = "\(folder)/\(name)"
    if let record = getenv("TEACH_RECORD_SNAPSHOTS"), String(cString: record) == "1" {
        let file = fopen(path, "w")
        fputs(text, file)
        fclose(file)
        return
    }
    guard let recorded = contents(of: path) else {
        Issue.record("\(path) is missing; TEACH_RECORD_SNAPSHOTS=1 records it", sourceLocation: location)
        return
    }
    let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    #expect(
        recorded == text,
        """
        \(name) differs from line \(line + 1): recorded \(line < old.count ? old[line] : "(end)"), \
        now \(line < new.count ? new[line] : "(end)"); if that is meant, TEACH_RECORD_SNAPSHOTS=1 records it
        """, sourceLocation: location)
}

/// A file's bytes as text; `nil` where it cannot be opened.
func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
}
