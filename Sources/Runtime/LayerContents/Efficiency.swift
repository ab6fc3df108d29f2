/// How much of what an image stores its containers can see.
public struct Efficiency: Hashable, Sendable {
    /// The bytes of all layers' files, of symbolic links those of their targets; several names of one inode count once.
    public var storedBytes: Int64
    /// Those of them that no container can reach by any name: replaced, deleted, or beneath a directory that is deleted,
    /// replaced or opaque in a layer further up.
    public var hiddenBytes: Int64

    public init(storedBytes: Int64, hiddenBytes: Int64) {
        self.storedBytes = storedBytes
        self.hiddenBytes = hiddenBytes
    }

    public var visibleBytes: Int64 { storedBytes - hiddenBytes }

    /// Visible bytes over stored ones, from 0 to 1; 1 for an image without any.
    public var score: Double { storedBytes == 0 ? 1 : Double(visibleBytes) / Double(storedBytes) }

    /// Hidden bytes over stored ones.
    public var hiddenShare: Double { 1 - score }
}

extension ImageContents {
    /// What one layer adds, and what is hidden of it and by it.
    public struct LayerAccount: Hashable, Sendable {
        /// The bytes of the layer's files, as `docker history` counts them.
        public var storedBytes: Int64 = 0
        /// Those that layers further up hide.
        public var hiddenBytes: Int64 = 0
        /// The bytes of layers further down that this one hides; deleting does not give them back.
        public var hidesBytes: Int64 = 0
        /// How many names there are of each change; directories that are there only for what they hold are counted apart.
        public var counts: [Change: Int] = [:]
        public var opaqueDirectories = 0
    }

    /// By layer, from the bottom up.
    public var accounts: [LayerAccount] {
        var accounts = layers.map { _ in LayerAccount() }
        for node in nodes {
            for appearance in node.appearances {
                let entry = entry(appearance)
                if entry.parent == nil { continue }
                accounts[appearance.layer].counts[appearance.change, default: 0] += 1
                if entry.isOpaque { accounts[appearance.layer].opaqueDirectories += 1 }
            }
        }
        for (number, layer) in layers.enumerated() {
            for (index, entry) in layer.entries.enumerated() where entry.inode == index {
                accounts[number].storedBytes += entry.storedSize
            }
            for (hider, bytes) in hiddenBytes[number] {
                accounts[number].hiddenBytes += bytes
                accounts[hider].hidesBytes += bytes
            }
        }
        return accounts
    }

    public var efficiency: Efficiency {
        let accounts = accounts
        return Efficiency(
            storedBytes: accounts.reduce(0) { $0 + $1.storedBytes },
            hiddenBytes: accounts.reduce(0) { $0 + $1.hiddenBytes })
    }

    /// The efficiency of what stands on the lowest `count` layers, as a base image: of those only what is hidden by others
    /// is no fault of the image's own.
    public func efficiency(above count: Int) -> Efficiency {
        let accounts = accounts
        return Efficiency(
            storedBytes: accounts.reduce(0) { $0 + $1.storedBytes },
            hiddenBytes: hiddenBytes.reduce(0) { sum, byHider in
                sum + byHider.reduce(0) { $1.key >= count ? $0 + $1.value : $0 }
            })
    }
}
