import type { Context } from "./context.ts"

/**
 * Resolves when what was printed has been taken; for commands that keep printing, and must stop when the reader is gone.
 * @throws the system's error when it was not taken
 */
export async function printed({ io }: Context): Promise<void> {
  await io.delivery?.settled()
  io.delivery?.lost.throwIfAborted()
}
