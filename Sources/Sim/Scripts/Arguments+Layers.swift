import LayerModel

extension LayerLine {
    /// The words that begin a line of a layer, with what follows them.
    static let usages: KeyValuePairs<String, String> = [
        "dir": "dir PATH [MODE]",
        "file": "file PATH [MODE [CONTENTS | size=SIZE [full] | data=CONTENTS]]",
        "symlink": "symlink PATH TARGET",
        "hardlink": "hardlink NEW EXISTING",
        "owner": "owner PATH UID GID",
        "device": "device PATH c|b MAJOR MINOR [MODE], or device PATH p [MODE]",
        "whiteout": "whiteout PATH",
        "opaque": "opaque PATH",
        "xattr": "xattr PATH NAME VALUE",
    ]
}

extension Arguments {
    /// Reads the rest of a line that describes a layer, and adds what it names to the layer's names.
    mutating func layerLine(_ verb: String, _ names: inout LayerNames) throws(Misfit) -> LayerLine {
        usage = LayerLine.usages.first { $0.key == verb }?.value
        switch verb {
        case "dir": return try directory(&names)
        case "file": return try file(&names)
        case "symlink": return try symlink(&names)
        case "hardlink":
            let place = offset
            let path = try layerPath()
            let existing = offset
            let other = try layerPath()
            try end()
            try names.addLink(path, at: place, to: other, at: existing)
            return .hardlink(path, to: other)
        case "owner":
            let place = offset
            let path = try layerPath()
            let uid = try number("a user id", in: 0...UInt32.max - 1)
            let gid = try number("a group id", in: 0...UInt32.max - 1)
            try end()
            _ = try names.kind(of: path, at: place)
            return .owner(path, uid: uid, gid: gid)
        case "device": return try device(&names)
        case "whiteout":
            let place = offset
            let path = try layerPath()
            try end()
            try names.add(path, .whiteout, at: place)
            return .whiteout(path)
        case "opaque":
            let place = offset
            let path = try layerPath()
            try end()
            guard try names.kind(of: path, at: place) == .directory else {
                throw Misfit(at: place, "only a directory can be opaque, and \(path.shown) is none")
            }
            return .opaque(path)
        default: return try attribute(&names)
        }
    }

    private mutating func directory(_ names: inout LayerNames) throws(Misfit) -> LayerLine {
        let place = offset
        let path = try layerPath(allowsSlash: true)
        let mode = next == nil ? 0o755 : try mode("an octal mode such as 755")
        try end()
        try names.addDirectory(path, at: place)
        return .directory(path, mode: mode)
    }

    private mutating func file(_ names: inout LayerNames) throws(Misfit) -> LayerLine {
        let place = offset
        let path = try layerPath()
        var mode: UInt16 = 0o644
        var contents = Contents.bytes([])
        if next != nil {
            mode = try self.mode("an octal mode such as 644 (a file with contents needs it)")
            if let word = next {
                skip()
                contents = try self.contents(word)
                if case .sparse(let size) = contents, let full = next, full == "full" {
                    skip()
                    guard size <= Contents.largestFull else {
                        throw wrong(word, "a file that takes space has at most \(Contents.largestFull) bytes (4G)")
                    }
                    contents = .zeros(size: size)
                }
            }
        }
        try end()
        try names.add(path, .file, at: place)
        return .file(path, mode: mode, contents)
    }

    private func contents(_ word: Word) throws(Misfit) -> Contents {
        func after(_ prefix: String) -> ArraySlice<UInt8>? {
            word.bytes.starts(with: prefix.utf8) ? word.bytes.dropFirst(prefix.utf8.count) : nil
        }
        if let size = after("size=") {
            let size = try self.size(
                word, size, "a size (contents that begin so are written data=size=…)", allowsNegative: false)
            guard size <= Contents.largest else {
                throw wrong(word, "a layer's file has at most \(Contents.largest) bytes, as on ext4: more is EFBIG")
            }
            return .sparse(size: size)
        }
        return .bytes(Array(after("data=") ?? word.bytes))
    }

    private mutating func symlink(_ names: inout LayerNames) throws(Misfit) -> LayerLine {
        let place = offset
        let path = try layerPath()
        let word = next
        let target = try byteString("a target")
        if let word, target.isEmpty || target.count >= Path.limit {
            throw wrong(word, "a symbolic link's target has 1 to \(Path.limit - 1) bytes")
        }
        try end()
        try names.add(path, .symlink, at: place)
        return .symlink(path, target: target)
    }

    private mutating func device(_ names: inout LayerNames) throws(Misfit) -> LayerLine {
        let place = offset
        let path = try layerPath()
        let kind = try nodeKind(["c": .characterDevice, "b": .blockDevice, "p": .fifo])
        let device = kind == .fifo ? nil : try self.device()
        let mode = next == nil ? 0o644 : try mode()
        try end()
        if kind == .characterDevice, device == DeviceNumber(major: 0, minor: 0) {
            // That is what a whiteout is.
            try names.add(path, .whiteout, at: place)
            return .whiteout(path)
        }
        try names.add(path, kind, at: place)
        return .device(path, kind, device, mode: mode)
    }

    private mutating func attribute(_ names: inout LayerNames) throws(Misfit) -> LayerLine {
        let place = offset
        let path = try layerPath()
        let nameWord = next
        let name = try string("an attribute's name")
        let value = Array(try word("a value").bytes)
        try end()
        let kind = try names.kind(of: path, at: place)
        if let nameWord { try check(attribute: name, nameWord, of: path, kind) }
        return .xattr(path, name: name, value: value)
    }

    /// What setxattr(2) would refuse; see xattr(7).
    private func check(attribute name: String, _ word: Word, of path: Path, _ kind: NodeKind) throws(Misfit) {
        let namespaces = ["user.", "trusted.", "security.", "system."]
        guard name.utf8.count <= 255, namespaces.contains(where: { name.hasPrefix($0) && name != $0 }) else {
            throw wrong(
                word, "an attribute's name begins with \(namespaces.joined(separator: " ")) and has at most 255 bytes")
        }
        if name.hasPrefix("user."), kind != .file, kind != .directory {
            throw wrong(word, "only files and directories have user attributes, and \(path.shown) is neither")
        }
    }

    /// A path as a layer holds it: nothing to be looked up, no link, no dots.
    private mutating func layerPath(allowsSlash: Bool = false) throws(Misfit) -> Path {
        let word = next
        let path = try self.path()
        guard let word else { return path }
        if path.components.contains(where: { $0 == ".." || $0 == "." }) {
            throw wrong(word, "a path in a layer has no `.` at its end and no `..`")
        }
        if path.demandsDirectory, !allowsSlash { throw wrong(word, "only a directory's path may end in a slash") }
        if let name = path.components.first(where: { $0.count > Path.nameLimit }) {
            throw wrong(word, "a name is at most \(Path.nameLimit) bytes long, and one here has \(name.count)")
        }
        if word.bytes.count >= Path.limit { throw wrong(word, "a path is at most \(Path.limit - 1) bytes long") }
        return path.withoutTrailingSlash
    }
}
