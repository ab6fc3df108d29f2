import Cgroups
import Containers
import Glibc
import Linux
import RuntimeBundle
import Testing

@Suite struct ConfigTests {
    @Test func theDefaultIsReadWithoutAWarning() throws {
        let bundle = try Bundle("true").read()
        #expect(bundle.warnings == [])
        #expect(bundle.spec.namespaces == .container)
        #expect(bundle.spec.noNewPrivileges)
        #expect(bundle.spec.arguments == ["true"])
        guard case .directory(let root) = bundle.spec.root else { throw SceneError("no directory") }
        #expect(root.isReadOnly && root.path.hasSuffix("/rootfs"))
    }

    @Test func textThatIsNotJSONIsToldWithItsLine() throws {
        let bundle = try Bundle("true")
        bundle.config = "{\n  \"ociVersion\": \"1.0.2\",\n  oops\n}"
        #expect(bundle.complaint()?.hasPrefix("config.json is not JSON: line 3, column ") == true)
        bundle.config = "{ \"a\": 1, \"a\": 2 }"
        #expect(bundle.complaint()?.contains("duplicate") == true)
        bundle.config = ""
        #expect(bundle.complaint()?.contains("not JSON") == true)
        bundle.config = String(repeating: "[", count: 100_000)
        #expect(bundle.complaint()?.contains("not JSON") == true)
        bundle.config = "[]"
        #expect(bundle.complaint() == "config.json: the whole must be an object")
    }

    /// Every prefix of a text, and the text with any one byte changed, is read or refused: nothing crashes.
    @Test func damagedTextIsReadOrRefused() throws {
        let bundle = try Bundle("true")
        let whole = Array(bundle.config.utf8)
        var refused = 0
        for length in stride(from: 0, to: whole.count, by: 7) {
            bundle.config = String(decoding: whole.prefix(length), as: UTF8.self)
            if bundle.complaint() != nil { refused += 1 }
        }
        #expect(refused == (whole.count + 6) / 7)
        var changed = 0
        for index in stride(from: 0, to: whole.count, by: 5) {
            var bytes = whole
            bytes[index] = [UInt8(ascii: "\""), UInt8(ascii: "9"), UInt8(ascii: "{"), 0x80][index / 5 % 4]
            bundle.config = String(decoding: bytes, as: UTF8.self)
            if bundle.complaint() != nil { changed += 1 }
        }
        #expect(changed > 0)
    }

    @Test(arguments: [
        ("\"gid\": 0", "\"gid\": -1", "config.json: process.user.gid must be a whole number, 0 or more"),
        ("\"gid\": 0", "\"gid\": 1.5", "config.json: process.user.gid must be a whole number, 0 or more"),
        ("\"gid\": 0", "\"gid\": \"0\"", "config.json: process.user.gid must be a whole number, 0 or more"),
        ("\"cwd\": \"/\"", "\"cwd\": \"tmp\"", "config.json: process.cwd must be absolute: it is tmp"),
        ("\"args\": [\"true\"]", "\"args\": []", "config.json: process.args is empty: name the command to run"),
        ("\"args\": [\"true\"]", "\"args\": [1]", "config.json: process.args must be an array of strings"),
        ("\"args\": [\"true\"],", "", "config.json: process.args is missing"),
        ("\"1.0.2\"", "\"2.0\"", "config.json: ociVersion is 2.0: only version 1 of the specification is known"),
        (
            "CAP_KILL", "CAP_FLY",
            "config.json: process.capabilities.bounding names CAP_FLY, which is no capability of Linux"
        ),
        (
            "{ \"type\": \"mount\" },", "",
            "config.json: linux.namespaces lacks mount: without it the host's own mounts would be changed"
        ),
        (
            "\"type\": \"uts\"", "\"type\": \"pid\"",
            "config.json: linux.namespaces[3].type is pid, which stands there twice"
        ),
        (
            "\"type\": \"uts\"", "\"type\": \"user\"",
            "config.json: linux.namespaces[3].type, user, is not supported: leave that namespace out"
        ),
        (
            "{ \"type\": \"network\" }", "{ \"type\": \"network\", \"path\": \"/proc/1/ns/net\" }",
            "config.json: linux.namespaces[1].path is not supported: a container can have new namespaces only, not /proc/1/ns/net"
        ),
        (
            "\"terminal\": false", "\"terminal\": true",
            "config.json: process.terminal is not supported: set it to false; the container then has our own streams"
        ),
        (
            "\"destination\": \"/dev\"", "\"destination\": \"/dev/../etc\"",
            "config.json: mounts[1].destination must be absolute, without .. and not /: it is /dev/../etc"
        ),
        (
            "\"/proc/bus\"", "\"/\"",
            "config.json: linux.readonlyPaths must hold absolute paths without .., and not /: / is not one"
        ),
    ])
    func aWrongFieldIsNamed(_ old: String, _ new: String, _ sentence: String) throws {
        let bundle = try Bundle("true")
        bundle.replace(old, with: new)
        #expect(bundle.complaint() == sentence)
    }

    @Test(arguments: [
        ("linux", "\"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\" }", "linux.seccomp"),
        ("linux", "\"sysctl\": { \"net.ipv4.ip_forward\": \"1\" }", "linux.sysctl"),
        ("linux", "\"cgroupsPath\": \"/a/b\"", "linux.cgroupsPath"),
        ("linux", "\"devices\": [ { \"path\": \"/dev/fuse\" } ]", "linux.devices"),
        ("linux", "\"resources\": { \"cpu\": { \"shares\": 2 } }", "linux.resources.cpu.shares"),
        ("process", "\"apparmorProfile\": \"docker-default\"", "process.apparmorProfile"),
        ("process", "\"oomScoreAdj\": 100", "process.oomScoreAdj"),
    ])
    func whatCannotBeDoneIsRefusedByName(_ object: String, _ field: String, _ path: String) throws {
        let bundle = try Bundle("true")
        bundle.add(field, to: object)
        #expect(bundle.complaint() == "config.json: \(path) is not supported: leave it out")
    }

    @Test func hooksAreRefusedAndEmptyOnesAreNot() throws {
        let bundle = try Bundle("true")
        bundle.replace("\"ociVersion\"", with: "\"hooks\": {}, \"ociVersion\"")
        #expect(bundle.complaint() == nil)
        bundle.replace("\"hooks\": {}", with: "\"hooks\": { \"prestart\": [ { \"path\": \"/bin/x\" } ] }")
        #expect(bundle.complaint() == "config.json: hooks is not supported: leave it out")
    }

    @Test func anUnknownFieldIsAWarning() throws {
        let bundle = try Bundle("true")
        bundle.add("\"frobnicate\": true", to: "process")
        bundle.replace("\"ociVersion\"", with: "\"annotations\": { \"a\": \"b\" }, \"ociVersion\"")
        #expect(try bundle.read().warnings == ["config.json: process.frobnicate is unknown and has no effect"])
    }

    @Test func limitsAreRead() throws {
        let bundle = try Bundle("true")
        bundle.add(
            """
            "resources": { "memory": { "limit": 33554432, "swap": 67108864 }, "pids": { "limit": 10 },
              "cpu": { "quota": 50000, "period": 100000 }, "devices": [ { "allow": false, "access": "rwm" } ] }
            """, to: "linux")
        bundle.add(
            "\"rlimits\": [ { \"type\": \"RLIMIT_CORE\", \"soft\": 0, \"hard\": 18446744073709551615 } ]", to: "process"
        )
        let read = try bundle.read()
        #expect(read.spec.limits.memory == 32 << 20)
        #expect(read.spec.limits.pids == 10)
        #expect(read.spec.limits.cpus == 0.5)
        #expect(read.spec.resourceLimits == [ResourceLimit(name: "RLIMIT_CORE", soft: 0, hard: .max)])
        #expect(
            read.warnings.count == 1 && read.warnings[0].hasPrefix("config.json: linux.resources.devices has no effect")
        )
    }

    @Test func noLimitIsNoLimit() throws {
        let bundle = try Bundle("true")
        bundle.add(
            "\"resources\": { \"memory\": { \"limit\": -1 }, \"pids\": { \"limit\": 0 }, \"cpu\": { \"quota\": -1 } }",
            to: "linux")
        let limits = try bundle.read().spec.limits
        #expect(limits.memory == nil && limits.pids == nil && limits.cpus == nil)
    }

    @Test func aMissingRootIsNamed() throws {
        let bundle = try Bundle("true")
        bundle.replace("\"path\": \"rootfs\"", with: "\"path\": \"nowhere\"")
        #expect(
            bundle.complaint()
                == "config.json: root.path names \(bundle.path)/nowhere, which is not there: put the root filesystem in it"
        )
        bundle.replace("\"path\": \"nowhere\"", with: "\"path\": \"config.json\"")
        #expect(
            bundle.complaint() == "config.json: root.path names \(bundle.path)/config.json, which is not a directory")
        bundle.replace("\"path\": \"config.json\"", with: "\"path\": \"/\"")
        #expect(bundle.complaint()?.contains("the host's own root") == true)
    }

    @Test(arguments: ["", "..", "a/b", "a b", "ä", String(repeating: "a", count: 256)])
    func aNameThatIsNoNameIsRefused(_ id: String) throws {
        let bundle = try Bundle("true")
        bundle.write()
        #expect(throws: BundleError.self) { try RuntimeBundle(bundle.path, id: id) }
    }
}
