import Core
import Store

extension Feature {
    /// The builder for apps whose images are made elsewhere; it has nothing to be set.
    static let builderNull = Feature("builder-null", "Builds nothing: the app is deployed from images made elsewhere")
}
