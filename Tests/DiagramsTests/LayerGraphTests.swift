import Diagrams
import Pictures
import Testing

@Suite("All images and the layers that they share")
struct LayerGraphTests {
    private func layer(_ name: String, on parent: String?) -> LayerGraph.Layer {
        .init(chainID: name, parent: parent, digest: "sha256:\(name)", createdBy: "/bin/sh -c make \(name)", size: 27)
    }

    /// `count` images with two layers of their own each, on a base of two.
    private func family(_ count: Int) -> LayerGraph {
        let own = (1...count).flatMap { [layer("a\($0)", on: "base"), layer("b\($0)", on: "a\($0)")] }
        return LayerGraph(
            title: "A family", layers: [layer("ground", on: nil), layer("base", on: "ground")] + own,
            images: (1...count).map {
                .init(
                    id: "sha256:\($0)", tags: ["team/app\($0):latest"], top: "b\($0)",
                    configOnly: ["/bin/sh -c #(nop)  ENV A=b", "/bin/sh -c #(nop)  CMD [\"true\"]"])
            })
    }

    @Test("layers that always go together are one segment, up to one that an image or a second layer stands on")
    func segments() {
        var graph = family(2)
        #expect(graph.segments.map { $0.layers.map(\.chainID) } == [["ground", "base"], ["a1", "b1"], ["a2", "b2"]])
        #expect(graph.segments.map(\.images) == [2, 1, 1])
        graph.images.append(.init(id: "sha256:0", tags: [], top: "ground"))
        #expect(graph.segments.map { $0.layers.map(\.chainID) }.prefix(2) == [["ground"], ["base"]])
        graph.containers = [.init(id: "c", name: "c", image: "sha256:1"), .init(id: "d", name: "d", image: "sha256:1")]
        #expect(graph.leaves == 4)
        let chain = (1...9).map { layer("\($0)", on: $0 > 1 ? "\($0 - 1)" : nil) }
        let long = LayerGraph(title: "One", layers: chain, images: [.init(id: "sha256:0", tags: [], top: "9")])
        #expect(long.segments.count == 1)
        let parts = long.segments[0].parts(atMost: 4)
        #expect(parts.lower.map(\.chainID) == ["1"] && parts.upper.map(\.chainID) == ["8", "9"])
        #expect(parts.omitted.count == 6)
    }

    @Test("many images make a picture that is higher, not wider", arguments: [3, 14, 40])
    func width(count: Int) throws {
        let svg = String(decoding: try family(count).drawing().rendered(as: .svg), as: UTF8.self)
        #expect(xmlFault(svg) == nil)
        let width = try #require(svg.firstMatch(of: /width="([0-9]+)/)?.1)
        #expect(try #require(Int(width)) < 1500)
        for number in 1...count { #expect(svg.contains("team/app\(number):latest")) }
        #expect(svg.contains("RUN make base") && svg.contains("ENV, CMD<") && !svg.contains("#(nop)"))
    }
}
