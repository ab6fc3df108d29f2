import LayerModel
import Pictures
import Scripts
import StorageDrivers
import Testing

@testable import SimulatedPictures

@Suite("A picture of a simulated state")
struct ScriptPictureTests {
    static let overlayOptions: [[MountOption]] = [
        [], [MountOption("redirect_dir", "on")], [MountOption("redirect_dir", "nofollow")],
        [MountOption("index", "on")],
        [MountOption("metacopy", "on"), MountOption("redirect_dir", "on")], [MountOption("xino", "on")],
        [MountOption("userxattr")], [MountOption("volatile")],
    ]

    @Test("every cell is what the model answers, after every line of every script", arguments: KeptScripts.files())
    func cells(file: String) throws {
        let script = try KeptScripts.read(file)
        var cells = 0
        for driver in StorageDriverKind.allCases {
            for options in driver == .overlay2 ? Self.overlayOptions : [[]] {
                guard let stack = try? LayerStack(script.layers),
                    let mount = try? SimulatedMount(driver: driver, options: options, layers: stack)
                else { continue }
                let layers = try Listings.layers(of: script, under: driver)
                var runner = ScriptRunner(script, on: mount)
                var picture = ScriptPicture(script, driver: driver)
                for line in script.operations {
                    guard let report = try runner.next() else { break }
                    picture.add(line, report)
                    let matrix = picture.matrix(of: runner.filesystem, columns: picture.columns, caption: .none)
                    var check = CellCheck(runner.filesystem, layers)
                    check.check(matrix)
                    cells += check.cells
                    #expect(
                        check.faults.isEmpty,
                        "\(file):\(line.number) under \(driver.rawValue) \(options.map(\.description))")
                }
            }
        }
        #expect(cells > 0 || script.operations.isEmpty)
    }

    /// The picture at the end of a script.
    private func picture(
        _ text: String, _ driver: StorageDriverKind = .overlay2, _ options: [MountOption] = []
    ) throws -> (matrix: LayerMatrix, mount: SimulatedMount) {
        let script = try Script(parsing: Array(text.utf8))
        var runner = ScriptRunner(
            script, on: try SimulatedMount(driver: driver, options: options, layers: LayerStack(script.layers)))
        var picture = ScriptPicture(script, driver: driver)
        for line in script.operations { if let report = try runner.next() { picture.add(line, report) } }
        return (picture.matrix(of: runner.filesystem, columns: picture.columns, caption: .none), runner.filesystem)
    }

    @Test("a cell that is wrong is found")
    func wrongCells() throws {
        let text =
            "layer\ndir /d\nfile /d/f 644 \"hello\"\nrun\nopen /d/f O_RDWR write \"x\"\nunlink /d/f\nmkdir /e 755\n"
        let (matrix, mount) = try picture(text)
        let layers = MemoryLayers(try Script(parsing: Array(text.utf8)).layers, upper: []).lowers
        func faults(_ change: (inout LayerMatrix) -> Void) -> Int {
            var (wrong, check) = (matrix, CellCheck(mount, layers))
            change(&wrong)
            check.check(wrong)
            return check.faults.count
        }
        #expect(faults { _ in } == 0)
        #expect(faults { $0.stacks[0].merged["/e"] = .predicted(.missing) } == 1)
        #expect(faults { $0.stacks[0].merged["/d/f"] = .predicted(.present(.file(size: 5), from: .lower(1))) } == 1)
        #expect(faults { $0.stacks[0].upper["/d/f"] = nil } == 1)
        #expect(faults { $0.stacks[0].upper["/e"] = .predicted(.whiteout(.thisStep)) } == 2)
        #expect(
            faults { matrix in
                guard case .layer(var layer) = matrix.lowerRows[0] else { return }
                layer.cells["/d/f"] = nil
                matrix.lowerRows[0] = .layer(layer)
            } == 1)
    }

    @Test("a directory with a redirect shows where its lower content lies")
    func redirect() throws {
        let (matrix, _) = try picture(
            "layer\ndir /old\nfile /old/f 644 \"hello\"\nrun\nrename /old /new\nstat /new/f\n", .overlay2,
            [MountOption("redirect_dir", "on")])
        #expect(matrix.stacks[0].merged["/new"] == .predicted(.mergedDirectory(entries: nil)))
        #expect(matrix.stacks[0].upper["/new"] == .predicted(.redirect(to: "old", .thisStep)))
        #expect(matrix.stacks[0].merged["/new/f"] == .predicted(.present(.file(size: 5), from: .lower(1))))
        #expect(matrix.layers[0].cells["/new/f"] == .observed(.elsewhere(.file(size: 5), at: "/old/f")))
        #expect(matrix.stacks[0].merged["/old"] == .predicted(.missing))
        #expect(matrix.layers[0].cells["/old"] == .observed(.hidden(.directory(entries: nil))))
    }

    @Test(
        "a snapshot holds what the one beneath held, and what it deleted is gone",
        arguments: [StorageDriverKind.devicemapper, .btrfs, .zfs, .vfs])
    func snapshots(driver: StorageDriverKind) throws {
        let (matrix, _) = try picture(
            """
            layer
            file /kept 644 "hello"
            file /gone 644 "hello"
            layer
            whiteout /gone
            file /own 644 "x"
            run
            open /kept O_WRONLY write "h"
            stat /gone
            unlink /own
            """, driver)
        let (upper, second, first) = (matrix.stacks[0].upper, matrix.layers[0].cells, matrix.layers[1].cells)
        // The same byte again: the file is as it was, and yet its block is the container's own now.
        #expect(upper["/kept"] == .predicted(.changed(.file(size: 5), fromLayer: 1)))
        #expect(second["/kept"] == .observed(.kept(.file(size: 5), fromLayer: 1)))
        #expect(first["/kept"] == .observed(.present(.file(size: 5))))
        #expect(upper["/gone"] == nil)
        #expect(second["/gone"] == .observed(.deleted))
        #expect(first["/gone"] == .observed(.present(.file(size: 5))))
        #expect(matrix.stacks[0].merged["/gone"] == .predicted(.missing))
        #expect(upper["/own"] == .predicted(.removed))
        #expect(second["/own"] == .observed(.present(.file(size: 1))))
    }

    @Test("what was copied up, removed and made anew is no copy; what was renamed is the copy still")
    func provenance() throws {
        let (matrix, _) = try picture(
            """
            layer
            file /a 644 "hello"
            file /b 644 "hello"
            run
            chmod /a 600
            unlink /a
            open /a O_CREAT|O_WRONLY 644 write "x"
            chmod /b 600
            rename /b /c
            """)
        #expect(matrix.stacks[0].upper["/a"] == .predicted(.added(.file(size: 1), .thisStep)))
        #expect(
            matrix.stacks[0].upper["/c"]
                == .predicted(.copiedUp(CopyUp(.file(size: 5), fromLayer: 1, fromPath: "/b"), .thisStep)))
    }
}

extension LayerMatrix.Caption {
    static let none = LayerMatrix.Caption(cause: "", effect: "")
}
