internal import OCI

extension StandIn {
    /// Debian's Node.js and npm, with a registry that packs Debian's node packages inside the npm command.
    static let node = StandIn(
        repository: "node", tags: ["latest", "7.2", "argon"], base: .standIn(debian),
        layers: [
            StandInLayer(
                createdBy: "RUN groupadd --gid 1000 node "
                    + "&& useradd --uid 1000 --gid node --shell /bin/bash --create-home node",
                entries: [
                    .file("/etc/passwd", DebianAccounts.passwd + "node:x:1000:1000::/home/node:/bin/bash\n"),
                    .file("/etc/group", DebianAccounts.group + "node:x:1000:\n"),
                    .file("/etc/shadow", DebianAccounts.shadow + "node:!:19000:0:99999:7:::\n", 0o640).owned(by: 0, 42),
                    .directory("/home/node").owned(by: 1000, 1000),
                ]),
            StandInLayer(
                createdBy: "RUN apt-get install --no-install-recommends nodejs npm node-express",
                packages: PackageSelection(
                    roots: ["nodejs", "npm", "node-express"], omitted: scriptsOnly.union(withoutNode)),
                derived: [.dpkgDatabase]),
            StandInLayer(
                createdBy: "COPY npm /usr/local/bin/",
                entries: [
                    .file("/usr/local/bin/npm", Programs.npm, 0o755), .symlink("/usr/local/bin/npx", to: "npm"),
                    .file(
                        "/etc/npmrc",
                        "registry=http://npm.stand-in.invalid/\naudit=false\nfund=false\nupdate-notifier=false\n"),
                ]),
        ],
        config: ExecutionConfig(env: [path], cmd: ["node"]), metadata: ["CMD [\"node\"]"],
        room: 420 << 20,
        differences: "is Debian's Node.js, whatever the tag says; npm install packs Debian's node packages instead of "
            + "asking registry.npmjs.org")

    /// What npm and express work without.
    private static let withoutNode: Set<String> = [
        "build-essential", "ca-certificates", "dpkg", "eslint", "gyp", "libjs-source-map", "libnode-dev",
        "libssl-dev", "libuv1-dev", "node-babel-plugin-polyfill-corejs2", "node-babel-plugin-polyfill-corejs3",
        "node-babel-plugin-polyfill-regenerator", "node-babel7", "node-babel7-runtime", "node-browserslist",
        "node-caniuse-lite", "node-core-js", "node-core-js-compat", "node-es-abstract", "node-globby",
        "node-istanbul", "node-jest-worker", "node-lodash", "node-lodash-packages", "node-n3",
        "node-regenerator-transform", "node-regexpu-core", "node-tape", "node-terser", "node-uuid", "node-yargs",
        "openssl", "python3", "python3-minimal", "terser", "webpack",
    ]
}
