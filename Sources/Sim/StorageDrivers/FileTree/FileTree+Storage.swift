internal import HashTreeCollections
internal import LayerModel

/// What files take of a filesystem that may have cloned some of them (FICLONE, ioctl_ficlone(2)).
extension FileTree {
    /// The bytes that a file has to itself.
    func storedBytes(of file: InodeID) -> Int64 {
        let all = withInode(file) { inode -> Int64 in
            guard case .file(let data) = inode.body else { return 0 }
            return data.allocated
        }
        if clones.isEmpty { return all }
        return all - (clones[file]?.count ?? 0) * FileData.blockSize
    }

    /// All that the file holds now is shared with what it was cloned from.
    mutating func noteClone(_ file: InodeID) {
        var shared = ExtentMap()
        for blocks in self[file].data.allocatedBlocks {
            shared.map(
                Extent(logical: blocks.lowerBound, physical: blocks.lowerBound, count: Int64(blocks.count), birth: 0))
        }
        clones[file] = shared.extents.isEmpty ? nil : shared
    }

    /// Bytes of a file were written: the blocks of a clone that they lie in are its own now, filled up with what they held.
    mutating func noteWrite(_ bytes: Range<Int64>, of file: InodeID, _ cost: inout Cost) {
        guard !bytes.isEmpty, !clones.isEmpty else { return }
        let size = FileData.blockSize
        for extent in takeClones(bytes.lowerBound / size..<(bytes.upperBound - 1) / size + 1, of: file) {
            let written = bytes.clamped(to: extent.logical * size..<(extent.logical + extent.count) * size)
            cost.copied += extent.count * size - Int64(written.count)
        }
    }

    /// A file was cut: of a clone the blocks beyond its end are shared no more, and a last one of which a part stays is
    /// written anew.
    mutating func noteCut(of file: InodeID, _ cost: inout Cost) {
        guard !clones.isEmpty else { return }
        let (end, size) = (self[file].size, FileData.blockSize)
        let kept = (end + size - 1) / size
        _ = takeClones(kept..<Int64.max / size, of: file)
        guard end % size != 0, !takeClones(kept - 1..<kept, of: file).isEmpty else { return }
        cost.copied += end % size
    }

    private mutating func takeClones(_ blocks: Range<Int64>, of file: InodeID) -> [Extent] {
        guard var shared = clones[file] else { return [] }
        let taken = shared.unmap(blocks)
        clones[file] = shared.extents.isEmpty ? nil : shared
        return taken
    }
}

extension Account {
    /// A file of the writable layer has other data now.
    ///
    /// - Parameter before: What it had to itself, in bytes.
    mutating func noteStorage(of file: InodeID, in tree: borrowing FileTree, before: Int64) {
        let change = tree.storedBytes(of: file) - before
        cost.allocated += change
        if change < 0 { cost.freed -= change }
    }
}
