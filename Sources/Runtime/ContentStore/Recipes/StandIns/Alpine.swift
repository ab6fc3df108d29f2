internal import OCI

extension StandIn {
    /// Busybox in Alpine's arrangement, and an apk that installs Debian's packages.
    static let alpine = StandIn(
        repository: "alpine", tags: ["latest", "3.7"], base: .scratch,
        layers: [
            StandInLayer(
                createdBy: "ADD busybox and the stand-in's apk, adduser, addgroup /",
                entries: skeleton + [
                    .file("/sbin/apk", Programs.apk, 0o755), .file("/usr/sbin/adduser", Programs.adduser, 0o755),
                    .file("/usr/sbin/addgroup", Programs.addgroup, 0o755),
                ], derived: [.busybox]),
            StandInLayer(
                createdBy: "COPY packages \(ApkRepository.place)", derived: [.apkRepository(packages)]),
        ],
        config: ExecutionConfig(
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], cmd: ["/bin/sh"]),
        metadata: ["CMD [\"/bin/sh\"]"],
        room: 250 << 20,
        differences: "is a busybox of Debian; apk installs packages of Debian from a folder in the image, with glibc "
            + "instead of musl, and php7's names mean Debian's PHP")

    private static let packages: [ApkPackage] =
        [
            ApkPackage(name: "bash", debian: "bash"),
            ApkPackage(name: "ca-certificates", debian: "ca-certificates"),
            ApkPackage(name: "curl", debian: "curl"),
            ApkPackage(name: "shadow", debian: "passwd"),
            ApkPackage(
                name: "su-exec", debian: "gosu", notice: "is gosu",
                entries: [.symlink("/sbin/su-exec", to: "/usr/sbin/gosu")]),
            ApkPackage(name: "tini", debian: "tini", entries: [.symlink("/sbin/tini", to: "/usr/bin/tini")]),
            ApkPackage(
                name: "php7", debian: "php-cli", notice: "is PHP {php}",
                entries: [
                    .symlink("/usr/bin/php7", to: "php{php}"), .symlink("/usr/bin/php", to: "php{php}"),
                    modules(of: "cli"),
                ]),
            ApkPackage(
                name: "php7-fpm", debian: "php-fpm", notice: "is PHP {php}",
                entries: [
                    .symlink("/usr/sbin/php-fpm7", to: "php-fpm{php}"), modules(of: "fpm"), .directory("/run/php"),
                    .file(
                        "/etc/php/{php}/fpm/pool.d/www.conf",
                        """
                        [www]
                        user = nobody
                        group = nobody
                        listen = 127.0.0.1:9000
                        pm = dynamic
                        pm.max_children = 5
                        pm.start_servers = 2
                        pm.min_spare_servers = 1
                        pm.max_spare_servers = 3

                        """), .symlink("/etc/php7", to: "php/{php}/fpm"),
                ]),
            ApkPackage(
                name: "php7-apcu", debian: "php-apcu", notice: "is for PHP {php}",
                entries: ["cli", "fpm"].map { .file("/etc/php/{php}/\($0)/conf.d/20-apcu.ini", "extension=apcu.so\n") }),
        ]
        + ["ctype", "fileinfo", "ftp", "iconv", "json", "pdo", "phar", "posix", "session", "tokenizer"].map {
            ApkPackage(name: "php7-\($0)", debian: "php-common", notice: "is part of PHP {php}")
        }

    /// Debian's scripts would switch these extensions on: they are there without a package of their own.
    private static func modules(of program: String) -> RecipeEntry {
        let names = [
            "pdo", "calendar", "ctype", "exif", "fileinfo", "ftp", "gettext", "iconv", "phar", "posix", "shmop",
            "sockets", "sysvmsg", "sysvsem", "sysvshm", "tokenizer",
        ]
        return .file(
            "/etc/php/{php}/\(program)/conf.d/10-common.ini", names.map { "extension=\($0).so\n" }.joined())
    }

    private static let skeleton: [RecipeEntry] = [
        .directory("/bin"), .directory("/dev"), .directory("/etc/apk"), .directory("/home"), .directory("/lib/apk/db"),
        .directory("/media"), .directory("/mnt"), .directory("/opt"), .directory("/proc", 0o555),
        .directory("/root", 0o700), .directory("/run"), .directory("/sbin"), .directory("/srv"),
        .directory("/sys", 0o555), .directory("/tmp", 0o1777), .directory("/usr/bin"), .directory("/usr/sbin"),
        .directory("/usr/local/bin"), .directory("/var/cache/apk"), .directory("/var/empty", 0o555),
        .directory("/var/log"), .directory("/var/spool/mail"), .directory("/var/tmp", 0o1777),
        .file("/etc/passwd", passwd), .file("/etc/group", group),
        .file(
            "/etc/shadow", passwd.split(separator: "\n").map { "\($0.prefix { $0 != ":" }):*:::::::\n" }.joined(), 0o640
        ),
        .file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        .file("/etc/shells", "/bin/sh\n/bin/ash\n"), .file("/etc/apk/repositories", ApkRepository.place + "\n"),
        .file("/etc/apk/world", ""), .file("/lib/apk/db/installed", ""),
        .file("/etc/alpine-release", "3.7.3 (stand-in)\n"),
        .file(
            "/etc/os-release",
            "NAME=\"Stand-in for Alpine Linux\"\nID=alpine\nVERSION_ID=3.7.3\nPRETTY_NAME=\"Stand-in for Alpine Linux v3.7\"\n"
        ),
    ]

    private static let passwd = """
        root:x:0:0:root:/root:/bin/ash
        bin:x:1:1:bin:/bin:/sbin/nologin
        daemon:x:2:2:daemon:/sbin:/sbin/nologin
        adm:x:3:4:adm:/var/adm:/sbin/nologin
        lp:x:4:7:lp:/var/spool/lpd:/sbin/nologin
        sync:x:5:0:sync:/sbin:/bin/sync
        mail:x:8:12:mail:/var/spool/mail:/sbin/nologin
        operator:x:11:0:operator:/root:/bin/sh
        cron:x:16:16:cron:/var/spool/cron:/sbin/nologin
        ftp:x:21:21::/var/lib/ftp:/sbin/nologin
        guest:x:405:100:guest:/dev/null:/sbin/nologin
        nobody:x:65534:65534:nobody:/:/sbin/nologin

        """
    private static let group = """
        root:x:0:root
        bin:x:1:root,bin,daemon
        daemon:x:2:root,bin,daemon
        sys:x:3:root,bin,adm
        adm:x:4:root,adm,daemon
        tty:x:5:
        disk:x:6:root,adm
        lp:x:7:lp
        mem:x:8:
        kmem:x:9:
        wheel:x:10:root
        mail:x:12:mail
        cron:x:16:cron
        ftp:x:21:
        shadow:x:42:
        users:x:100:games
        nogroup:x:65533:
        nobody:x:65534:

        """
}
