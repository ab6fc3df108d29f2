/// Where things lie in an ext4 filesystem of this geometry.
extension Ext4Image {
    /// The blocks that mkfs.ext4 itself writes (`lazy_itable_init=0,lazy_journal_init=0`).
    static var formatted: [Range<Int64>] {
        let backups = [1, 3, 5, 7, 9, 25, 27, 49].map { (group: Int64) in
            group * blocksPerGroup..<group * blocksPerGroup + 3
        }
        let tables = (0..<flexes).map {
            $0 * groupsPerFlex * blocksPerGroup + ($0 == 0 ? headBlocks : 0)..<metadataEnd($0)
        }
        return [0..<headBlocks] + tables + backups + [metadataEnd(0)..<metadataEnd(0) + 5, journal]
    }

    static func metadataStart(_ flex: Int64) -> Int64 {
        flex == 0 ? headBlocks : flex * groupsPerFlex * blocksPerGroup
    }

    static func metadataEnd(_ flex: Int64) -> Int64 { metadataStart(flex) + 2 * groupsPerFlex + tableBlocks }

    /// Whether a block tells which blocks are free: a bitmap of them, or the descriptors of the groups. How many of these a
    /// call writes depends on where the allocator has put things.
    static func tellsFreeBlocks(_ block: Int64) -> Bool {
        block == 1 || block == 2
            || (0..<flexes).contains { metadataStart($0)..<metadataStart($0) + groupsPerFlex ~= block }
    }

    func inodeBlock(_ object: Object) -> Int64 {
        Self.metadataStart(object.flex) + 2 * Self.groupsPerFlex + object.index / Self.inodesPerBlock
    }

    func inodeBitmap(_ object: Object) -> Int64 {
        Self.metadataStart(object.flex) + Self.groupsPerFlex + object.index / Self.inodesPerGroup
    }

    func blockBitmap(_ block: Int64) -> Int64 {
        let group = block / Self.blocksPerGroup
        return Self.metadataStart(group / Self.groupsPerFlex) + group % Self.groupsPerFlex
    }

    /// The block that holds a group's descriptor, of 64 bytes.
    func descriptor(ofGroup group: Int64) -> Int64 { 1 + group / 64 }
}
