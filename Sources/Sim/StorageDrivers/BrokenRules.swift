package import LayerModel

/// A rule of the simulated kernel that a test can break, to see that the comparison with the real one notices.
package enum SimulatedRule: Hashable, Sendable {
    /// What the kernel checks before a filesystem is asked, and what any union does.
    case call(Overlay2.Rule)
    /// Of the path walk.
    case walk(Lookup.Rule)
    /// What overlayfs does with its layers and options.
    case overlay(OverlayRule)
}

/// The rules that are broken: in a build for release none can be, and asking costs nothing.
struct BrokenRules: Sendable {
    #if DEBUG
        private var rules: Set<SimulatedRule> = []

        mutating func insert(_ rule: SimulatedRule) { rules.insert(rule) }

        @inline(__always) func holds(_ rule: @autoclosure () -> SimulatedRule) -> Bool {
            rules.isEmpty || !rules.contains(rule())
        }
    #else
        mutating func insert(_ rule: SimulatedRule) {}

        @inline(__always) func holds(_ rule: @autoclosure () -> SimulatedRule) -> Bool { true }
    #endif
}

/// The rules of overlayfs that decide what a name shows, what an operation leaves in the upper layer, or an error
/// (Documentation/filesystems/overlayfs.rst).
package enum OverlayRule: Hashable, Sendable, CaseIterable {
    // Lookup.
    case fileEndsAMergedDirectory
    case redirectIsFollowed
    case absoluteRedirectStartsAtTheRoot
    case dataLiesBeneathItsAttributes
    case indexFindsTheOtherNames

    // Reading a directory.
    case upperNamesHideLowerOnes
    case whiteoutsAreNotListed
    case directoryOfOneLayerIsListedAsItIs
    case mergedDirectoryHasOneLink

    // Copying up.
    case copyHasNoMarks
    case attributesAreCopiedWithoutData
    case dataFollowsWhenItIsNeeded
    case indexJoinsHardLinks
    case furtherNameIsLinkedUp
    case nameThatIsTakenIsNotTakenBack
    case nameThatCameBackIsStale
    case replacedNameIsStale

    // Names that come and go.
    case newDirectoryInAMergedOneIsOpaque
    case whiteoutHidesOnlyWhatWouldShow
    case indexCountsTheNames
    case lostNameIsNotCounted
    case copyWithoutOriginIsAnotherFile

    // Renaming.
    case redirectIsNoted
    case redirectToASiblingIsRelative
    case absoluteRedirectStays
    case twoNodesOfOneFileAreStale
    case whiteoutOfARenameIsMadeInItsDirectory

    // The mount.
    case volatileMountIsTheLast
}

extension SimulatedMount {
    /// Breaks a rule of overlay2. In a build for release nothing happens.
    package mutating func breakRule(_ rule: SimulatedRule) {
        overlay?.brokenRules.insert(rule)
        overlay?.driver.brokenRules.insert(rule)
    }
}

extension SimulatedRule {
    /// All that bear on overlay2's simulated mount; what a file hides in lower layers is `fileEndsAMergedDirectory` there.
    package static let all: [SimulatedRule] =
        Overlay2.Rule.allCases.filter { !recordedOnly.contains($0) }.map(SimulatedRule.call)
        + Lookup.Rule.allCases.filter { $0 != .fileHidesDirectoriesBeneath }.map(SimulatedRule.walk)
        + OverlayRule.allCases.map(SimulatedRule.overlay)

    /// Rules of calls that scripts do not make: with an umask, on the inode flags, fchmodat2(2) of a symbolic link, mknod(2)
    /// of a directory, access(2) with other bits than `rwx`.
    private static let recordedOnly: Set<Overlay2.Rule> = [
        .newModeIsMasked, .specialFileHasNoFlags, .ownerSetsFlags, .flagsCopyUp, .linkHasNoMode, .mknodMakesNoDirectory,
        .accessHasThreeBits,
    ]
}
