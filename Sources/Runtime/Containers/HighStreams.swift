import Glibc
import LayerModel
import Linux

/// Copies of the streams' descriptors with numbers above 2, so that putting one in its place cannot hit another.
final class HighStreams {
    private let input: Descriptor
    private let output: Descriptor
    private let error: Descriptor

    private init(input: consuming Descriptor, output: consuming Descriptor, error: consuming Descriptor) {
        self.input = input
        self.output = output
        self.error = error
    }

    /// `nil` when the streams are where they belong.
    static func copying(_ streams: StandardStreams) throws(SystemCallError) -> HighStreams? {
        if streams == .inherited { return nil }
        return HighStreams(
            input: try copy(streams.input), output: try copy(streams.output), error: try copy(streams.error))
    }

    var numbers: StandardStreams {
        StandardStreams(input: input.number, output: output.number, error: error.number)
    }

    private static func copy(_ number: CInt) throws(SystemCallError) -> Descriptor {
        Descriptor(owning: try call("fcntl", "descriptor \(number)") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }
}
