import ArgumentParser
import Engine
import Glibc

/// `teach doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this host offers, and the exact command that gives what is missing.",
        discussion: "Changes nothing. Ends with 0 when lessons can run, with 2 when they cannot.")

    func run() throws {
        let home = Home(environment: Environment.all)
        let checks = HostChecks(home: home).run() + [PictureCheck.run()]
        let width = checks.map(\.name.count).max() ?? 0
        for check in checks {
            let padding = String(repeating: " ", count: width - check.name.count)
            print("\(check.mark) \(check.name)\(padding)  \(check.finding)")
            if let cure = check.cure { print("  \(String(repeating: " ", count: width))  → \(cure)") }
        }
        if checks.contains(where: { $0.state == .fatal }) {
            print("\nLessons cannot run here until what is marked ✗ is mended.")
            throw ExitCode(2)
        }
        print("\nLessons can run here: try `teach run lesson3`.")
    }
}

extension HostCheck {
    /// A mark that needs no colour.
    fileprivate var mark: String {
        switch state {
        case .good: "✓"
        case .warning: "!"
        case .fatal: "✗"
        }
    }
}
