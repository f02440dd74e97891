import Dispatch
import Glibc
import Synchronization

struct NoDescriptor: Error { let number = errno }

/// The two ends of a pipe, closed with it.
final class Ends: Sendable {
    let outlet: Int32
    let inlet: Int32
    private let isOpen = Mutex((outlet: true, inlet: true))

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NoDescriptor() }
        (outlet, inlet) = (ends[0], ends[1])
    }

    deinit {
        closeOutlet()
        closeInlet()
    }

    func closeOutlet() {
        isOpen.withLock {
            if $0.outlet { close(outlet) }; $0.outlet = false
        }
    }
    func closeInlet() {
        isOpen.withLock {
            if $0.inlet { close(inlet) }; $0.inlet = false
        }
    }

    /// Blocks until all of it is taken.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(inlet, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Work on a thread of its own.
final class Thread: Sendable {
    private let group = DispatchGroup()

    init(_ work: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "test").async(group: group, execute: DispatchWorkItem(block: work))
    }

    func join() { group.wait() }
}

/// Reads so many bytes on a thread of its own.
final class Reading: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let group = DispatchGroup()

    init(_ descriptor: Int32, of count: Int) {
        DispatchQueue(label: "test").async(group: group) {
            var all: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1000)
            while all.count < count, case let got = read(descriptor, &buffer, buffer.count), got > 0 {
                all += buffer[..<got]
            }
            self.bytes.withLock { $0 = all }
        }
    }

    func join() -> [UInt8] {
        group.wait()
        return bytes.withLock { $0 }
    }
}

/// A terminal with nobody behind it, pts(4).
final class PseudoTerminal: Sendable {
    /// `_IOW('T', 0x31, int)` and `_IOR('T', 0x30, unsigned)` of <asm/ioctls.h>.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    private let master: Int32
    let slave: Int32

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (unlocked, number): (Int32, Int32) = (0, 0)
        guard master >= 0, ioctl(master, Self.setLock, &unlocked) == 0, ioctl(master, Self.getNumber, &number) == 0
        else { throw NoDescriptor() }
        slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        guard slave >= 0 else { throw NoDescriptor() }
    }

    deinit {
        close(slave)
        close(master)
    }

    var localFlags: UInt32 {
        var mode = termios()
        tcgetattr(slave, &mode)
        return mode.c_lflag
    }

    func type(_ bytes: [UInt8]) { _ = write(master, bytes, bytes.count) }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }
}
