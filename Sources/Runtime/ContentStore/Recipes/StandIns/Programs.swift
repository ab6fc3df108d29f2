/// The programs of our own that stand-ins hold: files beside the recipes, embedded when this is built.
enum Programs {
    static let apk = text(PackageResources.apk)
    static let adduser = text(PackageResources.adduser)
    static let addgroup = text(PackageResources.addgroup)
    static let npm = text(PackageResources.npm_js)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
