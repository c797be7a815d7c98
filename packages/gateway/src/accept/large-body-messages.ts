import type { PlainProblem } from "../problems/problem.ts"
import type { PreparedMessage, PrepareOptions } from "./prepare.ts"

/** What the threads tell each other. The bytes are moved, not copied. */
export type Order =
  | { readonly job: number; readonly kind: "message"; readonly bytes: Uint8Array; readonly options: PrepareOptions }
  | { readonly job: number; readonly kind: "array"; readonly bytes: Uint8Array; readonly options: PrepareOptions }
  /** The next items of an array. */
  | { readonly job: number; readonly kind: "next" }
  /** Nobody wants the rest of the array. */
  | { readonly job: number; readonly kind: "drop" }

export type Reply =
  | { readonly job: number; readonly kind: "item"; readonly item: PackedItem }
  | { readonly job: number; readonly kind: "items"; readonly items: readonly PackedItem[]; readonly isLast: boolean }
  | { readonly job: number; readonly kind: "refused"; readonly problem: PlainProblem }
  | { readonly job: number; readonly kind: "failed"; readonly error: unknown }

export type PackedItem = PackedMessage | { readonly problem: PlainProblem }

export interface PackedMessage {
  readonly message: Omit<PreparedMessage, "chunks">
  /** Chunks as `packChunk` makes them, one after another: a million strings would hold up the receiving thread. */
  readonly chunks: Uint8Array<ArrayBuffer>
  /** Where each ends. */
  readonly ends: readonly number[]
}
