import Events
import LayerModel
import Testing

@testable import Lessons

@Suite("An explanation")
struct ExplanationTests {
    private func sentences(
        _ operations: [ObservedOperation], showsPIDs: Bool = false
    ) -> [String] {
        Explanation(of: operations, showsPIDs: showsPIDs).sentences
    }

    @Test("of a copy-up names the process, the flags, the layer and the three sizes")
    func copyUp() {
        #expect(
            sentences([Record.append], showsPIDs: true) == [
                "`sh` (pid 4711) opened /etc/motd with O_WRONLY|O_APPEND; overlayfs copied it up from layer 3: "
                    + "52 bytes logical, 4,096 allocated, none shared; /etc came along as parent."
            ])
    }

    @Test("of a second write says that nothing was copied")
    func secondWrite() {
        #expect(
            sentences([Record.secondAppend]) == [
                "`sh` opened /etc/motd with O_WRONLY|O_APPEND; nothing was copied: "
                    + "the name was already in the upper layer."
            ])
    }

    @Test("of a deletion names what the whiteout hides")
    func deletion() {
        #expect(sentences([Record.delete]) == ["`rm` deleted /etc/issue; a whiteout hides /etc/issue of layer 2."])
    }

    @Test("of a refused rename tells the refusal, then what the program did instead, and what stayed")
    func refusal() {
        #expect(
            sentences([
                Record.refusedRename, Record.makeDirectory, Record.makeFile, Record.deleteChild,
                Record.deleteDirectory,
            ]) == [
                "`mv` called rename(/srv/www, /srv/site); the kernel refused it with EXDEV, and no layer changed.",
                "`mv` made 4 calls: 1 mkdir, 1 open, 1 unlink, 1 rmdir.",
                "In the end /srv/site is new in the upper layer; "
                    + "/srv/site/index.html is new in the upper layer; a whiteout hides /srv/www of layer 2.",
            ])
    }

    @Test("of reads names the layer that answered each path once")
    func reads() {
        let motd = Record.lookup("/etc/motd", .lower(3))
        #expect(
            sentences([motd, Record.lookup("/etc/passwd", .lower(1)), motd, Record.lookup("/etc/gone", nil)]) == [
                "No call that changes a layer was recorded.",
                "The lookups were answered by layer 3 for /etc/motd, layer 1 for /etc/passwd.",
            ])
    }

    @Test("of an empty record says so")
    func nothing() {
        #expect(sentences([]) == ["No call that changes a layer was recorded."])
    }

    @Test("tells three processes apart and counts the calls of the others")
    func manyProcesses() {
        let calls = (1...5).map {
            Record.call("rm", "unlink", .unlink("/etc/issue"), pid: Int32($0), Record.delete.effects)
        }
        #expect(sentences(calls).count == 4)
        #expect(sentences(calls).last == "2 calls of other processes followed: 2 unlink.")
    }

    @Test(
        "has a phrase for every kind of call",
        arguments: [
            (FileOperation.truncate("/f", size: 4_000), "cut /f to 4,000 bytes"),
            (.unlink("/f"), "deleted /f"),
            (.rmdir("/f"), "removed the directory /f"),
            (.mkdir("/f", mode: 0), "made the directory /f"),
            (.mknod("/f", .fifo, mode: 0, device: nil), "made the node /f"),
            (.symlink(target: "to", "/f"), "made the symbolic link /f to to"),
            (.link("/f", "/g", followsSource: false), "gave /f the second name /g"),
            (.rename("/f", "/g", []), "renamed /f to /g"),
            (.chmod(Operand("/f"), mode: 0o100600), "changed the mode of /f to 0600"),
            (.chown(Operand("/f"), uid: 1, gid: nil), "changed the owner of /f"),
            (.utimens(Operand("/f"), .given), "set the times of /f"),
            (.setxattr(Operand("/f"), name: "user.x", []), "set the attribute user.x of /f"),
            (.removexattr(Operand("/f"), name: "user.x"), "removed the attribute user.x of /f"),
            (.setFileFlags(Operand("/f")), "set the flags of /f"),
            (.bind("/f", mode: 0), "bound a socket to /f"),
        ])
    func verbs(_ call: FileOperation, _ verb: String) {
        #expect(sentences([Record.call("x", "x", call)]) == ["`x` \(verb); no layer changed."])
    }

    @Test(
        "has a clause for every kind of effect",
        arguments: [
            (LayerEffect(.linkBroken, "/f"), "the copy of /f no longer shares an inode with the file's other names"),
            (LayerEffect(.remove, "/f"), "the name /f left the upper layer"),
            (LayerEffect(.create, "/f", size: 5), "/f is new in the upper layer: 5 bytes"),
            (LayerEffect(.create, "/f", size: 1), "/f is new in the upper layer: 1 byte"),
            (LayerEffect(.opaque, "/f"), "/f is opaque: it hides what the layers beneath hold under that name"),
            (LayerEffect(.redirect, "/f"), "/f points at another name in the layers beneath"),
            (LayerEffect(.parentCopyUp, "/f", layer: .lower(1)), "/f came along as parent"),
            (LayerEffect(.copyUp, "/f", layer: .lower(1)), "overlayfs copied it up from layer 1, which holds no data"),
        ])
    func clauses(_ effect: LayerEffect, _ clause: String) {
        let call = Record.call("x", "x", .unlink("/f"), [ObservedEffect(effect)])
        #expect(sentences([call]) == ["`x` deleted /f; \(clause)."])
    }

    @Test("of a second name nothing is new but the name")
    func link() {
        let effect = LayerEffect(.create, "/g", size: 1)
        let call = Record.call("ln", "link", .link("/f", "/g", followsSource: false), [ObservedEffect(effect)])
        #expect(
            sentences([call]) == [
                "`ln` gave /f the second name /g; /g is new in the upper layer: another name of /f."
            ])
        #expect(
            effect.clause(driver: "AUFS", writable: "the upper layer", linked: "/f")
                == "/g is new in the upper layer: another name of /f")
    }
}
