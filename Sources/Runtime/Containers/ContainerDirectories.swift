import Glibc
import LayerModel
import Linux

/// The directories of a container that this run made, and how to unmake them.
struct ContainerDirectories {
    private let overlay: OverlayRoot
    private var made: [String] = []
    /// Where the set-up may leave an empty directory in the upper layer, the deepest last.
    private var places: [String] = []

    /// Makes what is missing.
    ///
    /// - Throws: `SystemCallError`; nothing is left then.
    init(_ overlay: OverlayRoot, missingMountPoints: [String], workingDirectory: String) throws(SystemCallError) {
        self.overlay = overlay
        for path in [overlay.upper, overlay.work, overlay.mountPoint] {
            if mkdir(path, 0o755) == 0 {
                made.append(path)
            } else if errno != EEXIST {
                let error = SystemCallError(call: "mkdir", subject: path, errno: .init(rawValue: errno))
                undo()
                throw error
            }
        }
        places = missingMountPoints
        var prefix = ""
        for name in workingDirectory.split(separator: "/") {
            prefix += prefix.isEmpty ? String(name) : "/" + name
            places.append(prefix)
        }
        places = places.filter { access("\(overlay.upper)/\($0)", F_OK) != 0 }
    }

    /// Removes what was made since, in reverse. What holds more than the set-up put there is left alone.
    func undo() {
        for place in places.reversed() { rmdir("\(overlay.upper)/\(place)") }
        rmdir(overlay.work + "/work")  // the kernel's
        for path in made.reversed() { rmdir(path) }
    }
}
