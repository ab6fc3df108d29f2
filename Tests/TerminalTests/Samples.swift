import LayerModel
import Pictures

/// Matrices that between them hold every state of a cell.
enum Samples {
    /// A base that others share, a layer that a later one empties, and an instruction that made none.
    static let imageStack = ImageStack(
        name: "app:1", id: "sha256:1ad68336ee80aa",
        levels: [
            .layer(
                .init(
                    number: 1, createdBy: "COPY busybox /bin/", diffID: "sha256:baa0e24d9fc6bb", size: 1_998_848,
                    names: .init(added: 296), sharedWith: ["site:1", "busybox:latest"])),
            .config(instruction: "ENV APP_ENV=prod"),
            .layer(
                .init(
                    number: 2,
                    createdBy: "/bin/sh -c dd if=/dev/zero of=/var/cache.bin bs=1M count=12 && mkdir /var/lists && "
                        + "for i in 1 2 3; do echo $i > /var/lists/$i; done && echo \"a < b\"",
                    diffID: "sha256:4c419fc5bc2fcc", size: 12_582_940, wasted: 12_582_940,
                    names: .init(added: 5, changed: 1))),
            .layer(
                .init(
                    number: 3, createdBy: "/bin/sh -c rm -rf /var/cache.bin /var/lists", diffID: "sha256:03547bbbbbdd",
                    size: 0, hides: 12_582_940, names: .init(changed: 1, deleted: 2, opaque: 1))),
        ])

    static let copyUp = LayerMatrix(
        caption: .init(
            cause: #"openat("/etc/passwd", O_RDWR)"#, effect: "copy-up of 1.4 KiB, layer 2 → upper",
            subtitle: "sh -c 'echo x >> /etc/passwd' · sh[4711]", step: .init(3, of: 7), verdict: .confirmed),
        columns: ["/etc/passwd", "/etc/hosts", "/app/cfg", "/var/cache/", "/srv/new"],
        stacks: [
            .init(
                name: "web",
                merged: [
                    "/etc/passwd": .observed(.present(.file(size: 1434), from: .upper)),
                    "/etc/hosts": .observed(.missing),
                    "/app/cfg": .observed(.present(.file(size: 200), from: .lower(3))),
                    "/var/cache/": .observed(.present(.directory(entries: 0), from: .upper)),
                    "/srv/new": .observed(.present(.file(size: 12), from: .upper)),
                ],
                upper: [
                    "/etc/passwd": .observed(
                        .copiedUp(CopyUp(.file(size: 1434), fromLayer: 2, allocated: 4096, shared: 0), .thisStep)),
                    "/etc/hosts": .observed(.whiteout(.earlier)),
                    "/var/cache/": .observed(.opaque(entries: 0, .earlier)),
                    "/srv/new": .observed(.added(.file(size: 12), .earlier)),
                ], size: 1446)
        ],
        lowerRows: [
            .configOnly([#"CMD ["nginx"]"#, "EXPOSE 80"]),
            .layer(
                .init(
                    number: 3, createdBy: "COPY app /app", size: 200, digest: "sha256:33aa",
                    cells: ["/app/cfg": .observed(.present(.file(size: 200)))])),
            .layer(
                .init(
                    number: 2, createdBy: "RUN apk add nginx", size: 1_200_000,
                    cells: ["/etc/passwd": .observed(.present(.file(size: 1434)))])),
            .layer(
                .init(
                    number: 1, createdBy: "base", size: 4_300_000,
                    cells: [
                        "/etc/passwd": .observed(.hidden(.file(size: 1200))),
                        "/etc/hosts": .observed(.hidden(.file(size: 80))),
                        "/var/cache/": .observed(.hidden(.directory(entries: 3))),
                    ])),
        ])

    /// The step before `copyUp`: the same places, less in them.
    static var before: LayerMatrix {
        var matrix = copyUp
        matrix.caption.cause = #"unlink("/etc/hosts")"#
        matrix.caption.effect = "whiteout, hides layer 1"
        matrix.caption.step = .init(2, of: 7)
        matrix.stacks[0].merged["/etc/passwd"] = .observed(.present(.file(size: 1434), from: .lower(2)))
        matrix.stacks[0].upper["/etc/passwd"] = nil
        matrix.stacks[0].upper["/etc/hosts"] = .observed(.whiteout(.thisStep))
        matrix.stacks[0].merged["/srv/new"] = .observed(.missing)
        matrix.stacks[0].upper["/srv/new"] = nil
        return matrix
    }

    /// Two containers over the same layers; a rename that copies from another name; long paths.
    static let twoContainers = LayerMatrix(
        caption: .init(
            cause: #"renameat2("/usr/share/nginx/html/index.html", "/usr/share/nginx/html/start.html", 0)"#,
            effect: "copy-up of 330 MiB, layer 1 → upper of blue; whiteout; 50 further names untouched",
            subtitle: "sh -c 'cd /usr/share/nginx/html && mv index.html start.html' · mv[31337]",
            step: .init(12, of: 48), verdict: .confirmed),
        columns: [
            "/usr/share/nginx/html/index.html", "/usr/share/nginx/html/start.html",
            "/etc/ssl/certs/ca-certificates-of-this-host.crt", "/data/big.img", "/data/", "/lib/libc.so",
        ],
        stacks: [
            .init(
                name: "green",
                merged: [
                    "/usr/share/nginx/html/index.html": .observed(.present(.file(size: 345_600_000), from: .lower(1))),
                    "/usr/share/nginx/html/start.html": .observed(.missing),
                    "/etc/ssl/certs/ca-certificates-of-this-host.crt": .observed(
                        .present(.file(size: 212_000), from: .lower(3))),
                    "/data/big.img": .observed(.present(.file(size: 64_000_000), from: .upper)),
                    "/data/": .observed(.mergedDirectory(entries: 12)),
                    "/lib/libc.so": .observed(.present(.symlink(target: "libc.so.6"), from: .lower(1))),
                ],
                upper: [
                    "/data/big.img": .observed(
                        .copiedUp(
                            CopyUp(
                                .file(size: 64_000_000), fromLayer: 2, allocated: 64_000_000, shared: 63_000_000,
                                breaksLink: true), .earlier)),
                    "/data/": .observed(.copiedUp(CopyUp(.directory(entries: 1), fromLayer: 2), .earlier)),
                ]),
            .init(
                name: "blue-green-and-more",
                merged: [
                    "/usr/share/nginx/html/index.html": .observed(.missing),
                    "/usr/share/nginx/html/start.html": .observed(.present(.file(size: 345_600_000), from: .upper)),
                    "/data/big.img": .observed(.present(.file(size: 64_000_000), from: .lower(2))),
                    "/data/": .observed(.refused(.EXDEV)),
                    "/lib/libc.so": .observed(.missing),
                ],
                upper: [
                    "/usr/share/nginx/html/index.html": .observed(.whiteout(.thisStep)),
                    "/usr/share/nginx/html/start.html": .observed(
                        .copiedUp(
                            CopyUp(
                                .file(size: 345_600_000), fromLayer: 1, fromPath: "/usr/share/nginx/html/index.html",
                                allocated: 345_600_512), .thisStep)),
                    "/lib/libc.so": .observed(.removed),
                ]),
        ],
        lowerRows: [
            .layer(
                .init(
                    number: 3, createdBy: "RUN apt-get update && apt-get install -y ca-certificates nginx",
                    size: 188_100_000,
                    cells: [
                        "/etc/ssl/certs/ca-certificates-of-this-host.crt": .observed(.answers(.file(size: 212_000))),
                        "/lib/libc.so": .observed(.whiteout),
                    ])),
            .layer(
                .init(
                    number: 2, createdBy: "COPY . /data", size: 64_000_000,
                    cells: [
                        "/data/big.img": .observed(.present(.file(size: 64_000_000))),
                        "/data/": .observed(.opaque(entries: 12)),
                    ])),
            .configOnly(["ENV APP_ENV=prod", "WORKDIR /usr/src/app", "ENTRYPOINT [\"/usr/bin/tini\", \"--\"]"]),
            .layer(
                .init(
                    number: 1, createdBy: "base <busybox & more>", size: 4_300_000,
                    cells: [
                        "/usr/share/nginx/html/index.html": .observed(.present(.file(size: 345_600_000))),
                        "/lib/libc.so": .observed(.present(.symlink(target: "libc.so.6"))),
                    ])),
        ], omittedPaths: 41)

    /// A prediction, a refutation and the rarer states.
    static let refuted = LayerMatrix(
        caption: .init(
            cause: #"chmod("/etc/motd", 0600)"#, effect: "the model said no change; the kernel copied up",
            subtitle: "chmod 600 /etc/motd · chmod[99]", step: .init(1, of: 2), verdict: .refuted),
        columns: ["/etc/motd", "/etc/issue", "/opt/", "/run/lock", "/tmp/a\u{1B}[31mb"],
        stacks: [
            .init(
                merged: [
                    "/etc/motd": .refuted(
                        predicted: .present(.file(size: 12), from: .lower(1)),
                        observed: .present(.file(size: 12), from: .upper)),
                    "/etc/issue": .predicted(.missing),
                    "/opt/": .predicted(.present(.directory(entries: nil), from: .upper)),
                    "/run/lock": .observed(.present(.node(.socket), from: .upper)),
                    "/tmp/a\u{1B}[31mb": .predicted(.present(.file(size: 999_950), from: .upper)),
                ],
                upper: [
                    "/etc/motd": .refuted(
                        predicted: .removed, observed: .copiedUp(CopyUp(.file(size: 12), fromLayer: 1), .thisStep)),
                    "/etc/issue": .predicted(.whiteout(.thisStep)),
                    "/opt/": .observed(.redirect(to: "/srv/opt.old", .earlier)),
                    "/run/lock": .observed(.unchanged(.node(.socket))),
                    "/tmp/a\u{1B}[31mb": .predicted(.copiedUp(CopyUp(.file(size: 999_950), fromLayer: 1), .thisStep)),
                ])
        ],
        lowerRows: [
            .omitted(12),
            .layer(
                .init(
                    number: 1, createdBy: "base",
                    cells: [
                        "/etc/motd": .observed(.present(.file(size: 12))),
                        "/etc/issue": .observed(.present(.file(size: 30))),
                        "/opt/": .refuted(predicted: .whiteout, observed: .opaque(entries: 2)),
                    ])),
        ])

    static let all: [(name: String, matrix: LayerMatrix)] = [
        ("before", before), ("copy-up", copyUp), ("two-containers", twoContainers), ("refuted", refuted),
    ]
}
