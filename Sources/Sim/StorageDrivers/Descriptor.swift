public import LayerModel

/// An open file by its number, as the simulator's rooms call it; the runtime has a `Descriptor` of its own.
public typealias Descriptor = FileDescriptor
