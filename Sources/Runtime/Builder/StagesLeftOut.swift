internal import Dockerfiles

extension Dockerfile {
    /// Which stages before the target are not built: a sentence for those who know Docker's classic builder, which builds
    /// them all; `nil` where all are needed.
    func stages(leftOutOf needed: [Int], upTo target: Int) -> String? {
        // A stage without a name is known by its number.
        let names = (0..<target).filter { !needed.contains($0) }.map { stages.all[$0].name?.text ?? "\($0)" }
        guard let last = names.last else { return nil }
        if names.count == 1 {
            return "stage \(last) is not needed for this image and is left out; --target \(last) builds it"
        }
        let list = names.dropLast().joined(separator: ", ") + " and " + last
        return "stages \(list) are not needed for this image and are left out; --target \(last) builds that one"
    }
}
