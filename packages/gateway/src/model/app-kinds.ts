/**
 * The kinds of app that this version knows. The nodes of one database tell each other which kinds they know: a gateway
 * that does not know a kind would take an app of it for an app of another kind.
 */
export const APP_KINDS = ["app", "robot", "bot"] as const
export type AppKind = (typeof APP_KINDS)[number]

/** Declared beside the kinds of app: a node that does not declare it cannot handle a recipient that is a group chat. */
export const CHATS = "chat"
