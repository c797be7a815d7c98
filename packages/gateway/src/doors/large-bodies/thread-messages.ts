import type { PlainProblem } from "../../problems/problem.ts"
import type { PlainRefusal, SendRead, SendReading } from "../compat/send/read-send.ts"
import type { ChunkBytes } from "../../accept/packed-chunks.ts"
import type { PreparedMessage, PrepareOptions } from "../../accept/prepare.ts"
import type { ItemGroup } from "../../accept/split-array.ts"

/** Messages between the threads. The bytes are moved, not copied; the bytes of an array come back with each answer. */
export type Order =
  | { readonly job: number; readonly kind: "message"; readonly bytes: Uint8Array; readonly options: PrepareOptions }
  | { readonly job: number; readonly kind: "split"; readonly bytes: Uint8Array }
  | {
      readonly job: number
      readonly kind: "items"
      readonly bytes: Uint8Array
      readonly group: ItemGroup
      readonly options: PrepareOptions
    }
  /** A body of `message/send` or `appchat/send` on the paths of qyapi. */
  | {
      readonly job: number
      readonly kind: "send"
      readonly bytes: Uint8Array
      readonly reading: SendReading
    }

export type Reply =
  | { readonly job: number; readonly kind: "item"; readonly item: PackedMessage }
  | {
      readonly job: number
      readonly kind: "split"
      readonly bytes: Uint8Array
      readonly groups: readonly ItemGroup[]
    }
  | {
      readonly job: number
      readonly kind: "items"
      readonly bytes: Uint8Array
      readonly items: readonly PackedItem[]
    }
  | { readonly job: number; readonly kind: "send"; readonly read: SendRead | PlainRefusal }
  | { readonly job: number; readonly kind: "refused"; readonly problem: PlainProblem }
  | { readonly job: number; readonly kind: "failed"; readonly error: unknown }

export type PackedItem = PackedMessage | { readonly problem: PlainProblem }

export interface PackedMessage {
  readonly message: Omit<PreparedMessage, "chunks">
  /** A million strings would delay the receiving thread. */
  readonly chunks: ChunkBytes
}

/** How a thread shows that it does not hang: it increases a number in memory that both threads see. */
export interface WorkerData {
  readonly beats: Int32Array
}
