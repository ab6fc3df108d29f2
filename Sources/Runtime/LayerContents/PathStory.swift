public import LayerModel

/// What happened to one path from layer to layer.
public struct PathStory: Hashable, Sendable {
    public struct Chapter: Hashable, Sendable {
        /// The layer, counted from 0 at the bottom.
        public var layer: Int
        public var event: Event
    }

    public enum Event: Hashable, Sendable {
        /// The layer holds the path.
        case holds(LayerListing.Entry, ImageContents.Change)
        /// The layer holds a directory that merges with the one beneath, and has other attributes.
        case alters(LayerListing.Entry, from: LayerListing.Entry)
        /// The layer holds nothing there, and hides what the layers beneath hold.
        case hides(ImageContents.Reason)
    }

    public var path: Path
    /// From the bottom up; only the layers that did something.
    public var chapters: [Chapter]
    /// What a container sees there; `nil` where nothing shows.
    public var visible: LayerListing.Entry?
    /// The layer that it comes from.
    public var visibleLayer: Int?
}

extension ImageContents {
    /// The story of a path across the layers; `nil` where no layer has ever held it. No symbolic link is followed.
    public func story(of path: Path) -> PathStory? {
        guard let node = node(at: path) else { return nil }
        var story = PathStory(path: path.withoutTrailingSlash, chapters: [])
        for appearance in nodes[node].appearances {
            let entry = entry(appearance)
            let event: PathStory.Event =
                if entry.kind == .whiteout {
                    .hides(.deleted(path.withoutTrailingSlash))
                } else if let before = altered(by: appearance.entry, in: appearance.layer) {
                    .alters(entry, from: before)
                } else {
                    .holds(entry, appearance.change)
                }
            story.chapters.append(.init(layer: appearance.layer, event: event))
            // A layer that holds the path tells of it itself.
            guard let hider = appearance.hiddenBy, !nodes[node].appearances.contains(where: { $0.layer == hider })
            else {
                continue
            }
            story.chapters.append(.init(layer: hider, event: .hides(reason(node, hiddenBy: hider))))
        }
        if let last = nodes[node].appearances.last, last.hiddenBy == nil, last.change != .removed {
            story.visible = entry(last)
            story.visibleLayer = last.layer
        }
        return story
    }
}
