import LayerModel
import Scripts
import Testing

/// A script written as text reads back as the same script.
@Suite struct WritingTests {
    @Test func everyLineReadsBack() throws {
        let operations =
            OperationLineTests.calls.map { OperationLine(.call($0.1), expectation: .success) }
            + OperationLineTests.descriptorCalls.map {
                OperationLine(.descriptorCall($0.1), expectation: .failure(.EBADF))
            }
            + [
                OperationLine(
                    .open(
                        "/a b", [.readWrite, .create, .temporary, .noAccessTime, .direct], mode: 0o600,
                        [.read, .write([UInt8]("two\nlines \"$x\" `y` \\")), .write([0xFF, 0]), .write([])],
                        keepAs: FileDescriptor(7))),
                OperationLine(.open("/f", [], mode: 0, [], keepAs: nil)), OperationLine(.readWhole(FileDescriptor(1))),
                OperationLine(.removeTree("/it's")), OperationLine(.remount([MountOption("metacopy", "on")])),
                OperationLine(.user(uid: 1, gid: 2)),
                OperationLine(.call(.symlink(target: "", "/#x"))), OperationLine(.call(.unlink("/"))),
                OperationLine(
                    .call(
                        .utimens(
                            Operand("/f"), access: .given(seconds: -1, nanoseconds: 500_000_000),
                            modification: .given(seconds: 0, nanoseconds: 1)))),
            ]
        let layers: [[LayerLine]] = [
            [
                .directory("/a b", mode: 0o1777), .file("/size", mode: 0o644, .bytes([UInt8]("size=1"))),
                .file("/data", mode: 0, .bytes([UInt8]("data=x"))), .file("/big", mode: 0o600, .sparse(size: 1 << 40)),
                .file("/full", mode: 0o600, .zeros(size: 9)),
                .file("/bin", mode: 0o600, .bytes(Array(0...255))), .file("/empty", mode: 0o600, .bytes([])),
                .symlink("/s", target: "a b\nc"), .hardlink("/h", to: "/bin"), .owner("/h", uid: 1, gid: 2),
                .device("/null", .characterDevice, DeviceNumber(major: 1, minor: 3), mode: 0o666),
                .device("/pipe", .fifo, nil, mode: 0o600), .whiteout("/gone"), .opaque("/a b"),
                .xattr("/a b", name: "user.k", value: [0, 10, 13, 34]),
            ], [],
        ]
        let script = Script(layers: layers, operations: operations).numbered
        let again = try Script(parsing: script.text)
        #expect(again.layers == script.layers)
        for (read, written) in zip(again.operations, script.operations) { #expect(read == written) }
        #expect(again == script)
        #expect(again.text == script.text)
    }

    @Test func wordsAreQuotedWhereTheyNeedIt() {
        #expect(OperationLine(.call(.rename("/a b", "/c", .exchange))).text == "rename \"/a b\" /c RENAME_EXCHANGE")
        #expect(OperationLine(.call(.unlink("/#"))).text == "unlink \"/#\"")
        #expect(OperationLine(.call(.chown(Operand("/f", .noFollow), uid: nil, gid: 1))).text == "chown /f -1 1")
        #expect(
            OperationLine(.open("/f", [.writeOnly, .append], mode: 0, [.write([UInt8]("x"))], keepAs: nil)).text
                == "open /f O_WRONLY|O_APPEND 0 write \"x\"")
    }
}
