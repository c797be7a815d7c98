import type { Clock } from "@wecom-push/sdk"

/** The machine's clock, which can be put forward: whoever sleeps past the new time wakes. */
export interface FastClock extends Clock {
  advance(ms: number): void
}

export function fastClock(): FastClock {
  let aheadMs = 0
  const sleepers = new Set<() => void>()
  const now = (): number => Date.now() + aheadMs
  return {
    now,
    advance(ms) {
      aheadMs += ms
      for (const look of sleepers) look()
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      const until = now() + ms
      const { promise, resolve } = Promise.withResolvers<void>()
      let timer: ReturnType<typeof setTimeout> | undefined
      const look = (): void => {
        clearTimeout(timer)
        if (now() >= until || signal?.aborted === true) resolve()
        else timer = setTimeout(look, Math.min(until - now(), 0x7fff_ffff))
      }
      sleepers.add(look)
      signal?.addEventListener("abort", look)
      look()
      await promise
      clearTimeout(timer)
      sleepers.delete(look)
      signal?.removeEventListener("abort", look)
      signal?.throwIfAborted()
    },
  }
}
