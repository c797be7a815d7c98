import { channel } from "node:diagnostics_channel"

/**
 * Publishes on `wecom-push:point` that the process is at a named point of its work, so that a test can end it there.
 * Costs nothing without a subscriber.
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

/** Points after an object is in the bucket, and before and after its file's record is committed. */
export type MediaPoint = "media.uploaded" | "media.before_commit" | "media.after_commit"

/**
 * Points after each slice of a move, and at its end: after the copy, after the source is marked, after the target is
 * marked.
 */
export type MovePoint = "move.slice" | "move.copied" | "move.source_marked" | "move.target_marked"

/** The point after the statements of each step, before the commit of all steps. */
export type MigrationPoint = "migrate.step"

export type DispatchPoint = "resolve.after_one" | "send.before_write" | "send.after_write" | "token.after_reply"

const points = channel("wecom-push:point")
