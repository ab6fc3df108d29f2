internal import LayerModel

/// The calls that only look: the layers stay as they are.
extension Overlay2.Call {
    mutating func access(_ operand: Operand, _ mode: UInt8) throws {
        try refuse(.EINVAL, .accessHasThreeBits, if: mode & ~7 != 0)
        let node = try existing(operand).node
        try refuse(.EACCES, .accessAsksModeBits, if: !credentials.permits(Access(rawValue: mode), on: node.entry))
    }

    mutating func readLink(_ path: Path) throws {
        let node = try existing(resolve(path, .noFollow))
        try refuse(.EINVAL, .onlyLinksAreRead, if: node.entry.kind != .symlink)
    }

    mutating func readDirectory(_ path: Path) throws {
        let node = try existing(lookup(by: nil).resolve(path, .follow, over: &layers))
        try refuse(.ENOTDIR, .onlyDirectoriesAreListed, if: !node.isDirectory)
    }
}
