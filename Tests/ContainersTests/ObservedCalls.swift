import Containers
import Events
import Glibc
import LayerModel
import Linux
import OverlayFS

/// The program of Tests/ObservedCalls, run in a container of its own: what the observer recorded of it, and what it
/// said that the record should hold.
struct ObservedCalls {
    /// One call or hole, as both sides tell it.
    struct Line: Hashable, CustomStringConvertible {
        var isHole: Bool
        var call: String
        var written: String
        var paths: String
        var flags: String
        var errno: Int32
        var effects: String

        var description: String {
            isHole ? "hole \(call): \(written)" : "\(call)(\(written)) [\(paths)] \(flags) \(errno) -> \(effects)"
        }
    }

    /// The lines of one thread, in their order.
    struct Caller {
        /// The first part that it plays.
        var role: String
        var lines: [Line] = []
    }

    let events: [Event]
    /// What the program printed.
    let output: String

    /// Runs the program over a layer that has it and the files that it changes.
    init(_ arguments: String..., reads: Bool = false, leavingOut: Set<Syscall> = []) throws {
        let scene = try Scene()
        scene.addLayer(
            """
            cp \(Self.program) calls; mkdir low; echo x > low/first
            for role in main thread fork vfork exec threadexec both1 both2 both3 both4; do
                mkdir low/$role low/$role/sub; echo x > low/$role/sub/x
                i=0; while [ $i -lt 60 ]; do echo x > low/$role/$i; i=$((i + 1)); done
            done
            """)
        let layers = try LayerDirectories(lowers: scene.lowers, upper: scene.madeUpper)
        var events: [Event] = []
        let tracer = OverlayFS.Tracer(layers: layers, reads: reads, leavingOut: leavingOut) { events.append($0) }
        var spec = scene.spec()
        spec.arguments = ["/calls"] + arguments
        spec.cgroup = .forLimits
        let (finished, output) = try scene.run(spec, observer: tracer)
        guard finished.status == .exited(0) else {
            throw SceneError("the program ended with \(finished.status) after \(output.suffix(2000))")
        }
        self.events = events
        self.output = output
    }

    /// It stands beside the test runner in the build folder.
    private static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let runner = String(decoding: buffer[..<max(length, 0)].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return runner.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/ObservedCalls"
    }()

    // MARK: - What the program said

    /// By the callers' thread ids, in the order of their first line; and the paths that only the last look can find.
    func said() -> (callers: [(thread: String, Caller)], found: [String]) {
        var callers: [(thread: String, Caller)] = []
        var found: [String] = []
        for text in output.split(separator: "\n") {
            let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 9 else { continue }
            let isHole = fields[0] == "hole"
            if isHole, fields[3].isEmpty {
                found.append(fields[4])
                continue
            }
            let line = Line(
                isHole: isHole, call: fields[3], written: fields[4], paths: fields[5], flags: fields[6],
                errno: isHole ? 0 : Int32(fields[7]) ?? -1, effects: fields[8])
            let index = callers.firstIndex { $0.thread == fields[2] }
            if let index {
                callers[index].1.lines.append(line)
            } else {
                callers.append((fields[2], Caller(role: fields[1], lines: [line])))
            }
        }
        return (callers, found.sorted())
    }

    // MARK: - What was recorded

    var holes: [Hole] {
        events.compactMap { if case .hole(let hole) = $0 { hole } else { nil } }
    }

    var operations: [ObservedOperation] {
        events.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }

    /// What each thread did, by its id as the host sees it.
    func recorded() -> [Int32: [Line]] {
        var lines: [Int32: [Line]] = [:]
        for event in events {
            switch event {
            case .operation(let operation): lines[operation.pid, default: []].append(Self.line(operation))
            case .hole(let hole):
                guard let pid = hole.pid else { continue }
                lines[pid, default: []].append(
                    Line(
                        isHole: true, call: hole.syscall ?? "", written: hole.reason, paths: "", flags: "", errno: 0,
                        effects: ""))
            default: break
            }
        }
        return lines
    }

    /// The paths at which the last look at the upper layer found what no call accounts for.
    var found: [String] { holes.filter { $0.syscall == nil }.compactMap(\.path).sorted() }

    private static func line(_ operation: ObservedOperation) -> Line {
        Line(
            isHole: false, call: operation.syscall, written: operation.arguments.joined(separator: ", "),
            paths: operation.call?.paths.map(\.description).joined(separator: ", ") ?? "", flags: operation.flags,
            errno: operation.errno?.rawValue ?? 0,
            effects: operation.effects.map { text(of: $0.effect) }.joined(separator: ", "))
    }

    /// `copy-up /a@2:5`: the layer where it is a lower one, the size where there is one.
    private static func text(of effect: LayerEffect) -> String {
        let layer = if case .lower(let number) = effect.layer { "@\(number)" } else { "" }
        return "\(effect.kind.rawValue) \(effect.path)\(layer)\(effect.size.map { ":\($0)" } ?? "")"
    }
}
