/// The version of this package's programs, as `--version` and the record tell it.
public let programVersion = "0.1.0"
