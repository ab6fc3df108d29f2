import Events
import LayerModel
import Pictures
import Recording

/// What the instructions of a build did to the image, in English.
enum InstructionText {
    /// - Parameters:
    ///   - containers: the step's, in the order in which they were made.
    ///   - changes: the effects of their calls.
    static func sentences(_ containers: [RecordedContainer], _ changes: [String: [RecordedChange]]) -> [String] {
        let instructions = containers.filter(\.isInstruction)
        var sentences = instructions.filter { !$0.layers.isEmpty }.flatMap {
            Self.sentences(for: $0, NetChange(changes[$0.id] ?? []))
        }
        let others = instructions.filter(\.layers.isEmpty).map { "`\($0.name)`" }
        if !others.isEmpty {
            sentences.append("\(list(others, most: 6)) changed the image's config alone, and made no layer.")
        }
        return sentences
    }

    private static func sentences(for container: RecordedContainer, _ change: NetChange) -> [String] {
        let image = container.layers.filter { $0.diffID != nil && $0.layer != .upper }
        guard container.layers.last?.diffID != nil else {
            if let status = container.exitStatus, status != 0 {
                return ["`\(container.name)` ended with status \(status), and made no layer."]
            }
            return ["`\(container.name)` left nothing behind, and so made no layer."]
        }
        let parts = [("added", change.added), ("changed", change.changed), ("hidden", change.hidden)]
            .filter { !$1.isEmpty }.map { verb, paths in
                "\(Phrases.count(paths.count, "name")) \(verb) (\(list(paths.map(\.description), most: 3)))"
            }
        let told = parts.isEmpty ? "no name came or went" : parts.joined(separator: ", ")
        return ["`\(container.name)` made layer \(image.count + 1): \(told)."] + kept(change, in: image)
    }

    /// That nothing is ever taken out of a layer.
    private static func kept(_ change: NetChange, in layers: [StackedLayer]) -> [String] {
        let places = layers.reversed().compactMap { layer in
            change.kept[layer.layer].map { bytes in
                (
                    bytes,
                    "in \(Phrases.layer(layer.layer))"
                        + (layer.createdBy.isEmpty ? "" : ", made by `\(layer.createdBy.historyInstruction)`")
                )
            }
        }
        let total = places.reduce(0) { $0 + $1.0 }
        let end = change.added.isEmpty && change.changed.isEmpty ? ": the image is no smaller" : ""
        let bytes = "The \(ByteCount(total).exact) that it hid or replaced \(total == 1 ? "stays" : "stay")"
        switch places.count {
        case 0: return []
        case 1: return ["\(bytes) \(places[0].1)\(end)."]
        default:
            let told = list(places.map { "\(Phrases.grouped($0.0)) \($0.1)" }, most: 4, separator: "; ")
            return ["\(bytes) in the image\(end): \(told)."]
        }
    }

    private static func list(_ words: [String], most: Int, separator: String = ", ") -> String {
        let rest = words.count > most ? ["and \(Phrases.grouped(Int64(words.count - most))) more"] : []
        return (words.prefix(most) + rest).joined(separator: separator)
    }
}

extension RecordedContainer {
    /// Whether it is an instruction's: then its writable layer has become the image's next, or it has none.
    var isInstruction: Bool {
        guard let top = layers.last else { return !name.isEmpty }
        return top.layer == .upper && !top.createdBy.hasPrefix("docker create ")
    }
}
