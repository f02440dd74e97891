import SlipwayHooks

/// Whether somebody said that an app is to be kept.
func isKept(_ app: App) throws -> Bool { try hook.properties["kept", of: app] == "yes" }
