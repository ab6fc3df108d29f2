import Linux
import Testing

@Suite struct UserNamespaceTests {
    private let map = IdentifierMap(parsing: "         0       1000          1\n         1     100000      65536\n")

    @Test func aMapTellsWhatAnIDIsOutside() {
        #expect(map.outside(of: 0) == 1000)
        #expect(map.outside(of: 1) == 100_000)
        #expect(map.outside(of: 65536) == 165_535)
        #expect(map.outside(of: 65537) == nil)
        #expect(map.count == 65537)
        #expect("\(map)" == "0-65536")
        #expect("\(IdentifierMap(parsing: "0 1000 1\n"))" == "0")
        #expect("\(IdentifierMap(parsing: "5 1 2\n0 1000 1\n"))" == "0, 5-6")
        #expect("\(IdentifierMap(parsing: ""))" == "none")
    }

    @Test func everyIDIsItselfInTheFirstNamespace() {
        #expect(IdentifierMap.identity == IdentifierMap(parsing: "0 0 4294967295\n"))
        #expect(IdentifierMap.identity.outside(of: UInt32.max - 1) == UInt32.max - 1)
        #expect(!IdentifierMap.identity.contains(.max), "the kernel's word for no id")
    }

    @Test func anOverlayWithoutPrivilegeKeepsItsMarksInUserAttributes() {
        func steps(_ attributes: OverlayAttributes) -> OverlayMount {
            OverlayMount(lower: ["/b", "/a"], upper: "/u", work: "/w", target: "/t", attributes: attributes)
        }
        #expect(OverlayAttributes.user.prefix == "user.overlay.")
        #expect(OverlayAttributes.trusted.prefix == "trusted.overlay.")
        #expect(steps(.user) != steps(.trusted))
    }
}
