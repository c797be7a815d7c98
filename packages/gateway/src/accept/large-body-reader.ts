import type { Problem } from "../problems/problem.ts"
import type { PreparedMessage, PrepareOptions } from "./prepare.ts"

/** Bodies of this size and more are read in a thread of their own: splitting 64 KiB of text takes some 20 ms. */
export const LARGE_BODY_BYTES = 64 * 1024

export type PreparedItem = PreparedMessage | Problem

/** Reads and checks bodies that would hold the thread that answers requests for too long. */
export interface LargeBodyReader {
  /**
   * @param client whose body it is
   * @throws {Problem} as `readMessage` and `prepareMessage` do, or `reading_interrupted` when the thread has failed
   */
  prepare(bytes: Uint8Array, options: PrepareOptions, client: string): Promise<PreparedMessage>
  /** Item by item, in their order. @throws {Problem} when the array as a whole cannot be read */
  prepareArray(bytes: Uint8Array, options: PrepareOptions, client: string): AsyncGenerator<readonly PreparedItem[]>
}
