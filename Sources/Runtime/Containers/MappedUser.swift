import Linux

extension ContainerSpec {
    /// The container with a user that exists in the namespace, and a sentence for each group that does not.
    ///
    /// - Throws: `ContainerError` where the user or its primary group has no number there: setresuid(2) would refuse
    ///   it with EINVAL, after all the work.
    func withMappedUser(in namespace: UserNamespace) throws(ContainerError) -> (ContainerSpec, [String]) {
        for (name, id, map) in [("uid", user.uid, namespace.users), ("gid", user.gid, namespace.groups)]
        where !map.contains(id) {
            let reason = namespace.isInitial ? "the kernel keeps this number for itself" : namespace.cure
            throw ContainerError(
                .preparation,
                "the container cannot be made: \(name) \(id) is not one of the \(name)s that it may use (\(map)); "
                    + reason)
        }
        var spec = self
        let unmapped = (user.groups ?? []).filter { !namespace.groups.contains($0) }
        spec.user.groups = user.groups.map { $0.filter(namespace.groups.contains) }
        return (
            spec,
            unmapped.map { "the container's user is not in group \($0), which has no number here; \(namespace.cure)" }
        )
    }
}

extension UserNamespace {
    fileprivate var cure: String {
        users.count > 1
            ? "choose one of those, or give your user more subordinate ids (`teach doctor` tells the mode)"
            : "give your user subordinate ids: `teach doctor` tells how"
    }
}
