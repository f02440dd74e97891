/// Which library this is.
public enum HookLibrary {
    /// A hook built with one version goes on under every slipway whose library has the same first number.
    public static let version = "1.0.0"
}
