import type { Clock } from "@wecom-push/sdk"

/** The machine's clock, which can be put forward: sleeps that end before the new time end at once. */
export interface FastClock extends Clock {
  monotonic(): number
  /** Time passes. */
  advance(ms: number): void
  /** The wall clock is set, and no time passes. */
  jump(ms: number): void
  /** Stops the clock until the result is disposed of, for tests that must not depend on how busy the machine is. */
  hold(): Disposable
}

export function fastClock(): FastClock {
  return clockOver(() => performance.timeOrigin + performance.now())
}

/** A clock that runs only when it is put forward. */
export function stillClock(): FastClock {
  const startedAt = Date.now()
  return clockOver(() => startedAt)
}

function clockOver(under: () => number): FastClock {
  let aheadMs = 0
  let setMs = 0
  let heldAt: number | undefined
  const sleepers = new Set<() => void>()
  const monotonic = (): number => (heldAt ?? under()) + aheadMs
  return {
    now: () => Math.round(monotonic() + setMs),
    monotonic,
    advance(ms) {
      aheadMs += ms
      for (const look of sleepers) look()
    },
    jump(ms) {
      setMs += ms
    },
    hold() {
      if (heldAt !== undefined) throw new Error("the clock is held already")
      const since = under()
      heldAt = since
      return {
        [Symbol.dispose]() {
          heldAt = undefined
          aheadMs -= under() - since
        },
      }
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      const until = monotonic() + ms
      const { promise, resolve } = Promise.withResolvers<void>()
      let timer: ReturnType<typeof setTimeout> | undefined
      const look = (): void => {
        clearTimeout(timer)
        const leftMs = until - monotonic()
        if (leftMs <= 0 || signal?.aborted === true) resolve()
        else timer = setTimeout(look, Math.min(leftMs, 0x7fff_ffff))
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
