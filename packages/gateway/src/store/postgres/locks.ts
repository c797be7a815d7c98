/** Our advisory locks, in the whole database; the first half of each number marks them as ours. */
export const LOCKS = {
  /** Held while writing events, to the end of the transaction. */
  events: 0x7765_636f_0001,
  /** Held while registering, changing or removing apps. */
  apps: 0x7765_636f_0002,
  /** Held at a start, while inspecting the database and creating or changing its tables. */
  start: 0x7765_636f_0003,
  /** Held while looking for stranded messages. */
  reconcile: 0x7765_636f_0004,
  /** Held while ending many expired messages. */
  expiry: 0x7765_636f_0005,
  /** Held while beginning or changing a group chat: how many a corp may is counted. */
  chats: 0x7765_636f_0006,
} as const

/** The first half of the lock that a node holds as long as it is alive; the second half is the node's number. */
export const NODE_LOCKS = 0x7765_636f
