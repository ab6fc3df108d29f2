import LayerModel
import Scripts
import StorageDrivers
import Testing

@Suite struct JSONTests {
    @Test func aLineOfAReport() {
        var cost = Cost()
        cost.copied = 5
        cost.allocated = 4096
        cost.metadata = 2
        cost.sharesPageCache = false
        let report = OperationReport(
            line: 7, text: "open /f O_WRONLY 0 write \"a\\b\"", errno: .ENOSPC, data: [UInt8]("x\n\u{1}ü"),
            effects: [
                LayerEffect(.copyUp, "/f", layer: .lower(2), size: 5), LayerEffect(.whiteout, "/g", layer: .lower(1)),
                LayerEffect(.create, "/h", size: 0),
            ], cost: cost)
        #expect(
            report.json == #"""
                {"line":7,"op":"open /f O_WRONLY 0 write \"a\\b\"","errno":"ENOSPC","data":"x\n\u0001ü","effects":[{"effect":"copy-up","path":"/f","layer":2,"size":5},{"effect":"whiteout","path":"/g","layer":1,"size":null},{"effect":"create","path":"/h","layer":"upper","size":0}],"cost":{"copied":5,"shared":0,"allocated":4096,"metadata":2,"page_cache_shared":false}}
                """#)
        #expect(
            OperationReport(line: 1, text: "stat /").json
                == #"{"line":1,"op":"stat /","errno":null,"data":null,"effects":[],"cost":{"copied":0,"shared":0,"allocated":0,"metadata":0,"page_cache_shared":null}}"#
        )
    }

    @Test func dataThatIsNoTextIsEachByte() {
        #expect(
            OperationReport(line: 1, text: "x", data: [0x61, 0xFF, 0]).json.contains(#""data":"\u0061\u00ff\u0000""#))
        #expect(OperationReport(line: 1, text: "x", data: []).json.contains(#""data":"""#))
    }

    @Test func aDumpNamesWhatALayerHolds() {
        let files = [
            ListedFile(
                path: "/d", kind: .directory, permissions: 0o1777, uid: 1, gid: 2,
                attributes: ["trusted.overlay.opaque": [UInt8]("y"), "user.b": [0xFF]]),
            ListedFile(
                path: "/n", kind: .characterDevice, permissions: 0o666, uid: 0, gid: 0, size: 0, links: 1,
                device: DeviceNumber(major: 1, minor: 3)),
            ListedFile(path: "/s", kind: .symlink, permissions: 0o777, uid: 0, gid: 0, size: 1, links: 1, target: "f"),
        ]
        #expect(
            Listing.upper.json(files) == #"""
                {"upper":[{"path":"/d","type":"dir","mode":"1777","uid":1,"gid":2,"size":null,"nlink":null,"target":null,"major":null,"minor":null,"xattrs":{"trusted.overlay.opaque":"y","user.b":"\u00ff"}},{"path":"/n","type":"device","mode":"666","uid":0,"gid":0,"size":0,"nlink":1,"target":null,"major":1,"minor":3,"xattrs":{}},{"path":"/s","type":"symlink","mode":"777","uid":0,"gid":0,"size":1,"nlink":1,"target":"f","major":null,"minor":null,"xattrs":{}}]}
                """#)
        #expect(Listing.merged.json([]) == #"{"merged":[]}"#)
    }

    @Test("of a name that is not UTF-8 each byte is \\u00XX, and both forms of é are themselves")
    func namesAreBytes() throws {
        let start = "layer\nfile /\u{E9} 644\nfile /e\u{301} 644\nsymlink /l "
        let text = Array(start.utf8) + [0xFF] + Array("\nrun\nunlink /\u{E9}\nreadlink /l\nmkdir /".utf8) + [0xE9]
        let script = try Script(parsing: text)
        #expect(try Script(parsing: script.text).layers == script.layers)
        var runner = ScriptRunner(
            script, on: try SimulatedMount(driver: .overlay2, layers: LayerStack(script.layers)))
        var lines: [String] = []
        while let report = try runner.next() { lines.append(report.json) }
        let effects = lines.map { String($0.split(separator: "\"effects\":")[1].split(separator: ",\"cost\"")[0]) }
        #expect(ByteString(effects[0]) == "[{\"effect\":\"whiteout\",\"path\":\"/\u{E9}\",\"layer\":1,\"size\":null}]")
        #expect(lines[1].contains(#""data":"\u00ff""#))
        #expect(effects[2] == #"[{"effect":"create","path":"\u002f\u00e9","layer":"upper","size":null}]"#)
        let merged = Listing.merged.json(try runner.listing(.merged))
        // The decomposed one is left.
        #expect(merged.utf8.contains(0xCC))
        #expect(merged.contains(#""target":"\u00ff""#))
    }
}
