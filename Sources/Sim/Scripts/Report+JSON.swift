public import LayerModel

extension OperationReport {
    /// One line of JSON; docs/scripts.md tells its keys.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.key("line")
            json.value(line)
            json.key("op")
            json.value(bytes: ByteString(text).bytes)
            json.key("errno")
            json.value(errno?.name)
            json.key("data")
            json.value(bytes: data)
            json.key("effects")
            json.array(effects) { $0.value($1) }
            json.key("cost")
            json.value(cost)
        }
        return json.text
    }
}

extension JSONText {
    /// An effect: `{"effect","path","layer","size"}`.
    public mutating func value(_ effect: LayerEffect) {
        object { json in
            json.key("effect")
            json.value(effect.kind.rawValue)
            json.key("path")
            json.value(effect.path)
            json.key("layer")
            json.value(effect.layer)
            json.key("size")
            json.value(effect.size)
        }
    }

    /// A layer: its number, or `"upper"`.
    public mutating func value(_ layer: LayerID) {
        switch layer {
        case .lower(let number): value(number)
        case .upper: value("upper")
        }
    }

    /// A cost: `{"copied","shared","allocated","metadata","page_cache_shared"}`.
    public mutating func value(_ cost: Cost) {
        object { json in
            json.key("copied")
            json.value(cost.copied)
            json.key("shared")
            json.value(cost.shared)
            json.key("allocated")
            json.value(cost.allocated)
            json.key("metadata")
            json.value(cost.metadata)
            json.key("page_cache_shared")
            json.value(cost.sharesPageCache)
        }
    }

    /// One name of a dump. A directory's size is its filesystem's own business and is left out.
    public mutating func value(_ file: ListedFile) {
        object { json in
            json.key("path")
            json.value(file.path)
            json.key("type")
            json.value(file.kind.typeName)
            json.key("mode")
            json.value(file.permissions.octal)
            json.key("uid")
            json.value(file.uid)
            json.key("gid")
            json.value(file.gid)
            json.key("size")
            json.value(file.kind == .directory ? nil : file.size)
            json.key("nlink")
            json.value(file.links)
            json.key("target")
            json.value(file.target)
            json.key("major")
            json.value(file.device?.major)
            json.key("minor")
            json.value(file.device?.minor)
            json.key("xattrs")
            let names = file.attributes.keys.sorted()
            json.object { json in
                for name in names {
                    json.key(name)
                    json.value(bytes: file.attributes[name])
                }
            }
        }
    }
}

extension Listing {
    /// The line of a dump: `{"merged":[…]}` or `{"upper":[…]}`.
    public func json(_ files: [ListedFile]) -> String {
        var json = JSONText()
        json.object { json in
            json.key(rawValue)
            json.array(files) { $0.value($1) }
        }
        return json.text
    }
}

extension NodeKind {
    /// The word of a dump: file, dir, symlink, device, fifo, socket or whiteout.
    public var typeName: String {
        switch self {
        case .file: "file"
        case .directory: "dir"
        case .symlink: "symlink"
        case .socket: "socket"
        case .fifo: "fifo"
        case .characterDevice, .blockDevice: "device"
        case .whiteout: "whiteout"
        }
    }
}

extension UInt16 {
    /// A mode as chmod(1) takes it: `755`, `1777`, `0`.
    public var octal: String { String(self, radix: 8) }
}
