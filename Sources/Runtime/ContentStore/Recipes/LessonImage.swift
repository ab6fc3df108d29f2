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
                    .file("/app/README", "A small site. Start it with /app/server.sh.\n"),
                    .file("/app/config", "port = 8080\nroot = /srv/www\n"),
                    .file("/app/old.conf", "A file of layer 2 that layer 3 deletes.\n"),
                    .file("/app/server.sh", "#!/bin/sh\nexec httpd -f -p 8080 -h /srv/www\n"),
                    .file("/app/cache/a", "cached in layer 2\n"),
                    .file("/app/cache/b", "cached in layer 2\n"),
                    .file("/app/cache/c", "cached in layer 2\n"),
                    .file("/data/a.txt", "one file, two names\n"),
                    .hardLink("/data/b.txt", to: "/data/a.txt"),
                    .file("/data/big.bin", .numberedLines(count: 32 << 20 / FileContent.lineLength)),
                    .file("/srv/www/index.html", "<h1>It works</h1>\n"),
                    .file("/srv/www/css/site.css", "h1 { color: navy }\n"),
                    .symlink("/srv/current", to: "www"),
                ]),
            LayerRecipe(
                createdBy: """
                    RUN rm -r /app/old.conf /app/cache && mkdir /app/cache \
                    && echo "the only file of layer 3's cache" > /app/cache/fresh && echo 3 > /app/VERSION \
                    && echo "Welcome. This line comes from layer 3 and hides that of layer 2." > /etc/motd
                    """,
                [
                    .file("/etc/motd", "Welcome. This line comes from layer 3 and hides that of layer 2.\n"),
                    .whiteout("/app/old.conf"),
                    .opaqueDirectory("/app/cache"),
                    .file("/app/cache/fresh", "the only file of layer 3's cache\n"),
                    .file("/app/VERSION", "3\n"),
                ]),
        ])
}
