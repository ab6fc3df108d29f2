internal import LayerModel

/// The calls that only look: the layers stay as they are.
extension Overlay2.Call {
    mutating func access(_ operand: Operand, _ mode: UInt8) throws {
        if mode & ~7 != 0 { throw Errno.EINVAL }
        let node = try existing(operand).node
        try require(Access(rawValue: mode), on: node)
    }

    mutating func readLink(_ path: Path) throws {
        let node = try resolve(path, .noFollow).existing()
        guard node.entry.kind == .symlink else { throw Errno.EINVAL }
    }

    mutating func readDirectory(_ path: Path) throws {
        let node = try Lookup(by: nil).resolve(path, .follow, over: &layers).existing()
        guard node.isDirectory else { throw Errno.ENOTDIR }
    }
}
