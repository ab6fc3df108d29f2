/// An image that a lesson needs: layers described as data, on top of `busybox:latest`.
public struct LessonImage: Hashable, Sendable {
    /// The name on Docker's terms, such as `lesson3:latest`.
    public var name: String
    /// From the bottom up.
    public var layers: [LayerRecipe]

    public init(name: String, layers: [LayerRecipe]) {
        self.name = name
        self.layers = layers
    }

    /// The images that are made on first need.
    public static let all: [LessonImage] = [lesson3]
}

extension LessonImage {
    /// A small web site in two layers: every effect of a union filesystem has a layer to come from.
    public static let lesson3 = LessonImage(
        name: "lesson3:latest",
        layers: [
            LayerRecipe(
                createdBy: "COPY site /",
                [
                    .file("/etc/motd", "Welcome. This line comes from layer 2.\n"),
                    .file("/etc/issue.old", "A file of layer 2 that layer 3 deletes.\n"),
                    .file("/etc/hosts.sample", "127.0.0.1\tlocalhost\n192.0.2.10\texample\n"),
                    .file("/app/README", "A small site. Start it with /app/server.sh.\n"),
                    .file("/app/config.ini", "[server]\nport = 8080\nroot = /srv/www\n"),
                    .file("/app/server.sh", "#!/bin/sh\nexec httpd -f -p 8080 -h /srv/www\n"),
                    .file("/app/cache/page-1.html", "<p>page 1, cached in layer 2</p>\n"),
                    .file("/app/cache/page-2.html", "<p>page 2, cached in layer 2</p>\n"),
                    .file("/app/cache/page-3.html", "<p>page 3, cached in layer 2</p>\n"),
                    .file("/data/a.txt", "one file, two names\n"),
                    .hardLink("/data/b.txt", to: "/data/a.txt"),
                    .file("/data/big.bin", .numberedLines(count: 32 << 20 / FileContent.lineLength)),
                    .file("/data/log.txt", "first line, from layer 2\n"),
                    .file("/data/notes.txt", "a note to write over, cut short or delete\n"),
                    .directory("/srv/empty"),
                    .file("/srv/www/index.html", "<h1>It works</h1>\n"),
                    .file("/srv/www/css/site.css", "h1 { color: navy }\n"),
                    .file("/srv/www/img/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"),
                    .symlink("/srv/current", to: "www"),
                ]),
            LayerRecipe(
                createdBy: "RUN rm /etc/issue.old && rm -r /app/cache && mkdir /app/cache && ./release",
                [
                    .file("/etc/motd", "Welcome. This line comes from layer 3 and hides that of layer 2.\n"),
                    .whiteout("/etc/issue.old"),
                    .opaqueDirectory("/app/cache"),
                    .file("/app/cache/fresh.html", "<p>the only page of layer 3</p>\n"),
                    .file("/app/VERSION", "3\n"),
                ]),
        ])
}
