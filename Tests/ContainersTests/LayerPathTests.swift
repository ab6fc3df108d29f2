import Containers
import Glibc
import Linux
import Testing

/// Layer directories whose names, or whose number, mount(2) does not take as they are.
@Suite(.enabled(if: isRoot, "containers need root on this host"))
struct LayerPathTests {
    @Test(arguments: ["a:b", "a,b", #"a\b"#, #"\:,\\"#, "a b", "é"])
    func namesWithSpecialCharacters(_ name: String) throws {
        let scene = try Scene()
        let place = scene.directory + "/" + name
        for directory in ["", "/layer", "/upper", "/work"] { mkdir(place + directory, 0o755) }
        shell("echo found > '\(place)/layer/proof'")
        var spec = scene.spec("sh", "-c", "cat /proof; echo > /written")
        spec.overlay.layers.insert(place + "/layer", at: 0)
        spec.overlay.upper = place + "/upper"
        spec.overlay.work = place + "/work"
        #expect(try scene.run(spec).output == "found\n")
        #expect(scene.names(spec.overlay.upper) == ["written"])
    }

    @Test(arguments: ["plain", "a:b"])
    func moreLayersThanFitOnePage(_ name: String) throws {
        let scene = try Scene()
        let long = scene.directory + "/" + name + String(repeating: "x", count: 60)
        mkdir(long, 0o755)
        var spec = scene.spec("cat", "/first", "/last")
        var layers: [String] = []
        for index in 0..<100 {
            layers.append("\(long)/\(index)")
            mkdir(layers[index], 0o755)
        }
        shell("echo 1 > '\(layers[0])/first'; echo 100 > '\(layers[99])/last'")
        spec.overlay.layers = layers + spec.overlay.layers
        #expect(try scene.run(spec).output == "1\n100\n")
    }
}
