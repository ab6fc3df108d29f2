internal import Glibc
internal import LayerModel
public import Linux

/// Folders of the home, made and removed with all that they hold.
public enum Folders {
    /// Makes a folder and those above it, where they are missing.
    ///
    /// - Throws: `SystemCallError` that names the folder.
    public static func make(_ path: String) throws(SystemCallError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            do {
                try call("mkdir", made) { mkdir(made, 0o755) }
            } catch  where error.errno == .EEXIST || (error.errno == .EROFS && made != path) {}
        }
    }

    /// Removes a folder and all beneath it; one that is not there is no error.
    ///
    /// - Throws: `SystemCallError`
    public static func remove(_ path: String) throws(SystemCallError) { try removeTree(path) }
}
