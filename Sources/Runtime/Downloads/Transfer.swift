/// What came of one download so far. Its address is given to libcurl, hence a class.
final class Transfer {
    private let receive: (UnsafeRawBufferPointer) throws -> Void
    private let progress: (Int64, Int64?) throws -> Void
    /// What the receiver has thrown.
    private(set) var failure: (any Error)?
    /// `404 Not Found`, of the last answer.
    private var status = ""
    private(set) var disposition: String?
    /// What a server says that refuses.
    private var complaint: [UInt8] = []
    private static let complaintLimit = 16 << 10

    init(
        _ receive: @escaping (UnsafeRawBufferPointer) throws -> Void,
        _ progress: @escaping (Int64, Int64?) throws -> Void
    ) {
        self.receive = receive
        self.progress = progress
    }

    static func at(_ context: UnsafeMutableRawPointer?) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    }

    /// The status and what the server says of it; `nil` where it gave the file.
    var refusal: String? {
        guard let code = Int(status.prefix { $0 != " " }), code >= 400 else { return nil }
        let text = String(decoding: complaint, as: UTF8.self)
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return "\(status): \(String(trimmed))"
    }

    func note(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line, as: UTF8.self)
        let trimmed = text.prefix { !$0.isNewline }
        if trimmed.hasPrefix("HTTP/") {
            // Of each answer on the way; the last one counts.
            status = trimmed.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
            disposition = nil
            return
        }
        let parts = trimmed.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "content-disposition" else { return }
        disposition = String(parts[1])
    }

    /// - Returns: 0 to go on.
    func take(_ bytes: UnsafeRawBufferPointer) -> CInt {
        if let code = Int(status.prefix { $0 != " " }), code >= 400 {
            complaint += bytes.prefix(max(Self.complaintLimit - complaint.count, 0))
            return 0
        }
        return carry { try receive(bytes) }
    }

    /// - Returns: 0 to go on.
    func report(_ bytes: Int64, of total: Int64) -> CInt { carry { try progress(bytes, total > 0 ? total : nil) } }

    private func carry(_ body: () throws -> Void) -> CInt {
        do {
            try body()
            return 0
        } catch {
            failure = error
            return 1
        }
    }
}

/// The header that names a file (RFC 6266).
enum ContentDisposition {
    /// `attachment; filename="x.tar"` says `x.tar`; a folder before it is dropped.
    static func fileName(_ header: String) -> String? {
        var fields: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in header {
            switch character {
            case _ where isEscaped: fields[fields.count - 1].append(character)
            case "\\" where isQuoted:
                isEscaped = true
                continue
            case "\"": isQuoted.toggle()
            case ";" where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
            isEscaped = false
        }
        for field in fields.dropFirst() {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ !$0.isWhitespace }).lowercased() == "filename" else { continue }
            let value = parts[1].drop(while: \.isWhitespace)
            return Download.lastName(String(value.reversed().drop(while: \.isWhitespace).reversed()))
        }
        return nil
    }
}
