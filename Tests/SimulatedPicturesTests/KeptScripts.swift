import Foundation
import Scripts

/// The scripts of Tests/Scripts and of the slides.
enum KeptScripts {
    /// The repository's folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Their paths from the repository's folder.
    static func files() -> [String] {
        ["Tests/Scripts", "slides"].flatMap { folder in
            let all = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
            return (all?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".sim") }.map { "\(folder)/\($0)" }
        }.sorted()
    }

    static func read(_ file: String) throws -> Script {
        try Script(parsing: Array(Data(contentsOf: root.appendingPathComponent(file))))
    }
}
