/// A path along corners, these rounded, as the `pos` of an edge: Bézier curves of three points each after the
/// first (https://graphviz.org/docs/attr-types/splineType/).
struct Spline {
    let text: String

    /// - Parameters:
    ///   - corners: two points at least; the arrowhead's tip is at the last.
    ///   - headLength: how far before the tip the line ends, so that it does not show through.
    init(_ corners: [Point], headLength: Double, radius: Double = 12) {
        let tip = corners[corners.count - 1]
        var corners = corners
        corners[corners.count - 1] = tip.towards(corners[corners.count - 2], by: headLength)
        var points = [corners[0]]
        for index in corners.indices.dropFirst().dropLast() {
            let corner = corners[index]
            let reach = min(
                radius, corner.distance(to: corners[index - 1]) / 2, corner.distance(to: corners[index + 1]) / 2)
            let entry = corner.towards(corners[index - 1], by: reach)
            let exit = corner.towards(corners[index + 1], by: reach)
            points += Self.straight(from: points[points.count - 1], to: entry)
            // The corner itself twice: a curve a little tighter than a circle's quarter.
            points += [
                entry.towards(corner, by: reach * 0.6), exit.towards(corner, by: reach * 0.6), exit,
            ]
        }
        points += Self.straight(from: points[points.count - 1], to: corners[corners.count - 1])
        text = "e," + ([tip] + points).map { "\(Dot.number($0.x)),\(Dot.number($0.y))" }.joined(separator: " ")
    }

    /// A straight line as a curve: its control points lie on it.
    private static func straight(from start: Point, to end: Point) -> [Point] {
        let length = start.distance(to: end)
        return [start.towards(end, by: length / 3), start.towards(end, by: length * 2 / 3), end]
    }
}

extension Point {
    func distance(to other: Point) -> Double {
        let (x, y) = (other.x - self.x, other.y - self.y)
        return (x * x + y * y).squareRoot()
    }

    /// The point that lies `length` further on the way to `other`.
    func towards(_ other: Point, by length: Double) -> Point {
        let distance = distance(to: other)
        guard distance > 0 else { return self }
        return Point(x: x + (other.x - x) * length / distance, y: y + (other.y - y) * length / distance)
    }
}
