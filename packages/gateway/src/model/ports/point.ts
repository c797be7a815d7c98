import { channel } from "node:diagnostics_channel"

/**
 * Tells whoever listens on `wecom-push:point` that the process is at a named point of its work, so that a test can end
 * it there. Costs nothing while nobody listens.
 */
export function point(name: StorePoint | DispatchPoint | MediaPoint | MovePoint | MigrationPoint): void {
  if (points.hasSubscribers) points.publish({ point: name })
}

export type StorePoint =
  | "accept.before_commit"
  | "accept.after_commit"
  | "begin.before_commit"
  | "begin.after_commit"
  | "settle.before_commit"
  | "settle.after_commit"
  | "callback.before_commit"
  | "callback.after_commit"

/** Between an object in a bucket, its file's record, and the answer. */
export type MediaPoint = "media.uploaded" | "media.before_commit" | "media.after_commit"

/** Behind each slice of a move, and at its end: everything is there, the source knows it, the target too. */
export type MovePoint = "move.slice" | "move.copied" | "move.source_marked" | "move.target_marked"

/** Behind the statements of each step, before the commit of all of them. */
export type MigrationPoint = "migrate.step"

export type DispatchPoint = "resolve.after_one" | "send.before_write" | "send.after_write" | "token.after_reply"

const points = channel("wecom-push:point")
