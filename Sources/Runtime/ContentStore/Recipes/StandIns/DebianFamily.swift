internal import OCI

extension StandIn {
    /// What packages ask for because of their maintainer scripts, which are not run here.
    static let scriptsOnly: Set<String> = [
        "adduser", "debconf", "init-system-helpers", "libpam-modules", "libpam-modules-bin", "libpam-runtime",
        "lsb-base",
        "perl", "perl-base", "perl:any", "sensible-utils", "sysvinit-utils", "ucf", "usrmerge", "util-linux-extra",
    ]

    static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The ground of the images that are Debian's: shell, coreutils and the like, without apt and perl.
    static let debian = StandIn(
        repository: "debian", tags: ["latest", "stable"], base: .scratch,
        layers: [
            StandInLayer(
                createdBy: "ADD rootfs.tar.xz /",
                packages: PackageSelection(
                    roots: [
                        "base-files", "base-passwd", "bash", "coreutils", "dash", "debianutils", "diffutils", "dpkg",
                        "findutils", "grep", "gzip", "hostname", "libc-bin", "login", "mawk", "ncurses-base", "passwd",
                        "procps", "sed", "tar", "util-linux",
                    ], omitted: scriptsOnly),
                entries: PackageTree.mergedLinks + [
                    .directory("/dev"), .directory("/proc", 0o555), .directory("/sys", 0o555),
                    .directory("/tmp", 0o1777), .directory("/var/tmp", 0o1777), .directory("/root", 0o700),
                    .symlink("/usr/bin/sh", to: "dash"), .symlink("/usr/bin/awk", to: "mawk"),
                    .file("/etc/passwd", DebianAccounts.passwd), .file("/etc/group", DebianAccounts.group),
                    .file("/etc/shadow", DebianAccounts.shadow, 0o640).owned(by: 0, 42),
                    .file("/etc/shells", "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n"),
                    .file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"),
                ], derived: [.dpkgDatabase])
        ],
        config: ExecutionConfig(env: [path], cmd: ["bash"]), metadata: ["CMD [\"bash\"]"],
        room: 140 << 20, differences: "has no apt and no perl")

    /// Debian under Ubuntu's name; its os-release says so.
    static let ubuntu = StandIn(
        repository: "ubuntu", tags: ["latest", "15.04"], base: .standIn(debian),
        layers: [
            StandInLayer(
                createdBy: "RUN echo '#!/bin/sh' > /usr/sbin/policy-rc.d && echo 'exit 101' >> /usr/sbin/policy-rc.d "
                    + "&& chmod +x /usr/sbin/policy-rc.d",
                entries: [.file("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)]),
            StandInLayer(
                createdBy: "RUN echo 'force-unsafe-io' > /etc/dpkg/dpkg.cfg.d/docker-apt-speedup",
                entries: [.file("/etc/dpkg/dpkg.cfg.d/docker-apt-speedup", "force-unsafe-io\n")]),
        ],
        config: ExecutionConfig(env: [path], cmd: ["/bin/bash"]), metadata: ["CMD [\"/bin/bash\"]"],
        room: 1 << 20, differences: "is Debian, not Ubuntu, and has no apt")

    /// The tiny C compiler under gcc's name.
    static let gcc = StandIn(
        repository: "gcc", tags: ["latest"], base: .standIn(debian),
        layers: [
            StandInLayer(
                createdBy: "RUN apt-get install --no-install-recommends tcc libc6-dev make "
                    + "&& ln -s tcc /usr/bin/gcc && ln -s tcc /usr/bin/cc",
                packages: PackageSelection(
                    roots: ["tcc", "libc6-dev", "make"], omitted: scriptsOnly.union(["libcrypt-dev", "rpcsvc-proto"])),
                entries: [.symlink("/usr/bin/gcc", to: "tcc"), .symlink("/usr/bin/cc", to: "tcc")],
                derived: [.dpkgDatabase])
        ],
        config: ExecutionConfig(env: [path], cmd: ["bash"]), metadata: ["CMD [\"bash\"]"],
        room: 90 << 20, differences: "has tcc, the tiny C compiler, for gcc: C99, no optimisation, no C++, no -static")

    static let nginx = StandIn(
        repository: "nginx", tags: ["latest"], base: .standIn(debian),
        layers: [
            StandInLayer(
                createdBy: "RUN apt-get install --no-install-recommends nginx",
                packages: PackageSelection(
                    roots: ["nginx"], omitted: scriptsOnly.union(["iproute2", "systemd", "python3"])),
                entries: [
                    .file("/etc/nginx/conf.d/default.conf", nginxSite), .directory("/var/lib/nginx"),
                    .directory("/run"), .directory("/docker-entrypoint.d"),
                ], derived: [.dpkgDatabase]),
            StandInLayer(
                createdBy: "RUN ln -sf /dev/stdout /var/log/nginx/access.log "
                    + "&& ln -sf /dev/stderr /var/log/nginx/error.log",
                entries: [
                    .directory("/var/log/nginx"), .symlink("/var/log/nginx/access.log", to: "/dev/stdout"),
                    .symlink("/var/log/nginx/error.log", to: "/dev/stderr"),
                ]),
        ],
        config: ExecutionConfig(
            exposedPorts: ["80/tcp"], env: [path], cmd: ["nginx", "-g", "daemon off;"], stopSignal: "SIGQUIT"),
        metadata: ["EXPOSE 80", "STOPSIGNAL SIGQUIT", "CMD [\"nginx\" \"-g\" \"daemon off;\"]"],
        room: 40 << 20, differences: "is Debian's nginx; it serves /usr/share/nginx/html as the original does")

    private static let nginxSite = """
        server {
            listen 80;
            server_name localhost;
            location / {
                root /usr/share/nginx/html;
                index index.html index.htm;
            }
        }

        """
}

/// The accounts that base-passwd's script would make.
enum DebianAccounts {
    private static let users: [(name: String, uid: Int, gid: Int, home: String, shell: String)] = [
        ("root", 0, 0, "/root", "/bin/bash"), ("daemon", 1, 1, "/usr/sbin", nologin), ("bin", 2, 2, "/bin", nologin),
        ("sys", 3, 3, "/dev", nologin), ("sync", 4, 65534, "/bin", "/bin/sync"),
        ("games", 5, 60, "/usr/games", nologin), ("man", 6, 12, "/var/cache/man", nologin),
        ("lp", 7, 7, "/var/spool/lpd", nologin), ("mail", 8, 8, "/var/mail", nologin),
        ("news", 9, 9, "/var/spool/news", nologin), ("uucp", 10, 10, "/var/spool/uucp", nologin),
        ("proxy", 13, 13, "/bin", nologin), ("www-data", 33, 33, "/var/www", nologin),
        ("backup", 34, 34, "/var/backups", nologin), ("list", 38, 38, "/var/list", nologin),
        ("nobody", 65534, 65534, "/nonexistent", nologin),
    ]
    private static let groups: [(name: String, gid: Int)] = [
        ("root", 0), ("daemon", 1), ("bin", 2), ("sys", 3), ("adm", 4), ("tty", 5), ("disk", 6), ("lp", 7), ("mail", 8),
        ("news", 9), ("uucp", 10), ("man", 12), ("proxy", 13), ("kmem", 15), ("dialout", 20), ("fax", 21),
        ("voice", 22), ("cdrom", 24), ("floppy", 25), ("tape", 26), ("sudo", 27), ("audio", 29), ("dip", 30),
        ("www-data", 33), ("backup", 34), ("operator", 37), ("list", 38), ("src", 40), ("shadow", 42), ("utmp", 43),
        ("video", 44), ("sasl", 45), ("plugdev", 46), ("staff", 50), ("games", 60), ("users", 100),
        ("nogroup", 65534),
    ]
    private static let nologin = "/usr/sbin/nologin"

    static let passwd = users.map { "\($0.name):x:\($0.uid):\($0.gid):\($0.name):\($0.home):\($0.shell)\n" }.joined()
    static let group = groups.map { "\($0.name):x:\($0.gid):\n" }.joined()
    static let shadow = users.map { "\($0.name):*:19000:0:99999:7:::\n" }.joined()
}
