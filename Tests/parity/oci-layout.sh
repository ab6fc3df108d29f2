#!/bin/sh
# Holds the store's image layout against other tools: skopeo must read it and agree with every digest, and umoci must
# unpack the images into the same tree as overlayfs shows over our unpacked layers.
#
# usage: oci-layout.sh TEACH_HOME        (a home whose images were made, as root; needs skopeo, umoci, unshare)
set -eu

home=${1:?usage: oci-layout.sh TEACH_HOME}
layout=$home/images
for tool in skopeo umoci python3 unshare; do
    command -v "$tool" >/dev/null || { echo "oci-layout: $tool is missing: apt-get install $tool" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line a name. The size and time of a directory say how it was made, not what it is.
cat >"$work/list" <<'EOF'
cd "$1"
find . -mindepth 1 \( -type d -printf '%P|d|%m|%U:%G\n' -o -printf '%P|%y|%m|%U:%G|%s|%Ts|%l|%n\n' \) | LC_ALL=C sort
EOF

# Name, manifest digest and the layers' directories from the top down, as python3 reads them from the layout.
python3 - "$home" >"$work/images" <<'EOF'
import hashlib, json, sys
home = sys.argv[1]
def blob(descriptor):
    data = open(f"{home}/images/blobs/sha256/{descriptor['digest'].split(':')[1]}", "rb").read()
    assert "sha256:" + hashlib.sha256(data).hexdigest() == descriptor["digest"], descriptor
    assert len(data) == descriptor["size"], descriptor
    return data
for entry in json.load(open(f"{home}/images/index.json"))["manifests"]:
    manifest = json.loads(blob(entry))
    for layer in manifest["layers"]: blob(layer)
    chain, directories = None, []
    for diff in json.loads(blob(manifest["config"]))["rootfs"]["diff_ids"]:
        chain = diff if chain is None else "sha256:" + hashlib.sha256(f"{chain} {diff}".encode()).hexdigest()
        directories.insert(0, f"{home}/layers/{chain.split(':')[1]}/fs")
    print(entry["annotations"]["org.opencontainers.image.ref.name"], entry["digest"], ":".join(directories))
EOF
[ -s "$work/images" ] || { echo "oci-layout: $layout holds no images" >&2; exit 1; }

count=0
while read -r name digest lower; do
    count=$((count + 1))
    seen=$(skopeo inspect --format '{{.Digest}}' "oci:$layout:$name")
    [ "$seen" = "$digest" ] || { echo "$name: skopeo says $seen, index.json $digest" >&2; exit 1; }
    skopeo copy --quiet "oci:$layout:$name" "dir:$work/copy-$count"
    skopeo inspect --config "oci:$layout:$name" >/dev/null

    # umoci takes a tag without a colon.
    skopeo copy --quiet "oci:$layout:$name" "oci:$work/oci-$count:image"
    umoci unpack --image "$work/oci-$count:image" "$work/bundle-$count" >/dev/null
    sh "$work/list" "$work/bundle-$count/rootfs" >"$work/theirs"
    mkdir -p "$work/merged"
    # An empty layer beneath: overlayfs wants at least two when nothing is writable.
    mkdir -p "$work/empty"
    unshare -m --propagation private sh -ec \
        'mount -t overlay overlay -o "ro,lowerdir=$1:$2" "$3"; sh "$4" "$3"' \
        sh "$lower" "$work/empty" "$work/merged" "$work/list" >"$work/ours"
    if ! diff "$work/theirs" "$work/ours" >"$work/diff"; then
        echo "$name: umoci (<) and overlayfs over our layers (>) show different trees:" >&2
        head -20 "$work/diff" >&2
        exit 1
    fi
    echo "$name: $digest read by skopeo; $(wc -l <"$work/ours") names equal to umoci's"
done <"$work/images"
