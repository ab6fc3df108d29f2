import LayerModel

extension Insertion {
    /// The columns that hold what a layer held, in the order in which `bind(_: LayerEntry?)` fills them.
    static let entryColumns =
        "kind, mode, uid, gid, size, links, inode, target, major, minor, opaque, redirect, metacopy, attributes"

    /// Binds all of `entryColumns`; to null where nothing was there.
    func bind(_ entry: LayerEntry?) {
        bind(entry?.kind.rawValue)
        bind(entry?.permissions)
        bind(entry?.uid)
        bind(entry?.gid)
        bind(entry?.size)
        bind(entry?.links)
        bind(entry?.inode)
        bind(entry?.target?.text)
        bind(entry?.device?.major)
        bind(entry?.device?.minor)
        bind((entry?.isOpaque).map { $0 ? 1 : 0 })
        bind(entry?.redirect?.text)
        bind((entry?.isMetacopy).map { $0 ? 1 : 0 })
        bind(entry?.attributes?.map(\.text).json)
    }
}
