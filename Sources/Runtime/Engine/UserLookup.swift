internal import Containers
internal import Glibc

/// Resolves `name|uid[:group|gid]` against the image's own passwd and group files (passwd(5), group(5)).
package struct UserLookup {
    /// The texts of /etc/passwd and /etc/group in the image; empty where it has none.
    let passwd: String
    let group: String

    package init(passwd: String, group: String) {
        self.passwd = passwd
        self.group = group
    }

    /// Reads the files that the stack of layers shows, the topmost layer first.
    package init(layers: [String]) {
        let tree = MergedTree(layers: layers)
        func text(_ name: String) -> String {
            guard let node = tree.node(at: name), node.mode & S_IFMT == S_IFREG else { return "" }
            return HostFiles().text(node.path)
        }
        self.init(passwd: text("/etc/passwd"), group: text("/etc/group"))
    }

    package struct User: Hashable {
        package var uid: UInt32
        package var gid: UInt32
        /// Supplementary groups, the primary one among them.
        package var groups: [UInt32]
        package var home: String
    }

    /// - Throws: `EngineError` for a name that the image does not know.
    package func resolve(_ text: String) throws(EngineError) -> User {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let entry: [Substring]? = entries(passwd).first {
            $0.count > 5 && (name.isEmpty ? $0[2] == "0" : $0[0] == name || $0[2] == name)
        }
        guard let uid = entry.flatMap({ UInt32($0[2]) }) ?? UInt32(name.isEmpty ? "0" : name) else {
            throw EngineError("unable to find user \(name): no matching entries in passwd file")
        }
        let home = entry.map { String($0[5]) } ?? "/"
        if parts.count == 2, !parts[1].isEmpty {
            let gid = try resolveGroup(String(parts[1]))
            return User(uid: uid, gid: gid, groups: [gid], home: home)
        }
        let gid = entry.flatMap { UInt32($0[3]) } ?? 0
        let login = entry.map { $0[0] } ?? ""
        let others = entries(group).filter { $0.count > 3 && $0[3].split(separator: ",").contains(login) }
            .compactMap { UInt32($0[2]) }
        return User(uid: uid, gid: gid, groups: ([gid] + others.filter { $0 != gid }), home: home)
    }

    /// The ids of `--chown`, in which a user alone names its group too: Docker 20.10's builder has it so.
    ///
    /// - Throws: `EngineError`
    package func resolveOwner(_ text: String) throws(EngineError) -> (uid: UInt32, gid: UInt32) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let names = [parts[0], parts.count > 1 ? parts[1] : parts[0]]
        func failure(_ kind: String, _ id: String, _ name: String) -> EngineError {
            EngineError(
                "unable to convert uid/gid chown string to host mapping: can't find \(id) for \(kind) \(name): "
                    + "no such \(kind): \(name)", exitStatus: 1)
        }
        guard
            let uid = UInt32(names[0])
                ?? entries(passwd).first(where: { $0.count > 2 && $0[0] == names[0] }).flatMap({ UInt32($0[2]) })
        else { throw failure("user", "uid", names[0]) }
        guard
            let gid = UInt32(names[1])
                ?? entries(group).first(where: { $0.count > 2 && $0[0] == names[1] }).flatMap({ UInt32($0[2]) })
        else { throw failure("group", "gid", names[1]) }
        return (uid, gid)
    }

    private func resolveGroup(_ name: String) throws(EngineError) -> UInt32 {
        if let entry = entries(group).first(where: { $0.count > 2 && $0[0] == name }), let gid = UInt32(entry[2]) {
            return gid
        }
        guard let gid = UInt32(name) else {
            throw EngineError("unable to find group \(name): no matching entries in group file")
        }
        return gid
    }

    private func entries(_ file: String) -> [[Substring]] {
        file.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }
}
