import Foundation
import Testing

/// `teach whatif` on a run that was recorded on the real kernel.
@Suite(.serialized, .enabled(if: isRoot, "containers are made as root"))
struct WhatIfTests {
    typealias Line = [String: Any]

    private func lines(_ teach: Program, _ words: String...) throws -> (calls: [Line], summary: Line) {
        let result = try teach.run(["whatif", "last", "--json"] + words)
        #expect(result.status == 0, "\(result.errors)")
        var lines = try result.lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Line)
        }
        let last = lines.popLast()
        let summary = try #require(last)
        #expect(summary["kind"] as? String == "summary")
        return (lines, summary)
    }

    private func call(_ lines: [Line], _ syscall: String, _ path: String) throws -> (recorded: Line, instead: Line) {
        // The call that changed something, or was refused: others may only have looked.
        let line = try #require(
            lines.first {
                guard let recorded = $0["recorded"] as? Line else { return false }
                return ($0["syscall"] as? String)?.hasPrefix(syscall) == true
                    && ($0["paths"] as? [String])?.first == path
                    && (!effects(recorded).isEmpty || recorded["errno"] is String)
            })
        return (try #require(line["recorded"] as? Line), try #require(line["instead"] as? Line, "\(line)"))
    }

    private func effects(_ side: Line) -> [String] {
        (side["effects"] as? [Line] ?? []).map { "\($0["effect"] ?? "") \($0["path"] ?? "")" }
    }

    private func copied(_ side: Line) -> Int? { (side["cost"] as? Line)?["copied"] as? Int }

    @Test func aRecordedRunIsImaginedUnderOtherDriversAndOptions() throws {
        let teach = try Program()
        defer { teach.remove() }
        let run = try teach("run", "lesson3")
        #expect(run.status == 0, "\(run.output.suffix(1000)) \(run.errors)")
        let recorded = try teach.events().count { $0["kind"] as? String == "operation" }

        // redirect_dir=on: the directory is renamed, and nothing is copied.
        let redirect = try lines(teach, "--option", "redirect_dir=on")
        #expect(redirect.calls.count == recorded)
        let rename = try call(redirect.calls, "rename", "/srv/www")
        #expect(rename.recorded["errno"] as? String == "EXDEV")
        #expect(rename.instead["errno"] is NSNull)
        #expect(effects(rename.instead).contains("redirect /srv/site"))
        #expect(copied(rename.instead) == 0)
        // What mv did after the refusal, it would not have done.
        let missed = try #require(redirect.summary["not_replayed"] as? Line)
        #expect(missed["follow_another_answer"] as? Int ?? 0 > 5)
        #expect(missed["not_reproduced"] as? Int == 0)
        #expect(missed["unknown"] as? Int == 0)
        #expect(redirect.summary["differ"] as? Int == 1)

        // metacopy=on: a new mode copies no data.
        let metacopy = try lines(teach, "--option", "metacopy=on")
        let chmod = try call(metacopy.calls, "chmod", "/data/big.bin")
        #expect(copied(chmod.recorded) == 33_554_432 && copied(chmod.instead) == 0)
        #expect(effects(chmod.recorded) == effects(chmod.instead))

        // index=on: the copy stays joined to the file's other name.
        let index = try lines(teach, "--option", "index=on")
        let open = try call(index.calls, "open", "/data/a.txt")
        #expect(effects(open.recorded).contains("link-broken /data/a.txt"))
        #expect(effects(open.instead) == effects(open.recorded).filter { !$0.hasPrefix("link-broken") })

        // btrfs: no copy-up, no whiteout, and the rename is the filesystem's own.
        let btrfs = try lines(teach, "--driver", "btrfs")
        for line in btrfs.calls {
            guard let instead = line["instead"] as? Line else { continue }
            #expect(!effects(instead).contains { $0.hasPrefix("copy-up") || $0.hasPrefix("whiteout") })
        }
        #expect(try call(btrfs.calls, "rename", "/srv/www").instead["errno"] is NSNull)
        let sums = try #require(btrfs.summary["instead"] as? Line)
        #expect(sums["copied"] as? Int == 0)
        #expect((btrfs.summary["recorded"] as? Line)?["copied"] as? Int ?? 0 > 33_554_432)

        // aufs: of contents that nobody recorded nothing is left out, so the copy takes what it copies.
        let aufs = try lines(teach, "--driver", "aufs")
        let copy = try call(aufs.calls, "chmod", "/data/big.bin").instead
        #expect(copied(copy) == 33_554_432 && (copy["cost"] as? Line)?["allocated"] as? Int == 33_554_432)

        // The same layers on XFS: the copy shares.
        let sharing = try lines(teach, "--backing", "xfs")
        #expect(copied(try call(sharing.calls, "chmod", "/data/big.bin").instead) == 0)
        #expect(sharing.summary["backing"] as? String == "xfs")
        #expect(try teach("whatif", "last", "--driver", "btrfs", "--backing", "xfs").status == 64)

        // What it is compared with is told: what the run recorded of its mounts.
        let baseline = try #require(btrfs.summary["baseline"] as? Line)
        #expect(baseline["options"] as? [String] == ["redirect_dir=off", "index=off", "metacopy=off", "xino=off"])
        #expect(baseline["is_recorded"] as? Bool == true)

        // For people: the differing calls, then the sums.
        let text = try teach("whatif", "last", "--option", "redirect_dir=on")
        #expect(text.output.contains("recorded on overlay2 with redirect_dir=off,index=off,metacopy=off,xino=off\n"))
        #expect(text.output.contains("imagined on overlay2 with redirect_dir=on\n"))
        #expect(text.output.contains("recorded  EXDEV") && text.output.contains("1 would differ"))
        #expect(text.output.contains("are not recorded"))

        // One byte of a big file: its size stays, so nobody knows what was written, and 0 is not said of it.
        let byte = try teach("whatif", "last", "--driver", "zfs", "--step", "9").output
        #expect(byte.contains("then      what was written is not recorded, and what that cost is not known\n"))
        #expect(byte.contains("bytes copied after the opening of 1 file  not known"))
        let zfs = try lines(teach, "--driver", "zfs", "--step", "9")
        #expect(zfs.calls.contains { $0["leaves_writes_unseen"] as? Bool == true })
        #expect(zfs.summary["unseen_writes"] as? Int == 1)

        // The words are the driver's: where nothing lies over anything there is no upper layer.
        let snapshot = try teach("whatif", "last", "--driver", "btrfs", "--step", "16", environment: ["COLUMNS": "200"])
        #expect(snapshot.output.contains("/srv/site is new in the container's snapshot"))
        #expect(!snapshot.output.contains("upper layer"))
        let metadata = try teach(
            "whatif", "last", "--option", "metacopy=on", "--step", "8", environment: ["COLUMNS": "200"])
        #expect(
            metadata.output.contains(
                "overlayfs copied the attributes of /data/big.bin up from layer 2, where its 33,554,432 bytes stay"))

        // What is not there, and files that no picture is written into.
        for step in [["events"], ["show"]] {
            let missing = try teach.run(step + ["last", "--step", "99"])
            #expect(missing.status == 1 && missing.errors.contains("there is no step 99"), "\(step)")
        }
        let pictures = [
            ["drivers", "-o"], ["drivers", "--blocks"],
            ["sim", Program.root + "/slides/57-copy-on-write.sim", "--svg"],
            ["graph", "last", "-o"], ["graph", "last", "--step", "9", "-o"],
        ]
        for words in pictures {
            let file = teach.home + "/picture.jpg"
            let refused = try teach.run(words + [file])
            #expect(refused.status == 64 && refused.errors.contains("picture.jpg ends in .jpg"), "\(words)")
            #expect(!FileManager.default.fileExists(atPath: file), "\(words)")
        }

        // What is asked wrongly.
        let none = try teach("whatif", "last")
        #expect(none.status == 64 && none.errors.contains("name another --driver, a --backing, or an --option"))
        let unknown = try teach("whatif", "last", "--option", "shiny=on")
        #expect(unknown.status == 1 && unknown.errors.contains("overlayfs has no option shiny=on"))
        #expect(try teach("whatif", "77", "--driver", "btrfs").status == 1)
    }
}
