import LayerModel

// The values of LayerModel that events are made of.

extension WireWriter {
    mutating func path(_ path: Path) {
        flag(path.demandsDirectory)
        list(path.components) { $0.string($1.text) }
    }

    /// 0 is the upper layer, n the lower layer n.
    mutating func layer(_ layer: LayerID) {
        switch layer {
        case .upper: unsigned(UInt64(0))
        case .lower(let number): unsigned(UInt64(max(number, 1)))
        }
    }

    mutating func errno(_ errno: Errno) { signed(errno.rawValue) }

    mutating func device(_ device: DeviceNumber) {
        unsigned(device.major)
        unsigned(device.minor)
    }

    mutating func credentials(_ credentials: Credentials) {
        unsigned(credentials.uid)
        unsigned(credentials.gid)
        list(credentials.groups) { $0.unsigned($1) }
        unsigned(credentials.capabilities)
    }

    mutating func entry(_ entry: LayerEntry) {
        choice(entry.kind)
        unsigned(entry.permissions)
        unsigned(entry.uid)
        unsigned(entry.gid)
        signed(entry.size)
        unsigned(entry.links)
        unsigned(entry.inode)
        optional(entry.target) { $0.string($1.text) }
        optional(entry.device) { $0.device($1) }
        flag(entry.isOpaque)
        optional(entry.redirect) { $0.string($1.text) }
        flag(entry.isMetacopy)
        optional(entry.attributes) { $0.list($1) { $0.string($1.text) } }
    }

    mutating func row(_ row: Evidence.Row) {
        path(row.path)
        layer(row.layer)
        optional(row.entry) { $0.entry($1) }
    }

    mutating func evidence(_ evidence: Evidence) {
        list(evidence.rows) { $0.row($1) }
        list(evidence.listed) { $0.path($1) }
    }

    mutating func effect(_ effect: LayerEffect) {
        choice(effect.kind)
        path(effect.path)
        layer(effect.layer)
        optional(effect.size) { $0.signed($1) }
    }
}

extension WireReader {
    mutating func path() throws(EventWireError) -> Path {
        let demandsDirectory = try flag()
        let components = try list { reader throws(EventWireError) in ByteString(try reader.string()) }
        return Path(components: components, demandsDirectory: demandsDirectory)
    }

    mutating func layer() throws(EventWireError) -> LayerID {
        let number = try unsigned()
        guard let number = Int(exactly: number) else { throw malformed("a layer's number beyond 63 bits") }
        return number == 0 ? .upper : .lower(number)
    }

    mutating func errno() throws(EventWireError) -> Errno { Errno(rawValue: try signed(Int32.self)) }

    mutating func device() throws(EventWireError) -> DeviceNumber {
        DeviceNumber(major: try unsigned(UInt32.self), minor: try unsigned(UInt32.self))
    }

    mutating func credentials() throws(EventWireError) -> Credentials {
        Credentials(
            uid: try unsigned(UInt32.self), gid: try unsigned(UInt32.self),
            groups: try list { reader throws(EventWireError) in try reader.unsigned(UInt32.self) },
            capabilities: try unsigned())
    }

    mutating func entry() throws(EventWireError) -> LayerEntry {
        LayerEntry(
            kind: try choice(NodeKind.self), permissions: try unsigned(UInt16.self), uid: try unsigned(UInt32.self),
            gid: try unsigned(UInt32.self), size: try signed(Int64.self), links: try unsigned(UInt32.self),
            inode: try unsigned(), target: try byteString(),
            device: try optional { reader throws(EventWireError) in try reader.device() },
            isOpaque: try flag(), redirect: try byteString(), isMetacopy: try flag(),
            attributes: try optional { reader throws(EventWireError) in
                try reader.list { reader throws(EventWireError) in ByteString(try reader.string()) }
            })
    }

    mutating func row() throws(EventWireError) -> Evidence.Row {
        Evidence.Row(
            path: try path(), layer: try layer(),
            entry: try optional { reader throws(EventWireError) in try reader.entry() })
    }

    mutating func evidence() throws(EventWireError) -> Evidence {
        Evidence(
            rows: try list { reader throws(EventWireError) in try reader.row() },
            listed: try list { reader throws(EventWireError) in try reader.path() })
    }

    mutating func effect() throws(EventWireError) -> LayerEffect {
        let kind = try choice(LayerEffect.Kind.self)
        let path = try path()
        let layer = try layer()
        return LayerEffect(
            kind, path, layer: layer,
            size: try optional { reader throws(EventWireError) in try reader.signed(Int64.self) })
    }

    /// A text that may be missing.
    mutating func text() throws(EventWireError) -> String? {
        try optional { reader throws(EventWireError) in try reader.string() }
    }

    private mutating func byteString() throws(EventWireError) -> ByteString? { try text().map(ByteString.init(_:)) }
}
