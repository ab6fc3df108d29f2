import Dockerfiles

/// A Dockerfile from a text.
func read(_ text: String) throws -> Dockerfile { try Dockerfile(parsing: Array(text.utf8)) }
