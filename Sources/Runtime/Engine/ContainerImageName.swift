internal import ContentStore

extension LocalEngine {
    /// A container's image as docker ps(1) names it: in the user's word as long as that means the same image, and by its id
    /// once another image has that name, or none has.
    public func imageName(of container: ContainerRecord) -> String {
        guard let id = try? store.id(named: container.image), "\(id)" == container.imageID else {
            return container.imageID
        }
        return container.image
    }
}
