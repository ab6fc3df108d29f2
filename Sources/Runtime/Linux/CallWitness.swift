public import Glibc
public import LayerModel

/// Who looks at a tree before and after each call by which this process changes it. One thread makes the calls.
public protocol CallWitness: AnyObject {
    /// The call is about to be made.
    func willMake(_ call: WitnessedCall)

    /// It has returned: its result, or its error.
    func didMake(_ result: Result<Int64, LayerModel.Errno>)
}

/// A call of this process's own on a name of a tree.
public struct WitnessedCall: Hashable, Sendable {
    public var syscall: Syscall
    /// The paths as they are written.
    public var arguments: [String]
    public var operation: FileOperation
}

/// A name of a tree, and who looks at the calls on it.
public struct WitnessedName {
    let witness: any CallWitness
    let path: Path

    /// - Parameter path: as the tree's own processes see it, without symbolic links above the last name.
    public init(_ path: String, by witness: any CallWitness) {
        self.witness = witness
        self.path = Path(path)
    }
}

/// Runs a C call that answers -1 on failure, before the eyes of a witness where there is one; else as `call` without.
///
/// - Parameters:
///   - subject: what an error names.
///   - arguments: the paths as they are written; without any, the subject.
///   - operation: the call as an operation on the name that is seen.
/// - Throws: `SystemCallError` with the errno that the call left.
@discardableResult
public func call<Number: SignedInteger>(
    _ syscall: Syscall, _ subject: String, _ arguments: @autoclosure () -> [String] = [], of seen: WitnessedName?,
    as operation: (Path) -> FileOperation, _ body: () -> Number
) throws(SystemCallError) -> Number {
    guard let seen else { return try call(syscall.rawValue, subject, body) }
    let arguments = arguments()
    seen.witness.willMake(
        WitnessedCall(
            syscall: syscall, arguments: arguments.isEmpty ? [subject] : arguments, operation: operation(seen.path)))
    do throws(SystemCallError) {
        let result = try call(syscall.rawValue, subject, body)
        seen.witness.didMake(.success(Int64(result)))
        return result
    } catch {
        seen.witness.didMake(.failure(error.errno))
        throw error
    }
}

extension Descriptor {
    /// Makes a regular file under a name that nothing has, and opens it for writing. See openat(2).
    ///
    /// - Throws: `SystemCallError`
    public init(
        creating name: String, mode: mode_t, in base: CInt, of seen: WitnessedName?
    ) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        self.init(
            owning: try call(
                .openat, name, of: seen,
                as: {
                    .open($0, [.writeOnly, .create, .exclusive, .noFollow, .closeOnExec], mode: UInt16(mode))
                }
            ) { withBytes(of: name) { openat(base, $0, flags, mode) } })
    }
}
