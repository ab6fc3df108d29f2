public import Glibc
public import LayerModel

/// A file descriptor that owns itself: it is closed when it goes out of scope, once, and cannot be copied.
public struct Descriptor: ~Copyable, Sendable {
    /// The number that the kernel knows it by; valid as long as this value lives.
    public let number: CInt

    /// Takes over an open descriptor; nobody else may close it.
    public init(owning number: CInt) { self.number = number }

    /// Opens `path`, from the directory `base` or else the working directory. O_CLOEXEC is always added. See openat(2).
    ///
    /// - Throws: `SystemCallError`
    public init(opening path: String, _ flags: CInt, mode: mode_t = 0, in base: CInt = AT_FDCWD) throws(SystemCallError)
    {
        self.number = try call("openat", path) {
            withBytes(of: path) { openat(base, $0, flags | O_CLOEXEC, mode) }
        }
    }

    /// A second descriptor of the same open file, closed on exec. See fcntl(2), F_DUPFD_CLOEXEC.
    ///
    /// - Throws: `SystemCallError`
    public borrowing func duplicate() throws(SystemCallError) -> Descriptor {
        let number = number
        return Descriptor(owning: try call("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// Gives the number away; the caller must close it.
    public consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    deinit { close(number) }
}

/// A system call that failed: which, on what, and why.
public struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the call, as in section 2 of the manual.
    public var call: String
    /// What it was asked to act on, where one thing can be named.
    public var subject: String?
    public var errno: Errno

    public init(call: String, subject: String? = nil, errno: Errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    public var description: String {
        "\(call)\(subject.map { " \($0)" } ?? ""): \(errno.explanation) (\(errno.name))"
    }
}

/// Runs a C call that answers -1 on failure; it is made again while it is interrupted (EINTR).
///
/// - Throws: `SystemCallError` with the errno that the call left.
@discardableResult
public func call<Result: SignedInteger>(
    _ name: String, _ subject: String? = nil, _ body: () -> Result
) throws(SystemCallError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let error = LayerModel.Errno(rawValue: Glibc.errno)
        if error != .EINTR { throw SystemCallError(call: name, subject: subject, errno: error) }
    }
}

extension LayerModel.Errno {
    /// What strerror(3) says, such as "No such file or directory".
    public var explanation: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(rawValue, &buffer, buffer.count) == 0 else { return name }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
