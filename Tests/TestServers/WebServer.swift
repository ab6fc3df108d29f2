import Glibc
import LayerModel
import Linux

/// A small web server on the loopback, on a thread of its own, as long as this value lives.
public final class WebServer: Sendable {
    /// What is sent for a path.
    public struct Answer: Sendable {
        /// Such as `200 OK`.
        public var status = "200 OK"
        public var headers: [String] = []
        public var body: [UInt8] = []
        /// Whether nothing more follows, but the connection stays.
        public var isEndless = false

        public init(
            _ body: String = "", status: String = "200 OK", headers: [String] = [], isEndless: Bool = false
        ) {
            self.body = Array(body.utf8)
            self.status = status
            self.headers = headers
            self.isEndless = isEndless
        }
    }

    /// `http://127.0.0.1:` and the port.
    public let url: String
    private let listener: Descriptor
    private let thread: DedicatedThread.Handle

    /// - Parameter answer: is given the path as it was asked for.
    public init(_ answer: @escaping @Sendable (String) -> Answer?) throws {
        let socket = Descriptor(
            owning: try call("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) })
        let number = socket.number
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { address in
            try address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try call("bind") { bind(number, address, size) }
                try call("listen") { listen(number, 16) }
                try call("getsockname") { getsockname(number, address, &size) }
            }
        }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        listener = socket
        thread = try DedicatedThread.start {
            var open: [CInt] = []
            while case let client = accept(number, nil, nil), client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                if Self.serve(client, answer) { open.append(client) } else { close(client) }
            }
            for client in open { close(client) }
        }
    }

    deinit {
        // Whoever waits in accept(2) is told.
        shutdown(listener.number, Int32(SHUT_RDWR))
        thread.join()
    }

    /// - Returns: whether the connection stays.
    private static func serve(_ client: CInt, _ answer: (String) -> Answer?) -> Bool {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else { return false }
            request += buffer[..<count]
        }
        let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init)
        let answer = answer(path ?? "/") ?? Answer("  nothing here\n", status: "404 Not Found")
        var head = ["HTTP/1.1 \(answer.status)"] + answer.headers
        if !answer.isEndless {
            head.append("Connection: close")
            if !answer.headers.contains(where: { $0.hasPrefix("Content-Length") }) {
                head.append("Content-Length: \(answer.body.count)")
            }
        }
        var rest = (Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + answer.body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return answer.isEndless
    }
}
