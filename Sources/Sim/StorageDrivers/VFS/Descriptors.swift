internal import LayerModel

/// An open file description (open(2)).
struct OpenFile: Sendable {
    var node: NodeID
    /// The name through which it was opened.
    var dentry: Dentry
    var kind: NodeKind
    var flags: OpenFlags
    var offset: Int64 = 0
    /// Whether it was made by O_TMPFILE and may still get its first name.
    var isLinkable = false

    var isReadable: Bool { flags.isDisjoint(with: [.path, .writeOnly]) }
    var isWritable: Bool { flags.isWritable }
}

/// The open files by number, each the lowest that was free.
struct DescriptorTable: Sendable {
    private var files: ContiguousArray<OpenFile?> = []

    /// - Throws: `Errno.EBADF` for a number that is not in use and, unless a place will do, for an O_PATH one.
    func file(_ number: Descriptor, orPlace: Bool = false) throws(Errno) -> OpenFile {
        guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else { throw .EBADF }
        guard orPlace || !file.flags.contains(.path) else { throw .EBADF }
        return file
    }

    mutating func add(_ file: OpenFile, _ driver: inout some StorageDriver) -> Descriptor {
        driver.hold(file.node)
        driver.hold(file.dentry.parent)
        if let free = files.firstIndex(where: { $0 == nil }) {
            files[free] = file
            return Descriptor(Int32(free))
        }
        files.append(file)
        return Descriptor(Int32(files.count - 1))
    }

    mutating func remove(_ number: Descriptor, _ driver: inout some StorageDriver) throws(Errno) {
        let file = try file(number, orPlace: true)
        files[Int(number.number)] = nil
        driver.release(file.node)
        driver.release(file.dentry.parent)
    }

    mutating func removeAll(_ driver: inout some StorageDriver) {
        for index in files.indices { try? remove(Descriptor(Int32(index)), &driver) }
    }

    mutating func setOffset(of number: Descriptor, _ offset: Int64) { files[Int(number.number)]?.offset = offset }

    /// It has got its first name, so that it gets no other one when it has lost that.
    mutating func setLinked(_ number: Descriptor) { files[Int(number.number)]?.isLinkable = false }

    /// The name that files were opened through has moved.
    mutating func move(_ node: NodeID, from source: Dentry, to target: Dentry, _ driver: inout some StorageDriver) {
        for index in files.indices where files[index]?.node == node && files[index]?.dentry == source {
            files[index]?.dentry = target
            driver.hold(target.parent)
            driver.release(source.parent)
        }
    }

    func isRead(_ node: NodeID) -> Bool { files.contains { $0?.node == node && $0?.isReadable == true } }
    func isWritten(_ node: NodeID) -> Bool { files.contains { $0?.node == node && $0?.isWritable == true } }
    func isOpen(_ node: NodeID) -> Bool { isRead(node) || isWritten(node) }
}

extension VirtualFilesystem {
    mutating func close(_ number: Descriptor) throws(Errno) {
        let node = try descriptors.file(number, orPlace: true).node
        let isPipe = !pipes.isEmpty && pipes[node] != nil
        try descriptors.remove(number, &driver)
        // What nobody read goes with the last one who had it open.
        if isPipe, !descriptors.isOpen(node) { pipes[node] = nil }
    }
}
