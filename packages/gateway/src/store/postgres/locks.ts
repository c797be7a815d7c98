/** Advisory locks of ours, in the whole database; the first half of each number is what makes it ours. */
export const LOCKS = {
  /** Held by who writes events, to the end of the transaction. */
  events: 0x7765_636f_0001,
  /** Held by who registers, changes or removes apps. */
  apps: 0x7765_636f_0002,
  /** Held by who looks at the database and makes or changes its tables, at a start. */
  start: 0x7765_636f_0003,
  /** Held by who looks for messages that nobody would come to. */
  reconcile: 0x7765_636f_0004,
  /** Held by who ends many messages that are past their time. */
  expiry: 0x7765_636f_0005,
} as const

/** With a node's number: held by that node for as long as it lives. */
export const NODE_LOCKS = 0x7765_636f
