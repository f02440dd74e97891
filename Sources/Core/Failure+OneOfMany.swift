extension Failure {
    /// What one of many came to grief by, where the others are gone on with.
    ///
    /// - Throws: What no other could do better than: an engine that is away, or a process that ends.
    package init(ofOneOfMany error: any Error) throws {
        try Task.checkCancellation()
        let failure = Failure(error)
        if error is CancellationError || failure.code == .engineUnreachable { throw error }
        self = failure
    }
}
