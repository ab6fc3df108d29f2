internal import Downloads
internal import Linux
internal import OCI

/// A source of ADD that was downloaded: it is copied as it is, also where it is an archive. See Docker's reference, "ADD".
final class RemoteFile: Sendable {
    /// Its URL without what may be secret: the user's name, the password, the query.
    let place: String
    /// `nil` where neither the URL nor the server names it.
    let name: String?
    /// In seconds since 1970; 0 where the server does not tell it.
    let modified: Int64
    let digest: Digest
    let content: Linux.Descriptor

    /// What a file is called that nothing names.
    static let unnamed = "__unnamed__"

    /// Downloads a file.
    ///
    /// - Parameters:
    ///   - file: to be written, empty and without a name.
    ///   - progress: is given the bytes so far and, where they are known, of how many.
    /// - Throws: `BuildError` in Docker's words; what `progress` throws.
    init(
        _ url: String, to file: consuming Linux.Descriptor, _ progress: @escaping (Int64, Int64?) throws -> Void
    ) throws {
        let number = file.number
        var digester = Digester()
        let download: Download
        do {
            download = try Download.fetch(url) { bytes in
                digester.update(bytes)
                try Linux.Descriptor.write(bytes, to: number)
            } progress: {
                try progress($0, $1)
            }
        } catch let error as DownloadError { throw BuildError("ADD failed: \(error)") }
        place = String(Download.withoutPassword(url).prefix { $0 != "?" })
        name = download.name
        modified = max(download.modified ?? 0, 0)
        digest = digester.digest
        content = file
    }

    /// Whether an ADD's word is a URL, as Docker tells it.
    static func isURL(_ word: String) -> Bool { word.hasPrefix("http://") || word.hasPrefix("https://") }
}
