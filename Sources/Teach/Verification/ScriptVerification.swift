public import LayerModel
internal import Linux
internal import Scripts
public import StorageDrivers

/// Under which driver, options and filesystem a script is held against the kernel.
public struct VerificationSetting: Hashable, Sendable, CustomStringConvertible {
    public var driver: StorageDriverKind
    public var options: [MountOption]
    public var ground: Ground.Kind

    public init(_ driver: StorageDriverKind, _ options: [MountOption] = [], on ground: Ground.Kind = .tmpfs) {
        self.driver = driver
        self.options = options
        self.ground = ground
    }

    /// Such as `overlay2 index=on on xfs`.
    public var description: String {
        ([driver.rawValue] + options.map(\.description)).joined(separator: " ")
            + (driver == .overlay2 && ground != .tmpfs ? " on \(ground)" : "")
    }

    /// overlay2 with its defaults and with each option, the same where copies share their data, and the drivers that
    /// are no union.
    public static let all: [VerificationSetting] =
        overlays + [
            VerificationSetting(.overlay2, on: .xfs), VerificationSetting(.btrfs, on: .btrfs),
            VerificationSetting(.vfs),
        ]

    /// The overlays on a filesystem in memory.
    public static let overlays: [VerificationSetting] = [
        VerificationSetting(.overlay2),
        VerificationSetting(.overlay2, [MountOption("redirect_dir", "on")]),
        VerificationSetting(.overlay2, [MountOption("index", "on")]),
        VerificationSetting(.overlay2, [MountOption("metacopy", "on")]),
        VerificationSetting(.overlay2, [MountOption("xino", "on")]),
        VerificationSetting(.overlay2, [MountOption("userxattr")]),
        VerificationSetting(.overlay2, [MountOption("volatile")]),
    ]
}

extension VerificationSetting {
    /// A union of the script's layers that is mounted for real, and how it is taken away.
    ///
    /// - Throws: `MountedOverlay.MountRefused`; what keeps the layers from being made.
    func kernel(_ layers: [[LayerLine]], on ground: Ground) throws -> KernelFilesystem {
        driver == .overlay2
            ? .overlay(try MountedOverlay(layers: layers, options: options, on: ground))
            : .plain(try PlainTree(layers: layers, on: ground))
    }

    /// The host that the model is to predict.
    public var host: HostSettings {
        let backing: BackingFilesystem =
            switch ground {
            case .tmpfs: .tmpfs
            case .xfs: .xfs
            case .btrfs: .btrfs
            case .ext4: .ext4
            }
        return HostSettings(protections: .ofThisHost, backing: backing)
    }
}

/// A real filesystem that holds a script's layers.
enum KernelFilesystem: MountedFilesystem {
    case overlay(MountedOverlay)
    case plain(PlainTree)

    func answer(to call: SystemCall, by caller: Credentials) throws -> CallAnswer {
        switch self {
        case .overlay(let overlay): try overlay.answer(to: call, by: caller)
        case .plain(let tree): try tree.answer(to: call, by: caller)
        }
    }

    /// What was measured of copies since `forgetCopies`.
    var copies: Cost? { if case .overlay(let overlay) = self { overlay.copies } else { nil } }

    func forgetCopies() { if case .overlay(let overlay) = self { overlay.copies = nil } }

    func remount(_ options: [MountOption]) throws -> LayerModel.Errno? {
        switch self {
        case .overlay(let overlay): try overlay.remount(options)
        case .plain(let tree): try tree.remount(options)
        }
    }

    func merged() throws -> [ListedFile] {
        switch self {
        case .overlay(let overlay): try overlay.merged()
        case .plain(let tree): try tree.merged()
        }
    }

    /// `nil` where there is no union.
    func listings(of directory: Path) throws -> (merged: [ListedFile], upper: [ListedFile])? {
        if case .overlay(let overlay) = self { try overlay.listings(of: directory) } else { nil }
    }

    func upper() throws -> [ListedFile] {
        switch self {
        case .overlay(let overlay): try overlay.upper()
        case .plain(let tree): try tree.upper()
        }
    }

    func remove() {
        switch self {
        case .overlay(let overlay): overlay.remove()
        case .plain(let tree): tree.remove()
        }
    }
}
