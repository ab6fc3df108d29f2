import ContentStore
import Engine

extension LocalEngine {
    /// An image that is here, by its name or id, for a command of teach that looks at one.
    ///
    /// - Throws: `EngineError` where it is not, `LibraryError` where the name is that of a file; what the store throws.
    func imageToShow(_ name: String) throws -> Image {
        do {
            return try existingImage(name)
        } catch let error as EngineError {
            if error.kind == .notFound, !GraphPlace.isFile(name) {
                throw EngineError(
                    "\(error.description); \(cure(for: name))", exitStatus: error.exitStatus, kind: .notFound)
            }
            guard GraphPlace.isFile(name) else { throw error }
            throw LibraryError(
                "\(name) is a file, and not an image's name: `teach docker load -i \(name)` takes the images of an archive "
                    + "into the store, and tells what they are called")
        }
    }
}
