internal import CCurl
internal import Glibc

/// A file that was fetched from a web server.
public struct Download: Hashable, Sendable {
    /// What it is called: the last name of the URL's path, else what the server calls it (RFC 6266); `nil` without either.
    public var name: String?
    /// Last-Modified, in seconds since 1970; `nil` where the server does not tell it.
    public var modified: Int64?

    /// Fetches a URL of http or https, and follows up to ten redirects; the proxies of the environment are used as
    /// curl(1) does.
    ///
    /// - Parameters:
    ///   - receive: is given the file's bytes, one piece after the other.
    ///   - progress: is given how many bytes came and, where the server tells it, of how many; several times a second.
    ///     It may end the download by throwing.
    /// - Throws: `DownloadError`; what `receive` and `progress` throw.
    public static func fetch(
        _ url: String, receive: @escaping (UnsafeRawBufferPointer) throws -> Void,
        progress: @escaping (_ bytes: Int64, _ total: Int64?) throws -> Void = { _, _ in }
    ) throws -> Download {
        let transfer = Transfer(receive, progress)
        var receiver = teach_curl_receiver()
        receiver.context = Unmanaged.passUnretained(transfer).toOpaque()
        receiver.header = { context, line, count in
            Transfer.at(context).note(UnsafeRawBufferPointer(start: line, count: count))
            return 0
        }
        receiver.body = { context, bytes, count in
            Transfer.at(context).take(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        receiver.progress = { context, total, now in Transfer.at(context).report(now, of: total) }
        var answer = teach_curl_answer()
        let status = withExtendedLifetime(transfer) { teach_curl_get(url, &receiver, &answer) }
        defer { free(answer.path) }
        if let failure = transfer.failure { throw failure }
        guard status == 0 else {
            let message = withUnsafeBytes(of: &answer.message) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw DownloadError("failed to GET \(withoutPassword(url)): \(message)")
        }
        if let refusal = transfer.refusal {
            throw DownloadError("failed to GET \(withoutPassword(url)) with status \(refusal)")
        }
        let path = answer.path.map { String(cString: $0) } ?? ""
        return Download(
            name: lastName(path) ?? transfer.disposition.flatMap(ContentDisposition.fileName),
            modified: answer.modified >= 0 ? answer.modified : nil)
    }

    /// A URL as it may be shown and kept: without the name and the password before its host (RFC 3986, 3.2.1).
    public static func withoutPassword(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }

    /// - Returns: `nil` for a directory, and for names that no file can have.
    static func lastName(_ path: String) -> String? {
        guard let last = path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) else {
            return nil
        }
        return ["", ".", ".."].contains(last) || last.utf8.count > 255 ? nil : last
    }
}

/// A download that failed: one sentence, in the words of Docker's engine where it has the same.
public struct DownloadError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}
