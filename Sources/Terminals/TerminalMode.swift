import Glibc

/// How a terminal treats what is typed, as it was when this was made.
struct TerminalMode {
    private let descriptor: Int32
    private let original: termios

    /// Nil when the descriptor is no terminal.
    init?(of descriptor: Int32) {
        var mode = termios()
        guard tcgetattr(descriptor, &mode) == 0 else { return nil }
        self.descriptor = descriptor
        original = mode
    }

    /// Every key as it is, Ctrl-C too, and no echo: the far terminal does all that.
    func makeRaw() {
        var mode = original
        cfmakeraw(&mode)
        _ = tcsetattr(descriptor, TCSANOW, &mode)
    }

    /// Does not wait for what is still to be written: the reader may be gone.
    func restore() {
        var mode = original
        _ = tcsetattr(descriptor, TCSANOW, &mode)
    }
}
