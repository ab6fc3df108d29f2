internal import OCI

/// The base image `busybox:latest`: one layer around a static busybox, made here because no registry is asked.
enum BusyboxImage {
    /// The time of all that is made by recipes: fixed, so that equal content has equal digests.
    static let created = Timestamp(seconds: 1_767_225_600)  // 2026-01-01T00:00:00Z

    /// What a container of it runs; its labels say what it is made from.
    static func config(_ program: BusyboxProgram) -> ExecutionConfig {
        var config = ExecutionConfig(
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], cmd: ["sh"])
        config.labels = [
            StandInLabel.image: StandInLabel.hub("busybox"),
            StandInLabel.packages: "busybox-static=\(program.packageVersion)", StandInLabel.source: program.origin,
            StandInLabel.differences: "is a static busybox of another build, in a root directory of our own",
        ]
        return config
    }

    /// The layer without the program and its names.
    static let skeleton: [RecipeEntry] = [
        .directory("/bin"), .directory("/dev"), .directory("/etc"), .directory("/home"), .directory("/lib"),
        .directory("/mnt"), .directory("/opt"), .directory("/proc", 0o555), .directory("/root", 0o700),
        .directory("/run"), .directory("/sbin"), .directory("/sys", 0o555), .directory("/tmp", 0o1777),
        .directory("/usr/bin"), .directory("/usr/sbin"), .directory("/var/log"), .directory("/var/spool/mail"),
        .directory("/var/tmp", 0o1777), .directory("/var/www"),
        .file(
            "/etc/passwd",
            """
            root:x:0:0:root:/root:/bin/sh
            daemon:x:1:1:daemon:/usr/sbin:/bin/false
            www-data:x:33:33:www-data:/var/www:/bin/false
            nobody:x:65534:65534:nobody:/home:/bin/false

            """),
        .file(
            "/etc/group",
            """
            root:x:0:
            daemon:x:1:
            tty:x:5:
            www-data:x:33:
            nogroup:x:65534:

            """),
        .file("/etc/shadow", "root:*:::::::\ndaemon:*:::::::\nwww-data:*:::::::\nnobody:*:::::::\n", 0o600),
        .file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        .file("/etc/shells", "/bin/sh\n/bin/ash\n"),
    ]

    /// What tells one recipe of this image from another before the program is there: its files, and that labels say what
    /// it is made from.
    static let ground = LayerRecipe(createdBy: "", comment: StandInLabel.packages, skeleton)

    /// The layer as a whole: `busybox` in /bin and a symbolic link for each of its other names.
    static func layer(_ program: BusyboxProgram, path: String) -> LayerRecipe {
        LayerRecipe(
            createdBy: "COPY busybox /bin/",
            comment: "stand-in for the busybox of Docker Hub, made from \(program.origin): \(program.version)",
            skeleton + [.file("/bin/busybox", .hostFile(path), 0o755)]
                + program.applets.map { .symlink("/bin/\($0)", to: "busybox") })
    }

    static var reference: ImageReference {
        get throws(FormatError) { try ImageReference("busybox:latest") }
    }
}
