internal import LayerModel

/// A walk through directories that are remembered (rcu-walk of Documentation/filesystems/path-lookup.rst).
extension OverlayFilesystem {
    @inline(__always)
    func pass(_ path: [ByteString], from directory: inout NodeID, _ caller: Credentials) -> Int {
        path.withUnsafeBufferPointer { path in
            var passed = 0
            while passed < path.count - 1 {
                let (record, attributes) = nodes.withElement(Int(directory.number)) { ($0.directory, $0.attributes) }
                // Whoever may not search it is told by the walk.
                guard caller.permits(.execute, on: attributes) else { return passed }
                let name = names.findShort(path[passed].text)
                let known = directories.withAddress(of: Int(record)) { $0.pointee.known[name] }
                guard let known, known != Directory.absent, nodes.withElement(Int(known), { $0.directory }) != .max
                else { return passed }
                directory = NodeID(number: known)
                passed += 1
            }
            return passed
        }
    }
}
