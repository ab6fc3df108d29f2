import Linux
import Testing

@testable import Containers

/// What a container's set-up does otherwise where a user without privilege makes it.
@Suite struct UserNamespacePlanTests {
    private static let one = UserNamespace(
        isInitial: false, users: IdentifierMap(parsing: "0 1000 1\n"), groups: IdentifierMap(parsing: "0 1000 1\n"),
        allowsSettingGroups: false)
    private static let many = UserNamespace(
        isInitial: false, users: IdentifierMap(parsing: "0 1000 1\n1 100000 65536\n"),
        groups: IdentifierMap(parsing: "0 1000 1\n1 100000 65536\n"), allowsSettingGroups: true)

    private func spec(_ user: UserIdentity = .root, in namespace: UserNamespace = .initial) -> ContainerSpec {
        let root = OverlayRoot(layers: ["/layers/a"], upper: "/c/upper", work: "/c/work", mountPoint: "/c/merged")
        return ContainerSpec(
            id: "0123", hostname: "web", root: .overlay(root), surface: .container(in: namespace), arguments: ["true"],
            user: user)
    }

    private func detail(_ name: String, in namespace: UserNamespace) -> String? {
        spec(in: namespace).plan(.init(userNamespace: namespace)).steps.first { $0.name == name }?.detail
    }

    @Test func devicesAreTheHostsOwn() {
        for namespace in [Self.one, Self.many] {
            #expect(detail("make devices", in: namespace) == nil)
            #expect(detail("bind devices", in: namespace)?.hasPrefix("/dev/null, /dev/zero") == true)
        }
        #expect(detail("bind devices", in: .initial) == nil)
    }

    @Test func whatHasNoNumberIsNotAskedFor() {
        #expect(detail("mount devpts", in: Self.many)?.contains("gid=5") == true)
        #expect(detail("mount devpts", in: Self.one)?.contains("gid=5") == false)
        #expect(detail("become user", in: Self.many) == "uid 0, gid 0, groups 0")
        #expect(detail("become user", in: Self.one) == "uid 0, gid 0, groups as they are")
    }

    @Test func marksAreUserAttributes() {
        let overlays = spec().plan(.init(userNamespace: Self.many)).steps.compactMap { step in
            if case .mountOverlay(let overlay) = step { overlay } else { nil }
        }
        #expect(overlays.map(\.attributes) == [.user])
    }

    @Test func aUserOutsideTheMapIsRefusedBeforeAnythingIsMade() throws {
        let stranger = spec(UserIdentity(uid: 1000, gid: 1000, groups: [1000]))
        #expect(try stranger.withMappedUser(in: Self.many).1 == [])
        let error = #expect(throws: ContainerError.self) { try stranger.withMappedUser(in: Self.one) }
        #expect(
            error?.description
                == "the container cannot be made: uid 1000 is not one of the uids that it may use (0); give your user "
                + "subordinate ids: `teach doctor` tells how")
        #expect(error?.exitStatus == 125)
        let group = spec(UserIdentity(uid: 0, gid: 70000, groups: [70000]))
        #expect(throws: ContainerError.self) { try group.withMappedUser(in: Self.many) }
    }

    @Test func aGroupOutsideTheMapIsLeftOutAndSaid() throws {
        let (mapped, warnings) = try spec(UserIdentity(uid: 0, gid: 0, groups: [0, 27])).withMappedUser(in: Self.one)
        #expect(mapped.user.groups == [0])
        #expect(warnings.count == 1 && warnings[0].contains("group 27"))
    }
}
