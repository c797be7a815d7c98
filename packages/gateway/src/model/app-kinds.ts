/**
 * Kinds of app that this version knows. Nodes of one database tell each other theirs, since a gateway that does not know a
 * kind would take an app of it for one of another.
 */
export const APP_KINDS = ["app", "robot", "bot"] as const
export type AppKind = (typeof APP_KINDS)[number]

/** Beside the kinds of app: a node that does not say so would not know what to do with a recipient that is a group chat. */
export const CHATS = "chat"
