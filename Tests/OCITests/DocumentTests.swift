import OCI
import Testing

@Suite("The JSON documents of an image")
struct DocumentTests {
    @Test("A config as Docker writes it is read, with its nulls and its sets")
    func dockerConfig() throws {
        let diffID = "sha256:" + String(repeating: "1", count: 64)
        let json = """
            {"architecture":"amd64","os":"linux","created":"2024-09-26T21:31:42.123456789Z",
             "config":{"Hostname":"","User":"www-data","ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Env":["PATH=/bin"],
                       "Cmd":["sh"],"Entrypoint":null,"Volumes":null,"WorkingDir":"/srv","Labels":{"a":"b"}},
             "rootfs":{"type":"layers","diff_ids":["\(diffID)"]},
             "history":[{"created":"2024-09-26T21:31:42Z","created_by":"ADD x /"},
                        {"created_by":"CMD [\\"sh\\"]","empty_layer":true}],
             "docker_version":"ignored"}
            """
        let config = try JSONDocument.decode(ImageConfig.self, from: Array(json.utf8), what: "config")
        #expect(config.config?.exposedPorts == ["80/tcp", "443/tcp"])
        #expect(config.config?.user == "www-data")
        #expect(config.config?.entrypoint == nil)
        #expect(config.config?.cmd == ["sh"])
        #expect(config.created == Timestamp(seconds: 1_727_386_302, nanoseconds: 123_456_789))
        let rows = try config.historyWithLayers()
        #expect(rows.map { $0.diffID?.description } == [diffID, nil])
        let again = try JSONDocument.decode(ImageConfig.self, from: JSONDocument.encode(config), what: "config")
        #expect(again == config)
    }

    @Test("Equal values have equal bytes: keys sorted, no white space, slashes as they are")
    func canonicalBytes() throws {
        let descriptor = ContentDescriptor(
            mediaType: .layerGzip, digest: Digest(of: "x".utf8), size: 3, annotations: ["b": "2", "a": "1"])
        let text = String(decoding: try JSONDocument.encode(descriptor), as: UTF8.self)
        #expect(
            text == """
                {"annotations":{"a":"1","b":"2"},"digest":"\(Digest(of: "x".utf8))",\
                "mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":3}
                """)
    }

    @Test("A history that does not fit the layers is refused", arguments: [0, 2])
    func historyMismatch(entries: Int) {
        let config = ImageConfig(
            platform: .host, rootfs: RootFilesystem(diffIDs: [DiffID(Digest(of: "x".utf8))]),
            history: Array(repeating: History(createdBy: "RUN true"), count: entries))
        #expect(throws: FormatError.self) { try config.historyWithLayers() }
    }

    @Test("A malformed document is refused with the key at fault")
    func malformed() {
        let json = #"{"schemaVersion":2,"config":{"mediaType":"x","digest":"md5:1","size":1},"layers":[]}"#
        let error = #expect(throws: FormatError.self) {
            try JSONDocument.decode(Manifest.self, from: Array(json.utf8), what: "manifest m")
        }
        #expect(error?.description.hasPrefix("manifest m is not valid: ") == true)
        #expect(error?.description.contains("config") == true)
    }

    @Test(
        "Times are read with any offset and written in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00Z", 1_767_225_600, "2026-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59+02:00", 1_709_243_999, "2024-02-29T21:59:59Z"),
            ("1969-12-31T23:00:00-00:30", -1800, "1969-12-31T23:30:00Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800, "0001-01-01T00:00:00Z"),
            ("2100-03-01T00:00:00Z", 4_107_542_400, "2100-03-01T00:00:00Z"),
        ] as [(String, Int64, String)])
    func times(text: String, seconds: Int64, written: String) throws {
        let time = try Timestamp(text)
        #expect(time.seconds == seconds)
        #expect("\(time)" == written)
    }

    @Test("A fraction keeps its digits", arguments: ["2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.000000001Z"])
    func fractions(text: String) throws {
        #expect("\(try Timestamp(text))" == text)
    }

    @Test(
        "What is no time is refused",
        arguments: ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "x"])
    func noTimes(text: String) {
        #expect(throws: FormatError.self) { try Timestamp(text) }
    }
}
