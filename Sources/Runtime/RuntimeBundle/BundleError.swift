/// What keeps a bundle from becoming a container: one sentence that names the field or the file, and the cure.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }

    /// A field that means something to a container and that we cannot give it.
    static func unsupported(_ path: String, _ cure: String = "leave it out") -> BundleError {
        BundleError("config.json: \(path) is not supported: \(cure)")
    }
}
