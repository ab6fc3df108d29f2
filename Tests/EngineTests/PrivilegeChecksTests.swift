import Foundation
import Linux
import Testing

@testable import Engine

/// What the doctor says to a user without privilege: each obstacle in one clause, with its cure.
@Suite struct PrivilegeChecksTests {
    private func check(_ stage: UserNamespace.Entry.Stage, _ settings: [String: Int]) -> HostCheck {
        let one = IdentifierMap(parsing: "0 1000 1\n")
        return PrivilegeChecks(
            entry: .init(stage: stage, narrowness: .noRange, uid: 1000),
            namespace: UserNamespace(isInitial: false, users: one, groups: one, allowsSettingGroups: false),
            setting: { settings[$0] }
        ).privilege
    }

    @Test(
        arguments: [
            (.notMade(28), ["user/max_user_namespaces": 0], "sysctl -w user.max_user_namespaces=15000"),
            (.notMade(1), ["kernel/unprivileged_userns_clone": 0], "sysctl -w kernel.unprivileged_userns_clone=1"),
            (
                .notMade(1), ["kernel/apparmor_restrict_unprivileged_userns": 1],
                "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
            ),
            (
                .notMapped(1), ["kernel/apparmor_restrict_unprivileged_userns": 1],
                "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
            ),
            (
                .withoutPower(13), ["kernel/apparmor_restrict_unprivileged_userns": 1],
                "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
            ),
            (.notMade(1), [:], "--security-opt seccomp=unconfined"),
            (.notMade(22), [:], "CONFIG_USER_NS"),
            (.notMade(28), ["user/max_user_namespaces": 9], "user.max_user_namespaces"),
            (.withoutPower(1), [:], "security module"),
        ] as [(UserNamespace.Entry.Stage, [String: Int], String)])
    func everyObstacleHasItsCure(stage: UserNamespace.Entry.Stage, settings: [String: Int], cure: String) {
        let check = check(stage, settings)
        #expect(check.state == .fatal)
        #expect(check.cure?.contains(cure) == true, "\(check)")
    }
}

/// Which ids a user without privilege has, and the exact line that gives more.
@Suite struct SubordinateIDTests {
    private func check(_ narrowness: UserNamespace.Entry.Narrowness?, files: [String: String] = [:]) throws -> HostCheck
    {
        let root = NSTemporaryDirectory() + "teach-doctor-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root + "/etc", withIntermediateDirectories: true)
        for (path, text) in files { try text.write(toFile: root + path, atomically: false, encoding: .utf8) }
        let map = IdentifierMap(parsing: "0 1000 1\n" + (narrowness == nil ? "1 100000 65536\n" : ""))
        let checks = PrivilegeChecks(
            entry: .init(stage: .inside, narrowness: narrowness, uid: 1000),
            namespace: UserNamespace(isInitial: false, users: map, groups: map, allowsSettingGroups: true),
            files: HostFiles(root: root))
        return try #require(checks.subordinateIDs)
    }

    @Test func aMissingRangeIsToldAsALineOfUsermod() throws {
        let alone = try check(.noRange, files: ["/etc/passwd": "root:x:0:0::/:\nada:x:1000:1000::/home/ada:/bin/sh\n"])
        #expect(alone.state == .warning)
        #expect(alone.cure == "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ada")
        let others = try check(
            .noRange,
            files: [
                "/etc/passwd": "ada:x:1000:1000::/home/ada:/bin/sh\n", "/etc/subuid": "bob:100000:65536\n",
                "/etc/subgid": "bob:200000:65536\n",
            ])
        #expect(others.cure == "sudo usermod --add-subuids 265536-331071 --add-subgids 265536-331071 ada")
    }

    @Test func missingAndRefusingToolsAreTold() throws {
        #expect(try check(.noTool).cure == "sudo apt-get install uidmap")
        let refused = try check(.refused("newuidmap: write to uid_map failed: Operation not permitted"))
        #expect(refused.finding.contains("newuidmap: write to uid_map failed"))
        #expect(refused.cure?.contains("chmod u+s /usr/bin/newuidmap") == true)
    }

    @Test(arguments: [("/proc/acpi", true), ("/proc", false), ("/proc/sys/fs/binfmt_misc", false), ("/", false)])
    func aCoveredProcIsTold(mountPoint: String, isTold: Bool) throws {
        let root = NSTemporaryDirectory() + "teach-doctor-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root + "/proc/self", withIntermediateDirectories: true)
        try "40 31 0:38 / \(mountPoint) ro,relatime - tmpfs tmpfs ro\n"
            .write(toFile: root + "/proc/self/mountinfo", atomically: false, encoding: .utf8)
        let map = IdentifierMap(parsing: "0 1000 1\n")
        let checks = PrivilegeChecks(
            entry: .init(stage: .inside, narrowness: .noRange, uid: 1000),
            namespace: UserNamespace(isInitial: false, users: map, groups: map, allowsSettingGroups: false),
            files: HostFiles(root: root))
        #expect((checks.coveredProc != nil) == isTold)
        if isTold { #expect(checks.coveredProc?.finding.contains(mountPoint) == true) }
    }

    @Test func aRangeIsGood() throws {
        let check = try check(nil)
        #expect(check.state == .good && check.finding == "uids 0-65536, gids 0-65536")
    }
}
