import type { Context } from "./context.ts"

/**
 * Resolves when what was printed has been taken; for commands that print on and on, and must not go on when nobody reads.
 * @throws the system's error when it has not
 */
export async function printed({ io }: Context): Promise<void> {
  await io.delivery?.settled()
  io.delivery?.lost.throwIfAborted()
}
