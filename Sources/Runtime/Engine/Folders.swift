internal import FoundationEssentials

/// Folders of the home, made and removed with all that they hold.
public enum Folders {
    /// Makes a folder and those above it, where they are missing.
    ///
    /// - Throws: `EngineError` that names the folder.
    public static func make(_ path: String) throws(EngineError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw EngineError("\(path) could not be made: \(error)", exitStatus: 1)
        }
    }

    /// Removes a folder and all beneath it.
    ///
    /// - Throws: `EngineError` that names the folder.
    public static func remove(_ path: String) throws(EngineError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw EngineError("\(path) could not be removed: \(error)", exitStatus: 1)
        }
    }
}
