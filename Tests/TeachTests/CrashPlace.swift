/// Where in a run of a lesson something is killed.
enum CrashPlace: Hashable {
    /// While teach does this.
    case phase(Phase)
    /// While `docker` makes a container's folder and its cgroup, until it clones.
    case creating
    /// While a container's plan is at this step (from 0).
    case setup(Int)
    /// While a container is observed, until its `docker` has ended.
    case observing

    /// What `teach run` does itself, told by the files that it names.
    enum Phase: String, CaseIterable {
        case openingRecord = "opening the record"
        case makingImage = "making the image"
        case makingWorkplace = "making the run's folder"
        case recording = "writing the record"
        case drawing = "drawing a frame"
        case removing = "removing the run's folder"
    }
}

enum CrashVictim: String, CaseIterable {
    case teach, shell, docker
    /// The container's first process, from its clone on.
    case container
}

/// A cell of the table: who is killed, and where.
struct CrashCell: Hashable {
    var place: CrashPlace
    var victim: CrashVictim
}
