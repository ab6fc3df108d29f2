// swift-tools-version: 6.2
import PackageDescription

// The house: three wings, one target a room. A room may import only what stands in its `dependencies`,
// so that the compiler keeps the walls. ARCHITECTURE.md draws it.

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// `make fuzz` compiles the rooms of Sim, the reader of Dockerfiles and that of layers with libFuzzer's counters, into a
/// build folder of its own.
let isFuzzing = Context.environment["TEACH_FUZZ"] != nil
let fuzzer: [String] = ["-sanitize=fuzzer"]
let fuzzed = ["Dockerfiles", "ContentStore"]

/// A room of the house; its folder is the wing's.
func room(_ wing: String, _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(wing)/\(name)", resources: resources,
        swiftSettings: settings + (isFuzzing && (wing == "Sim" || fuzzed.contains(name)) ? [.unsafeFlags(fuzzer)] : []))
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests", exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "teach",
    products: [
        .executable(name: "teach", targets: ["teach"]), .executable(name: "teach-runc", targets: ["teach-runc"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-collections", .upToNextMinor(from: "1.6.0")),
        .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
    ],
    targets: [
        // Sim: pure values, no input or output, no Foundation.
        room("Sim", "LayerModel"),
        room(
            "Sim", "StorageDrivers",
            ["LayerModel", .product(name: "HashTreeCollections", package: "swift-collections")]),
        room("Sim", "Scripts", ["StorageDrivers", "LayerModel"]),
        room("Sim", "Exercises", ["Scripts", "StorageDrivers", "LayerModel"]),

        // Runtime: the kernel's own containers. Never imports Teach.
        .target(name: "CLinux", path: "Sources/Runtime/CLinux"),
        room("Runtime", "Linux", ["CLinux", "LayerModel"]),
        room("Runtime", "Events", ["LayerModel"]),
        room("Runtime", "Cgroups", ["Linux", "LayerModel", "Events"]),
        room("Runtime", "OverlayFS", ["CLinux", "Linux", "LayerModel", "Events"]),
        room("Runtime", "OCI", [.product(name: "Crypto", package: "swift-crypto")]),
        .systemLibrary(
            name: "CArchive", path: "Sources/Runtime/CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CDeflate", path: "Sources/Runtime/CDeflate", pkgConfig: "libdeflate",
            providers: [.apt(["libdeflate-dev"])]),
        .target(name: "CContentStore", path: "Sources/Runtime/CContentStore"),
        room(
            "Runtime", "ContentStore", ["OCI", "Linux", "LayerModel", "CArchive", "CDeflate", "CContentStore"],
            // The programs that stand-in images hold, compiled into the code.
            resources: [.embedInCode("Recipes/Programs")]),
        room("Runtime", "LayerContents", ["ContentStore", "Linux", "LayerModel"]),
        room("Runtime", "Containers", ["CLinux", "Linux", "LayerModel", "Cgroups", "Events"]),
        .systemLibrary(
            name: "CJansson", path: "Sources/Runtime/CJansson", pkgConfig: "jansson",
            providers: [.apt(["libjansson-dev"])]),
        room("Runtime", "RuntimeBundle", ["Containers", "Cgroups", "Linux", "CJansson"]),
        // Small and static, so that it starts at once; links no Foundation, archive or database.
        .executableTarget(
            name: "teach-runc", dependencies: ["RuntimeBundle", "Containers", "Linux", "LayerModel"],
            path: "Sources/Runtime/teach-runc", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-executable", "-Xlinker", "-s"], .when(configuration: .release))]),
        room("Runtime", "Dockerfiles"),
        .target(name: "CCurl", path: "Sources/Runtime/CCurl"),
        room("Runtime", "Downloads", ["CCurl"]),
        room(
            "Runtime", "Engine",
            ["Containers", "ContentStore", "OverlayFS", "OCI", "Linux", "LayerModel", "Events", "Cgroups"]),
        room(
            "Runtime", "Builder",
            [
                "Dockerfiles", "Downloads", "Engine", "ContentStore", "Containers", "OverlayFS", "OCI", "Linux",
                "CLinux",
                "Events",
                "LayerModel",
            ]),

        // Teach: the record, the pictures, the lessons, the command line.
        room(
            "Teach", "Recording",
            [
                "Events", "Linux", "CLinux", "LayerModel", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(name: "CGraphviz", path: "Sources/Teach/CGraphviz"),
        room("Teach", "Pictures", ["LayerModel"]),
        room("Teach", "GoTemplates"),
        room("Teach", "Diagrams", ["LayerModel", "Pictures", "CGraphviz"]),
        room("Teach", "Terminal", ["LayerModel", "Pictures"]),
        room(
            "Teach", "ImageViews",
            ["LayerContents", "ContentStore", "OCI", "Linux", "Pictures", "Terminal", "Scripts", "LayerModel"]),
        room("Teach", "SimulatedPictures", ["Pictures", "Scripts", "StorageDrivers", "LayerModel"]),
        room("Teach", "Verification", ["Scripts", "StorageDrivers", "OverlayFS", "Events", "Linux", "CLinux"]),
        room("Teach", "Replays", ["Scripts", "StorageDrivers", "LayerModel", "Events"]),
        .systemLibrary(
            name: "CMarkGFM", path: "Sources/Teach/CMarkGFM", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev"])]),
        room(
            "Teach", "Lessons",
            [
                "Scripts", "LayerModel", "Events", "Linux", "OCI", "ContentStore", "OverlayFS", "Verification",
                "Engine",
                "Recording", "Pictures", "Diagrams", "Terminal", "CMarkGFM",
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(name: "CEntry", dependencies: ["CLinux"], path: "Sources/Teach/CEntry"),
        .executableTarget(
            name: "teach",
            dependencies: [
                "CEntry", "Lessons", "ImageViews", "LayerContents", "SimulatedPictures", "Verification", "Replays",
                "Exercises", "Scripts",
                "StorageDrivers", "LayerModel",
                "Events",
                "Linux",
                "OCI",
                "ContentStore", "Engine", "Dockerfiles", "Builder", "Recording", "Pictures",
                "Diagrams", "Terminal", "GoTemplates",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Teach/teach", swiftSettings: settings),

        // What `make bench` measures; docs/benchmarks.md tells the ratios.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Containers", "OverlayFS", "Linux", "Lessons", "Recording", "Verification", "Diagrams", "Pictures",
                "Events", "LayerModel", "StorageDrivers", "OCI", "ContentStore", "TestSupport",
            ],
            path: "Tests/Benchmarks", exclude: ["run", "packages"],
            swiftSettings: settings),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "TestServers", dependencies: ["Linux", "LayerModel"], path: "Tests/TestServers",
            swiftSettings: settings),
        tests("LayerModel", ["LayerModel"]),
        tests("StorageDrivers", ["StorageDrivers", "LayerModel", "TestSupport"]),
        tests("Scripts", ["Scripts", "StorageDrivers", "LayerModel"]),
        tests("Replays", ["Replays", "StorageDrivers", "LayerModel", "Events"]),
        tests("Exercises", ["Exercises", "Verification", "Linux", "Scripts", "StorageDrivers", "LayerModel"]),
        tests("Linux", ["Linux", "CLinux", "LayerModel"]),
        tests("Events", ["Events", "LayerModel"]),
        tests("Cgroups", ["Cgroups", "Linux", "LayerModel"]),
        tests(
            "OverlayFS", ["OverlayFS", "StorageDrivers", "Linux", "CLinux", "LayerModel", "Events", "TestSupport"],
            exclude: ["Scripts"]),
        tests("OCI", ["OCI"]),
        tests("ContentStore", ["LayerModel", "ContentStore", "OCI", "Linux", "CArchive", "CContentStore"]),
        // Runs inside a container that holds nothing else, so it needs no library there.
        .executableTarget(
            name: "ObservedCalls", path: "Tests/ObservedCalls", linkerSettings: [.unsafeFlags(["-static-executable"])]),
        tests(
            "Containers",
            ["Containers", "OverlayFS", "Verification", "Linux", "CLinux", "LayerModel", "Events", "Cgroups"]),
        tests(
            "RuntimeBundle", ["RuntimeBundle", "Containers", "Cgroups", "Linux"]),
        tests("Engine", ["Engine", "OCI", "Linux"]),
        tests("Dockerfiles", ["Dockerfiles"]),
        tests("Downloads", ["Downloads", "Linux", "LayerModel", "TestServers"]),
        tests(
            "Builder",
            [
                "Builder", "Engine", "ContentStore", "Events", "Verification", "Linux", "LayerModel", "OCI",
                "TestServers",
            ]),
        tests(
            "Recording",
            ["Recording", "Events", "LayerModel", "Linux", "CLinux", .product(name: "GRDB", package: "GRDB.swift")],
            exclude: ["Snapshots"]),
        tests("GoTemplates", ["GoTemplates"]),
        tests("Diagrams", ["Diagrams", "Pictures", "LayerModel"], exclude: ["Snapshots"]),
        tests("LayerContents", ["LayerContents", "Linux", "LayerModel"]),
        tests("ImageViews", ["ImageViews", "LayerContents", "LayerModel", "Terminal"]),
        tests("Terminal", ["Terminal", "Pictures", "LayerModel"], exclude: ["Snapshots"]),
        tests(
            "SimulatedPictures", ["SimulatedPictures", "Pictures", "Scripts", "StorageDrivers", "LayerModel"]),
        tests(
            "Verification",
            ["Verification", "Scripts", "StorageDrivers", "Linux", "LayerModel", "Events", "TestSupport"]),
        tests("Lessons", ["Lessons", "LayerModel", "Events", "Recording", "Terminal"]),
        .target(name: "CTracing", path: "Tests/CTracing"),
        tests(
            "Teach", ["CTracing", "CLinux", "Linux", "LayerModel", "Recording", "TestSupport"], exclude: ["Snapshots"]),
    ],
    swiftLanguageModes: [.v6]
)

if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "Fuzzing",
            dependencies: ["Dockerfiles", "ContentStore", "OCI", "Scripts", "StorageDrivers", "Linux", "LayerModel"],
            path: "Tests/Fuzzing", exclude: ["words.dict", "dockerfile.dict", "layer.dict", "run", "layers"],
            swiftSettings: settings + [.unsafeFlags(fuzzer)],
            linkerSettings: [.unsafeFlags(fuzzer + ["-use-ld=lld"])]))
}
