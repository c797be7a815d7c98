import type { CompatUnderTest } from "./compat-under-test.ts"

/** Puts the gateway's clock forward until the answer is there. */
export async function whileTheClockRuns<T>({ clock }: CompatUnderTest, answering: Promise<T>): Promise<T> {
  const timer = setInterval(() => clock.advance(500), 20)
  try {
    return await answering
  } finally {
    clearInterval(timer)
  }
}
